"""Attempts to talk the assistant out of its rules: in messages, and as instructions inside documents."""

import re
from dataclasses import dataclass

from assistant.guardrails.classifier import Encoder, Head
from assistant.guardrails.hidden import plain, reveal
from assistant.guardrails.rails import Action, Context, Span, Verdict

_RULES = (
    r"(?:instructions?|prompts?|rules|guidelines|directions|directives|polic(?:y|ies)|programming|training|filters?)"
)
_EARLIER = r"(?:previous|prior|above|earlier|preceding|foregoing|former|initial|original|existing|system|safety|your)"
_NOT_OF_A_THING = r"(?!\s+(?:for|on|about|regarding|concerning|of|from|in|at|to)\b)"
_REVEAL = (
    r"(?:reveal|print|show|repeat|output|display|disclose|leak|recite|dump|give me|tell me|write out|copy"
    r"|what is|what's|what are|what were)"
)
_SECRET = r"(?:initial|hidden|secret|original|confidential)"
RULES = {
    "ignore instructions": (
        r"\b(?:ignore|disregard|forget|override|bypass|dismiss|neglect|set aside"
        r"|do not follow|don'?t follow|stop following)"
        rf"\s+(?:(?:all|any|every|each|of|the|these|those|my|and)\s+){{0,4}}(?:{_EARLIER}\s+){{1,3}}(?:\w+\s+)?"
        rf"{_RULES}\b{_NOT_OF_A_THING}"
    ),
    "system prompt": (
        rf"\b{_REVEAL}\b[^.?!\n]{{0,40}}\b(?:your|hidden|secret|initial|original|confidential|above)\s+(?:\w+\s+)?"
        rf"(?:system\s+(?:prompt|message|instructions?)|(?:{_SECRET}\s+)?prompt\b|{_SECRET}\s+instructions?)"
    ),
    "forged roles": (
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id)\|>|<</?SYS>>|\[/?INST\]"
        r"|(?:^|\n)[ \t]{0,8}#{2,6}[ \t]{0,8}(?:system|new instructions?)[ \t]{0,8}:"
    ),
    "no limits": (
        r"\bdo anything now\b"
        r"|\byou are (?:now|no longer)\s+(?:\w+\s+){0,3}"
        r"(?:DAN\b|unrestricted|jailbroken|unfiltered|uncensored|bound by)"
    ),
}
_COMPILED = {rule: re.compile(pattern, re.I) for rule, pattern in RULES.items()}
REASON = "The message reads like an attempt to change the rules of the assistant. Please say it in other words."
DOCUMENT = "The document holds text that reads like instructions to the assistant; they are quoted, never obeyed."
HIDDEN = "Characters that cannot be seen were taken out of the text."


@dataclass(frozen=True, slots=True)
class Injection:
    """Judge a text by exact rules, then by a trained head; take out hidden characters first and read them too."""

    head: Head
    encoder: Encoder
    threshold: float
    document_threshold: float
    action: Action = "refuse"
    document_action: Action = "flag"
    name: str = "injection"
    whole: bool = False

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text."""
        clean, secret = reveal(text)
        for seen in filter(None, (clean, secret)):
            if verdict := self._judge(seen, clean, context):
                return verdict
        if clean != text:
            return Verdict("mask", clean, self.name, "hidden characters", 1.0, HIDDEN)
        return Verdict("allow", text, self.name, score=self.head.score(clean, self.encoder).value)

    def _judge(self, seen: str, clean: str, context: Context) -> Verdict | None:
        document = context.side == "document"
        action, reason = (self.document_action, DOCUMENT) if document else (self.action, REASON)
        simple = plain(seen)
        for rule, pattern in _COMPILED.items():
            if match := pattern.search(seen) or pattern.search(simple):
                spans = (Span(*match.span(), rule),) if match.string == clean else ()
                return Verdict(action, clean, self.name, rule, 1.0, reason, spans)
        score = self.head.score(seen, self.encoder)
        if score.value < (self.document_threshold if document else self.threshold):
            return None
        spans = (Span(score.start, score.end, score.label),) if seen == clean else ()
        return Verdict(action, clean, self.name, "jailbreak", score.value, reason, spans)
