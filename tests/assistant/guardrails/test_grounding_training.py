import json

import numpy as np
import pytest

from assistant.guardrails.evidence import FEATURES
from assistant.guardrails.grounding_training import SHARES, fit, halves, more, read, weigh

PASSAGE = ["Leave", "Employees have 30 days of leave a year.", "Leave is not paid out in Berlin.", "Bob signs it."]


@pytest.fixture
def data(tmp_path):
    """Four questions, of which each answer's second sentence is marked as unverifiable and its third as repeated."""
    answer = "Employees have 30 days of leave a year. Quarks spin quickly everywhere. Employees have 30 days of leave."
    second, third = answer.index("Quarks"), answer.rindex("Employees")
    errors = [
        {"error type": "Unverifiable", "start": second, "end": second + 20},
        {"error type": "Redundant", "start": third, "end": len(answer)},
    ]
    row = {"passages": [PASSAGE], "gold": "Each employee has 30 days.", "feedback": {"errors": errors}}
    rows = [row | {"question": f"How many in {n}?", "prediction 1": answer} for n in range(4)]
    folder = tmp_path / "preferences"
    folder.mkdir()
    lines = [json.dumps(one) for one in [*rows, rows[0] | {"passages": []}]]
    (folder / "grounded.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def alike(texts):
    return np.ones((len(texts), 1), dtype=np.float32)


def test_only_what_was_marked_as_without_support_counts_as_unsupported(data):
    case = read(data)[0]
    assert [one.supported for one in case.sentences] == [True, False, True]
    assert [sorted(one.errors) for one in case.sentences] == [[], ["Unverifiable"], ["Redundant"]]


def test_questions_without_passages_are_left_out_and_the_others_split_in_halves(data):
    learnt, held = halves(read(data))
    assert (len(learnt), len(held)) == (2, 2)
    assert not {case.question for case in learnt} & {case.question for case in held}


def test_made_sentences_are_copies_clippings_strangers_denials_and_swaps(data):
    case = more(read(data))[0]
    texts = {(one.writer, one.supported) for one in case.sentences}
    assert texts == {("made", True), ("made", False), ("person", True)}
    assert {one.writer for one in case.sentences} <= set(SHARES)


def test_the_fit_lets_every_feature_speak_for_its_own_side_only(data):
    cases = read(data)
    fitted = fit(weigh([*cases, *more(cases)], alike))
    assert list(fitted.features) == list(FEATURES)
    assert all(value <= 0 if name in ("astray", "denied") else value >= 0 for name, value in fitted.features.items())
    assert fitted.features["held"] > 0
