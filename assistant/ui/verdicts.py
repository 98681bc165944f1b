"""The verdicts of the rails over a text that is tried out, as what the page shows; everything is escaped here."""

from collections.abc import Sequence
from html import escape

from assistant.guardrails.rails import Action, Checked, Span
from assistant.guardrails.trial import Row

LONGEST = 4000
"""Characters of a text that are shown with their marks."""
TOLD: dict[Action, str] = {
    "allow": "allowed",
    "mask": "masked",
    "flag": "flagged",
    "care": "careful",
    "refuse": "refused",
}


def table(checked: Checked | None, rows: Sequence[Row] = ()) -> str:
    """Show the outcome of a trial, and below it each rail with its score and what it found where."""
    if checked is None:
        return "<p class='quiet'>What each rule says of a text appears here. Nothing of it is kept.</p>"
    if not rows:
        return "<p class='quiet'>No rule runs over such texts.</p>"
    numbers = "".join(f"<th class='number'>{name}</th>" for name in ("Score", "Threshold", "ms"))
    head = f"<th>Rule</th><th>Verdict</th>{numbers}"
    after = ""
    if checked.text != rows[0].text and not checked.stopped:
        after = f"<p>What goes on:</p><blockquote class='tried'>{escape(checked.text[:LONGEST])}</blockquote>"
    return (
        f"<p>All rules together: {_action(checked.action)} in {checked.ms:.1f} ms.</p>{after}"
        f"<table class='list verdicts'><thead><tr>{head}</tr></thead><tbody>{''.join(map(_row, rows))}</tbody></table>"
    )


def _row(row: Row) -> str:
    limit = "" if row.threshold is None else f"{row.threshold:.2f}"
    cells = (
        f"<tr><td>{escape(row.rail)}</td><td>{_action(row.action)}</td><td class='number'>{row.score:.2f}</td>"
        f"<td class='number'>{limit}</td><td class='number'>{row.ms:.1f}</td></tr>"
    )
    if row.action == "allow":
        return cells
    rule = f"<b>{escape(row.rule)}</b>: " if row.rule else ""
    where = f"<blockquote class='tried'>{marked(row.text, row.spans)}</blockquote>" if row.spans else ""
    return f"{cells}<tr class='why'><td></td><td colspan='4'>{rule}{escape(row.reason or '')}{where}</td></tr>"


def marked(text: str, spans: Sequence[Span]) -> str:
    """Show a text with what was found marked, each with what it is; of a long one, the beginning."""
    parts, at = [], 0
    for span in sorted(spans, key=lambda span: span.start):
        if span.start < at or span.start >= LONGEST:
            continue
        end = min(span.end, LONGEST)
        label = escape(span.label)
        parts += [escape(text[at : span.start]), f"<mark title='{label}'>{escape(text[span.start : end])}</mark>"]
        at = end
    rest = text[at:LONGEST]
    return "".join([*parts, escape(rest), " …" if len(text) > LONGEST else ""])


def _action(action: Action) -> str:
    return f"<span class='state {TOLD[action]}'>{TOLD[action]}</span>"
