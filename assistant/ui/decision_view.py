"""The gate's verdict as the page shows it: why, and the figures of base, current and candidate."""

from html import escape

from finetune.evaluation.figures import FIGURES, Figure
from finetune.gate import Decision, Interval


def decision(judged: Decision | None, sheet: str | None = None) -> str:
    """Show the gate's verdict: why, and the figures of base, current and candidate.

    Args:
        judged: the verdict, if there is one.
        sheet: the name under which the sheet with all that led to it can be opened.
    """
    if judged is None:
        return ""
    verdict = "passed: it serves" if judged.passed else "stays a candidate"
    columns = {
        "base": judged.base.as_json(),
        "current": judged.current.as_json(),
        "candidate": judged.candidate.as_json(),
    }
    rows = "".join(
        f"<tr><td>{escape(figure.label)}</td>"
        + "".join(_figure(columns[whose].get(name), judged.intervals.get(whose, {}).get(name)) for whose in columns)
        + f"{_delta(figure, columns['current'].get(name), columns['candidate'][name])}</tr>"
        for name, figure in FIGURES.items()
        if name in columns["candidate"]
    )
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in judged.reasons)
    head = "<tr><th></th><th>Base</th><th>Before</th><th>After</th><th>Change</th></tr>"
    opened = f"<a href='/sheet/{escape(sheet)}' target='_blank' rel='noopener'>Open the sheet</a>" if sheet else ""
    return (
        f"<p><b class='state {'ready' if judged.passed else 'failed'}'>The gate: {verdict}</b></p><ul>{reasons}</ul>"
        f"<table class='list'><thead>{head}</thead><tbody>{rows}</tbody></table><p class='links'>{opened}</p>"
    )


def _figure(value: float | None, interval: Interval | None) -> str:
    told = f" title='95% interval: {interval.low:.3f} to {interval.high:.3f}'" if interval else ""
    shown = "–" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
    return f"<td class='number'{told}>{shown}</td>"


def _delta(figure: Figure, before: float | None, after: float) -> str:
    if before is None:
        return "<td class='number'>–</td>"
    better = figure.improved(before, after)
    sign = "" if better is None else "▲ " if better else "▼ "
    told = "" if better is None else f" title='{'better' if better else 'worse'}'"
    return f"<td class='number'{told}>{sign}{after - before:+.3f}</td>"
