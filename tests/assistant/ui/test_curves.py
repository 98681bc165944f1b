import gradio as gr
import pytest

from assistant.ui.curves import CURVES, MOST, Curves, points
from finetune.training import Step

HISTORY = (
    Step(1, 4, 0.9, {"learning_rate": 1e-4}),
    Step(2, 4, 0.7, {"learning_rate": 5e-5}),
    Step(2, 4, 0.7, {"validation_loss": 0.8}),
    Step(3, 4, 0.6, {"learning_rate": 1e-5}),
)


@pytest.fixture(scope="module")
def curves():
    built = Curves()
    with gr.Blocks(analytics_enabled=False):
        built.build()
    return built


def test_the_loss_is_that_of_the_steps_and_not_of_the_looks_between_them():
    assert points(HISTORY, "loss") == [(1, 0.9), (2, 0.7), (3, 0.6)]
    assert points(HISTORY, "validation_loss") == [(2, 0.8)]


def test_a_long_curve_is_thinned_and_keeps_its_end():
    thin = points([Step(n, 1001, 1 / n) for n in range(1, 1002)], "loss")
    assert MOST / 2 < len(thin) <= MOST
    assert thin[-1] == (1001, 1 / 1001)


def test_what_has_two_points_is_drawn_and_what_has_fewer_is_not(curves):
    shown = dict(zip(CURVES, curves.view(HISTORY).values(), strict=True))
    assert [title for title, update in shown.items() if update["visible"]] == ["Loss", "Learning rate"]
    assert list(shown["Loss"]["value"]["of"]) == ["training"] * 3 + ["validation"]


def test_without_a_run_nothing_is_drawn(curves):
    assert not any(update["visible"] for update in curves.view(()).values())
