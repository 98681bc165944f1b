"""Answers that give away what the assistant was told: its own instructions, word for word."""

import re
from collections.abc import Sequence

from assistant.guardrails.rails import Context, Span, Verdict

WORDS = 8
"""So many words in a row, the same as in the instructions, are no accident."""
REASON = "The answer was withdrawn because it repeated the assistant's own instructions."
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


class Leak:
    """Stop an answer that holds a stretch of the instructions, unless the question or a passage holds it too.

    Of the instructions it keeps each run of `WORDS` words, and so one look at the answer is enough.
    """

    name = "leak"
    whole = False

    def __init__(self, secrets: Sequence[str]) -> None:
        self._runs = {run for secret in secrets for run in _runs(secret)}

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text."""
        places = [match.span() for match in _WORD.finditer(text)]
        found = [at for at, run in enumerate(_runs(text)) if run in self._runs]
        if found:
            open_to_all = {run for known in (context.question, *context.passages) for run in _runs(known)}
            words = _words(text)
            found = [at for at in found if tuple(words[at : at + WORDS]) not in open_to_all]
        if not found:
            return Verdict("allow", text, self.name)
        span = Span(places[found[0]][0], places[found[0] + WORDS - 1][1], "instructions")
        return Verdict("refuse", text, self.name, "instructions", 1.0, REASON, (span,))


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def _runs(text: str) -> list[tuple[str, ...]]:
    words = _words(text)
    return [tuple(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)]
