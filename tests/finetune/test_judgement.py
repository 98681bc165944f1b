"""What was trained is judged by what people wrote and rated."""

from dataclasses import replace

import pytest

from finetune import judgement, recipe, rows
from finetune.gate import GATED

MODEST = dict.fromkeys(GATED, 1.0)


@pytest.fixture
def judged(settings, ratings, tmp_path):
    """Judge an untrained adapter, by ratings changed in some way, and return the decision with its sheet's folder."""
    from peft import get_peft_model

    from finetune import adaptation, models

    chosen = replace(recipe.default("sft"), may_lose=MODEST)
    model = models.load(settings).model
    get_peft_model(model, adaptation.peft_config(chosen, model)).save_pretrained(tmp_path / "trained")

    def judge(**changes):
        shaped = rows.shape(chosen, [replace(row, **changes) for row in ratings])
        return judgement.pronounce(settings, chosen, shaped, tmp_path / "trained", None, "new")

    return judge


def test_the_sheet_is_written_beside_what_was_judged(judged, tmp_path):
    decision = judged()
    assert not decision.passed
    assert (tmp_path / "trained" / "sheet.html").exists()
    assert decision.intervals["candidate"]["general"].low <= decision.candidate.general


def test_what_the_model_wrote_itself_is_not_counted_as_learnt_by_heart(judged):
    assert judged(model="embedded").candidate.memorisation is None


def test_what_people_wrote_is(judged):
    assert judged(model="embedded", correction="what people wrote " * 40).candidate.memorisation is not None
