"""What a policy may say: one table a rail, each key with its meaning; the `[rails]` table of settings.toml."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from assistant.guardrails.harm import Category
from assistant.guardrails.privacy import LABELS, REGIONS, Label
from assistant.guardrails.rails import Action, Failing
from assistant.guardrails.vocabulary import split
from assistant.guardrails.words import Severity, compiled

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

    threshold: float = Field(default=0.3, ge=0, le=1)
    """From which score of the trained head on a message is an attempt; the exact rules hold whatever it is."""
    action: Action = "refuse"
    """What to do with a message."""
    document_action: Action = "flag"
    """What to do with a document that holds instructions to the assistant."""


class HarmSettings(_Rail):
    """Requests for harm, and harmful answers."""

    threshold: float = Field(default=0.4, ge=0, le=1)
    """From which score on a message is harmful."""
    output_threshold: float = Field(default=0.8, ge=0, le=1)
    """From which score on an answer is harmful."""
    child_threshold: float = Field(default=0.2, ge=0, le=1)
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
    """What the assistant is for; the rail runs once a description, examples or a collection are given."""

    description: str = ""
    """What the assistant helps with, in a sentence; shown to whoever asks for something else."""
    examples: tuple[str, ...] = ()
    """Questions that it is for; a few dozen serve best."""
    collection: str = ""
    """A collection of documents whose subjects it is for; what they say stands in for examples, and follows them."""
    threshold: float = Field(default=0.5, ge=0, le=1)
    """From which score on a message lies outside: higher lets more through."""
    action: Literal["refuse", "flag"] = "refuse"
    """What to do with a message that lies outside."""


class AgeSettings(_Rail):
    """What is fit for the audience: children, everybody, or adults, to whom nothing here applies."""

    grade: float = Field(default=9.0, ge=1, le=20)
    """From which school grade on (Flesch-Kincaid) an answer to a child is flagged as too hard to read."""


class WordList(_Table):
    """Words and patterns of the company, and what is done where one occurs."""

    name: str = Field(min_length=1, max_length=80)
    """What the list is called; it is named in the refusal."""
    words: tuple[str, ...] = ()
    """Words and phrases, found as whole words in any case, also where hidden characters or accents are put in."""
    file: str = ""
    """A file of more of them in the home folder, one a line; lines that begin with # do not count."""
    patterns: tuple[str, ...] = ()
    """Regular expressions, found as whole words in any case."""
    severity: Severity = "medium"
    """How bad they are: "low" flags, "medium" takes the words out, "high" refuses the text."""
    action: Action | None = None
    """What to do instead of what the severity says."""
    sides: tuple[Literal["input", "output"], ...] = ("input", "output")
    """Where to look: in messages, in answers, or in both."""
    reason: str = ""
    """What whoever wrote it is told; a plain sentence."""

    @field_validator("patterns")
    @classmethod
    def _patterns_are_regular(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            compiled(pattern)
        return patterns

    @field_validator("words")
    @classmethod
    def _words_are_words(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            split(word)
        return words


class WordsSettings(_Rail):
    """The company's own words."""

    lists: tuple[WordList, ...] = ()
    """The lists, each in a table of its own: [[rails.words.lists]]."""


class GroundingSettings(_Rail):
    """Sentences of an answer that no passage supports."""

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
    age: AgeSettings = AgeSettings()
    """What is fit for the audience."""
    words: WordsSettings = WordsSettings()
    """The company's own words."""
    grounding: GroundingSettings = GroundingSettings()
    """Sentences that no passage supports."""
