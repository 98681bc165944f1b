"""The outcomes of a trial are summed up by person, with the ratings as they are now."""

from itertools import pairwise

import pytest

from assistant.store.outcomes import Outcome
from assistant.turns import Rating, Turn
from finetune.trials import Person


@pytest.fixture
def conversation(store):
    made = store.add_conversation().id
    for number in range(3):
        store.add_turn(Turn(f"t{number}", made, number, "?", "Yes."))
    return made


def test_a_trial_nobody_took_part_in_has_no_people(store):
    assert store.outcomes.people("none") == {}


def test_people_are_summed_up_on_their_side(store, conversation):
    store.outcomes.add(Outcome("a", "ben", "current", "t0", sentences=3, unsupported=1))
    store.outcomes.add(Outcome("a", "ben", "current", "t1", refused=True))
    store.outcomes.add(Outcome("a", "anna", "candidate", failed=True))
    store.outcomes.add(Outcome("b", "ben", "candidate", "t2"))
    assert store.outcomes.people("a") == {
        "current": [Person(answers=2, refused=1, sentences=3, unsupported=1)],
        "candidate": [Person(answers=1, failed=1)],
    }


def test_a_rating_counts_as_it_is_now(store, conversation):
    store.outcomes.add(Outcome("a", "ben", "current", "t0"))
    for rating, expected in ((Rating("up"), (1, 0)), (Rating("down"), (0, 1)), (None, (0, 0))):
        store.rate("t0", rating)
        (ben,) = store.outcomes.people("a")["current"]
        assert (ben.ups, ben.downs) == expected


def test_the_stamp_changes_with_every_answer_and_rating(store, conversation):
    seen = [store.outcomes.stamp("a")]
    for change in (
        lambda: store.outcomes.add(Outcome("a", "ben", "current", "t0")),
        lambda: store.rate("t0", Rating("up")),
        lambda: store.rate("t0", Rating("down")),
        lambda: store.rate("t0", None),
    ):
        change()
        seen.append(store.outcomes.stamp("a"))
    assert all(now != later for now, later in pairwise(seen))


def test_of_a_deleted_conversation_the_counts_stay(store, conversation):
    store.outcomes.add(Outcome("a", "ben", "current", "t0"))
    store.rate("t0", Rating("up"))
    store.delete(conversation)
    assert store.outcomes.people("a") == {"current": [Person(answers=1)]}
