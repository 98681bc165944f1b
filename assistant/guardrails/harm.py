"""Requests for harm and harmful text, by category, judged by a trained head."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from assistant.guardrails.classifier import GLANCE, Head, Score
from assistant.guardrails.disguises import readings
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.rails import STRICTNESS, Action, Context, Span, Verdict
from assistant.guardrails.windows import every, sentences

Category = Literal[
    "violence",
    "self-harm",
    "sexual",
    "hate",
    "harassment",
    "crime",
    "weapons",
    "cyber",
    "fraud",
    "privacy",
    "advice",
]
ABOUT: dict[str, str] = {
    "violence": "violence against people or animals",
    "sexual": "sexual content",
    "hate": "hatred of a group of people",
    "harassment": "harassing or threatening somebody",
    "crime": "a crime",
    "weapons": "weapons or dangerous substances",
    "cyber": "breaking into computers or harming them",
    "fraud": "deceiving people",
    "privacy": "spying on somebody",
    "advice": "advice on health, law or money",
}
USUAL: dict[str, Action] = {"advice": "care"}
"""What to do in a category where the policy says nothing, if not refuse; only guard models find advice here."""
HELP = (
    "This sounds as if you, or somebody near you, might be in danger. The assistant cannot help with it, people can: "
    "call your local emergency number, or find a crisis line at findahelpline.com, and talk to somebody you trust."
)
CARE = (
    "If you, or somebody near you, might be in danger: people can help. Call your local emergency number, or find a "
    "crisis line at findahelpline.com, and talk to somebody you trust."
)
CAREFUL = "This touches on {about}. Take the answer as general information, and ask somebody whose profession it is."
ANSWER = "The answer was withdrawn because it turned to {about}."
REQUEST = "The assistant does not help with {about}. If it was meant otherwise, please say it in other words."
AMID = 0.3
"""From which probability by its words a stretch of a long message is worth a look; with less, none was ever found."""
BURIED = 0.7
"""From which score on a sentence of a harmless text is taken for what the text is there for."""
MANY = 24
"""How many sentences are looked at one by one where the policy lets pass what the text as a whole is."""
TELLING = 0.5
"""From which probability by its words a sentence that is neither the first nor the last is worth a look."""


@dataclass(frozen=True, slots=True)
class Harm:
    """Judge what is asked for, or what is answered; answers are held to a threshold of their own."""

    head: Head
    encoder: Encoder
    threshold: float
    output_threshold: float
    child_threshold: float
    child_output_threshold: float
    actions: Mapping[str, Action] = field(default_factory=dict)
    """What to do in a category; refuse, where nothing is said."""
    help: Mapping[str, str] = field(default_factory=dict)
    """What is said of help in a category, where the company has words of its own."""
    name: str = "harm"
    whole: bool = False

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text."""
        threshold = self.least(context)
        score = self._score(text, threshold, context)
        found = Verdict("allow", text, self.name, score=score.value)
        if score.value >= threshold:
            found = self._of(text, score, context)
            if found.stopped:
                return found
            # What the policy lets pass must not shield what it does not: both may stand in one message.
            found = max([found, *self._others(text, context)], key=lambda verdict: STRICTNESS[verdict.action])
        disguised = None if found.stopped else self._disguised(text, threshold, context)
        return max(found, disguised or found, key=lambda verdict: STRICTNESS[verdict.action])

    def _of(self, text: str, score: Score, context: Context) -> Verdict:
        spans = (Span(score.start, score.end, score.label),)
        return self.verdict(text, score.label, score.label, score.value, context, spans)

    def _others(self, text: str, context: Context) -> Iterator[Verdict]:
        """Judge the sentences one by one, the worst by their words first."""
        worst = self.head.likeliest(self.encoder.terms(text), every(text), MANY)
        scores = (self.head.score(text, self.encoder, [place], glance=0.0) for place in worst)
        yield from (self._of(text, score, context) for score in scores if score.value >= BURIED)

    def verdict(
        self, text: str, category: str, rule: str, score: float, context: Context, spans: tuple[Span, ...] = ()
    ) -> Verdict:
        """Say what is to be done with a text of this category."""
        action = self.action_of(category)
        reason = self.help.get(category) or reason_of(category, action, context)
        return Verdict(action, text, self.name, rule, score, reason, spans)

    def action_of(self, category: str) -> Action:
        """Return what is to be done in a category."""
        return self.actions.get(category) or USUAL.get(category, "refuse")

    def _disguised(self, text: str, threshold: float, context: Context) -> Verdict | None:
        """Judge what the text says without a disguise."""
        for reading in readings(text):
            score = self._score(reading.text, threshold, context)
            if score.value >= threshold:
                return self.verdict(text, score.label, f"{score.label} ({reading.code})", score.value, context)
        return None

    def _score(self, text: str, threshold: float, context: Context) -> Score:
        """Score the text, and by themselves the sentences where a message may hide a wish; an answer hides none."""
        output = context.side == "output"
        whole = self.head.score(text, self.encoder, glance=GLANCE if output else AMID)
        if whole.value >= threshold or output:
            return whole
        for score in self._buried(text):
            if score.value >= max(threshold, BURIED):
                return score
        return whole

    def _buried(self, text: str) -> Iterator[Score]:
        """Yield what the sentence says that the message begins or ends with, and what the worst of all others says."""
        found = sentences(text)
        if found:
            yield self.head.score(text, self.encoder, [found[0], found[-1]])
            worst = self.head.likeliest(self.encoder.terms(text), found)
            yield self.head.score(text, self.encoder, worst, glance=TELLING)

    def likelihoods(self, text: str) -> dict[str, float]:
        """Return how likely each category is of a text, as far as the encoder reads it."""
        row = self.head.probabilities([text], self.encoder([text]))[0]
        return {label: float(likely) for label, likely in zip(self.head.labels, row, strict=True)}

    def least(self, context: Context) -> float:
        """Return the score from which on a text is harmful."""
        output = context.side == "output"
        usual = self.output_threshold if output else self.threshold
        childs = self.child_output_threshold if output else self.child_threshold
        return min(usual, childs) if context.audience == "child" else usual


def reason_of(category: str, action: Action, context: Context) -> str:
    """Say in plain words why a text of this category is refused, or who can help."""
    if category == "self-harm":
        return CARE if action == "care" else HELP
    if action == "care":
        return CAREFUL.format(about=ABOUT.get(category, category))
    return (ANSWER if context.side == "output" else REQUEST).format(about=ABOUT.get(category, category))
