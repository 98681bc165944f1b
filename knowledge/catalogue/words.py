"""Which words of a question are looked for: common ones cost the most and say the least."""

from collections.abc import Mapping

MATCHES = 5_000
"""How many places the chosen words may have in all: a library of a few thousand passages is searched by every word."""
MOST = 10_000
"""How many they may have where there would else be only one word."""


def choose(frequencies: Mapping[str, int]) -> list[str]:
    """Return the rarest words that have no more places than MATCHES together; two of them up to MOST, one always.

    A word in a tenth of the passages adds at most 4.8 to BM25, one in a thousandth of them up to 15.

    Args:
        frequencies: in how many passages each word is.
    """
    chosen: list[str] = []
    places = 0
    for word in sorted((word for word in frequencies if frequencies[word]), key=lambda word: frequencies[word]):
        places += frequencies[word]
        if chosen and places > (MOST if len(chosen) == 1 else MATCHES):
            break
        chosen.append(word)
    return chosen
