"""What a policy may say: one table a rail, each key with its meaning; policy.toml over `[rails]` of settings.toml."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.guardrails.harm import Category
from assistant.guardrails.privacy import LABELS, REGIONS, Label
from assistant.guardrails.rails import Action, Failing

Audience = Literal["child", "general", "adult"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class _Rail(_Table):
    on: bool = True
    """Whether the rail runs."""
    failing: Failing = "refuse"
    """What happens to a text that the rail could not judge, because it broke or took too long."""


class InjectionSettings(_Rail):
    """Attempts to change the assistant's rules, and hidden characters."""

    threshold: float = Field(default=0.4, ge=0, le=1)
    """From which score of the trained head on a message is an attempt; the exact rules hold whatever it is."""
    action: Action = "refuse"
    """What to do with a message."""
    document_action: Action = "flag"
    """What to do with a document that holds instructions to the assistant."""
    passage_action: Action = "mask"
    """What to do with a passage that holds instructions to the assistant: with mask, the sentences that do are kept
    from the model, or the passage, where that does not help; with refuse, the passage always; with flag, nothing."""


class HarmSettings(_Rail):
    """Requests for harm, and harmful answers."""

    threshold: float = Field(default=0.5, ge=0, le=1)
    """From which score on a message is harmful."""
    output_threshold: float = Field(default=0.8, ge=0, le=1)
    """From which score on an answer is harmful."""
    child_threshold: float = Field(default=0.3, ge=0, le=1)
    """From which score on either is, where the audience are children."""
    actions: dict[Category, Action] = {}
    """What to do in a category, for those in which it is not `refuse`; for example {fraud = "flag"}."""


class PrivacySettings(_Rail):
    """Personal data and secrets."""

    labels: tuple[Label, ...] = LABELS
    """The kinds that are masked."""
    regions: tuple[str, ...] = REGIONS
    """Countries whose telephone numbers are known without their prefix, as two letters."""


class DomainSettings(_Rail):
    """What the assistant is for; the rail runs once a description or examples are given."""

    description: str = ""
    """What the assistant helps with, in a sentence; shown to whoever asks for something else."""
    examples: tuple[str, ...] = ()
    """Questions that it is for; a few dozen serve best."""
    threshold: float = Field(default=0.25, ge=-1, le=1)
    """The least mean cosine of a question and its five nearest examples."""


class GroundingSettings(_Rail):
    """Sentences of an answer that no passage supports."""

    threshold: float = Field(default=0.45, ge=0, le=1)
    """From which score on a sentence counts as supported."""


class LeakSettings(_Rail):
    """Answers that repeat the assistant's own instructions."""


class GroupSettings(_Table):
    """Users who are talked to as an audience of their own."""

    users: tuple[str, ...] = ()
    """Who belongs to the group, by the names that `--user` and `[chat] user` take."""
    audience: Audience
    """Whom the assistant talks to where one of them asks; who is in several groups gets the strictest."""


class RailSettings(_Table):
    """The whole policy: policy.toml, over the `[rails]` table of settings.toml."""

    max_characters: int = Field(default=20_000, ge=100, le=1_000_000)
    """The longest message that is read."""
    seconds: float = Field(default=1.0, ge=0.05, le=60)
    """How long a rail may take over a text; one that takes longer is left, and counts as broken (see `failing`)."""
    audience: Audience = "adult"
    """Whom the assistant talks to, where a user's group says nothing else."""
    injection: InjectionSettings = InjectionSettings()
    """Attempts to change the assistant's rules, and hidden characters."""
    harm: HarmSettings = HarmSettings()
    """Requests for harm, and harmful answers."""
    privacy: PrivacySettings = PrivacySettings()
    """Personal data and secrets."""
    domain: DomainSettings = DomainSettings()
    """What the assistant is for."""
    leak: LeakSettings = LeakSettings()
    """Answers that repeat the assistant's own instructions."""
    grounding: GroundingSettings = GroundingSettings()
    """Sentences that no passage supports."""
    groups: dict[str, GroupSettings] = {}
    """Groups of users with an audience of their own, by name."""
