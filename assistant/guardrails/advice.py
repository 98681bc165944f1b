"""Questions for a doctor, a lawyer or an adviser on money: answered with care, and with a pointer to who can help.

What an assistant says in general may be read by everybody; what somebody should do about their own health, case or
savings is for those to say whose profession is regulated. A trained head tells the one from the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assistant.guardrails.asking import asked
from assistant.guardrails.classifier import Head
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.rails import Action, Context, Span, Verdict

Field = Literal["medicine", "law", "money"]
NAMES: dict[str, str] = {"medicine": "medical", "law": "legal", "money": "financial"}
HELP: dict[str, str] = {
    "medicine": "Ask a doctor or a pharmacist; in an emergency call your local emergency number.",
    "law": "Ask a lawyer or a legal advice centre.",
    "money": "Ask a qualified financial or tax adviser.",
}
GENERAL = "This is general information and no {name} advice. {help}"
REFUSED = "The assistant gives no {name} advice. {help}"


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
        score = asked(self.head, text, self.encoder)
        if score.value < self.threshold:
            return Verdict("allow", text, self.name, score=score.value)
        said = REFUSED if self.action == "refuse" else GENERAL
        reason = said.format(name=NAMES[score.label], help=self.help.get(score.label) or HELP[score.label])
        spans = (Span(score.start, score.end, score.label),)
        return Verdict(self.action, text, self.name, score.label, score.value, reason, spans)
