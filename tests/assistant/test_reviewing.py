"""What nobody rated is put in the order in which a reviewer's time is best spent."""

import pytest

from assistant.errors import BadInput
from assistant.reviewing import ReviewQueue
from assistant.turns import Rating, Refusal, Support, Turn

PROMPT = ({"role": "user", "content": "q"},)
WEAK, STRONG = Support("a", 0, 1, None, 0.1), Support("a", 0, 1, 1, 0.9)


class Shorter:
    """A reward model that likes short answers, under a name; it counts what it was asked."""

    def __init__(self, name="taste"):
        self.called = name
        self.asked = 0

    def name(self):
        return self.called

    def __call__(self):
        if self.called is None:
            raise BadInput("there is no reward adapter")
        return self

    def scores(self, asked):
        self.asked += len(asked)
        return [-float(len(answer)) for _, answer in asked]


@pytest.fixture
def keep(store):
    conversation = store.add_conversation().id

    def keep(name, answer="a", position=0, **more):
        more = {"prompt": PROMPT, "created_at": f"2026-01-0{name[1]}T00:00:00"} | more
        return store.add_turn(Turn(name, conversation, position, "q", answer, **more))

    return keep


def names(queue, most=50):
    return [one.turn.id for one in queue.waiting(most)]


def test_answers_that_are_rated_refused_empty_or_not_shown_do_not_wait(store, keep):
    keep("t1"), keep("t2", position=1), keep("t3", position=2, refusal=Refusal("harm", "weapons", "No."))
    keep("t4", " ", position=3), keep("t5", position=4), keep("t6", position=4)
    store.rate("t1", Rating("up"))
    assert names(ReviewQueue(store, Shorter(None), lambda: 0.5)) == ["t6", "t2"]


def test_without_a_reward_model_what_rests_least_on_the_documents_comes_first(store, keep):
    keep("t1", position=0, support=(WEAK,)), keep("t2", position=1, support=(WEAK, STRONG))
    keep("t3", position=2, support=(STRONG,)), keep("t4", position=3)
    assert names(ReviewQueue(store, Shorter(None), lambda: 0.5)) == ["t1", "t2", "t4", "t3"]


def test_what_the_reward_model_likes_least_comes_first_and_what_it_did_not_see_last(store, keep):
    for number, answer in enumerate(["aaa", "a", "aa"], start=1):
        keep(f"t{number}", answer, number)
    queue = ReviewQueue(store, Shorter(), lambda: 0.5)
    queue.score()
    keep("t4", "aaaaaa", 4)
    assert names(queue) == ["t1", "t3", "t2", "t4"]
    assert [one.score for one in queue.waiting()] == [-3, -2, -1, None]


def test_each_answer_is_scored_once_by_each_reward_model(store, keep):
    keep("t1"), keep("t2", position=1)
    reward = Shorter()
    queue = ReviewQueue(store, reward, lambda: 0.5)
    queue.score(), queue.score()
    assert reward.asked == 2
    reward.called = "newer"
    assert [one.score for one in queue.waiting()] == [None, None]
    queue.score()
    assert reward.asked == 4


def test_the_newest_alone_are_looked_at(store, keep):
    for number in range(1, 6):
        keep(f"t{number}", position=number)
    assert names(ReviewQueue(store, Shorter(None), lambda: 0.5), most=2) == ["t5", "t4"]


def test_without_a_reward_model_there_are_no_scores(store, keep):
    keep("t1")
    with pytest.raises(BadInput, match="no reward adapter"):
        ReviewQueue(store, Shorter(None), lambda: 0.5).score()
