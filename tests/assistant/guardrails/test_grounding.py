import pytest

from assistant.guardrails.grounding import Grounding, sentences, support
from assistant.guardrails.rails import Context

LEAVE = "Employees have 30 days of leave a year. Leave that is not taken by 31 March of the next year lapses."
CANTEEN = "The canteen on the ground floor opens at 11:30 and closes at 14:00. On Fridays there is fish."


def test_each_sentence_names_the_passage_that_supports_it(encoder):
    answer = "Employees have 30 days of leave each year [1]. The canteen opens at 11:30 [2]."
    found = support(answer, [LEAVE, CANTEEN], encoder)
    assert [one.marker for one in found] == [1, 2]
    assert all(one.score > 0.6 for one in found)
    assert [answer[one.start : one.end] for one in found] == [one.sentence for one in found]


def test_an_invented_sentence_scores_low(encoder):
    answer = "The company was founded by two sisters in a garage."
    assert support(answer, [LEAVE, CANTEEN], encoder)[0].score < 0.4


def test_a_number_that_stands_in_no_passage_counts_against_the_sentence(encoder):
    right, wrong = (
        support(f"Employees have {days} days of leave a year.", [LEAVE], encoder)[0].score for days in (30, 45)
    )
    assert wrong < 0.45 < right


def test_a_number_may_be_spelt_in_words(encoder):
    passage = "Employees may work two days a week from home."
    assert support("Employees may work 2 days a week from home.", [passage], encoder)[0].score > 0.8


def test_without_passages_nothing_is_supported(encoder):
    found = support("The canteen opens at noon on Mondays.", [], encoder)
    assert [(one.marker, one.score) for one in found] == [(None, 0.0)]


@pytest.mark.parametrize(
    "answer", ["Hello!", "Shall I look for more about the canteen?", "The documents do not mention it."]
)
def test_sentences_that_claim_nothing_are_left_out(encoder, answer):
    assert support(answer, [LEAVE], encoder) == []


def test_an_answer_with_an_unsupported_sentence_is_flagged_not_refused(encoder):
    rail = Grounding(encoder, 0.45)
    answer = "Employees have 30 days of leave a year. The moon is made of green cheese."
    verdict = rail(answer, Context("output", passages=(LEAVE,)))
    assert verdict.action == "flag"
    assert [answer[span.start : span.end] for span in verdict.spans] == ["The moon is made of green cheese."]


def test_an_answer_without_passages_is_none_of_its_business(encoder):
    assert Grounding(encoder, 0.45)("The moon is made of green cheese.", Context("output")).action == "allow"


def test_sentences_keep_their_markers_and_decimals():
    text = "It costs 3.50 euros [1]. Who pays? You do!\n- A point without an end"
    assert [text[a:b] for a, b in sentences(text)] == [
        "It costs 3.50 euros [1].",
        "Who pays?",
        "You do!",
        "- A point without an end",
    ]
