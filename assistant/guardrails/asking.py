"""What a message asks about, which may stand at the end of a long story."""

from assistant.guardrails.classifier import LONG, Head, Score
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.windows import sentences

AMID = 0.5
"""From which probability by its words a stretch or sentence of a longer message is looked at."""


def asked(head: Head, text: str, encoder: Encoder) -> Score:
    """Score a message: a short one by the vector that other rails see it by, a longer one where its words tell.

    A question is told by itself more easily than with half of the story before it.
    """
    windows, terms = encoder.windows(text), encoder.terms(text)
    if len(windows) == 1 and len(terms.starts) < LONG:
        return head.score(text, encoder)
    found = sentences(text)
    likeliest = head.likeliest(terms, found) if found else []
    return head.score(text, encoder, [*windows, *likeliest], glance=AMID)
