import torch

from assistant.model.attention import Slots
from assistant.model.places import LITTLE, Places
from assistant.model.requests import Request
from assistant.turns import Sampling

FIRST = list(range(100))
OTHER = list(range(500, 600))


def request(prompt, wears=None):
    made = Request(list(prompt), None, Sampling(), most=9, ends=lambda: False)
    made.wears = wears
    return made


def places(count):
    slots = Slots(count, 256)
    slots.layer(0, torch.zeros(1, 1, 1, 2), torch.zeros(1, 1, 1, 2))
    return Places(slots), slots


def answered(held, prompt, wears=None, written=()):
    one = request(prompt, wears)
    held.take(one)
    one.written, one.computed = list(written), len(prompt) + len(written)
    held.leave(one)
    return one


def test_a_beginning_that_a_slot_holds_is_not_computed_again():
    held, _ = places(2)
    before = answered(held, FIRST, written=[7])
    again = request([*FIRST, 7, 8, 9])
    held.take(again)
    assert (again.place, again.reused, again.computed) == (before.place, 101, 101)


def test_the_last_token_of_a_prompt_is_always_computed_as_it_gives_the_scores():
    held, _ = places(1)
    answered(held, FIRST)
    again = request(FIRST)
    held.take(again)
    assert again.reused == len(FIRST) - 1


def test_what_was_computed_under_another_adapter_is_not_taken():
    held, _ = places(2)
    answered(held, FIRST, wears="one")
    again = request([*FIRST, 7])
    held.take(again)
    assert again.reused == 0


def test_a_beginning_of_an_answer_in_the_making_is_copied():
    held, slots = places(2)
    keys, _ = slots.layer(0, torch.zeros(1, 1, 1, 2), torch.zeros(1, 1, 1, 2))
    first = request(FIRST)
    held.take(first)
    first.computed = 100
    keys[first.place, :, :100] = 5.0
    second = request([*FIRST[:60], 1000])
    held.take(second)
    assert second.place != first.place
    assert second.reused == 60
    assert bool((keys[second.place, :, :60] == 5.0).all())
    assert bool((keys[second.place, :, 60:] == 0.0).all())


def test_a_short_common_beginning_leaves_a_slots_other_tokens_where_there_is_another_slot():
    held, _ = places(2)
    before = answered(held, FIRST)
    other = request([*FIRST[:20], *OTHER])
    held.take(other)
    assert other.place != before.place
    assert other.reused == 20


def test_hardly_any_common_beginning_is_none():
    held, _ = places(1)
    answered(held, FIRST)
    other = request([*FIRST[: LITTLE - 1], *OTHER])
    held.take(other)
    assert other.reused == 0


def test_the_slot_that_was_used_longest_ago_makes_way():
    held, _ = places(2)
    first, second = answered(held, FIRST), answered(held, OTHER)
    assert first.place != second.place
    answered(held, [*FIRST, 1])
    third = request(range(900, 950))
    held.take(third)
    assert third.place == second.place


def test_a_slot_that_is_spoilt_holds_nothing():
    held, _ = places(1)
    one = request(FIRST)
    held.take(one)
    one.computed = 100
    held.leave(one, spoilt=True)
    again = request(FIRST)
    held.take(again)
    assert again.reused == 0


def test_only_slots_without_an_answer_in_the_making_are_free():
    held, _ = places(2)
    one = request(FIRST)
    held.take(one)
    assert held.free == 1
    held.leave(one)
    assert held.free == 2
