"""What a rail is, and how rails are run over one text and over a text that is still being written.

No rail is known here. Text that has not been checked never leaves this file, and a rail that breaks or hangs refuses.
"""

import logging
import re
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, get_args

from assistant.guardrails.watch import watch

log = logging.getLogger(__name__)

Action = Literal["allow", "mask", "flag", "refuse"]
Failing = Literal["refuse", "flag"]
Side = Literal["input", "output", "document", "passage"]
SIDES: tuple[Side, ...] = get_args(Side)

STRICTNESS: dict[Action, int] = {"allow": 0, "mask": 1, "flag": 2, "refuse": 3}
SLOW_MS = 1000.0
"""A rail that takes longer than this is reported in the log."""
NUMBERS = 80
"""Characters of a run of numbers that are held back: an IBAN written in groups has 42, a card number 23."""

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}]+")
_SENTENCE_END = re.compile(r"[.!?。！？][\"')\]]*\s|\n")
_TAIL = 2000


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


@dataclass(frozen=True, slots=True)
class Lenient:
    """A rail that flags a text that it could not judge, where others refuse it; the policy asks for that by name."""

    rail: Rail

    @property
    def name(self) -> str:
        """The name of the rail."""
        return self.rail.name

    @property
    def whole(self) -> bool:
        """Whether it looks at whole answers only."""
        return self.rail.whole

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
    def ms(self) -> float:
        """The milliseconds that all rails took together."""
        return sum(verdict.ms for verdict in self.verdicts)

    @property
    def originals(self) -> tuple[tuple[str, str], ...]:
        """All placeholders and what they stand for; never to be stored or logged."""
        return tuple(pair for verdict in self.verdicts for pair in verdict.originals)


@dataclass(frozen=True, slots=True)
class Released:
    """Text that every rail has seen and that will not change again."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stopped:
    """The answer is refused: what was released of it must be withdrawn."""

    checked: Checked


@dataclass(frozen=True, slots=True)
class Passed:
    """The whole answer has been released; its text is that of all `Released` put together."""

    checked: Checked


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
    """Return the verdicts up to the first rail that takes too long, and a verdict in its place."""
    judged = _judged(rails, text, context)
    if context.seconds is None:
        return list(judged)
    verdicts = watch().collect(judged, [rail.name for rail in rails], context.seconds)
    if len(verdicts) < len(rails):
        left = verdicts[-1].text if verdicts else text
        late = _failed(rails[len(verdicts)], left, f"took longer than {context.seconds:g} s")
        verdicts.append(replace(late, ms=context.seconds * 1000))
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
    except Exception as error:  # noqa: BLE001
        # The error's own text may quote what the user wrote.
        log.error("The rail %s broke on a text of %d characters: %s", rail.name, len(text), type(error).__name__)
        verdict = _failed(rail, text)
    took = (time.perf_counter() - began) * 1000
    if took > SLOW_MS:
        log.warning("The rail %s took %.0f ms for a text of %d characters", rail.name, took, len(text))
    return replace(verdict, ms=took)


def _failed(rail: Rail, text: str, slow: str = "") -> Verdict:
    rule = "too slow" if slow else "broken"
    what = f"The rule '{rail.name}' {slow}" if slow else f"The rule '{rail.name}' could not be checked"
    if isinstance(rail, Lenient):
        return Verdict("flag", text, rail.name, rule, 1.0, f"{what}. Tell an administrator.")
    reason = f"{what}, so nothing was let through. Tell an administrator."
    return Verdict("refuse", "", rail.name, rule, 1.0, reason)


def guard(
    rails: Sequence[Rail], pieces: Iterable[str], context: Context, window: int = 12, *, holds: bool = False
) -> Iterator[Released | Stopped | Passed]:
    """Let a growing answer through, about `window` tokens behind the model and never unchecked.

    At each end of a sentence, and at latest after half a window of words, the rails see the whole answer so far. What
    they leave of it is released but for its last words and for what may be the beginning of a match that is still
    growing. The last event is `Passed` or `Stopped`. Closing this generator closes the model's stream, and so does a
    refusal.

    Args:
        rails: the rails of the output side; those that look at whole answers are run at the end.
        pieces: the model's stream.
        context: what the rails may know.
        window: how many tokens the released text may be behind the model.
        holds: release nothing before the end, for rails that may change or withhold a whole answer.
    """
    growing = [rail for rail in rails if not rail.whole]
    text, released, looked = "", "", 0
    try:
        for piece in pieces:
            text += piece
            if holds or not _due(text[looked:], window // 2):
                continue
            looked = len(text)
            checked = check(growing, text, context)
            settled = checked.text[: max(settle(checked.text, window // 3), len(released))]
            if stop := _stopped(checked, released):
                yield stop
                return
            if len(settled) > len(released):
                yield Released(settled[len(released) :])
                released = settled
        yield from _finish(check(rails, text, context), released)
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


def _due(fresh: str, words: int) -> bool:
    """Whether so much has been written since the rails last looked that they must look again."""
    return _SENTENCE_END.search(fresh) is not None or len(_WORD.findall(fresh)) > words


def _stopped(checked: Checked, released: str) -> Stopped | None:
    if checked.stopped:
        return Stopped(checked)
    if checked.text.startswith(released):
        return None
    reason = "The answer turned out to hold personal data that had to be taken back."
    late = Verdict("refuse", "", "stream", "late", 1.0, reason)
    return Stopped(Checked("", late, (*checked.verdicts, late)))


def _finish(checked: Checked, released: str) -> Iterator[Released | Stopped | Passed]:
    if stop := _stopped(checked, released):
        yield stop
        return
    if len(checked.text) > len(released):
        yield Released(checked.text[len(released) :])
    yield Passed(checked)


def settle(text: str, words: int) -> int:
    """Return how many characters of a growing text no match can reach any more that is still growing.

    The end is held back from the start of a word on: at least `words` words, and all of a run of numbers (or of short
    groups of capitals between them, as in an IBAN) that reaches into them.
    """
    tail = max(0, len(text) - _TAIL)
    found = [match.span() for match in _WORD.finditer(text, tail)]
    if tail:
        found = found[1:]  # its start may lie before the tail
    if len(found) <= words:
        return 0
    at = len(found) - words
    last = found[at][0]
    while at > 0 and last - found[at][0] < NUMBERS and all(_numeric(text, *found[i]) for i in (at - 1, at)):
        at -= 1
    return found[at][0]


def _numeric(text: str, start: int, end: int) -> bool:
    word = text[start:end]
    return any(character.isdigit() for character in word) or (len(word) <= 4 and word.isupper()) or word in "+-()/"
