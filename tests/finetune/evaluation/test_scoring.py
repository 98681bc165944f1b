"""Scores come from the model itself, the same each time, and are kept."""

import json
from dataclasses import replace

import pytest

from finetune import kto, models, preferences, recipe
from finetune.evaluation import canaries
from finetune.evaluation.generation import generate
from finetune.evaluation.likelihood import foretold, likelihoods
from finetune.evaluation.scoring import Asked, compare, evaluate
from finetune.gate import GATED, Interval


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


def test_of_a_begun_answer_only_the_rest_counts(settings, ratings):
    loaded = models.load(settings)
    asked = [(row.prompt, "short answer, long answer") for row in ratings[:3]]
    whole, rest = likelihoods(loaded, asked), likelihoods(loaded, asked, ["short answer,"] * 3)
    assert [0 < one.tokens < all_.tokens for one, all_ in zip(rest, whole, strict=True)] == [True] * 3
    assert [one.total > all_.total for one, all_ in zip(rest, whole, strict=True)] == [True] * 3


def test_what_is_foretold_is_what_would_be_written(settings, ratings):
    import torch

    loaded = models.load(settings)
    text = loaded.tokenizer.apply_chat_template(list(ratings[0].prompt), tokenize=False, add_generation_prompt=True)
    ids = loaded.tokenizer(text)["input_ids"]
    written = loaded.model.generate(torch.tensor([ids]), max_new_tokens=6, min_new_tokens=6, do_sample=False)[0]
    other = [*written[:-1].tolist(), (written[-1].item() + 1) % 1000]
    assert foretold(loaded, [(written.tolist(), 6), (other, 6)]) == [[True] * 6, [True] * 5 + [False]]


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
    assert all(0 <= getattr(scores, name) <= 1 for name in GATED if name != "memorisation")
    assert (scores.memorisation, scores.exposure, scores.margin) == (None, None, 0)


def test_an_adapter_that_learnt_the_taste_is_preferred(settings, ratings, few, tmp_path):
    changed = recipe.parse({"method": "kto", "training": {"max_steps": 20, "learning_rate": 1e-2}})
    adapter = kto.train(settings, changed, preferences.labels(ratings[:14]), tmp_path / "run", lambda step: None)
    asked = Asked(few, tuple(ratings[:14]), canaries.make(1, 1))
    evidence = compare(settings, None, adapter, ratings[14:], asked=asked, reward=lambda prompt, answer: -len(answer))
    scores, around = evidence.scores["candidate"], evidence.intervals
    assert scores.preference > 0.8
    assert scores.margin > 0
    assert scores == replace(
        evaluate(settings, adapter, ratings[14:], few, learnt=ratings[:14]),
        exposure=scores.exposure,
        win_rate=scores.win_rate,
    )
    assert around["candidate"]["preference"].low <= scores.preference <= around["candidate"]["preference"].high
    assert around["change"]["preference"].low > 0
    assert around["base"]["preference"] == Interval(0.5, 0.5)
    assert 0 <= scores.win_rate <= 1
    assert scores.exposure >= 0
    assert evidence.scores["base"] == evidence.scores["current"]


def test_answers_too_short_to_tell_anything_are_no_sign_that_nothing_was_memorised(settings, rate, few):
    scores = evaluate(settings, None, [], few, learnt=[rate(1, answer="No.")])
    assert (scores.memorisation, scores.personal) == (None, 0)


def test_what_was_scored_before_is_read_from_disk(settings, ratings, few):
    first = evaluate(settings, None, ratings[:6], few)
    (kept,) = (settings.home / "scores").iterdir()
    row = json.loads(kept.read_text())
    row["samples"]["words"]["values"] = [12345.0] * len(row["samples"]["words"]["values"])
    kept.write_text(json.dumps(row))
    assert first.words != 12345
    assert evaluate(settings, None, ratings[:6], few).words == 12345
    assert evaluate(settings, None, ratings[:8], few).words != 12345
