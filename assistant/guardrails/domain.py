"""What the assistant is for: questions far from the description and the examples are declined."""

import re
from collections.abc import Sequence

import numpy as np

from assistant.guardrails.encoder import Encoder
from assistant.guardrails.rails import Context, Verdict

NEAREST = 5
"""How many of the nearest examples count at most, by the mean of their cosines; of few examples, a quarter."""
_SMALL_TALK = """
hi hello hey hallo good morning afternoon evening day night thank thanks you bye goodbye see yes no ok okay
please great sorry well done nice cool perfect understood never nevermind mind forget it that start over
continue go on again shorter longer more why how really so much a lot very there everyone assistant apprentice
tomorrow later are today doing what's whats up tell me explain in simple simpler words try answer is was
helpful that's wrong right
"""
SMALL_TALK = frozenset(_SMALL_TALK.split())
"""Words of which small talk is made."""
ITSELF = re.compile(
    r"\b(?:who|what) (?:are|made|built|is) (?:you|this)\b|\bwhat can (?:you|i) (?:do|ask)|\bhow do you work\b"
    r"|\bcan you help\b|\bhelp me\W*$|\byour name\b|\bdo you (?:store|keep|remember|learn)\b"
    r"|\bwhat (?:do|are) (?:you|your)\b.{0,20}\b(?:know|for|rules|sources|documents)\b"
    r"|\bare you (?:an? )?(?:human|robot|bot|ai|real|person|computer|machine)\b"
    r"|\b(?:which|what) (?:documents|sources|model)\b.{0,20}\b(?:you|know|have)\b",
    re.I,
)
"""Questions about the assistant itself."""
SHORT = 12
"""Words of a message that may still count as small talk or as a question about the assistant."""


class Domain:
    """Decline a question whose nearest examples are too far away."""

    name = "domain"
    whole = False

    def __init__(self, encoder: Encoder, description: str, examples: Sequence[str], threshold: float) -> None:
        self._encoder = encoder
        self._texts = [text for text in (*examples, description) if text.strip()]
        self._threshold = threshold
        self._reason = "That lies outside what this assistant is for." + (
            f" It helps with: {description.strip()}" if description.strip() else ""
        )

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text; the vectors of the examples are made at the first question and kept."""
        if chatter(text):
            return Verdict("allow", text, self.name, score=1.0)
        score = self.likeness(text)
        if score >= self._threshold:
            return Verdict("allow", text, self.name, score=score)
        return Verdict("refuse", text, self.name, "outside", score, self._reason)

    def likeness(self, text: str) -> float:
        """Return the mean cosine of the text and its nearest examples, in [-1, 1]."""
        vectors = self._encoder([*self._texts, text])
        cosines = np.sort(vectors[:-1] @ vectors[-1])
        counted = min(NEAREST, max(1, len(self._texts) // 4))
        return float(cosines[-counted:].mean())


def chatter(text: str) -> bool:
    """Whether a message is small talk, or asks about the assistant itself."""
    return small_talk(text) or (len(_words(text)) <= SHORT and ITSELF.search(text) is not None)


def small_talk(text: str) -> bool:
    """Whether a message is made of nothing but the words of small talk."""
    words = _words(text)
    return len(words) <= SHORT and all(word in SMALL_TALK for word in words)


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower().replace("’", "'"))
