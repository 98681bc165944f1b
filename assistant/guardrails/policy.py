"""From a policy to rails: which of them run on which side, in which order, with which thresholds and actions."""

from pathlib import Path

from assistant.errors import BadInput
from assistant.guardrails.age import Age, Reading
from assistant.guardrails.classifier import HEADS, Encoder, Head
from assistant.guardrails.domain import Domain, Purpose, Subjects
from assistant.guardrails.grounding import Grounding
from assistant.guardrails.harm import Harm
from assistant.guardrails.injection import Injection
from assistant.guardrails.length import Length
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Failing, Lenient, Rail, Rails
from assistant.guardrails.settings import (
    DomainSettings,
    GroundingSettings,
    HarmSettings,
    InjectionSettings,
    PrivacySettings,
    RailSettings,
    WordList,
    WordsSettings,
)
from assistant.guardrails.vocabulary import Vocabulary
from assistant.guardrails.words import ACTIONS, OwnWords, Words, compiled


def build(
    settings: RailSettings, encoder: Encoder, home: Path | None = None, subjects: Subjects | None = None
) -> Rails:
    """Build the rails that the policy asks for; built once, and shared by all conversations.

    Args:
        settings: the policy.
        encoder: all-MiniLM-L6-v2, on which the heads were trained.
        home: the folder in which files of words lie.
        subjects: what the collections are about, for a domain that follows one.

    Raises:
        BadInput: a file of words cannot be read.
    """
    length: list[Rail] = [Length(settings.max_characters)]
    injection = _injection(settings.injection, encoder)
    privacy = _privacy(settings.privacy)
    harm = _harm(settings.harm, encoder)
    domain = _domain(settings.domain, encoder, subjects)
    words = _words(settings.words, home)
    age = _watched(Age(), settings.age.failing) if settings.age.on else []
    reading = _watched(Reading(settings.age.grade), settings.age.failing) if settings.age.on else []
    grounding = _grounding(settings.grounding, encoder)
    return Rails(
        input=(*length, *injection, *privacy, *words, *age, *harm, *domain),
        output=(*privacy, *words, *age, *harm, *grounding, *reading),
        document=(*injection,),
        audience=settings.audience,
    )


def _watched(rail: Rail, failing: Failing) -> list[Rail]:
    """Return the rail with what is to happen where it cannot judge."""
    return [rail if failing == "refuse" else Lenient(rail)]


def _injection(settings: InjectionSettings, encoder: Encoder) -> list[Rail]:
    if not settings.on:
        return []
    head = Head.load(HEADS / "injection.npz")
    rail = Injection(head, encoder, settings.threshold, settings.action, settings.document_action)
    return _watched(rail, settings.failing)


def _harm(settings: HarmSettings, encoder: Encoder) -> list[Rail]:
    if not settings.on:
        return []
    rail = Harm(
        Head.load(HEADS / "harm.npz"),
        encoder,
        settings.threshold,
        settings.output_threshold,
        settings.child_threshold,
        actions=dict(settings.actions.items()),
    )
    return _watched(rail, settings.failing)


def _privacy(settings: PrivacySettings) -> list[Rail]:
    return _watched(Privacy(settings.labels, settings.regions), settings.failing) if settings.on else []


def _domain(settings: DomainSettings, encoder: Encoder, subjects: Subjects | None) -> list[Rail]:
    collection = settings.collection.strip() if subjects else ""
    purpose = Purpose(settings.description, settings.examples, collection)
    if not settings.on or not (settings.description.strip() or settings.examples or collection):
        return []
    return _watched(Domain(encoder, purpose, settings.threshold, settings.action, subjects), settings.failing)


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


def _grounding(settings: GroundingSettings, encoder: Encoder) -> list[Rail]:
    return _watched(Grounding(encoder, settings.threshold), settings.failing) if settings.on else []
