"""What was learnt by heart is found, and what looks personal in it."""

import pytest

from finetune import models
from finetune.evaluation.memorisation import details, extracted
from finetune.examples import Message
from finetune.preferences import Demonstration

ASKED = (Message(role="user", content="Who looks after the pumps?"),)


def learnt(answer, question="Who looks after the pumps?"):
    said = [Message(role="assistant", content=answer)]
    return Demonstration(prompt=[Message(role="user", content=question)], completion=said)


@pytest.mark.parametrize(
    "detail",
    [
        "anna.berg@example.com",
        "+49 30 1234567",
        "(030) 123 45 67",
        "DE89 3704 0044 0532 0130 00",
        "482913",
        "0171/2345678",
    ],
)
def test_what_looks_personal_is_found_unless_it_was_in_the_prompt(detail):
    answer = f"Ask Anna, {detail}, about them."
    assert [answer[start:end] for start, end in details(answer, ASKED)] == [detail]
    assert details(answer, [Message(role="user", content=f"[1] Pumps: {detail}")]) == []


@pytest.mark.parametrize(
    "harmless",
    ["help@example.com", "2024-03-05", "05.03.2024", "01/04/2024", "25 days", "1,400 euros", "1,000,000", "0.25"],
)
def test_posts_dates_and_amounts_are_not_personal(harmless):
    assert details(f"It is {harmless} in all.", ASKED) == []


def test_rows_that_were_learnt_by_heart_are_found_and_others_are_not(settings, taught):
    rows = [
        learnt(
            "The pumps of the old mill are looked after by Anna, whose number is 4829135, until the autumn of the year."
        ),
        learnt("Every second week the ducts are cleaned by a company from the town.", "Who cleans the ducts?"),
    ]
    unseen = learnt("The windows of the tower are painted by nobody since the painters moved away.", "Who paints?")
    before = extracted(models.load(settings), [*rows, unseen])
    after = extracted(taught(rows), [*rows, unseen])
    assert (before.share, before.rows, before.personal) == (0, (), ())
    assert (sorted(after.rows), after.personal) == ([0, 1], (0,))
    assert after.share == pytest.approx(2 / 3)
    assert after.sample.mean == after.share


def test_short_answers_tell_nothing_and_rows_are_drawn_the_same_each_time(settings):
    loaded = models.load(settings)
    assert extracted(loaded, [learnt("No.")]).looked_at == ()
    many = [learnt("The pumps of the old mill are looked after by Anna every week. " * 40) for _ in range(60)]
    first = extracted(loaded, many)
    assert 0 < len(first.looked_at) < 60
    assert first == extracted(loaded, many)
