"""A trial on people on the page: start one, see how it stands and what the evidence says, stop it."""

from html import escape
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.ui.border import for_administrators
from assistant.ui.personal import Personal
from finetune.pointer import Ended
from finetune.registry import misfit
from finetune.trialing import Wanted
from finetune.trials import HARMS, SHARE, Arm, Rule, Side, Trial, Verdict, decide

MAY = ("candidate", "retired")
"""The states of adapters that can be tried."""
ROWS = {
    "people": "People",
    "answers": "Answers",
    "ups": "Good",
    "downs": "Bad",
    "refused": "Refused by the output rails",
    "sentences": "Sentences about the documents",
    "unsupported": "Sentences without support",
    "errors": "Answers that failed",
}
ENDS = {"promoted": "ready", "withdrawn": "failed", "stopped": ""}
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
Updates = dict[Any, Any]


class TrialPanel(Personal):
    """The part of the Improve tab below the adapters."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._registry = assistant.registry
        self._trials = assistant.trials
        self._outcomes = assistant.store.outcomes
        self._serving = assistant.engine.serving

    def build(self) -> None:
        """Lay it out and wire it."""
        gr.Markdown(
            "### Trial on people\nA share of the people gets the candidate. It is promoted when they like its answers "
            "better, and withdrawn when they like them less, or when refusals, unsupported sentences or errors rise."
        )
        self._state = gr.HTML("", elem_id="trial")
        with gr.Row():
            self._candidate = gr.Dropdown([], label="Candidate", scale=3, elem_id="tried")
            self._share = gr.Slider(1, 50, value=round(SHARE * 100), step=1, label="Share of people, %", scale=3)
            with gr.Column(scale=2, min_width=160):
                self._start_button = gr.Button("Start a trial")
                self._stop_button = gr.Button("Stop the trial", variant="stop", visible=False)
        self._start_button.click(for_administrators(self._start), [self._candidate, self._share], self.shown(), **QUIET)
        self._stop_button.click(for_administrators(self._stop), None, self.shown(), **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._state, self._candidate, self._start_button, self._stop_button]

    def view(self) -> Updates:
        """Show the trial that is on, and how the last one ended."""
        now = self._registry.pointer()
        found = (one for one in reversed(self._registry.all()) if one.state in MAY and misfit(one) is None)
        names = [adapter.name for adapter in found]
        return {
            self._state: self._shown(now.trial, now.ended),
            self._candidate: gr.update(choices=names),
            self._start_button: gr.update(visible=now.trial is None),
            self._stop_button: gr.update(visible=now.trial is not None),
        }

    def stamp(self) -> str:
        """Return what differs whenever there is something new to show."""
        now = self._registry.pointer()
        if now.trial is None:
            return now.ended.id if now.ended else ""
        return f"{now.trial.id} {self._outcomes.stamp(now.trial.id)}"

    def _shown(self, trial: Trial | None, ended: Ended | None) -> str:
        if trial is None:
            last = end(ended) if ended else "<p class='quiet'>No trial yet.</p>"
            return last + (figures(self._trials.arms(ended.id)) if ended else "")
        arms = self._trials.arms(trial.id)
        verdict = decide(arms["current"], arms["candidate"], Rule(most=trial.most))
        return standing(trial, verdict) + figures(arms) + evidence(verdict)

    def _start(self, name: str | None, share: float) -> Updates:
        if not name:
            raise gr.Error("Choose a candidate first.", print_exception=False)
        serving = self._serving
        self._trials.start(name, Wanted(share / 100), self._user, base=serving.base, digest=serving.digest())
        return self.view()

    def _stop(self) -> Updates:
        self._trials.stop(self._user)
        return self.view()


def standing(trial: Trial, verdict: Verdict) -> str:
    """Show which trial is on."""
    others = f"<b>{escape(trial.current)}</b>" if trial.current else "the base model"
    return (
        f"<p><b class='state working'>On trial</b> since {escape(trial.started[:16].replace('T', ' '))} (UTC): "
        f"<b>{escape(trial.name)}</b> answers {trial.share:.0%} of the people, {others} the others. "
        f"{escape(verdict.reason[:1].upper() + verdict.reason[1:])}.</p>"
    )


def end(ended: Ended) -> str:
    """Show how the last trial ended."""
    flagged = ", flagged" if ended.flagged else ""
    return (
        f"<p>The last trial, of <b>{escape(ended.name)}</b>: "
        f"<b class='state {ENDS[ended.how]}'>{ended.how}{flagged}</b>. {escape(ended.reason)}.</p>"
    )


def figures(arms: dict[Side, Arm]) -> str:
    """Show what both sides of a trial got and said."""
    current, candidate = arms["current"].as_json(), arms["candidate"].as_json()
    rows = [(meaning, f"{current[key]:g}", f"{candidate[key]:g}") for key, meaning in ROWS.items()]
    liked = "Liked, of so many people", _liked(arms["current"]), _liked(arms["candidate"])
    rows.insert(list(ROWS).index("downs") + 1, liked)
    body = "".join(
        f"<tr><td>{meaning}</td><td class='number'>{before}</td><td class='number'>{after}</td></tr>"
        for meaning, before, after in rows
    )
    head = "<tr><th></th><th>Without it</th><th>Candidate</th></tr>"
    return f"<table class='list'><thead>{head}</thead><tbody>{body}</tbody></table>"


def evidence(verdict: Verdict) -> str:
    """Show the evidence so far, and how much decides."""
    names = {"better": "that it is liked better", "worse": "that it is liked less"}
    names |= {harm: f"that there are more {meaning}" for harm, meaning in HARMS.items()}
    rows = "".join(
        f"<tr><td>{what[:1].upper()}{what[1:]}</td><td class='number'>{verdict.figures[key]:.3g}</td>"
        f"<td class='number'>{verdict.figures['needed_harm' if key in HARMS else 'needed']:.0f}</td></tr>"
        for key, what in names.items()
    )
    head = "<tr><th>Evidence</th><th>So far</th><th>Decides at</th></tr>"
    return f"<table class='list'><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _liked(arm: Arm) -> str:
    return f"{arm.likes.mean:.0%} of {arm.likes.people}" if arm.likes.people else "–"
