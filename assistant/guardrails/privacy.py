"""Personal data: masked before anything is stored, and put back only on the user's own page."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from assistant.guardrails.rails import Context, Span, Verdict
from assistant.guardrails.recognisers import Recognisers

Label = Literal["EMAIL", "PHONE", "CARD", "IBAN", "BANK", "SSN", "ID", "BIRTH", "ADDRESS", "IP", "KEY", "NAME"]
LABELS: tuple[Label, ...] = ("EMAIL", "PHONE", "CARD", "IBAN", "BANK", "SSN", "ID", "BIRTH", "ADDRESS", "IP", "KEY")
"""The kinds that are masked where the policy says nothing; of names only a trained recogniser finds enough."""
REGIONS = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR")
"""Countries whose telephone numbers are known without their prefix; with `+` and the prefix all are."""
QUOTED = ("EMAIL", "PHONE", "ADDRESS", "IP", "NAME")
"""What an answer may quote from the passages that it was given: how to reach people and machines, and no more."""

_PLACEHOLDER = re.compile(r"<([A-Z]+)_(\d{1,6})>")


class Privacy:
    """Mask personal data and secrets with placeholders such as <EMAIL_1>, the same for the same datum within a text."""

    name = "privacy"
    whole = False

    def __init__(self, labels: Sequence[str] = LABELS, regions: Sequence[str] = REGIONS, name_model: str = "") -> None:
        """Build the recognisers.

        Args:
            labels: the kinds that are masked.
            regions: countries whose telephone numbers are known without their prefix.
            name_model: the spaCy model that finds names, where `NAME` is among the kinds.
        """
        self._recognisers = Recognisers(labels, regions, name_model)

    def __call__(self, text: str, context: Context) -> Verdict:
        """Mask the text; an answer may name the contacts that stand in its own passages."""
        spans, parts, at = [], [], 0
        known = {datum: placeholder for placeholder, datum in context.originals}
        originals: dict[str, str] = {}
        numbers = _Numbers([context.question, *context.said, *context.taken, *known.values()])
        if context.side == "input":
            numbers.skip(text)  # an answer is still growing, and what comes later must not change what came before
        for found in self._recognisers.find(text):
            datum = text[found.start : found.end]
            if context.side == "output" and found.label in QUOTED and _quoted(datum, context.passages):
                continue
            numbers.skip(text[at : found.start])
            placeholder = originals.get(datum) or known.get(datum) or numbers.next(found.label)
            originals[datum] = placeholder
            parts += [text[at : found.start], placeholder]
            spans.append(Span(found.start, found.end, found.label))
            at = found.end
        if not spans:
            return Verdict("allow", text, self.name)
        reason = "Personal data or a secret was replaced by placeholders before it was used or stored."
        pairs = tuple((placeholder, datum) for datum, placeholder in originals.items())
        masked = "".join([*parts, text[at:]])
        return Verdict("mask", masked, self.name, spans[0].label, 1.0, reason, tuple(spans), originals=pairs)


class _Numbers:
    """The next free number for each kind; what was used before is not used again."""

    def __init__(self, earlier: Iterable[str]) -> None:
        self._used: dict[str, int] = {}
        for text in earlier:
            self.skip(text)

    def skip(self, text: str) -> None:
        for label, number in _PLACEHOLDER.findall(text):
            self._used[label] = max(self._used.get(label, 0), int(number))

    def next(self, label: str) -> str:
        self._used[label] = self._used.get(label, 0) + 1
        return f"<{label}_{self._used[label]}>"


def _quoted(datum: str, passages: Iterable[str]) -> bool:
    return any(datum in passage for passage in passages)
