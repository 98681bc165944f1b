"""Placeholders back to what they stand for, in what is shown to the one who wrote it and nowhere else.

What is stored, prompted and exported stays masked. What the placeholders stand for is kept in memory, for as long as
the one who wrote it is there.
"""

import re
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from assistant.turns import Rating, Support, Turn

Pairs = tuple[tuple[str, str], ...]
"""Placeholders and what they stand for, in the order in which they were put in."""

MOST_CHARACTERS = 200_000
"""Of what one person's placeholders stand for; the conversations looked at longest ago are forgotten first."""
_LINK = re.compile(r"(?i:(?:https?|ftp|mailto|tel|data):|www\.)|[/\\]{2}|\]\(")
"""How addresses begin. A document could make the model write one that carries an original to somebody else."""
_LINKS = "hHfFmMtTdDwW/\\]"
"""The characters that such a beginning has first."""
_ENDS = " \t\n\r"
"""What an address ends at, for Markdown; any other blank is a part of it."""
_BEGUN = len("mailto:")
"""Characters of the longest beginning: with one less it is not known yet, and one before it tells words apart."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A text with the originals in it, and where its characters have gone."""

    text: str = field(repr=False)
    _ends: tuple[int, ...]
    _shifts: tuple[int, ...]

    def at(self, place: int) -> int:
        """Return where the character at some place of the masked text stands now."""
        before = bisect_right(self._ends, place)
        return place + self._shifts[before - 1] if before else place


def restore(text: str, originals: Iterable[tuple[str, str]]) -> str:
    """Put the originals back in place of their placeholders: the longest first, and only whole ones."""
    return _restored(text, resolved(originals), links=True).text


def restored(text: str, originals: Iterable[tuple[str, str]]) -> Restored:
    """Put the originals back in an answer, but in no address in it, and say where the other characters went."""
    return _restored(text, resolved(originals), links=False)


