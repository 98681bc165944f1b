"""The judging grows with what was held out, and with the models that are to be judged."""

from finetune import recipe
from finetune.estimate import judging
from finetune.models import load_tokenizer
from finetune.registry import Card, Registry
from finetune.rows import Rows

KTO = recipe.parse({"method": "kto"})


def tokens(settings, held_out, chosen=KTO):
    return judging.tokens(settings, chosen, Rows([], [], [], held_out), load_tokenizer(settings))


def test_what_was_held_out_is_read_and_answered_by_each_model_that_is_judged(settings, ratings):
    none, some = tokens(settings, []), tokens(settings, ratings)
    assert none > 10_000
    assert some - none > 2 * 20 * 10


def test_what_serves_now_is_judged_as_well(settings, ratings, tmp_path):
    before = tokens(settings, ratings)
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "adapter_config.json").write_text("{}")
    registry = Registry(settings.adapters_dir)
    registry.add("short", tmp_path / "trained", Card(base=settings.model, method="kto"))
    registry.promote("short", base=settings.model)
    assert tokens(settings, ratings) == before * 3 / 2


def test_a_reward_is_judged_by_pairs_alone(settings, rate):
    pair = [rate(1, question="q", answer="short"), rate(2, question="q", rating="down")]
    assert 0 < tokens(settings, pair, recipe.parse({"method": "reward"})) < 200
