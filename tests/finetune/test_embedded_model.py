"""The embedded model is one that the sheet can tell something of."""

from pathlib import Path

import pytest

from finetune import settings
from finetune.evaluation.scoring import evaluate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    home: Path = tmp_path_factory.mktemp("home")
    return evaluate(settings.load(home=home), None, [])


def test_the_embedded_model_knows_more_than_chance(scores):
    assert 0.35 < scores.general < 1


def test_the_embedded_model_answers_each_request_in_its_own_words(scores):
    assert scores.variety > 0.9
    assert scores.repetition < 0.3


def test_no_score_stands_where_it_could_not_fall_or_rise(scores):
    assert 0.05 < scores.grounded < 1
    assert 0.2 < scores.refusals < 0.9
