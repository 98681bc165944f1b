"""Room beside the chat. What CUDA says stands in as values; its calls need a machine that has it."""

from dataclasses import replace
from pathlib import Path

import pytest

from finetune import room
from finetune.errors import NoRoom
from finetune.room import Memory, share, shortage

CUDA = Memory("cuda", free=int(10e9), total=int(24e9))


def test_a_run_that_fits_beside_the_reserve_has_room():
    assert shortage(CUDA, int(8e9), 2.0) is None


def test_a_run_that_does_not_is_told_in_one_line_what_it_needs_and_what_is_free():
    why = shortage(CUDA, int(9e9), 2.0)
    assert why.startswith(
        "a run needs at least 9.0 GB of the accelerator, where 10.0 GB are free and 2 GB are the chat's"
    )
    assert "\n" not in why


def test_where_the_need_is_not_known_the_reserve_alone_must_be_free():
    assert shortage(CUDA, None, 2.0) is None
    assert "needs memory of this machine" in shortage(replace(CUDA, device="cpu"), None, 11.0)


@pytest.mark.parametrize(
    ("free", "reserve", "part"), [(12e9, 0.0, 0.5), (12e9, 6.0, 0.25), (24e9, 0, 1), (1e9, 2, 0.01)]
)
def test_a_run_is_held_to_what_is_free_but_for_the_reserve(free, reserve, part):
    assert share(replace(CUDA, free=int(free)), reserve) == pytest.approx(part)


def test_here_the_memory_of_the_machine_is_what_counts():
    there = room.memory()
    assert 0 < there.free <= there.total


def test_a_run_for_which_there_is_no_room_is_refused_before_it_starts(settings):
    room.refuse_no_room(settings, lambda _: int(1e6))
    with pytest.raises(NoRoom, match="a run needs at least 1000000"):
        room.refuse_no_room(settings, lambda _: int(1e15))


@pytest.mark.parametrize(("quantize", "parts"), [("none", 1), ("8bit", 2), ("4bit", 4)])
def test_a_run_needs_at_the_least_the_weights_of_its_model(settings, quantize, parts):
    size = sum(file.stat().st_size for file in Path(settings.model).glob("*.safetensors"))
    assert room.weights(settings.model_copy(update={"quantize": quantize})) == size // parts > 0
    assert room.weights(settings.model_copy(update={"model": "embedded"})) is None


def test_a_run_uses_the_cores_that_it_may(settings, monkeypatch):
    import torch

    before = torch.get_num_threads()
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    try:
        room.keep_to_it(settings.model_copy(update={"threads": 1}))
        assert torch.get_num_threads() == 1
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        room.keep_to_it(settings.model_copy(update={"threads": 2}))
        assert torch.get_num_threads() == 1  # whoever said so in the environment of torch's own is right
    finally:
        torch.set_num_threads(before)


def test_on_an_accelerator_its_own_memory_counts_and_the_run_is_held_to_its_share(settings, monkeypatch):
    """What of torch.cuda is called stands in; that it does what its documentation says needs an accelerator."""
    import torch

    held = []
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: held.append("given back"))
    monkeypatch.setattr(torch.cuda, "mem_get_info", {1: (int(12e9), int(24e9))}.__getitem__)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda part, device: held.append((part, device)))
    room.keep_to_it(settings.model_copy(update={"reserve": 6.0}))
    assert held == ["given back", (0.25, 1)]
    with pytest.raises(NoRoom, match=r"of the accelerator, where 12\.0 GB are free and 20 GB are the chat's"):
        room.refuse_no_room(settings.model_copy(update={"reserve": 20.0}))
