"""The judging grows with what was held out, and with the models that are to be judged."""

from finetune import recipe
from finetune.estimate import judging
from finetune.models import load_tokenizer
from finetune.registry import Card, Registry

KTO = recipe.parse({"method": "kto"})


def test_what_was_held_out_is_read_by_each_model_that_is_judged(settings, ratings):
    tokenizer = load_tokenizer(settings)
    none, some = (judging.tokens(settings, KTO, held_out, tokenizer) for held_out in ([], ratings))
    assert 2 * 20 * 10 < some - none < 2 * 20 * 40


def test_what_serves_now_is_judged_as_well(settings, ratings, tmp_path):
    tokenizer = load_tokenizer(settings)
    before = judging.tokens(settings, KTO, ratings, tokenizer)
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "adapter_config.json").write_text("{}")
    registry = Registry(settings.adapters_dir)
    registry.add("short", tmp_path / "trained", Card(base=settings.model, method="kto"))
    registry.promote("short", base=settings.model)
    assert judging.tokens(settings, KTO, ratings, tokenizer) == before * 3 / 2


def test_a_reward_is_judged_by_pairs_alone(settings, rate):
    pair = [rate(1, question="q", answer="short"), rate(2, question="q", rating="down")]
    found = judging.tokens(settings, recipe.parse({"method": "reward"}), pair, load_tokenizer(settings))
    assert 0 < found < 200