def resolved(originals: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what each placeholder stands for: what a later rail took out may hold what an earlier one put in."""
    pairs = list(originals)
    pattern = _pattern([placeholder for placeholder, _ in pairs], links=True)
    known: dict[str, str] = {}
    for placeholder, original in pairs:
        known.setdefault(placeholder, pattern.sub(lambda match: known.get(match[0], match[0]), original))
    return known


class Restorer:
    """Puts the originals back in a stream, where a placeholder may be cut between two pieces."""

    def __init__(self, originals: Iterable[tuple[str, str]]) -> None:
        self._originals = resolved(originals)
        self._pattern = _pattern(self._originals, links=False)
        self._longest = max(map(len, self._originals), default=0)
        self._before = ""
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be shown now; what may be the beginning of a placeholder is held back."""
        fresh = self._held + piece
        return self._shown(fresh, self._growing(fresh))

    def finish(self) -> str:
        """Return what was held back to the end of the stream."""
        return self._shown(self._held, len(self._held))

    def _growing(self, text: str) -> int:
        """Return from where on the end of a text may be the beginning of a placeholder."""
        for at in range(max(0, len(text) - self._longest), len(text)):
            if any(placeholder.startswith(text[at:]) for placeholder in self._originals):
                return at
        return len(text)

    def _shown(self, fresh: str, safe: int) -> str:
        text, end = self._before + fresh, len(self._before)
        safe += end
        parts = []
        for start, stop, original in _found(text, self._originals, self._pattern):
            if end <= start < safe:
                parts += [text[end:start], original]
                end, safe = stop, max(safe, stop)
        parts.append(text[end:safe])
        self._before, self._held = _tail(text[:safe]), text[safe:]
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one conversation: placeholders by place, and questions as they were written, by turn."""

    placeholders: dict[int, dict[str, str]] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)

    def size(self) -> int:
        pairs = (pair for known in self.placeholders.values() for pair in known.items())
        return sum(len(name) + len(original) for name, original in pairs) + sum(map(len, self.questions.values()))


class Originals:
    """What the placeholders of one person's conversations stand for; in memory only, and in no repr."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, conversation_id: str, position: int) -> Pairs:
        """Return what is known at a place of a conversation; what was written there goes before what was earlier."""
        with self._lock:
            kept = self._kept.get(conversation_id, _Known()).placeholders
            known: dict[str, str] = {}
            for place in sorted((place for place in kept if place <= position), reverse=True):
                known = kept[place] | known
            return tuple(known.items())

    def remember(self, conversation_id: str, position: int, originals: Iterable[tuple[str, str]]) -> None:
        """Keep what the placeholders of a text stand for."""
        if fresh := resolved(originals):
            with self._room(conversation_id) as known:
                known.placeholders[position] = fresh | known.placeholders.get(position, {})

    def wrote(self, turn: Turn, question: str) -> None:
        """Keep a question as it was written, where the rails have changed it."""
        if question != turn.question:
            with self._room(turn.conversation_id) as known:
                known.questions[turn.id] = question

    def written(self, turn: Turn) -> str:
        """Return the question of a turn as it was written, as far as that is known."""
        with self._lock:
            known = self._kept.get(turn.conversation_id, _Known()).questions.get(turn.id)
        return restore(turn.question, self.of(turn.conversation_id, turn.position)) if known is None else known

    def forget(self, conversation_id: str) -> None:
        """Forget a conversation."""
        with self._lock:
            self._kept.pop(conversation_id, None)

    @contextmanager
    def _room(self, conversation_id: str) -> Iterator[_Known]:
        """Make room for more of a conversation; those looked at longest ago give way."""
        with self._lock:
            known = self._kept.setdefault(conversation_id, _Known())
            self._kept.move_to_end(conversation_id)
            yield known
            while len(self._kept) > 1 and sum(known.size() for known in self._kept.values()) > MOST_CHARACTERS:
                self._kept.popitem(last=False)

    def restorer(self, turn: Turn) -> Restorer:
        """Return what puts the originals back in the answer of a turn while it is written."""
        return Restorer(self.of(turn.conversation_id, turn.position))

    def shown(self, turn: Turn) -> Turn:
        """Return a turn as the one who asked may see it; its sources and citations are the documents' and stay."""
        pairs = self.of(turn.conversation_id, turn.position)
        question = self.written(turn)
        if not pairs and question == turn.question:
            return turn
        answer = restored(turn.answer, pairs)
        return replace(
            turn,
            question=question,
            answer=answer.text,
            support=tuple(_moved(one, answer) for one in turn.support),
            searched=restore(turn.searched, pairs) if turn.searched else turn.searched,
            rating=_rated(turn.rating, pairs) if turn.rating else None,
        )


def _restored(text: str, originals: Mapping[str, str], *, links: bool) -> Restored:
    there = {placeholder: original for placeholder, original in originals.items() if placeholder in text}
    parts, ends, shifts, end, shift = [], [], [], 0, 0
    for start, stop, original in _found(text, there, _pattern(there, links=links)):
        parts += [text[end:start], original]
        end, shift = stop, shift + len(original) - (stop - start)
        ends.append(stop)
        shifts.append(shift)
    return Restored("".join([*parts, text[end:]]), tuple(ends), tuple(shifts))


def _found(text: str, originals: Mapping[str, str], pattern: "re.Pattern[str]") -> Iterator[tuple[int, int, str]]:
    """Yield where placeholders stand, and what they stand for."""
    for match in pattern.finditer(text):
        if match[0] in originals:
            yield *match.span(), originals[match[0]]


def _pattern(placeholders: Iterable[str], *, links: bool) -> "re.Pattern[str]":
    """Match placeholders, and the addresses in which there is none to be found unless `links` says otherwise.

    One that begins or ends like a word is no part of a longer one.
    """
    longest = sorted(filter(None, placeholders), key=len, reverse=True)
    if not longest:
        return re.compile(r"(?!)")
    found = [f"{_edge(one[0], '(?<!')}{re.escape(one)}{_edge(one[-1], '(?!')}" for one in longest]
    first = _among(placeholder[0] for placeholder in longest)
    whole = f"{first}(?:{'|'.join(found)})"
    return re.compile(whole if links else f"{_among(_LINKS)}(?:{_LINK.pattern})[^{_ENDS}]*|{whole}")


def _tail(text: str) -> str:
    """Return what decides how a text goes on: whether it is in an address, or else how one may have begun."""
    run = text[max(map(text.rfind, _ENDS)) + 1 :]
    return f"//{run[-1]}" if _LINK.search(run) else run[-_BEGUN:]


def _among(characters: Iterable[str]) -> str:
    """Look ahead for one of some characters, which is quicker than to try what begins with them."""
    return f"(?=[{re.escape(''.join(sorted(set(characters))))}])"


def _edge(character: str, look: str) -> str:
    return rf"{look}\w)" if character.isalnum() or character == "_" else ""


def _moved(support: Support, answer: Restored) -> Support:
    start, end = answer.at(support.start), answer.at(support.end)
    return replace(support, sentence=answer.text[start:end], start=start, end=end)


def _rated(rating: Rating, pairs: Pairs) -> Rating:
    comment = restore(rating.comment, pairs) if rating.comment else None
    correction = restore(rating.correction, pairs) if rating.correction else None
    return replace(rating, comment=comment, correction=correction)
