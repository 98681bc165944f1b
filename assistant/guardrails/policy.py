"""The policy: which rails run, with which thresholds and actions; the `[rails]` table of settings.toml."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.guardrails.classifier import HEADS, Embed, Encoder, Head
from assistant.guardrails.domain import Domain
from assistant.guardrails.grounding import Grounding
from assistant.guardrails.harm import Category, Harm
from assistant.guardrails.injection import Injection
from assistant.guardrails.length import Length
from assistant.guardrails.privacy import LABELS, REGIONS, Label, Privacy
from assistant.guardrails.rails import Action, Rail

Audience = Literal["child", "general", "adult"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class InjectionSettings(_Table):
    """Attempts to change the assistant's rules, and hidden characters."""

    on: bool = True
    """Whether the rail runs."""
    threshold: float = Field(default=0.3, ge=0, le=1)
    """From which score of the trained head on a message is an attempt; the exact rules hold whatever it is."""
    action: Action = "refuse"
    """What to do with a message."""
    document_action: Action = "flag"
    """What to do with a document that holds instructions to the assistant."""


class HarmSettings(_Table):
    """Requests for harm, and harmful answers."""

    on: bool = True
    """Whether the rail runs."""
    threshold: float = Field(default=0.4, ge=0, le=1)
    """From which score on a message is harmful."""
    output_threshold: float = Field(default=0.8, ge=0, le=1)
    """From which score on an answer is harmful."""
    child_threshold: float = Field(default=0.2, ge=0, le=1)
    """From which score on either is, where the audience are children."""
    actions: dict[Category, Action] = {}
    """What to do in a category, for those in which it is not `refuse`; for example {fraud = "flag"}."""


class PrivacySettings(_Table):
    """Personal data and secrets."""

    on: bool = True
    """Whether the rail runs."""
    labels: tuple[Label, ...] = LABELS
    """The kinds that are masked."""
    regions: tuple[str, ...] = REGIONS
    """Countries whose telephone numbers are known without their prefix, as two letters."""


class DomainSettings(_Table):
    """What the assistant is for; the rail runs once a description or examples are given."""

    description: str = ""
    """What the assistant helps with, in a sentence; shown to whoever asks for something else."""
    examples: tuple[str, ...] = ()
    """Questions that it is for; a few dozen serve best."""
    threshold: float = Field(default=0.25, ge=-1, le=1)
    """The least mean cosine of a question and its five nearest examples."""


class GroundingSettings(_Table):
    """Sentences of an answer that no passage supports."""

    on: bool = True
    """Whether the rail runs."""
    threshold: float = Field(default=0.45, ge=0, le=1)
    """From which score on a sentence counts as supported."""


class RailSettings(_Table):
    """The `[rails]` table of settings.toml."""

    max_characters: int = Field(default=20_000, ge=100, le=1_000_000)
    """The longest message that is read."""
    audience: Audience = "adult"
    """Whom the assistant talks to."""
    injection: InjectionSettings = InjectionSettings()
    """Attempts to change the assistant's rules, and hidden characters."""
    harm: HarmSettings = HarmSettings()
    """Requests for harm, and harmful answers."""
    privacy: PrivacySettings = PrivacySettings()
    """Personal data and secrets."""
    domain: DomainSettings = DomainSettings()
    """What the assistant is for."""
    grounding: GroundingSettings = GroundingSettings()
    """Sentences that no passage supports."""


@dataclass(frozen=True, slots=True)
class Rails:
    """The rails of each side, in the order in which they run."""

    input: tuple[Rail, ...]
    output: tuple[Rail, ...]
    document: tuple[Rail, ...]
    encoder: Encoder
    """The encoder that the rails share; it is what `grounding.support` takes."""


def default_rails(settings: RailSettings, embed: Embed) -> Rails:
    """Build the rails that the policy asks for; built once, and shared by all conversations.

    Args:
        settings: the policy.
        embed: the encoder all-MiniLM-L6-v2, on which the heads were trained: texts to vectors of unit length.
    """
    encoder = Encoder(embed)
    length = [Length(settings.max_characters)]
    injection = _injection(settings.injection, encoder)
    harm = _harm(settings.harm, encoder)
    privacy = [Privacy(settings.privacy.labels, settings.privacy.regions)] if settings.privacy.on else []
    domain = _domain(settings.domain, encoder)
    grounding = [Grounding(encoder, settings.grounding.threshold)] if settings.grounding.on else []
    return Rails(
        input=(*length, *injection, *privacy, *harm, *domain),
        output=(*privacy, *harm, *grounding),
        document=(*injection,),
        encoder=encoder,
    )


def _injection(settings: InjectionSettings, encoder: Encoder) -> list[Rail]:
    if not settings.on:
        return []
    return [
        Injection(
            Head.load(HEADS / "injection.npz"),
            encoder,
            settings.threshold,
            settings.action,
            settings.document_action,
        )
    ]


def _harm(settings: HarmSettings, encoder: Encoder) -> list[Rail]:
    if not settings.on:
        return []
    return [
        Harm(
            Head.load(HEADS / "harm.npz"),
            encoder,
            settings.threshold,
            settings.output_threshold,
            settings.child_threshold,
            actions=dict(settings.actions.items()),
        )
    ]


def _domain(settings: DomainSettings, encoder: Encoder) -> list[Rail]:
    if not settings.description.strip() and not settings.examples:
        return []
    return [Domain(encoder, settings.description, settings.examples, settings.threshold)]
