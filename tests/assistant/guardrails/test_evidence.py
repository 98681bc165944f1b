import numpy as np
import pytest

from assistant.guardrails.evidence import FEATURES, PLACES, Passages

LEAVE = "Employees have 30 days of leave a year. Leave that is not taken by 31 March of the next year lapses."
CANTEEN = "The canteen on the ground floor opens at 11:30. Guests may not eat there. On Fridays there is fish."
HOUSE = f"Bicycles stay in the cellar. {'Nothing else of note happens in this house at all. ' * 5}The code is 4711."


def weigh(sentence, *passages, question="", encoder=None):
    (found,) = Passages(passages, encoder or alike, question).weigh([sentence])
    return found, dict(zip(FEATURES, found.features, strict=True))


def alike(texts):
    """Take all texts for alike."""
    return np.ones((len(texts), 1), dtype=np.float32)


def test_the_passage_that_holds_most_of_the_sentence_is_named():
    assert weigh("The canteen opens at 11:30.", LEAVE, CANTEEN)[0].passage == 1


def test_a_copied_sentence_has_all_that_speaks_for_it():
    found, features = weigh("Guests may not eat there [1].", CANTEEN)
    assert features == dict.fromkeys(FEATURES, 1.0) | {"astray": 0.0, "denied": 0.0}
    assert found.missing == ()


def test_for_words_that_stand_nowhere_nothing_speaks():
    found, features = weigh("Quarks spin quickly.", CANTEEN)
    assert (found.passage, set(features.values())) == (None, {0.0})


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Guests may eat there daily.", CANTEEN),
        ("Guests can't eat fish there.", "Guests can eat fish there."),
        ("There is a fee for guests.", "There is no fee for guests."),
        ("You need a badge at night.", "You do not need a badge at night."),
        ("Guests cannot eat there.", "Guests can eat there."),
    ],
)
def test_what_the_passage_says_or_denies_may_not_be_turned_round(sentence, passage):
    assert weigh(sentence, passage)[1]["denied"] == 1.0
    assert weigh(passage, passage)[1]["denied"] == 0.0


def test_a_denial_of_something_else_turns_nothing_round():
    assert weigh("Leave lapses by 31 March of the next year.", LEAVE)[1]["denied"] == 0.0


def test_a_fact_from_another_place_is_astray_but_not_missing():
    found, features = weigh("Bicycles stay in the cellar under code 4711.", HOUSE)
    assert (found.missing, features["astray"]) == ((), 1.0)


def test_only_a_few_places_are_embedded_however_long_the_passages_are():
    asked = []

    def encoder(texts):
        asked.append(texts)
        return alike(texts)

    weigh("Bicycles and leave and fish go together.", LEAVE, CANTEEN, HOUSE * 20, encoder=encoder)
    assert len(asked) == 1
    assert len(asked[0]) <= 1 + PLACES


def test_numbers_of_the_question_are_not_missing():
    assert weigh("In 2031 there is fish.", CANTEEN, question="What is there in 2031?")[0].missing == ()


def test_a_passage_without_words_holds_nothing():
    assert weigh("Bicycles stay below.", "***", "")[0].passage is None
