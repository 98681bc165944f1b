"""Which words of a question are looked for: common ones cost the most and say the least."""

from collections.abc import Mapping

MATCHES = 5_000
"""How many places the chosen words may have in all: a library of a few thousand passages is searched by every word."""
FEWEST = 2
"""So many words are always looked for, though they are common."""


def choose(frequencies: Mapping[str, int]) -> list[str]:
    """Return the rarest words that have no more places than MATCHES together, and FEWEST in any case.

    A word in a tenth of the passages adds at most 4.8 to BM25, one in a thousandth of them up to 15.

    Args:
        frequencies: in how many passages each word is.
    """
    chosen: list[str] = []
    places = 0
    for word in sorted((word for word in frequencies if frequencies[word]), key=lambda word: frequencies[word]):
        places += frequencies[word]
        if places > MATCHES and len(chosen) >= FEWEST:
            break
        chosen.append(word)
    return chosen
