"""What a rail is, and how rails are run over a text. No rail is known here, and one that breaks or hangs refuses."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Literal, Protocol, get_args, runtime_checkable

from assistant.errors import AssistantError
from assistant.guardrails.watch import watch

log = logging.getLogger(__name__)

Action = Literal["allow", "mask", "flag", "care", "refuse"]
"""What is to be done with a text; with `care`, the model answers with care, and the reader is told who can help."""
Failing = Literal["refuse", "flag"]
Side = Literal["input", "output", "document", "passage"]
SIDES: tuple[Side, ...] = get_args(Side)

STRICTNESS: dict[Action, int] = {"allow": 0, "mask": 1, "flag": 2, "care": 3, "refuse": 4}
SLOW_MS = 1000.0
"""A rail that takes longer than this is reported in the log."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the text that a rail was given, from `start` up to `end`, and what it is."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rail says about one text; the text itself never appears in its repr, and so in no log."""

    action: Action
    text: str = field(repr=False)
    """The text to go on with: masked where the action is `mask`, otherwise as a rule the one that was checked."""
    rail: str | None = None
    rule: str | None = None
    score: float = 0.0
    reason: str | None = None
    """Why, in plain words for the user; set unless the action is `allow`."""
    spans: tuple[Span, ...] = ()
    ms: float = 0.0
    originals: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Placeholder and what it stands for; for the user's own page only, never to be stored or logged."""

    @property
    def stopped(self) -> bool:
        """Whether the text must go no further."""
        return self.action == "refuse"


@dataclass(frozen=True, slots=True)
class Context:
    """What a rail may know besides the text."""

    side: Side
    audience: str = "adult"
    question: str = field(default="", repr=False)
    passages: tuple[str, ...] = field(default=(), repr=False)
    earlier: tuple[str, ...] = field(default=(), repr=False)
    """The questions of the conversation that were answered before this one, the oldest first."""
    said: tuple[str, ...] = field(default=(), repr=False)
    """What was said before in the conversation, as it is kept: a number that is used in it means something already."""
    originals: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What placeholders of the conversation stand for, as far as it is known: the same gets the same again."""
    taken: tuple[str, ...] = ()
    """Of a long answer the rails see the end: the placeholders that stand before it."""
    growing: bool = False
    """Whether the text is an answer that is still being written."""
    seconds: float | None = None
    """How long each rail may take; as long as it wants, where nothing is said."""


class Rail(Protocol):
    """A check of one text, built with its settings."""

    @property
    def name(self) -> str:
        """The word by which the rail is named in verdicts and settings."""

    @property
    def whole(self) -> bool:
        """Whether it looks at whole answers only, and so waits for the end of a stream; such a rail never masks."""

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text."""


@runtime_checkable
class Grows(Protocol):
    """A rail that masks what the guard of growing answers cannot tell by its shape, as a company's own phrases."""

    def settled(self, text: str, context: Context) -> int:
        """Return how many characters of a growing text no match can reach any more that is still growing."""


@dataclass(frozen=True, slots=True)
class Lenient:
    """A rail to which the policy gives leeway by name, over a text that it cannot judge, or in its time."""

    rail: Rail
    flags: bool = True
    """Whether a text that it could not judge is flagged, where others refuse it."""
    seconds: float | None = None
    """How long it may take, where not as long as the others: a large guard model needs more."""

    @property
    def name(self) -> str:
        """The name of the rail."""
        return self.rail.name

    @property
    def whole(self) -> bool:
        """Whether it looks at whole answers only."""
        return self.rail.whole

    def settled(self, text: str, context: Context) -> int:
        """Return how much of a growing text the rail is done with."""
        return self.rail.settled(text, context) if isinstance(self.rail, Grows) else len(text)

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text."""
        return self.rail(text, context)


@dataclass(frozen=True, slots=True)
class Rails:
    """The rails of each side, in the order in which they run, and whom they guard."""

    input: tuple[Rail, ...] = ()
    output: tuple[Rail, ...] = ()
    document: tuple[Rail, ...] = ()
    passage: tuple[Rail, ...] = ()
    """What is found for an answer, before the model sees it."""
    holds: bool = False
    """Whether nothing of an answer is shown before the rails have seen all of it."""
    audience: str = "adult"
    """Whom the assistant talks to, where a user's group says nothing else."""
    audiences: Mapping[str, str] = field(default_factory=dict)
    """The audience by user, for those in a group that has one of its own."""
    version: str = ""
    """A digest of the policy that these rails follow."""
    seconds: float | None = None
    """How long each rail may take over a text, for the context of whoever asks them."""
    loads: tuple[Callable[[], object], ...] = ()
    """What loads the models of the rails that have one, so that the first message does not wait for it."""

    def audience_of(self, user: str | None) -> str:
        """Return the audience that a user belongs to."""
        return self.audiences.get(user or "", self.audience)


