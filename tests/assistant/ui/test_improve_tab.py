"""The Improve tab on runs that are written down here as a run writes them; processes are tested with the jobs."""

from dataclasses import replace
from datetime import UTC, datetime

import gradio as gr
import pytest

from assistant.errors import BadInput
from assistant.settings import ChatSettings
from assistant.ui.improve_tab import ImproveTab
from assistant.ui.run_reader import RunReader, log_tail
from assistant.ui.start_panel import FILE, RATINGS, StartPanel, _held, _judged, _recipe_of
from finetune import jobs, runs
from finetune.errors import FinetuneError, NotEnoughData
from finetune.runs import Diary, Run
from finetune.training import Progress, Step


def built(assistant):
    tab = ImproveTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        tab.build()
    return tab


@pytest.fixture
def tab(assistant):
    return built(assistant)


@pytest.fixture
def write(assistant):
    """Write down a run, as its process would."""

    def written(name, state="done", steps=3, **more):
        folder = assistant.settings.finetune.runs_dir / name
        folder.mkdir(parents=True)
        diary = Diary(Run(name=name, path=folder, method="kto", started=datetime.now(UTC).isoformat()))
        for step in range(1, steps + 1):
            diary.note(Progress("training", Step(step, steps, 1 / step, {"margin": 0.1 * step})))
        diary.change(state=state, ended=datetime.now(UTC).isoformat(), **more)
        return diary

    return written


def by_id(tab, updates):
    return {component.elem_id: update for component, update in updates.items() if getattr(component, "elem_id", None)}


def test_every_component_of_a_view_is_one_that_the_view_may_set(tab, write):
    write("kto-1")
    assert set(tab.view()) == set(tab.shown())


def test_without_a_run_there_is_nothing_to_stop_or_to_resume(tab):
    shown = tab.view()
    assert not shown[tab._runs.halt]["visible"]
    assert not shown[tab._runs.resume]["visible"]
    assert "No run yet" in by_id(tab, shown)["run"]


def test_the_latest_run_is_shown_and_another_one_when_it_is_chosen(tab, write):
    write("kto-1")
    write("kto-2", steps=5)
    assert "kto-2" in by_id(tab, tab.view())["run"]
    assert "step 3 of 3" in by_id(tab, tab._runs.view("kto-1"))["run"]


@pytest.mark.parametrize(("state", "offered"), [("done", False), ("stopped", True), ("failed", True)])
def test_a_run_that_was_broken_off_can_be_resumed(tab, write, state, offered):
    write("kto-1", state)
    assert tab.view()[tab._runs.resume]["visible"] is offered


def test_the_page_is_sent_nothing_where_nothing_has_changed(tab, write):
    diary = write("kto-1", "stopped")
    seen = tab._watch(("", ""), None)[tab._seen]
    assert set(tab._watch(seen, "kto-1")) != {tab._seen}  # the one that is looked at is another now
    seen = tab._watch(seen, "kto-1")[tab._seen]
    assert set(tab._watch(seen, "kto-1")) == {tab._seen}
    diary.note(Progress("training", Step(4, 4, 0.1)))
    assert set(tab._watch(seen, "kto-1")) > {tab._seen}


def test_a_new_run_is_looked_at_whichever_was_chosen_before(tab, write):
    write("kto-1")
    seen = tab._watch(("", ""), "kto-1")[tab._seen]
    write("kto-2")
    assert tab._watch(seen, "kto-1")[tab._runs.chosen]["value"] == "kto-2"


def test_the_end_of_the_log_is_shown_where_a_run_failed(tab, write, assistant):
    write("kto-1", "failed", error="it broke")
    folder = assistant.settings.finetune.runs_dir / "kto-1"
    (folder / "log.txt").write_text("".join(f"line {n}\n" for n in range(2000)))
    run = runs.read(folder)
    assert log_tail(run).startswith("line ")
    assert len(log_tail(run)) <= 4000
    assert "line 1999" in by_id(tab, tab.view())["run"]


def test_a_folder_in_which_nothing_was_written_since_is_not_read_again(assistant, write):
    diary = write("kto-1")
    reader = RunReader(assistant.settings.finetune)
    (first,), (second,) = reader.all(), reader.all()
    assert first is second
    diary.change(error="another thing")
    assert reader.all()[0].error == "another thing"


# Starting


def test_a_recipe_is_shown_with_its_method_and_none_where_the_ratings_choose():
    update, text, _ = _recipe_of("kto")
    assert (update["visible"], 'method = "kto"' in text) == (True, True)
    update, text, _ = _recipe_of("auto")
    assert (update["visible"], text) == (False, "")


def test_what_is_wrong_with_a_recipe_is_told_beside_it():
    assert "can be run" in _judged(_recipe_of("dpo")[1], "dpo")
    assert "unknown key &#x27;sede&#x27;" in _judged('method = "dpo"\nsede = 1', "dpo")
    assert "not for kto" in _judged('method = "dpo"', "kto")


def test_too_few_ratings_a_wrong_recipe_and_no_file_start_nothing(assistant):
    panel = StartPanel(assistant)
    with pytest.raises(NotEnoughData):
        panel.begin("auto", RATINGS, None, "")
    with pytest.raises(FinetuneError, match="sede"):
        panel.begin("kto", RATINGS, None, 'method = "kto"\nsede = 1')
    with pytest.raises(BadInput, match="choose a file"):
        panel.begin("kto", FILE, None, _recipe_of("kto")[1])
    assert runs.all_runs(assistant.settings.finetune) == []


def test_a_run_on_a_file_is_started(assistant, tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text('{"prompt": "Why?", "completion": "So."}\n')
    StartPanel(assistant).begin("sft", FILE, str(file), _recipe_of("sft")[1])
    (run,) = runs.all_runs(assistant.settings.finetune)
    jobs.stop(run)
    assert run.name.startswith("sft-")


def test_a_file_is_told_with_what_it_is_enough_for_and_what_in_it_cannot_be_used(tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text('{"prompt": "Why?", "completion": "So."}\n' * 40 + '{"prompt": "Why?", "completion": 3}\n')
    told = _held(str(file))
    assert "40 rows. Enough for <b>SFT</b>" in told
    assert "DPO: 0 pairs of 40 wanted" in told
    assert "1 row cannot be used; line 41" in told
    assert _held(None) == ""


def test_a_text_is_no_rows_and_is_told_by_its_name_alone(tmp_path):
    (tmp_path / "book.txt").write_text("Once upon a time.")
    told = _held(str(tmp_path / "book.txt"))
    assert "as a document it suits pre-training" in told
    assert str(tmp_path) not in told
    (tmp_path / "book.parquet").write_bytes(b"no such thing")
    told = _held(str(tmp_path / "book.parquet"))
    assert "book.parquet" in told
    assert str(tmp_path) not in told


def test_a_users_page_trains_neither_on_files_nor_by_recipes_of_its_own(assistant, tmp_path):
    chat = ChatSettings(home=assistant.settings.home, user="ben")
    panel = StartPanel(replace(assistant, settings=replace(assistant.settings, chat=chat)))
    with pytest.raises(BadInput, match="Only whoever runs this machine"):
        panel.begin("sft", FILE, str(tmp_path / "x"), _recipe_of("sft")[1])
    with pytest.raises(BadInput, match="Only whoever runs this machine"):
        panel.begin("sft", RATINGS, None, 'method = "sft"\nseed = 2')


def test_an_adapter_must_be_chosen_before_it_is_promoted(tab):
    with pytest.raises(BadInput, match="choose an adapter"):
        tab._promote(None)
