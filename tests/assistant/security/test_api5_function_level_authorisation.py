"""OWASP API5:2023, broken function level authorisation: each function behind a restricted tab is called as a user."""

import inspect

import gradio as gr
import pytest

from assistant.ui.page import build

RESTRICTED = {"rules": "administrator", "improve": "administrator", "review": "reviewer"}
SKIPPED = {"__type__": "update"}


@pytest.fixture(scope="module")
def page(assistant):
    return build(assistant)


def answered(fn):
    result = fn.fn(*[None] * len(fn.inputs))
    return list(result) if inspect.isgenerator(result) else result


def refused(fn):
    try:
        return answered(fn) == SKIPPED
    except gr.Error as error:
        return "is for " in str(error)


@pytest.mark.parametrize(("tab", "role"), RESTRICTED.items())
def test_nothing_behind_a_restricted_tab_answers_somebody_of_a_lower_role(page, clicks, tab, role):
    (found,) = [block._id for block in page.blocks.values() if isinstance(block, gr.Tab) and block.id == tab]
    functions = [fn for fn in page.fns.values() if found in _tabs(page, fn)]
    assert len(functions) > 5
    for name in ["ben"] if role == "reviewer" else ["ben", "rita"]:
        with clicks(name):
            assert [fn.name for fn in functions if not refused(fn)] == []


def _tabs(page, fn):
    """Return the Gradio ids of the tabs that a function is set off on, or shows something on."""
    ids = {target for target, _ in fn.targets} | {out._id for out in fn.outputs if not isinstance(out, gr.Tab)}
    found = set()
    for block_id in ids:
        block = page.blocks.get(block_id)
        while block is not None and not isinstance(block, gr.Tab):
            block = block.parent
        found |= {block._id} if block is not None else set()
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ben", set()), ("rita", {"review"}), ("anna", {"rules", "improve", "review"})],
)
def test_each_sees_the_tabs_of_their_role(page, clicks, name, expected):
    (fn,) = [fn for fn in page.fns.values() if fn.outputs and all(isinstance(out, gr.Tab) for out in fn.outputs)]
    with clicks(name):
        shown = {tab.id for tab, update in fn.fn().items() if update["visible"]}
    assert shown == expected


def test_a_click_that_the_server_did_not_say_who_sent_is_not_answered(page):
    from types import SimpleNamespace

    from gradio.context import LocalContext

    fn = next(fn for fn in page.fns.values() if fn.fn.__name__ == "choices")
    mark = LocalContext.request.set(gr.Request(request=SimpleNamespace(state=SimpleNamespace()), session_hash="x"))
    try:
        with pytest.raises(AttributeError):
            fn.fn(None, None)
    finally:
        LocalContext.request.reset(mark)
