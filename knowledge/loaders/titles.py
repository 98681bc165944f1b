"""Titles out of metadata, which is often what a program left there."""

import re

_LEFT_BEHIND = re.compile(
    r"untitled.*|document\d*|(?:word|powerpoint) (?:document|presentation)|\(.*\)|microsoft \w+ - .*|"
    r"(?:slide|title|page) ?\d*|.*\.[a-z]{2,5}\d?",
    re.IGNORECASE,
)


def sensible(title: object) -> str | None:
    """Return a title that a person gave, else None."""
    words = " ".join(str(title or "").replace("\0", "").split())
    if not 3 <= len(words) <= 200 or not re.search(r"[^\W\d_]", words) or _LEFT_BEHIND.fullmatch(words):
        return None
    return words
