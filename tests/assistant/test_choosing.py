"""The best of several answers is given, by what the company's reward model says."""

from dataclasses import replace

import pytest

from assistant.choosing import Rewarding, best
from assistant.errors import BadInput
from assistant.events import Done
from assistant.turns import Sampling
from assistant.wishes import Wishes
from finetune.registry import Registry
from finetune.settings import FinetuneSettings

PROMPT = ({"role": "user", "content": "How long?"},)


class Shorter:
    """Likes short answers."""

    def scores(self, asked):
        return [-float(len(answer)) for _, answer in asked]


def writes(seen):
    def write(sampling):
        seen.append(sampling)
        yield "It is "
        yield "25 days. " * (4 - len(seen))

    return write


def test_the_answer_with_the_highest_score_is_given_in_its_pieces():
    seen = []
    pieces = list(best(writes(seen), PROMPT, Sampling(seed=5, temperature=0.0), 0.7, 3, Shorter()))
    assert pieces == ["It is ", "25 days. "]


def test_the_first_is_written_as_usual_and_the_others_differ():
    seen = []
    usual = Sampling(seed=5, temperature=0.0)
    list(best(writes(seen), PROMPT, usual, 0.7, 3, Shorter()))
    assert seen == [usual, replace(usual, seed=6, temperature=0.7), replace(usual, seed=7, temperature=0.7)]


@pytest.mark.parametrize("count", [0, 1, 17])
def test_a_count_that_makes_no_sense_is_refused(count):
    with pytest.raises(BadInput, match="ask for 2 to 16"):
        list(best(writes([]), PROMPT, Sampling(), 0.7, count, Shorter()))


def test_without_a_reward_adapter_it_is_said_how_to_get_one(tmp_path):
    rewarding = Rewarding(FinetuneSettings(home=tmp_path), Registry(tmp_path / "adapters"))
    assert rewarding.name() is None
    with pytest.raises(BadInput, match="train one with `python -m finetune reward`"):
        rewarding()


def test_the_engine_gives_the_best_of_several(chat):
    made = chat("A long answer that goes on.", "Short.", "Another long answer.", reward=Shorter)
    events = list(made.engine.reply(made.conversation, "How long?", Wishes(documents=False, best_of=3)))
    (done,) = [event for event in events if isinstance(event, Done)]
    assert done.turn.answer == "Short."
