"""The panel of a trial: start, figures and evidence, how it ended."""

import gradio as gr
import pytest

from assistant.store.audit import Wanted
from assistant.store.outcomes import Outcome
from assistant.turns import Rating, Turn
from assistant.ui.improve_tab import ImproveTab
from finetune.errors import BadInput
from finetune.registry import Card


@pytest.fixture
def tab(assistant, tmp_path):
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "adapter_config.json").write_text("{}")
    for name in ("first", "second"):
        assistant.registry.add(name, tmp_path / "trained", Card(base=str(tmp_path / "no model"), method="kto"))
    built = ImproveTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        built.build()
    return built


def state(tab):
    return tab.view()[tab._trial._state]


def test_before_the_first_trial_there_is_none(tab):
    assert "No trial yet" in state(tab)
    assert tab.view()[tab._trial._candidate]["choices"] == ["second", "first"]


def test_a_trial_is_started_with_a_share_shown_and_stopped(tab, assistant):
    panel = tab._trial
    shown = panel._start("first", 30)
    assert "<b>first</b> answers 30% of the people, the base model the others" in shown[panel._state]
    assert (shown[panel._start_button]["visible"], shown[panel._stop_button]["visible"]) == (False, True)
    with pytest.raises(BadInput, match="first is on trial"):
        panel._start("second", 30)
    assert "stopped" in panel._stop()[panel._state]
    assert [r.rule for r in assistant.store.audit.rows(Wanted(stage="review"))] == ["trial: started", "trial: stopped"]


def test_the_figures_of_both_sides_and_the_evidence_are_shown_as_they_come(tab, assistant):
    tab._trial._start("first", 30)
    before = tab._trial.stamp()
    trial = assistant.registry.pointer().trial
    conversation = assistant.store.add_conversation().id
    assistant.store.add_turn(Turn("t1", conversation, 0, "?", "Yes."))
    assistant.store.outcomes.add(Outcome(trial.id, "somebody", "candidate", "t1", sentences=3, unsupported=1))
    assistant.store.rate("t1", Rating("up"))
    shown = state(tab)
    assert "<td>Good</td><td class='number'>0</td><td class='number'>1</td>" in shown
    assert "<td>Sentences without support</td><td class='number'>0</td><td class='number'>1</td>" in shown
    assert "<td>That it is liked better</td><td class='number'>1</td><td class='number'>20</td>" in shown
    assert tab._trial.stamp() != before


def test_how_a_trial_ended_by_itself_is_told(tab, assistant):
    tab._trial._start("first", 30)
    trial = assistant.registry.pointer().trial
    for number in range(30):
        assistant.store.outcomes.add(Outcome(trial.id, f"a{number}", "current"))
        assistant.store.outcomes.add(Outcome(trial.id, f"b{number}", "candidate", refused=True))
    assistant.engine.serving.rated()
    shown = state(tab)
    assert "withdrawn, flagged" in shown
    assert "refused by the output rails" in shown
    assert tab.view()[tab._trial._candidate]["choices"] == ["second"]


def test_a_start_without_a_candidate_is_told_in_a_line(tab):
    with pytest.raises(gr.Error, match="Choose a candidate"):
        tab._trial._start(None, 20)
