"""The sheet is filled in by the model itself, the same each time, and kept."""

import pytest

from finetune import kto, models, preferences, recipe
from finetune.errors import BadInput
from finetune.evaluation import sets
from finetune.evaluation.generation import generate
from finetune.evaluation.likelihood import likelihoods
from finetune.evaluation.sheet import evaluate
from finetune.gate import GATED


@pytest.fixture
def few(tmp_path):
    whole = sets.read()
    return sets.Sets(whole.grounded[:1] + whole.grounded[-1:], whole.refusals[:2], whole.general[:3], "few")


def test_the_sets_of_the_package_are_sound():
    whole = sets.read()
    assert any(question.answers for question in whole.grounded)
    assert any(not question.answers for question in whole.grounded)
    assert sum(request.harmful for request in whole.refusals) * 2 == len(whole.refusals) >= 24
    assert len(whole.general) >= 60
    assert len({question.answer for question in whole.general}) == 4
    assert all(len(set(question.choices)) == len(question.choices) for question in whole.general)


def test_a_wrong_row_of_a_set_is_refused_with_its_line(tmp_path):
    for name in ("grounded", "refusals", "general"):
        (tmp_path / f"{name}.jsonl").write_text((sets.FOLDER / f"{name}.jsonl").read_text())
    with (tmp_path / "general.jsonl").open("a") as file:
        file.write('{"messages": [{"role": "user", "content": "?"}], "choices": ["a"], "answer": 1}\n')
    with pytest.raises(BadInput, match=r"general\.jsonl:61: a general question"):
        sets.read(tmp_path)


def test_a_likelihood_is_what_the_model_gives_one_row_at_a_time(settings, ratings):
    import torch

    loaded = models.load(settings)
    asked = [(row.prompt, row.answer) for row in ratings[:5]]
    for (prompt, answer), found in zip(asked, likelihoods(loaded, asked), strict=True):
        said = [*prompt, {"role": "assistant", "content": answer}]
        before = loaded.tokenizer.apply_chat_template(list(prompt), add_generation_prompt=True, return_dict=False)
        ids = loaded.tokenizer.apply_chat_template(said, return_dict=False)
        with torch.inference_mode():
            logits = loaded.model(torch.tensor([ids])).logits[0].float().log_softmax(-1)
        total = sum(logits[place - 1, ids[place]].item() for place in range(len(before), len(ids)))
        assert found.total == pytest.approx(total, rel=0.01)
        assert found.tokens == len(ids) - len(before)


def test_greedy_answers_do_not_depend_on_their_batch(settings, ratings):
    loaded = models.load(settings)
    prompts = [row.prompt for row in ratings[:5]]
    together = generate(loaded, prompts, max_tokens=5)
    assert together == generate(loaded, prompts, max_tokens=5)
    assert len(together) == 5


def test_the_base_has_a_preference_of_one_half(settings, ratings, few):
    scores = evaluate(settings, None, ratings[:6], few)
    assert scores.preference == 0.5
    assert scores.comparisons == 9
    assert all(0 <= getattr(scores, name) <= 1 for name in GATED)


def test_an_adapter_that_learnt_the_taste_is_preferred(settings, ratings, few, tmp_path):
    changed = recipe.parse({"method": "kto", "training": {"max_steps": 20, "learning_rate": 1e-2}})
    adapter = kto.train(settings, changed, preferences.labels(ratings[:14]), tmp_path / "run", lambda step: None)
    assert evaluate(settings, adapter, ratings[14:], few).preference > 0.8


def test_what_was_scored_before_is_read_from_disk(settings, ratings, few):
    first = evaluate(settings, None, ratings[:6], few)
    (kept,) = (settings.home / "scores").iterdir()
    kept.write_text(kept.read_text().replace(f'"words": {first.words}', '"words": 12345.0'))
    assert evaluate(settings, None, ratings[:6], few).words == 12345
    assert evaluate(settings, None, ratings[:8], few).words != 12345
