"""Passages that were found for an answer: what in them commands an assistant is taken out before the model sees it.

A document is looked at when it comes in; but one may have been released, or have come in before a rule was known. What
the scan says of a passage is kept by a digest, so that a passage found again costs nothing.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from assistant.guardrails.documents import Suspicion, suspect
from assistant.guardrails.hidden import reveal
from assistant.guardrails.rails import Action, Context, Span, Verdict

NOTE = "[a sentence that speaks to the assistant was left out here]"
HIDDEN = "Characters that cannot be seen were taken out of a passage."
MOST = 8
"""Sentences taken out of one passage; one that holds more is left out."""
KEPT = 4096
"""Passages whose verdict is remembered."""
_STOPS = ".!?\n"
_REACH = 400


@dataclass(frozen=True, slots=True)
class _Finding:
    """What the scan said of one passage: why, where, and whether taking that out leaves a harmless text."""

    first: Suspicion | None
    places: tuple[tuple[int, int], ...] = ()
    mends: bool = True


class Passages:
    """Judge a passage as the scan at ingest does, and leave out what commands an assistant, or all of the passage."""

    name = "injection"
    whole = False

    def __init__(self, action: Action = "mask") -> None:
        self._action = action
        self._kept: OrderedDict[bytes, _Finding] = OrderedDict()
        self._lock = Lock()

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text."""
        clean = reveal(text)[0]
        found = self._look(text, clean)
        if found.first is None:
            hidden = Verdict("mask", clean, self.name, "hidden characters", 1.0, HIDDEN)
            return hidden if clean != text else Verdict("allow", text, self.name)
        reason = f"A passage {found.first.reason}. It is quoted, never obeyed."
        spans = tuple(Span(start, end, found.first.rule) for start, end in found.places)
        action: Action = self._action if self._action != "mask" or found.mends else "refuse"
        kept = {"mask": _without(clean, found.places), "refuse": ""}.get(action, text)
        return Verdict(action, kept, self.name, found.first.rule, found.first.score, reason, spans)

    def _look(self, text: str, clean: str) -> _Finding:
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = _find(text, clean)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def _find(text: str, clean: str) -> _Finding:
    """Look at a passage again and again without what was found, until nothing more is."""
    first = found = suspect(text)
    places: list[tuple[int, int]] = []
    if found is not None and found.place is None and text != clean:
        found = suspect(clean)  # words in hidden characters go with these
    for _ in range(MOST):
        if found is None:
            return _Finding(first, tuple(sorted(places)), _says_something(clean, places))
        if found.place is None:
            break
        places.append(_sentence(clean, *found.place))
        # What is taken out leaves as many spaces, so that the places stay what they are.
        blank = "".join(" " if _within(at, places) and c != "\n" else c for at, c in enumerate(clean))
        found = suspect(blank)
    return _Finding(first, (), mends=False)


def _within(at: int, places: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in places)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the sentences in which a place lies, as far as they reach not too far."""
    first, last = start, end
    while first > max(0, start - _REACH) and not (text[first - 1] == "\n" or text[first - 2 : first - 1] in _STOPS[:3]):
        first -= 1
    while last < min(len(text), end + _REACH) and text[last] != "\n" and text[last - 1] not in _STOPS:
        last += 1
    return first, last


def _says_something(text: str, places: list[tuple[int, int]]) -> bool:
    """Whether anything is left but what was taken out."""
    rest = "".join(c for at, c in enumerate(text) if not _within(at, places))
    return any(c.isalnum() for c in rest)


def _without(text: str, places: tuple[tuple[int, int], ...]) -> str:
    pieces, last = [], 0
    for start, end in places:
        if start >= last:
            pieces += [text[last:start], NOTE]
        last = max(last, end)
    return "".join([*pieces, text[last:]])
