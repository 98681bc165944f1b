"""An answer that is still being written: what of it may be shown, and when the rails look at it.

Text that has not been checked never leaves this file. The cost of a look is bounded, however long the answer is: the
rails see its end, from a place on where they say the same as of the whole.
"""

from bisect import bisect_right
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.guardrails.claims import sentences
from assistant.guardrails.growing import PLACEHOLDER, opened, settle
from assistant.guardrails.rails import Checked, Context, Grows, Rail, Verdict, check
from assistant.guardrails.windows import windows

WINDOW = 12
"""How many tokens the released text may be behind the model."""
HELD = 4
"""Tokens that are held back in any case: a match of several words may begin with them."""
FIRST = HELD + 1
"""The first look comes as soon as there is something to show: here, or before, at a word that no match begins with."""
AGAIN = 3
"""Tokens from one look to the next while a match is growing."""
LONG = 2000
"""Characters from which on the rails no longer see the beginning of an answer."""
KEPT = 1000
"""Characters before the end that they see at least."""
LATE = "The answer turned out to hold personal data that had to be taken back."


@dataclass(frozen=True, slots=True)
class Released:
    """Text that every rail has seen and that will not change again."""

    text: str = field(repr=False)
    checked: Checked
    """What they said when they saw it."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The answer is refused: what was released of it must be withdrawn."""

    checked: Checked


@dataclass(frozen=True, slots=True)
class Passed:
    """The whole answer has been released; its text is that of all `Released` put together."""

    checked: Checked


Judged = Released | Stopped | Passed


def guard(
    rails: Sequence[Rail], pieces: Iterable[str], context: Context, window: int = WINDOW, *, holds: bool = False
) -> Generator[Judged, None, None]:
    """Let a growing answer through, at most `window` tokens behind the model and never unchecked.

    What the rails leave of the text is released but for its last tokens, and for what may be the beginning of a match
    that is still growing, however long that is. At the end all rails see the whole answer. The last event is `Passed`
    or `Stopped`. Closing this generator closes the model's stream, and so does a refusal.

    Args:
        rails: the rails of the output side; those that look at whole answers are run at the end.
        pieces: the model's stream, a piece a token; one that is no whole character yet is empty.
        context: what the rails may know.
        window: how many tokens the released text may be behind the model, unless a match is growing.
        holds: release nothing before the end, for rails that may change or withhold a whole answer.
    """
    answer = _Answer([rail for rail in rails if not rail.whole], context, window)
    try:
        for piece in pieces:
            answer.add(piece)
            if holds or not answer.due():
                continue
            if event := answer.look():
                yield event
            if isinstance(event, Stopped):
                return
        yield from answer.finish(rails)
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


class _Answer:
    """What was written so far, and how much of it is released."""

    def __init__(self, rails: Sequence[Rail], context: Context, window: int) -> None:
        self._rails = rails
        self._asked = context
        self._window = window
        self._pieces: list[str] = []
        self._seen = replace(context, growing=True)
        """What the rails know when they look at the end."""
        self._before = ""
        """What is released before it, after every mask."""
        self._text = ""
        """The end that they look at."""
        self._ends = [0]
        """Where in it each token ends."""
        self._released = ""
        """What of it is released, after every mask."""
        self._behind_from = 0
        """Up to where in it the tokens are released."""
        self._looked = 0
        self._held = False
        """Whether a match was growing when they looked."""
        self._long = LONG

    def add(self, piece: str) -> None:
        """Take the next token; one without text is a part of the character that comes next."""
        self._pieces.append(piece)
        self._text += piece
        self._ends.append(len(self._text) if piece else len(self._text) + 1)

    def due(self) -> bool:
        """Whether the rails must look, lest the released text fall behind."""
        count = len(self._pieces)
        if count <= FIRST:
            return count == FIRST or (not self._looked and opened(self._text) > 0)
        if self._held and count - self._looked < AGAIN:
            return False
        return len(self._ends) - bisect_right(self._ends, self._behind_from) >= self._window

    def look(self) -> Released | Stopped | None:
        """Let the rails look, and return what they settle, if anything."""
        self._looked = len(self._pieces)
        checked = check(self._rails, self._text, self._seen)
        if stop := _stopped(checked, self._released):
            return stop
        masked = checked.text
        at, floor = (len(masked) - self._last(tokens) for tokens in (HELD, self._window - 2))
        settled = settle(masked, max(0, at), max(0, floor)) if at > 0 else opened(masked)
        settled = min([settled, *(rail.settled(masked, self._seen) for rail in self._rails if isinstance(rail, Grows))])
        self._held = settled < min(at, floor)
        fresh = masked[len(self._released) : settled]
        self._released += fresh
        self._behind_from = max(self._behind_from, len(self._text) - (len(masked) - len(self._released)))
        self._forget(checked)
        return Released(fresh, checked) if fresh else None

    def _last(self, tokens: int) -> int:
        """Return how many characters so many tokens at the end have."""
        return max(0, len(self._text) - self._ends[max(0, len(self._ends) - 1 - tokens)])

    def finish(self, rails: Sequence[Rail]) -> Iterator[Judged]:
        """Let all rails look at the whole, and release what is left."""
        checked = check(rails, "".join(self._pieces), self._asked)
        shown = self._before + self._released
        if stop := _stopped(checked, shown):
            yield stop
            return
        if len(checked.text) > len(shown):
            yield Released(checked.text[len(shown) :], checked)
        yield Passed(checked)

    def _forget(self, checked: Checked) -> None:
        """Let the rails see less from now on, from a place on where it makes no difference to them.

        Windows begin there, so that heads see the same windows as in the whole; or else a sentence does, as rails ask
        for that take sentences out. That the text comes out the same is tried; where it does not, as in the middle of a
        key of many lines, all is kept for a while.
        """
        if len(self._text) <= self._long:
            return
        self._long = len(self._text) + KEPT // 2
        for stretches in (windows, sentences):
            places = [start for start, _ in stretches(self._text) if 0 < start <= len(self._text) - KEPT]
            if places and self._forgot(places[-1], checked):
                return

    def _forgot(self, place: int, checked: Checked) -> bool:
        """Let the rails see the text from a place on, if they say the same then; what is before it grows no more."""
        first = check(self._rails, self._text[:place], replace(self._seen, growing=False))
        seen = replace(
            self._seen,
            taken=(*self._seen.taken, *(match[0] for match in PLACEHOLDER.finditer(first.text))),
            originals=tuple(dict((*self._seen.originals, *first.originals)).items()),
        )
        rest = check(self._rails, self._text[place:], seen)
        if first.stopped or rest.stopped or first.text + rest.text != checked.text:
            return False
        if not self._released.startswith(first.text):
            return False
        self._drop(place, first.text, seen)
        return True

    def _drop(self, place: int, masked: str, seen: Context) -> None:
        self._seen, self._long = seen, LONG
        self._before += masked
        self._text, self._released = self._text[place:], self._released[len(masked) :]
        self._ends = [max(0, end - place) for end in self._ends[bisect_right(self._ends, place) - 1 :]]
        self._behind_from -= place


def _stopped(checked: Checked, released: str) -> Stopped | None:
    if checked.stopped:
        return Stopped(checked)
    if checked.text.startswith(released):
        return None
    late = Verdict("refuse", "", "stream", "late", 1.0, LATE)
    return Stopped(Checked("", late, (*checked.verdicts, late)))
