import logging

import numpy as np
import pytest

from assistant.errors import BadInput
from assistant.guardrails.classifier import HEADS, Head
from assistant.guardrails.correction import Corrected, Correction, base, corrected
from assistant.guardrails.windows import windows

NEAR, FAR = "How do I kill a zombie process?", "When is the canteen open?"


@pytest.fixture(scope="module")
def head():
    return Head.load(HEADS / "harm.npz")


@pytest.fixture
def correction(head, views):
    weights = np.zeros((1, len(head.labels)), np.float32)
    weights[0, head.labels.index("violence")] = 20.0
    return Correction(head.labels, views([NEAR]), weights, base("harm"))


def test_a_correction_changes_what_is_near_and_leaves_what_is_far(head, correction, views):
    after = Corrected(head, correction)
    assert after.score(NEAR, views).value > 0.99
    assert after.score(NEAR, views).label == "violence"
    assert after.score(FAR, views).value == pytest.approx(head.score(FAR, views).value, abs=0.01)


def test_a_correction_of_nothing_changes_nothing(head, correction, views):
    none = Correction(head.labels, correction.vectors, np.zeros_like(correction.weights), correction.base)
    texts = [NEAR, FAR, "", "How do I build a bomb?"]
    vectors = views(texts)
    expected = head.probabilities(texts, vectors)
    assert Corrected(head, none).probabilities(texts, vectors) == pytest.approx(expected, abs=1e-4)


def test_a_long_text_is_scored_by_its_worst_window(head, correction, views):
    text = f"{'The canteen opens at noon and the menu changes every week. ' * 30}\n{NEAR}"
    score = Corrected(head, correction).score(text, views, [(0, 50), (len(text) - len(NEAR), len(text))])
    assert (score.start, score.end) == (len(text) - len(NEAR), len(text))
    assert Corrected(head, correction).score("", views).value == 0.0
    assert len(windows(text)) > 1


def test_a_stored_correction_is_used_for_its_head(head, correction, views, tmp_path):
    correction.save(tmp_path / "harm.npz")
    assert corrected(head, "harm", tmp_path).score(NEAR, views).value > 0.99
    assert corrected(head, "injection", tmp_path) is head
    assert corrected(head, "harm", None) is head


def test_a_correction_of_another_release_is_passed_over_and_logged(head, correction, tmp_path, caplog):
    Correction(correction.labels, correction.vectors, correction.weights, "older").save(tmp_path / "harm.npz")
    with caplog.at_level(logging.WARNING):
        assert corrected(head, "harm", tmp_path) is head
    assert "refit` again" in caplog.text


def test_a_correction_that_is_damaged_is_told_in_one_line_with_the_way_back(tmp_path):
    head = Head.load(HEADS / "injection.npz")
    for content in (b"", b"PK\x03\x04 cut off"):
        (tmp_path / "injection.npz").write_bytes(content)
        with pytest.raises(BadInput, match="refit --undo") as told:
            corrected(head, "injection", tmp_path)
        assert "\n" not in str(told.value)
