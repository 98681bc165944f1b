"""Words and phrases to look for in a text, however they are dressed up, and where in the text they stand."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

from assistant.guardrails.hidden import FIRST_MARK

MOST = 12
"""Words of a phrase at most; what is longer is a pattern."""
MASK = "[…]"
"""What stands in place of a word that is taken out."""

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_IDEOGRAPH}]|[^\W_{_IDEOGRAPH}]+|[^\w\s\-‐‑–'’`]")
"""A word, a character of a script that writes no spaces, or a sign; what joins words does not count."""
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
_PLAIN = re.compile(r"[\t\n\r -~]*")


@dataclass(frozen=True)
class Folded:
    """A text in the plainest form of its characters, in lower case, without those that cannot be seen."""

    text: str
    origin: Sequence[int]
    """How many characters of the plain form the original's first characters gave; empty where each gave one."""

    @cached_property
    def words(self) -> list[str]:
        """The words and signs of the plain form, found once for all vocabularies."""
        return _TOKEN.findall(self.text)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original text a stretch of the plain one stands."""
        if not self.origin:
            return start, end
        first = bisect_left(self.origin, start + 1)
        return first, bisect_left(self.origin, end, first) + 1


def fold(text: str) -> Folded:
    """Fold a text, such that 𝗦𝗲𝗰𝗿𝗲𝘁 and s\u200becret become secret."""
    if _PLAIN.fullmatch(text):
        return Folded(text.lower(), ())
    plain = {character: _fold(character) for character in set(text)}
    if all(len(folded) == 1 for folded in plain.values()):
        return Folded(text.translate({ord(character): folded for character, folded in plain.items()}), ())
    pieces = [plain[character] for character in text]
    return Folded("".join(pieces), list(accumulate(map(len, pieces))))


@lru_cache(maxsize=1 << 14)
def _fold(character: str) -> str:
    if character in _FILLERS or (unicodedata.category(character) in ("Cf", "Cc") and not character.isspace()):
        return ""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(c for c in apart if c not in _FILLERS and (c < FIRST_MARK or not unicodedata.combining(c)))


class Vocabulary:
    """Phrases with a label each, found by a look into a table at each word, so that long lists cost no more."""

    def __init__(self, labelled: Mapping[str, str]) -> None:
        """Take the phrases and their labels.

        Raises:
            ValueError: a phrase holds no word, or more than 12.
        """
        self._labels: dict[tuple[str, ...], str] = {}
        self._longest: dict[str, int] = {}
        for phrase, label in labelled.items():
            key = split(phrase)
            self._labels[key] = label
            self._longest[key[0]] = max(self._longest.get(key[0], 0), len(key))

    def find(self, folded: Folded) -> Iterator[tuple[int, int, str]]:
        """Yield start and end in the original text, and label, of each phrase; the longest where several begin."""
        words, hits, free = folded.words, [], 0
        for at in [at for at, word in enumerate(words) if word in self._longest]:
            if at >= free and (length := self._length(words, at)):
                free = at + length
                hits.append((at, free))
        if not hits:
            return  # as in most texts, and where the words stand need not be known
        places = [match.span() for match in _TOKEN.finditer(folded.text)]
        for first, end in hits:
            yield *folded.place(places[first][0], places[end - 1][1]), self._labels[tuple(words[first:end])]

    @cached_property
    def _begun(self) -> frozenset[tuple[str, ...]]:
        """The beginnings of phrases, whole words but not the last."""
        return frozenset(key[:length] for key in self._labels for length in range(1, len(key)))

    def settled(self, folded: Folded) -> int:
        """Return up to where in the original text no phrase can reach that is still growing at its end."""
        words = folded.words[-MOST:]
        for at in range(len(words)):
            if tuple(words[at:]) in self._begun or tuple(words[at:-1]) in self._begun:
                places = [match.span() for match in _TOKEN.finditer(folded.text)][-len(words) :]
                return folded.place(*places[at])[0]
        return len(folded.origin) or len(folded.text)

    def _length(self, words: Sequence[str], at: int) -> int:
        """Return how many words the longest phrase has that begins here."""
        for length in range(min(self._longest[words[at]], len(words) - at), 0, -1):
            if tuple(words[at : at + length]) in self._labels:
                return length
        return 0


def split(phrase: str) -> tuple[str, ...]:
    """Return the words of a phrase in their plainest form.

    Raises:
        ValueError: there is none, or more than 12.
    """
    words = tuple(_TOKEN.findall(fold(phrase).text))
    if not words:
        raise ValueError(f"{phrase!r} holds no word: take it out")
    if len(words) > MOST:
        raise ValueError(f"{phrase[:40]!r}… has more than {MOST} words: write it as a pattern")
    return words


def mask(text: str, places: Iterable[tuple[int, int]]) -> str:
    """Put a mark in place of each stretch; stretches may overlap."""
    parts, at = [], 0
    for start, end in sorted(places):
        if end <= at:
            continue
        if start >= at:
            parts += [text[at:start], MASK]
        at = end
    return "".join([*parts, text[at:]])
