"""Messages that are too long to be read with care."""

from assistant.guardrails.rails import Context, Span, Verdict, settle

CUT = 12
"""Words before the cut that are dropped as well, so that no half of a card number or address is left to store."""


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
        return Verdict("refuse", text[: settle(text[: self._most], CUT)], self.name, "too long", 1.0, reason, beyond)
