"""Runs, their figures and verdicts, adapters and the schedule as what the page shows. Pure; all is escaped here."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from assistant.scheduling import Looked
from assistant.settings import ImproveSettings
from finetune.formats.dataset import Dataset
from finetune.formats.sufficiency import Sufficiency
from finetune.recipe import METHODS
from finetune.registry import Adapter
from finetune.runs import Run

METHOD_NAMES = {
    "auto": "Choose by the ratings",
    "sft": "SFT: imitate liked and corrected answers",
    "dpo": "DPO: prefer the better of two answers",
    "kto": "KTO: learn from single thumbs",
    "orpo": "ORPO: imitate the better answer and prefer it, in one",
    "reward": "Reward: learn to score answers",
    "rl": "RL: answer anew, and follow what a reward adapter scores",
    "pretrain": "Pre-training: go on reading documents",
}
FIGURES = {
    "tokens_per_second": ("tokens a second", "{:,.0f}"),
    "memory_gb": ("GB of memory at most", "{:.1f}"),
    "tokens": ("tokens learnt from", "{:,.0f}"),
    "validation_loss": ("validation loss", "{:.3f}"),
    "learning_rate": ("learning rate", "{:.2g}"),
    "margin": ("reward margin", "{:.3f}"),
    "accuracy": ("reward accuracy", "{:.0%}"),
    "reward": ("reward", "{:.3f}"),
    "kl": ("KL", "{:.3f}"),
    "gradient": ("gradient norm", "{:.2g}"),
}
"""What a run tells of its last step, in this order: what it is called, and how it is written."""


def method_choices() -> list[tuple[str, str]]:
    """List the methods with what they do, as a dropdown takes them."""
    return [(METHOD_NAMES.get(method, method.upper()), method) for method in ("auto", *METHODS)]


def run(found: Run | None, now: datetime, log: str = "") -> str:
    """Show how far a run is, with the figures of its last step; where it failed, with the end of its log."""
    if found is None:
        return "<p class='quiet'>No run yet.</p>"
    share = found.step / found.steps if found.steps else 0.0
    figures = "".join(
        f"<div><b>{form.format(found.figures[name])}</b><small>{called}</small></div>"
        for name, (called, form) in FIGURES.items()
        if name in found.figures
    )
    return (
        f"<p><b>{escape(found.name)}</b> <span class='state {_colour(found)}'>{found.state}</span>"
        f" · {' · '.join(map(escape, _told(found, now)))}</p>"
        f"<progress max='1' value='{share:.3f}' aria-label='Progress of the run'></progress>"
        f"<div class='figures'>{figures}</div>{_failure(found, log)}"
    )


def _told(found: Run, now: datetime) -> list[str]:
    told = [f"step {found.step} of {found.steps or '…'}"]
    told += [f"loss {found.losses[-1]:.3f}"] if found.losses else []
    left = found.figures.get("seconds_left")
    lasted = duration(_seconds(found, now))
    told.append(f"{'for' if found.on else 'took'} {lasted}")
    return told + ([f"about {duration(left)} left"] if left is not None and found.state == "training" else [])


def _failure(found: Run, log: str) -> str:
    if not found.error:
        return ""
    tail = f"<details><summary>The end of its log</summary><pre>{escape(log)}</pre></details>" if log.strip() else ""
    return f"<p class='state failed'>{escape(found.error)}</p>{tail}"


def _colour(found: Run) -> str:
    return {"done": "ready", "failed": "failed", "stopped": "quiet"}.get(found.state, "working")


def _seconds(found: Run, now: datetime) -> float:
    end = datetime.fromisoformat(found.ended) if found.ended else now
    return max((end - datetime.fromisoformat(found.started)).total_seconds(), 0.0) if found.started else 0.0


def duration(seconds: float) -> str:
    """Write a duration as people say it: 40 s, 12 min, 3 h 5 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def runs(found: Sequence[Run], now: datetime) -> str:
    """Show the runs there are, the latest first."""
    if not found:
        return "<p class='quiet'>No run yet.</p>"
    rows = "".join(
        f"<tr><td>{escape(r.name)}</td><td><span class='state {_colour(r)}'>{r.state}</span></td>"
        f"<td>{escape(r.method)}</td><td class='number'>{r.step}/{r.steps or '…'}</td>"
        f"<td class='number'>{duration(_seconds(r, now))}</td><td>{_verdict(r)}</td></tr>"
        for r in reversed(found)
    )
    head = "<tr><th>Run</th><th>State</th><th>Method</th><th class='number'>Steps</th><th class='number'>Took</th>"
    head += "<th>Gate</th></tr>"
    return f"<div class='scroll'><table class='list'><thead>{head}</thead><tbody>{rows}</tbody></table></div>"


def _verdict(found: Run) -> str:
    return "–" if found.decision is None else "passed" if found.decision.passed else "closed"


def dataset(found: Dataset, methods: Sequence[Sufficiency]) -> str:
    """Show what a file holds: its form, what it is enough for, and the first of what cannot be used."""
    enough = ", ".join(method.method.upper() for method in methods if method.enough)
    short = "; ".join(f"{method.method.upper()}: {method.told}" for method in methods if not method.enough)
    lines = [f"{found.format or 'Of no known form'}: {found.usable} rows. Enough for <b>{enough or 'no method'}</b>."]
    lines += [f"<small>{escape(short)}</small>"] if short else []
    if found.problems:
        first, count = found.problems[0], len(found.problems)
        told = f"{count} {'row' if count == 1 else 'rows'} cannot be used; line {first.line}: {first.text}"
        lines.append(f"<span class='state failed'>{escape(told)}</span>")
    return f"<p>{'<br>'.join(lines)}</p>"


def problem(why: str) -> str:
    """Show what is wrong with what was typed."""
    return f"<span class='state failed'>{escape(why)}</span>"


def schedule(rule: ImproveSettings, last: Looked) -> str:
    """Show when runs start by themselves, when one last did, and why none does now."""
    if not rule.on:
        return (
            "<p class='quiet'>Improving by itself is off. <code>[improve]</code> <code>on = true</code> in "
            f"settings.toml starts a run at {rule.ratings} new ratings, between {_hours(rule)}.</p>"
        )
    why = f"<br>{escape(last.why)}" if last.why else ""
    started = ""
    if last.run and last.started:
        started = f"<br>Last started so: {escape(last.run)}, {escape(last.started[:16].replace('T', ' '))}"
    return f"<p>Improves by itself at {rule.ratings} new ratings, between {_hours(rule)}.{why}{started}</p>"


def _hours(rule: ImproveSettings) -> str:
    return f"{rule.since:%H:%M} and {rule.until:%H:%M}"


def adapters(found: Sequence[Adapter]) -> str:
    """Show the adapters there are."""
    if not found:
        return "<p class='quiet'>No adapter yet: the base model serves.</p>"
    rows = "".join(
        f"<tr title='{escape(a.reason or '')}'><td>{escape(a.name)}</td>"
        f"<td><span class='state {a.state}'>{a.state}</span></td>"
        f"<td>{escape(a.card.method)}</td><td>{escape(a.card.created[:16].replace('T', ' '))}</td></tr>"
        for a in reversed(found)
    )
    head = "<tr><th>Adapter</th><th>State</th><th>Method</th><th>Made (UTC)</th></tr>"
    return f"<table class='list'><thead>{head}</thead><tbody>{rows}</tbody></table>"
