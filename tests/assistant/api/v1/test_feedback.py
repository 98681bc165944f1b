"""Ratings by programs."""

from typing import get_args

import pytest

from assistant.api.v1.feedback import Bad, Good
from assistant.feedback import rated_answers
from assistant.turns import REASONS


def rate(asked, turn_id, thumb, **more):
    return asked.client.post("/v1/feedback", json={"turn_id": turn_id, "thumb": thumb} | more)


def test_the_reasons_are_those_of_the_page():
    assert (get_args(Good), get_args(Bad)) == (REASONS["up"], REASONS["down"])


def test_a_rating_is_kept_and_can_be_learnt_from(api):
    asked = api()
    turn = asked.message()["turn_id"]
    told = rate(asked, turn, "down", reasons=["wrong"], comment="No.", correction="Good evening.")
    assert told.status_code == 200
    assert told.json() == {
        "object": "feedback", "turn_id": turn, "thumb": "down", "reasons": ["wrong"], "comment": "No.",
        "correction": "Good evening.",
    }  # fmt: skip
    (learnt,) = [one for one in rated_answers(asked.assistant.store) if one.turn_id == turn]
    assert (learnt.rating, learnt.correction) == ("down", "Good evening.")


def test_a_rating_can_be_changed_and_taken_back(api):
    asked = api()
    turn = asked.message()["turn_id"]
    rate(asked, turn, "down")
    assert rate(asked, turn, "up").json()["thumb"] == "up"
    assert rate(asked, turn, "none").json()["thumb"] == "none"
    assert asked.assistant.store.turn(turn).rating is None


def test_personal_data_in_a_rating_is_masked_before_it_is_kept(api):
    asked = api()
    told = rate(asked, asked.message()["turn_id"], "up", comment="Ask a@b.com.").json()
    assert told["comment"] == "Ask <EMAIL_1>."


@pytest.mark.parametrize(
    "more", [{"thumb": "sideways"}, {"thumb": "up", "reasons": ["wrong"]}, {"thumb": "up", "comment": "a\0"}]
)
def test_a_rating_that_will_not_do_is_refused(api, more):
    asked = api()
    answer = rate(asked, asked.message()["turn_id"], **more)
    assert answer.status_code == 400


def test_an_answer_of_the_page_or_of_nobody_cannot_be_rated_here(api):
    from assistant.turns import Turn

    asked = api()
    store = asked.assistant.store
    ours = store.add_turn(Turn("of-the-page", store.add_conversation().id, 0, "Hello?", "Hello."))
    closed, missing = rate(asked, ours.id, "up"), rate(asked, "nothing", "up")
    assert closed.status_code == missing.status_code == 404
    assert closed.json() == missing.json()


def test_an_answer_from_what_the_caller_may_not_read_cannot_be_rated(api):
    owner = api("The merger is in May [1].")
    text = b"# Merger\n\nThe merger with Larkspur is announced in May.\n"
    added = owner.client.post("/v1/documents", files={"file": ("m.md", text)}, data={"collection": "board"}).json()
    turn = owner.message("When is the merger with Larkspur announced?", knowledge=["board"])["turn_id"]
    assert rate(api(user="ben"), turn, "up").status_code == 404
    assert rate(api(user="carl"), turn, "up").status_code == 200
    owner.client.delete(f"/v1/documents/{added['id']}")
