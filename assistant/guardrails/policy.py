"""From a policy to rails: which of them run on which side, in which order, with which thresholds and actions."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from assistant.errors import BadInput
from assistant.guardrails import refits
from assistant.guardrails.advice import Advice
from assistant.guardrails.age import Age, Reading, Unfit
from assistant.guardrails.classifier import HEADS, Head
from assistant.guardrails.correction import corrected
from assistant.guardrails.domain import Domain, Purpose, Subjects
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.fairness import Fairness
from assistant.guardrails.grounding import Grounding
from assistant.guardrails.guards.judges import OFF, GuardedGrounding, GuardedHarm, GuardedInjection
from assistant.guardrails.guards.loading import source
from assistant.guardrails.harm import Harm
from assistant.guardrails.injection import Injection
from assistant.guardrails.leak import Leak
from assistant.guardrails.length import Length
from assistant.guardrails.passages import Passages
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Failing, Lenient, Rail, Rails
from assistant.guardrails.settings import (
    AdviceSettings,
    AgeSettings,
    Audience,
    DomainSettings,
    FairnessSettings,
    GroundingSettings,
    GroupSettings,
    HarmSettings,
    InjectionSettings,
    LeakSettings,
    PrivacySettings,
    RailSettings,
    WordList,
    WordsSettings,
)
from assistant.guardrails.vocabulary import Vocabulary
from assistant.guardrails.words import ACTIONS, OwnWords, Words, compiled

STRICTEST_FIRST: tuple[str, ...] = get_args(Audience)


@dataclass(frozen=True, slots=True)
class Means:
    """What rails are made with, beside the policy; shared by all that are built one after the other."""

    encoder: Encoder
    """Sentences to vectors of unit length, for what a text is about."""
    views: Encoder
    """Texts to what the heads were trained on, as `views.Views` gives it."""
    heads: Path = HEADS
    """The folder of the heads."""
    refits: Path | None = None
    """The folder of refits, of which the one in force is used; None for the heads as they are."""
    home: Path | None = None
    """The folder in which files of words lie."""
    subjects: Subjects | None = None
    """What the collections are about, for a domain that follows one."""
    secrets: Sequence[str] = ()
    """What the assistant is told and must not repeat."""

    @property
    def refit(self) -> str:
        """The name of the refit in force; empty where the heads are as they are."""
        name = refits.fitting(self.refits)
        return "" if name == refits.SHIPPED else name

    def head(self, name: str) -> Head:
        """Return the head of a rail, with the correction that is in force."""
        return corrected(Head.load(self.heads / f"{name}.npz"), name, refits.folder(self.refits))


def build(settings: RailSettings, means: Means) -> Rails:
    """Build the rails that the policy asks for; built once, and shared by all conversations.

    Args:
        settings: the policy.
        means: what they are made with.

    Raises:
        BadInput: a file of words cannot be read.
    """
    length: list[Rail] = [Length(settings.max_characters)]
    injection = _injection(settings.injection, means)
    privacy = _privacy(settings.privacy)
    words = _words(settings.words, means.home)
    age = _age(settings.age, means)
    reading = _watched(Reading(settings.age.grade), settings.age.failing) if settings.age.on else []
    # Before the heads that judge meaning: they take some names and groups for worse than others, and would refuse the
    # one question and answer the other. What is injected is looked for in what was written.
    fairness = _fairness(settings.fairness)
    harm = _harm(settings.harm, means)
    advice = _advice(settings.advice, means)
    domain = _domain(settings.domain, means)
    grounding = _grounding(settings.grounding, means.encoder)
    return Rails(
        input=(*length, *injection, *privacy, *words, *age, *fairness, *harm, *advice, *domain),
        output=(*_leak(settings.leak, means.secrets), *privacy, *words, *age, *harm, *grounding, *reading),
        document=(*injection,),
        passage=(*_passages(settings.injection),),
        holds=settings.grounding.on and settings.grounding.action == "withhold",
        audience=settings.audience,
        audiences=audiences(settings.groups),
        version="+".join(filter(None, (version(settings), means.refit))),
        seconds=settings.seconds,
        loads=tuple(_loads((*injection, *harm, *grounding))),
    )


def version(settings: RailSettings) -> str:
    """Return a digest of a policy: the same for the same values, wherever they were written."""
    return hashlib.blake2b(settings.model_dump_json().encode(), digest_size=8).hexdigest()


def audiences(groups: Mapping[str, GroupSettings]) -> dict[str, str]:
    """Return the audience of each user who is in a group: the strictest, for who is in several."""
    found: dict[str, str] = {}
    for group in groups.values():
        for user in group.users:
            found[user] = min(found.get(user, group.audience), group.audience, key=STRICTEST_FIRST.index)
    return found


def _loads(rails: Iterable[Rail]) -> Iterator[Callable[[], object]]:
    """Yield what loads the guard models."""
    for rail in rails:
        judging = rail.rail if isinstance(rail, Lenient) else rail
        if isinstance(judging, GuardedInjection | GuardedHarm | GuardedGrounding):
            yield judging.load


def _watched(rail: Rail, failing: Failing, seconds: float | None = None) -> list[Rail]:
    """Return the rail with what is to happen where it cannot judge, and how long it may take if not as long as all."""
    flags = failing == "flag"
    return [Lenient(rail, flags, seconds) if flags or seconds is not None else rail]


def _injection(settings: InjectionSettings, means: Means) -> list[Rail]:
    if not settings.on:
        return []
    threshold = OFF if settings.model else settings.threshold
    rail: Rail = Injection(means.head("injection"), means.views, threshold, settings.action, settings.document_action)
    if settings.model:
        rail = GuardedInjection(
            source(settings.model), rail, settings.threshold, settings.action, settings.document_action
        )
    return _watched(rail, settings.failing, settings.seconds)


def _passages(settings: InjectionSettings) -> list[Rail]:
    return _watched(Passages(settings.passage_action), settings.failing) if settings.on else []


def _leak(settings: LeakSettings, secrets: Sequence[str]) -> list[Rail]:
    return _watched(Leak(secrets), settings.failing) if settings.on and secrets else []


def _harm(settings: HarmSettings, means: Means) -> list[Rail]:
    if not settings.on:
        return []
    rail = Harm(
        means.head("harm"),
        means.views,
        settings.threshold,
        settings.output_threshold,
        settings.child_threshold,
        settings.child_output_threshold,
        actions=dict(settings.actions.items()),
        help=dict(settings.help.items()),
    )
    guarded = GuardedHarm(source(settings.model), rail) if settings.model else rail
    return _watched(guarded, settings.failing, settings.seconds)


def _privacy(settings: PrivacySettings) -> list[Rail]:
    return (
        _watched(Privacy(settings.labels, settings.regions, settings.name_model), settings.failing)
        if settings.on
        else []
    )


def _domain(settings: DomainSettings, means: Means) -> list[Rail]:
    collection = settings.collection.strip() if means.subjects else ""
    purpose = Purpose(settings.description, settings.examples, collection)
    if not settings.on or not (settings.description.strip() or settings.examples or collection):
        return []
    return _watched(
        Domain(means.encoder, purpose, settings.threshold, settings.action, means.subjects), settings.failing
    )


def _age(settings: AgeSettings, means: Means) -> list[Rail]:
    if not settings.on:
        return []
    head = Head.load(HEADS / "age.npz")
    unfit = Unfit(head, means.views, settings.child_threshold, settings.child_output_threshold)
    return _watched(Age(unfit), settings.failing)


def _advice(settings: AdviceSettings, means: Means) -> list[Rail]:
    if not settings.on:
        return []
    head = Head.load(HEADS / "advice.npz")
    return _watched(
        Advice(head, means.views, settings.threshold, settings.action, dict(settings.help.items())), settings.failing
    )


def _words(settings: WordsSettings, home: Path | None) -> list[Rail]:
    if not settings.on or not settings.lists:
        return []
    return _watched(OwnWords(tuple(_list(one, home) for one in settings.lists)), settings.failing)


def _list(settings: WordList, home: Path | None) -> Words:
    phrases = [*settings.words, *(_lines(settings, home) if settings.file else ())]
    try:
        vocabulary = Vocabulary(dict.fromkeys(phrases, settings.name))
    except ValueError as error:
        raise BadInput(f"the list of words {settings.name!r}: {error}") from error
    return Words(
        settings.name,
        settings.severity,
        settings.action or ACTIONS[settings.severity],
        settings.sides,
        settings.reason,
        vocabulary,
        [compiled(pattern) for pattern in settings.patterns],
    )


def _lines(settings: WordList, home: Path | None) -> list[str]:
    """Read a file of words, one a line."""
    path = (home or Path.cwd()) / settings.file
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInput(f"the list of words {settings.name!r}: {path} cannot be read ({why})") from error
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _fairness(settings: FairnessSettings) -> list[Rail]:
    return _watched(Fairness(), settings.failing) if settings.on else []


def _grounding(settings: GroundingSettings, encoder: Encoder) -> list[Rail]:
    if not settings.on:
        return []
    rail: Rail = Grounding(encoder, settings.threshold, settings.action)
    if settings.model:
        rail = GuardedGrounding(source(settings.model), settings.threshold, settings.action)
    return _watched(rail, settings.failing, settings.seconds)
