"""Questions for a doctor, a lawyer or an adviser on money: answered with care, and with a pointer to who can help.

What an assistant says in general may be read by everybody; what somebody should do about their own health, case or
savings is for those to say whose profession is regulated. A trained head tells the one from the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assistant.guardrails.classifier import LONG, Head, Score
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.rails import Action, Context, Span, Verdict
from assistant.guardrails.windows import sentences

Field = Literal["medicine", "law", "money"]
NAMES: dict[str, str] = {"medicine": "medical", "law": "legal", "money": "financial"}
HELP: dict[str, str] = {
    "medicine": "Ask a doctor or a pharmacist; in an emergency call your local emergency number.",
    "law": "Ask a lawyer or a legal advice centre.",
    "money": "Ask a qualified financial or tax adviser.",
}
GENERAL = "This is general information and no {name} advice. {help}"
REFUSED = "The assistant gives no {name} advice. {help}"
AMID = 0.5
"""From which probability by its words a stretch or sentence of a longer message is looked at."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Find messages that ask for a professional's judgement; answers are not looked at."""

    head: Head
    encoder: Encoder
    threshold: float
    action: Action = "care"
    help: Mapping[str, str] = field(default_factory=dict)
    """Who can help, by field, where the company has somebody of its own."""
    name: str = "advice"
    whole: bool = False

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text."""
        if context.side != "input":
            return Verdict("allow", text, self.name)
        score = self._score(text)
        if score.value < self.threshold:
            return Verdict("allow", text, self.name, score=score.value)
        said = REFUSED if self.action == "refuse" else GENERAL
        reason = said.format(name=NAMES[score.label], help=self.help.get(score.label) or HELP[score.label])
        spans = (Span(score.start, score.end, score.label),)
        return Verdict(self.action, text, self.name, score.label, score.value, reason, spans)

    def _score(self, text: str) -> Score:
        """Score the text: a short one by the vector that other rails see it by, a longer one where its words tell.

        A question often stands after a story, and is told by itself more easily than with the half of it.
        """
        windows, terms = self.encoder.windows(text), self.encoder.terms(text)
        if len(windows) == 1 and len(terms.starts) < LONG:
            return self.head.score(text, self.encoder)
        found = sentences(text)
        asking = self.head.likeliest(terms, found) if found else []
        return self.head.score(text, self.encoder, [*windows, *asking], glance=AMID)
