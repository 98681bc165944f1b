import pytest

from assistant.guardrails.guards.loading import load
from assistant.guardrails.guards.prompt_guard import counted, injections

FIRST = ["BENIGN", "INJECTION", "JAILBREAK"]


@pytest.mark.parametrize(("attack", "of_people", "of_documents"), [("JAILBREAK", 1, 1), ("INJECTION", 0, 1)])
def test_of_the_first_version_people_are_held_to_jailbreaks_and_documents_to_both(
    prompt_guard, attack, of_people, of_documents
):
    guard = load(str(prompt_guard(FIRST, attack)))
    texts = ["attack noon", "canteen noon"]
    found = [[round(one.score) for one in injections(guard, texts, foreign=foreign)] for foreign in (False, True)]
    assert found == [[of_people, 0], [of_documents, 0]]


@pytest.mark.parametrize("labels", [["BENIGN", "MALICIOUS"], ["LABEL_0", "LABEL_1"]])
def test_the_second_version_knows_benign_and_malicious(prompt_guard, labels):
    guard = load(str(prompt_guard(labels, labels[1])))
    for foreign in (False, True):
        assert [round(one.score) for one in injections(guard, ["attack", "noon"], foreign=foreign)] == [1, 0]


def test_classes_are_known_by_their_names_in_whatever_order():
    assert counted({0: "JAILBREAK", 1: "BENIGN", 2: "INJECTION"}, foreign=False) == [0]
    assert counted({0: "JAILBREAK", 1: "BENIGN", 2: "INJECTION"}, foreign=True) == [0, 2]


def test_many_texts_are_judged_in_batches(prompt_guard):
    guard = load(str(prompt_guard(FIRST, "JAILBREAK")))
    texts = ["noon"] * 17 + ["attack canteen " * 9] + ["canteen"] * 2
    assert [n for n, one in enumerate(injections(guard, texts, foreign=False)) if one.score > 0.5] == [17]
