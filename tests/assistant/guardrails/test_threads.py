from threading import Thread

import torch

from assistant.guardrails.encoder import Encoder
from assistant.guardrails.threads import one_core


def threads_elsewhere() -> int:
    seen: list[int] = []
    other = Thread(target=lambda: seen.append(torch.get_num_threads()))
    other.start()
    other.join()
    return seen[0]


def test_computes_in_one_thread_and_leaves_the_number_as_it_was() -> None:
    before = torch.get_num_threads()
    with one_core():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_leaves_other_threads_theirs() -> None:
    before = threads_elsewhere()
    with one_core():
        assert threads_elsewhere() == before


def test_an_encoder_embeds_on_one_core() -> None:
    seen: list[int] = []

    def embed(texts: object) -> list[list[float]]:
        seen.append(torch.get_num_threads())
        return [[1.0]]

    Encoder(embed)(["a text"])
    assert seen == [1]
