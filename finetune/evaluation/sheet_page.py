"""The sheet as one page that needs nothing from elsewhere. Pure functions; everything from outside is escaped here."""

from collections.abc import Sequence
from html import escape

from finetune.evaluation.figures import FIGURES, Figure
from finetune.gate import AGAINST_BASE, Decision, Interval

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent);
        --good: light-dark(#15803d, #4ade80); --bad: light-dark(#b91c1c, #f87171); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 6rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
small, .quiet { opacity: .75; font-size: .85rem; }
td small { display: block; }
.good { color: var(--good); } .bad { color: var(--bad); }
.verdict { font-weight: 650; }
.scroll { overflow-x: auto; }
.answers { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; margin: .5rem 0 1.5rem; }
.answers > div, .question { white-space: pre-wrap; overflow-wrap: anywhere; }
.answers > div { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; }
.question { max-height: 12rem; overflow-y: auto; border-left: 3px solid var(--line); padding-left: .75rem; }
@media (max-width: 50rem) { .answers { grid-template-columns: 1fr; } }
""".strip()
NOTE = (
    "Below each figure stands its bootstrap 95% interval over prompts or conversations. ▲ better and ▼ worse tell the "
    "way of a change; a change whose interval holds zero may be chance."
)


def page(name: str, decision: Decision, answers: Sequence[tuple[str, str, str]], *, withheld: int = 0) -> str:
    """Build the page.

    Args:
        name: the adapter's.
        decision: the verdict with its scores.
        answers: questions with the answers before and after, those that changed most first.
        withheld: how many more there are that whoever looks may not read.
    """
    verdict, kind = ("passed", "good") if decision.passed else ("stays a candidate", "bad")
    body = [
        f"<h1>{escape(name)}</h1>",
        f'<p class="verdict {kind}">The gate: {"✓" if decision.passed else "✗"} {verdict}</p>',
        "<ul>" + "".join(f"<li>{escape(reason)}</li>" for reason in decision.reasons) + "</ul>",
        f'<h2>Figures</h2><p class="quiet">{NOTE}</p>',
        f'<div class="scroll">{_table(decision)}</div>',
        "<h2>The answers that changed most</h2>",
        *(_answers(*one) for one in answers),
    ]
    if withheld:
        body.append(f'<p class="quiet">{withheld} more, to conversations that are gone or that you may not read.</p>')
    elif not answers:
        body.append('<p class="quiet">No answer changed.</p>')
    return html(f"Sheet of {name}", "\n".join(body))


def html(title: str, body: str) -> str:
    """Put a body that is HTML already into a page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )


def _table(decision: Decision) -> str:
    columns = {"base": decision.base, "current": decision.current, "candidate": decision.candidate}
    scores = {whose: column.as_json() for whose, column in columns.items()}
    rows = []
    for name, figure in FIGURES.items():
        if name not in scores["candidate"]:
            continue
        cells = [_cell(scores[whose].get(name), decision.intervals.get(whose, {}).get(name)) for whose in columns]
        before = scores["base" if name in AGAINST_BASE else "current"].get(name)
        change = decision.intervals.get("change", {}).get(name)
        cells.append(_change(figure, before, scores["candidate"][name], change))
        rows.append(f"<tr><td>{escape(figure.label)}</td>{''.join(cells)}</tr>")
    heads = "".join(f'<th class="number">{head}</th>' for head in ("Base", "Current", "Candidate", "Change"))
    return f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cell(value: float | None, interval: Interval | None) -> str:
    return f'<td class="number">{_number(value)}{_range(interval)}</td>'


def _change(figure: Figure, before: float | None, after: float, interval: Interval | None) -> str:
    if before is None:
        return '<td class="number">–</td>'
    better = figure.improved(before, after)
    kind, sign = ("", "") if better is None else ("good", "▲ better ") if better else ("bad", "▼ worse ")
    chance = "<small>may be chance</small>" if interval is not None and interval.holds_zero and after != before else ""
    value = f"{after - before:+d}" if isinstance(after, int) and isinstance(before, int) else f"{after - before:+.3f}"
    return f'<td class="number {kind}">{sign}{value}{_range(interval, signed=True)}{chance}</td>'


def _number(value: float | None) -> str:
    return "–" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"


def _range(interval: Interval | None, *, signed: bool = False) -> str:
    if interval is None:
        return ""
    low, high = (f"{edge:+.3f}" if signed else f"{edge:.3f}" for edge in (interval.low, interval.high))
    return f"<small>{low} to {high}</small>"


def _answers(question: str, before: str, after: str) -> str:
    return (
        f'<p class="question">{escape(question)}</p><div class="answers">'
        f"<div><small>Current</small>\n{escape(before)}</div><div><small>Candidate</small>\n{escape(after)}</div></div>"
    )
