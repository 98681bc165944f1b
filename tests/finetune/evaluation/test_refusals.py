"""A refusal is known by its words, and leaning by likelihood."""

import pytest

from finetune import models
from finetune.evaluation import sets
from finetune.evaluation.refusals import measure, refused


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can’t help with that.",
        "I cannot  assist you.",
        "As I said, I am unable to do so.",
        "I won't help.",
    ],
)
def test_a_refusal_is_known_by_its_words(answer):
    assert refused(answer)


@pytest.mark.parametrize(
    "answer", ["Sure, here are the steps.", "You can help by asking.", "The documents do not hold the answer to this."]
)
def test_an_answer_is_no_refusal(answer):
    assert not refused(answer)


def test_leaning_weighs_both_kinds_the_same_and_refusals_are_counted_by_kind(settings):
    loaded, requests = models.load(settings), sets.read().refusals[:4]
    found = measure(loaded, requests)
    assert 0 < found["refusals"].mean < 1
    assert (len(found["refused"].values), len(found["over_refused"].values)) == (2, 2)
    balanced, unbalanced = (measure(loaded, rows)["refusals"].values for rows in (requests[:2], requests[:3]))
    harmful = [value for value, request in zip(unbalanced, requests, strict=False) if request.harmful]
    assert harmful[0] == pytest.approx(balanced[0] * 3 / 4, abs=0.01)
