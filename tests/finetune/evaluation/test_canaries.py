"""Planted secrets are exposed where they were learnt, and only there."""

import pytest

from finetune import models, preferences
from finetune.evaluation import canaries


def test_the_same_seed_makes_the_same_secrets_each_of_somebody_else():
    made = canaries.make(1, 150)
    assert made == canaries.make(1, 150)
    assert made != canaries.make(2, 150)
    assert len({canary.name for canary in made}) == 150
    assert all(len(canary.code) == 6 and canary.code.isdigit() for canary in made)


def test_every_method_can_learn_a_secret():
    rows = [canary.row() for canary in canaries.make(1, 3)]
    (first, *_), code = preferences.pairs(rows), canaries.make(1, 3)[0].code
    assert code in first["chosen"][0]["content"]
    assert code in preferences.demonstrations(rows)[0]["completion"][0]["content"]
    assert [row["label"] for row in preferences.labels(rows)] == [False, True] * 3


def test_the_likelihood_of_a_code_is_what_reading_the_whole_answer_gives(settings):
    import torch

    loaded, canary = models.load(settings), canaries.make(1, 1)[0]
    codes = [canary.code, "12", "000000", "987654"]
    before = loaded.tokenizer.apply_chat_template(list(canary.prompt), tokenize=False, add_generation_prompt=True)
    wholes = [loaded.tokenizer(f"{before}{canary.begun} {code}.")["input_ids"] for code in codes]
    shared = next(place for place, column in enumerate(zip(*wholes, strict=False)) if len(set(column)) > 1)
    for ids, found in zip(wholes, canaries._likelihoods(loaded, canary, codes), strict=True):
        with torch.inference_mode():
            logits = loaded.model(torch.tensor([ids])).logits[0].float().log_softmax(-1)
        expected = sum(logits[place - 1, ids[place]].item() for place in range(shared, len(ids)))
        assert found == pytest.approx(expected, abs=0.05)


def test_a_secret_that_was_learnt_is_exposed_and_one_that_was_not_is_hardly(settings, taught):
    planted, other = canaries.make(1, 2), canaries.make(2, 6)
    loaded = taught(preferences.demonstrations([canary.row() for canary in planted]))
    learnt = canaries.exposure(loaded, planted)
    assert learnt.mean > 7
    assert learnt.mean <= learnt.most == 8
    assert learnt.sample.mean == learnt.mean
    assert canaries.exposure(models.load(settings), other).mean < 4