@dataclass(frozen=True, slots=True)
class Checked:
    """What all rails together say about one text."""

    text: str = field(repr=False)
    """The text to go on with, after every mask."""
    verdict: Verdict
    """The strictest verdict; the first of them where several are equally strict."""
    verdicts: tuple[Verdict, ...] = ()

    @property
    def action(self) -> Action:
        """What is to be done: the strictest of all actions."""
        return self.verdict.action

    @property
    def stopped(self) -> bool:
        """Whether the text must go no further."""
        return self.verdict.stopped

    @property
    def rail(self) -> str | None:
        """The rail of the strictest verdict."""
        return self.verdict.rail

    @property
    def rule(self) -> str | None:
        """The rule of the strictest verdict."""
        return self.verdict.rule

    @property
    def score(self) -> float:
        """The score of the strictest verdict."""
        return self.verdict.score

    @property
    def reason(self) -> str | None:
        """Why, in plain words for the user."""
        return self.verdict.reason

    @property
    def helps(self) -> tuple[str, ...]:
        """Who can help, as the rails say that ask for care."""
        return tuple(verdict.reason for verdict in self.verdicts if verdict.action == "care" and verdict.reason)

    @property
    def ms(self) -> float:
        """The milliseconds that all rails took together."""
        return sum(verdict.ms for verdict in self.verdicts)

    @property
    def originals(self) -> tuple[tuple[str, str], ...]:
        """All placeholders and what they stand for; never to be stored or logged."""
        return tuple(pair for verdict in self.verdicts for pair in verdict.originals)


def check(rails: Sequence[Rail], text: str, context: Context) -> Checked:
    """Run all rails in order, each on the text that the one before it left; the strictest verdict wins."""
    verdicts: list[Verdict] = []
    while rest := rails[len(verdicts) :]:
        verdicts += _in_time(rest, text, context)
        text = verdicts[-1].text
    strictest = max(verdicts, key=lambda v: STRICTNESS[v.action], default=None)
    if strictest is None or strictest.action == "allow":
        strictest = Verdict("allow", text, score=max((v.score for v in verdicts), default=0.0))
    return Checked(text, strictest, tuple(verdicts))


def kept_verdicts(checked: Checked, side: Side) -> tuple[dict[str, object], ...]:
    """Return what is kept with a turn: what each rail said, where it did not simply allow; never the text itself."""
    return tuple(
        {"rail": v.rail, "rule": v.rule, "action": v.action, "score": round(v.score, 4), "side": side}
        for v in checked.verdicts
        if v.action != "allow"
    )


def _in_time(rails: Sequence[Rail], text: str, context: Context) -> list[Verdict]:
    """Return the verdicts of the first rails that have one limit, with one in the place of whoever takes too long."""
    if context.seconds is None:
        return list(_judged(rails, text, context))
    seconds = context.seconds
    limit = _limit(rails[0], seconds)
    alike = list(takewhile(lambda rail: _limit(rail, seconds) == limit, rails))
    verdicts = watch().collect(_judged(alike, text, context), [rail.name for rail in alike], limit)
    if len(verdicts) < len(alike):
        left = verdicts[-1].text if verdicts else text
        late = _failed(alike[len(verdicts)], left, f"took longer than {limit:g} s")
        verdicts.append(replace(late, ms=limit * 1000))
    return verdicts


def _judged(rails: Iterable[Rail], text: str, context: Context) -> Iterator[Verdict]:
    for rail in rails:
        verdict = _judge(rail, text, context)
        yield verdict
        text = verdict.text


def _judge(rail: Rail, text: str, context: Context) -> Verdict:
    """Run one rail. This is a border: whatever goes wrong in a rail becomes a refusal, and its text is dropped."""
    if watch().gave_up(rail.name):
        return _failed(rail, text, "hangs, and was not asked")
    began = time.perf_counter()
    try:
        verdict = rail(text, context)
    except AssistantError as error:  # its words are ours, and say what to do
        log.error("The rail %s cannot judge: %s", rail.name, error)
        verdict = _failed(rail, text)
        verdict = replace(verdict, reason=f"{verdict.reason} ({error})")
    except Exception as error:  # noqa: BLE001
        # The error's own text may quote what the user wrote.
        log.error("The rail %s broke on a text of %d characters: %s", rail.name, len(text), type(error).__name__)
        verdict = _failed(rail, text)
    took = (time.perf_counter() - began) * 1000
    if took > (SLOW_MS if context.seconds is None else context.seconds * 1000):
        log.warning("The rail %s took %.0f ms for a text of %d characters", rail.name, took, len(text))
    return replace(verdict, ms=took)


def _failed(rail: Rail, text: str, slow: str = "") -> Verdict:
    rule = "too slow" if slow else "broken"
    what = f"The rule '{rail.name}' {slow}" if slow else f"The rule '{rail.name}' could not be checked"
    if isinstance(rail, Lenient) and rail.flags:
        return Verdict("flag", text, rail.name, rule, 1.0, f"{what}. Tell an administrator.")
    reason = f"{what}, so nothing was let through. Tell an administrator."
    return Verdict("refuse", "", rail.name, rule, 1.0, reason)


def _limit(rail: Rail, seconds: float) -> float:
    """Return how long a rail may take: what it says itself, or else what holds for all."""
    own = rail.seconds if isinstance(rail, Lenient) else None
    return seconds if own is None else own
