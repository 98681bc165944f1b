"""Messages that are too long to be read with care."""

from assistant.guardrails.growing import NUMBERS, WORD, numeric
from assistant.guardrails.rails import Context, Span, Verdict

CUT = 12
"""Words before the cut that are dropped as well, so that no half of a card number or address is left to store."""
_TAIL = 2000


class Length:
    """Refuse a text of more characters than allowed; the other rails then see only its beginning."""

    name = "length"
    whole = False

    def __init__(self, most: int) -> None:
        self._most = most

    def __call__(self, text: str, context: Context) -> Verdict:
        """Count the characters."""
        if len(text) <= self._most:
            return Verdict("allow", text, self.name, score=len(text) / self._most)
        reason = (
            f"The message has {len(text):,} characters; at most {self._most:,} are read. "
            "Shorten it, or upload it as a document and ask about that."
        )
        beyond = (Span(self._most, len(text), "beyond"),)
        return Verdict("refuse", _beginning(text[: self._most]), self.name, "too long", 1.0, reason, beyond)


def _beginning(text: str) -> str:
    """Return a text without its last words, and without all of a run of numbers that reaches into them."""
    tail = max(0, len(text) - _TAIL)
    found = [match.span() for match in WORD.finditer(text, tail)]
    if tail:
        found = found[1:]  # its start may lie before the tail
    if len(found) <= CUT:
        return ""
    at = len(found) - CUT
    last = found[at][0]
    while at > 0 and last - found[at][0] < NUMBERS and all(numeric(text[slice(*found[i])]) for i in (at - 1, at)):
        at -= 1
    return text[: found[at][0]]
