"""The stretches of a text that the heads look at: windows that overlap, and its first and last sentence."""

import re
from bisect import bisect_right

WINDOW = 110
"""Words of a window: what 256 tokens of the encoder hold of ordinary English, with room to spare."""
CHARACTERS = 900
"""Characters of a window at most, for text without spaces."""
EDGES_FROM = 3
"""From how many sentences on the first and the last are looked at by themselves."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_PIECE = re.compile(r"\S+\s*|\s+")


def windows(text: str) -> list[tuple[int, int]]:
    """Cut a text into the windows that the encoder reads, each overlapping the one before it by half.

    The windows of a growing text stay what they were but for the last ones.
    """
    if len(text) <= CHARACTERS and text == text.strip() and 0 < len(text.split()) < WINDOW - 1:
        return [(0, len(text))]  # as most texts are; what follows takes longer
    pieces: list[tuple[int, int]] = []
    for match in _PIECE.finditer(text):
        start, end = match.span()
        pieces += [(start, end)] if end - start <= CHARACTERS // 2 else _cut(start, end)
    while pieces and not text[slice(*pieces[-1])].strip():
        pieces.pop()
    ends = [end for _, end in pieces]
    found, first = [], 0
    while first < len(pieces):
        start = pieces[first][0]
        after = min(first + WINDOW, bisect_right(ends, start + CHARACTERS))
        found.append((start, ends[after - 1]))
        if after == len(pieces):
            break
        first += max(1, (after - first) // 2)
    return found


def edges(text: str) -> list[tuple[int, int]]:
    """Return the first and the last lines or sentences of a text, where a wish hides among much else."""
    found = [match.span() for match in _SENTENCE.finditer(text) if match[0].strip()]
    if len(found) < EDGES_FROM:
        return []
    return [(start, min(end, start + CHARACTERS)) for start, end in (found[0], found[-1])]


def _cut(start: int, end: int) -> list[tuple[int, int]]:
    """Cut a piece without spaces that is longer than a window."""
    return [(at, min(at + CHARACTERS // 2, end)) for at in range(start, end, CHARACTERS // 2)]
