"""The stretches of a text that the heads look at: windows that overlap, and its sentences."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

WINDOW = 110
"""Words of a window: what 256 tokens of the encoder hold of ordinary English, with room to spare."""
CHARACTERS = 900
"""Characters of a window at most, for text without spaces."""
FEWEST = 3
"""From how many sentences on they are looked at by themselves."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_PIECE = re.compile(r"\S+\s*|\s+")


def windows(text: str) -> list[tuple[int, int]]:
    """Cut a text into the windows that the encoder reads, each overlapping the one before it by half.

    The windows of a growing text stay what they were but for the last ones.
    """
    if len(text) <= CHARACTERS and text == text.strip() and 0 < len(text.split()) < WINDOW - 1:
        return [(0, len(text))]  # as most texts are; what follows takes longer
    pieces = [part for piece in _PIECE.findall(text) for part in _cut(piece)]
    while pieces and pieces[-1].isspace():
        pieces.pop()
    starts = list(accumulate(map(len, pieces), initial=0))
    found, first = [], 0
    while first < len(pieces):
        after = min(first + WINDOW, bisect_right(starts, starts[first] + CHARACTERS) - 1)
        found.append((starts[first], starts[after]))
        if after == len(pieces):
            break
        first += max(1, (after - first) // 2)
    return found


def every(text: str) -> list[tuple[int, int]]:
    """Return where the sentences and lines of a text stand."""
    found = (match.span() for match in _SENTENCE.finditer(text) if not match[0].isspace())
    return [(start, min(end, start + CHARACTERS)) for start, end in found]


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the same, but none for a text of one or two."""
    found = every(text)
    return found if len(found) >= FEWEST else []


def edges(text: str) -> list[tuple[int, int]]:
    """Return the first and the last sentence of a text, where a wish hides among much else."""
    found = sentences(text)
    return [found[0], found[-1]] if found else []


def _cut(piece: str) -> Sequence[str]:
    """Cut a piece without spaces that is longer than a window."""
    most = CHARACTERS // 2
    return (piece,) if len(piece) <= most else [piece[at : at + most] for at in range(0, len(piece), most)]
