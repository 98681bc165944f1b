"""Appeals, decisions and the audit log as what the page shows. Pure functions; everything is escaped here."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from assistant.guardrails.refitting import Outcome
from assistant.store.appeals import Appeal
from assistant.store.audit import Row

SHORT = 70
WHAT = {
    ("refused", "input"): "A question was refused",
    ("refused", "output"): "An answer was withdrawn",
    ("answered", "input"): "A question was answered",
    ("answered", "output"): "An answer was given",
}
NOBODY = "Whoever runs this machine"
LEFT = "The withdrawn answer was not kept, so that there is no text to learn from; the question is below."
STATES = {"refuse": "failed", "flag": "quarantined", "allow": "ready"}


def named(appeal: Appeal) -> str:
    """Name an appeal in a list to choose from."""
    text = " ".join((appeal.text or appeal.question).split())
    cut = text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
    return f"{appeal.id}: {'refused' if appeal.kind == 'refused' else 'answered'} – {cut}"


def appeal(one: Appeal | None) -> str:
    """Show one appeal: what was said, which rule stopped it and how sure it was, who says so and when."""
    if one is None:
        return "<p class='quiet'>No appeals are open.</p>"
    rule = f" by the rule <b>{escape(one.rail)}: {escape(one.rule or '')}</b>" if one.rail else ""
    score = "" if one.score is None else f", with a score of {one.score:.2f}"
    wish = "this was fine" if one.kind == "refused" else "this should have been blocked"
    gone = "" if one.text else f"<p class='quiet'>{LEFT}</p>"
    texts = "".join(
        f"<p class='quiet'>{name}</p><blockquote class='suspicious'>{escape(text)}</blockquote>"
        for name, text in (("Question", one.question), ("Answer", one.answer))
        if text
    )
    return (
        f"<p>{WHAT[one.kind, one.side]}{rule}{score}.<br><b>{escape(one.user or NOBODY)}</b> says: “{wish}” "
        f"<small class='quiet'>({_time(one.filed_at)} UTC)</small></p>{gone}{texts}"
    )


def decided(found: Sequence[Appeal]) -> str:
    """Show what was decided, the latest first."""
    if not found:
        return "<p class='quiet'>Nothing has been decided yet.</p>"
    latest = sorted(found, key=lambda one: one.decided_at or "", reverse=True)
    rows = (
        (escape(one.text or one.question), escape(one.label or "–"), one.state, escape(one.decided_by or NOBODY))
        for one in latest
    )
    return _table(("Text", "It is", "Appeal", "Decided by"), rows)


def standing(name: str, card: Mapping[str, Any] | None) -> str:
    """Say which heads are in force, and what they were refitted with."""
    if card is None:
        return "The rails use the heads **as shipped**."
    what = ", ".join(f"{count} {label}" for label, count in card.get("labels", {}).items())
    outdated = ", ".join(card.get("outdated", ()))
    old = f" For **{outdated}** it is **older than the heads: refit again**; until then they are as shipped."
    return f"The rails use **{name}**, fitted to {card.get('examples', 0)} decided texts ({what}).{outdated and old}"


def outcome(found: Outcome) -> str:
    """Show what a refit came to."""
    rows = (
        (
            escape(one.rail),
            f"{one.before.right} → {one.after.right} of {one.examples}",
            f"{one.before.found} → {one.after.found} of {one.harmful}",
            f"{one.before.alarms} → {one.after.alarms} of {one.harmless}",
        )
        for one in found.fitted
    )
    state, word = ("ready", "in force from now on") if found.name else ("failed", "refused")
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in found.reasons)
    head = ("Rail", "Judged as decided", "Kept harmful texts found", "Kept harmless texts stopped")
    table = _table(head, rows) if found.fitted else ""
    return f"<p><b class='state {state}'>The refit: {word}</b></p><ul>{reasons}</ul>{table}"


def log(rows: Sequence[Row], most: int) -> str:
    """Show rows of the audit log."""
    if not rows:
        return "<p class='quiet'>No rows.</p>"
    head = ("Row", "When (UTC)", "Who", "Stage", "Action", "Rule", "Score", "Adapter", "Policy", "About")
    cut = f"<p class='quiet'>The newest {most}; the export has all.</p>" if len(rows) >= most else ""
    return f"{cut}<div class='scroll'>{_table(head, map(_logged, rows))}</div>"


def _logged(row: Row) -> tuple[str, ...]:
    return (
        str(row.seq),
        _time(row.at),
        escape(row.user or "–"),
        escape(row.stage),
        f"<span class='state {STATES.get(row.action, '')}'>{escape(row.action)}</span>",
        escape(": ".join(filter(None, (row.rail, row.rule))) or "–"),
        "–" if row.score is None else f"{row.score:.2f}",
        escape(row.adapter or "–"),
        escape(row.policy or "–"),
        escape((row.turn_id or row.document_id or "–")[:8]),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f"<table class='list'><thead><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _time(text: str) -> str:
    return escape(text[:16].replace("T", " "))
