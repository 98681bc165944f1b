"""Attempts to talk the assistant out of its rules: in messages, and as instructions inside documents."""

from dataclasses import dataclass, replace

from assistant.guardrails.classifier import Head
from assistant.guardrails.disguises import readings
from assistant.guardrails.documents import suspect
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.extraction import asks
from assistant.guardrails.hidden import plain, reveal
from assistant.guardrails.patterns import RULES, Rule
from assistant.guardrails.rails import Action, Context, Span, Verdict

_RULES = [Rule(name, pattern) for name, pattern in RULES.items()]
REASON = "The message reads like an attempt to change the rules of the assistant. Please say it in other words."
EXTRACTS = "The assistant does not give away what it was told before the conversation. Ask it what it can do instead."
DISGUISED = (
    "Read without its disguise ({code}), the message reads like an attempt to change the rules of the assistant. "
    "Please say it in other words."
)
HIDDEN = "Characters that cannot be seen were taken out of the text."


@dataclass(frozen=True, slots=True)
class Injection:
    """Judge a message by exact rules, then by a trained head, and a document as the scan at ingest does.

    Hidden characters are taken out first, and read too.
    """

    head: Head
    encoder: Encoder
    threshold: float
    action: Action = "refuse"
    document_action: Action = "flag"
    name: str = "injection"
    whole: bool = False

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text."""
        clean = reveal(text)[0]
        if context.side == "document":
            return self._judge_document(text, clean)
        verdict = self._judge(clean, clean)
        if verdict.action != "allow":
            return verdict
        for reading in readings(text):
            found = self._judge(reading.text, clean)
            if found.action != "allow":
                return replace(found, rule=f"{found.rule} ({reading.code})", reason=DISGUISED.format(code=reading.code))
        return self._passed(text, clean, verdict.score)

    def _passed(self, text: str, clean: str, score: float) -> Verdict:
        if clean != text:
            return Verdict("mask", clean, self.name, "hidden characters", 1.0, HIDDEN)
        return Verdict("allow", text, self.name, score=score)

    def _judge(self, seen: str, clean: str) -> Verdict:
        if verdict := self._exactly(seen, clean):
            return verdict
        score = self.head.score(seen, self.encoder)
        if score.value < self.threshold:
            return Verdict("allow", clean, self.name, score=score.value)
        spans = (Span(score.start, score.end, score.label),) if seen == clean else ()
        return Verdict(self.action, clean, self.name, "jailbreak", score.value, REASON, spans)

    def _exactly(self, seen: str, clean: str) -> Verdict | None:
        """Judge by the exact rules."""
        simple = plain(seen)
        forms = (seen,) if simple == seen else (seen, simple)
        lowered = simple.lower()
        for rule in _RULES:
            if match := rule.search(lowered, *forms):
                spans = (Span(*match.span(), rule.name),) if match.string == clean else ()
                reason = EXTRACTS if rule.name == "system prompt" else REASON
                return Verdict(self.action, clean, self.name, rule.name, 1.0, reason, spans)
        if match := asks(seen):
            spans = (Span(*match.span(), "extraction"),) if seen == clean else ()
            return Verdict(self.action, clean, self.name, "extraction", 1.0, EXTRACTS, spans)
        return None

    def _judge_document(self, text: str, clean: str) -> Verdict:
        found = suspect(text)
        if found is None:
            return self._passed(text, clean, 0.0)
        spans = (Span(*found.place, found.rule),) if found.place else ()
        reason = f"The document {found.reason}. It is quoted, never obeyed."
        return Verdict(self.document_action, clean, self.name, found.rule, found.score, reason, spans)
