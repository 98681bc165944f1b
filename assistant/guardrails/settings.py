"""What a policy may say: one table a rail, each key with its meaning; policy.toml over `[rails]` of settings.toml."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from assistant.guardrails.advice import Field as Subject
from assistant.guardrails.grounding import Unsupported
from assistant.guardrails.harm import Category
from assistant.guardrails.personal.telephones import region
from assistant.guardrails.privacy import LABELS, REGIONS, Label
from assistant.guardrails.rails import Action, Failing
from assistant.guardrails.vocabulary import split
from assistant.guardrails.words import Severity, compiled

Audience = Literal["child", "general", "adult"]
Plain = Literal["allow", "mask", "flag", "refuse"]
"""What may be done with what is no question: there is no answer to be careful with."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class _Rail(_Table):
    on: bool = True
    """Whether the rail runs."""
    failing: Failing = "refuse"
    """What happens to a text that the rail could not judge, because it broke or took too long."""


class _Guarded(_Rail):
    model: str = ""
    """A guard model that takes the rail over, where a GPU is at hand: a folder or a hub name; the thresholds then hold
    for what it says. Injection: Prompt Guard or Granite Guardian. Harm: Llama Guard, Granite Guardian or ShieldGemma.
    Grounding: Granite Guardian. Exact rules run first all the same."""
    seconds: float | None = Field(default=None, gt=0, le=60)
    """How long this rail may take over a text, as a large guard model needs; unset, what holds for all rails."""


class InjectionSettings(_Guarded):
    """Attempts to change the assistant's rules, and hidden characters."""

    threshold: float = Field(default=0.6, ge=0, le=1)
    """From which score of the trained head on a message is an attempt; the exact rules hold whatever it is."""
    action: Literal["allow", "flag", "refuse"] = "refuse"
    """What to do with a message; there is nothing in it to be masked."""
    document_action: Plain = "flag"
    """What to do with a document that holds instructions to the assistant."""
    passage_action: Plain = "mask"
    """What to do with a passage that holds instructions to the assistant: with mask, the sentences that do are kept
    from the model, or the passage, where that does not help; with refuse, the passage always; with flag, nothing."""


class HarmSettings(_Guarded):
    """Requests for harm, and harmful answers."""

    threshold: float = Field(default=0.3, ge=0, le=1)
    """From which score on a message is harmful."""
    output_threshold: float = Field(default=0.5, ge=0, le=1)
    """From which score on an answer is harmful."""
    child_threshold: float = Field(default=0.15, ge=0, le=1)
    """From which score on a message is, where the audience are children."""
    child_output_threshold: float = Field(default=0.25, ge=0, le=1)
    """From which score on an answer is, where the audience are children."""
    actions: dict[Category, Action] = {}
    """What to do in a category, for those in which it is not `refuse`: {fraud = "flag"} notes it and answers all the
    same, {self-harm = "care"} lets the model answer with care and tells who can help."""
    help: dict[Category, str] = {}
    """What is said of help in a category, in place of the assistant's own words; for example
    {self-harm = "Call the care team on 4711, day and night."}."""


class AdviceSettings(_Rail):
    """Questions for a doctor, a lawyer or an adviser on money."""

    threshold: float = Field(default=0.4, ge=0, le=1)
    """From which score on a message asks for such advice."""
    action: Literal["care", "flag", "refuse"] = "care"
    """What to do with it: with care, the model gives general information, and the answer says who can help."""
    help: dict[Subject, str] = {}
    """Who can help, by field (medicine, law, money), in place of the assistant's own words."""


class PrivacySettings(_Rail):
    """Personal data and secrets."""

    labels: tuple[Label, ...] = LABELS
    """The kinds that are masked. NAME finds few names where no spaCy model is installed that knows them."""
    name_model: str = ""
    """The spaCy model that finds names, as a package or folder; empty for whichever of spaCy's own is installed."""
    regions: tuple[str, ...] = REGIONS
    """Countries whose telephone numbers are known without their prefix, as two letters."""

    @field_validator("regions")
    @classmethod
    def _regions_are_known(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(region, regions))


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

    child_threshold: float = Field(default=0.3, ge=0, le=1)
    """From which score on a child's message is about something that is not for children."""
    child_output_threshold: float = Field(default=0.5, ge=0, le=1)
    """From which score on an answer to a child is."""
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
    action: Plain | None = None
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


class FairnessSettings(_Rail):
    """Decisions about a person, which must not hang on a name, a pronoun or a group."""


class GroundingSettings(_Guarded):
    """Sentences of an answer that no passage supports."""

    threshold: float = Field(default=0.45, ge=0, le=1)
    """From which score on a sentence counts as supported; the score is the probability that it is."""
    action: Unsupported = "mark"
    """What becomes of sentences that no passage supports: `mark` them on the page, `remove` them before they are shown,
    or `withhold` the whole answer; with `withhold` nothing of an answer is shown before it is complete. A guard model
    marks or withholds: it looks at whole answers, when their sentences have been shown."""

    @model_validator(mode="after")
    def _guards_remove_nothing(self) -> Self:
        if self.model and self.action == "remove":
            raise ValueError("a guard model (model) cannot remove sentences: let action be mark or withhold")
        return self


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
    advice: AdviceSettings = AdviceSettings()
    """Questions for a doctor, a lawyer or an adviser on money."""
    privacy: PrivacySettings = PrivacySettings()
    """Personal data and secrets."""
    domain: DomainSettings = DomainSettings()
    """What the assistant is for."""
    leak: LeakSettings = LeakSettings()
    """Answers that repeat the assistant's own instructions."""
    fairness: FairnessSettings = FairnessSettings()
    """Decisions about a person."""
    age: AgeSettings = AgeSettings()
    """What is fit for the audience."""
    words: WordsSettings = WordsSettings()
    """The company's own words."""
    grounding: GroundingSettings = GroundingSettings()
    """Sentences that no passage supports."""
    groups: dict[str, GroupSettings] = {}
    """Groups of users with an audience of their own, by name."""
