"""What several words together say of a person: age, origin, accent, children, dress, customs; as in phrases.toml."""

import re
import tomllib
from functools import cache

from assistant.guardrails.people.lexicon import HERE, by_word, words

_PIECE = re.compile(r"\{([a-z]+)\}")


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    """Return the patterns by the kind that their words are given, in the order in which they are tried."""
    read = tomllib.loads((HERE / "phrases.toml").read_text(encoding="utf-8"))
    pieces: dict[str, str] = {}
    for name, text in read["pieces"].items():
        pieces[name] = f"(?:{_filled(text.replace(chr(10), ''), pieces)})"
    return {
        kind: re.compile("|".join(f"(?:{_filled(pattern, pieces)})(?![^ ])" for pattern in listed))
        for kind, listed in read["phrases"].items()
    }


@by_word
def opens(word: str) -> frozenset[str]:
    """Return the kinds of which a phrase may begin with the word, so that most words need no look."""
    marked = word[0].isdigit() or "-" in word
    return frozenset(
        kind for kind in patterns() if word in words(f"{kind}_openers".lower()) or (kind != "V" and marked)
    )


def _filled(pattern: str, pieces: dict[str, str]) -> str:
    return _PIECE.sub(lambda match: pieces[match[1]], pattern)
