"""Which batches a run will make is known from its rows and its recipe."""

from finetune import preferences, recipe
from finetune.estimate import shapes
from finetune.estimate.shapes import Length
from finetune.models import load_tokenizer

LENGTHS = [Length(10 * number, number, 1) for number in range(1, 11)]


def table(**training):
    return recipe.parse({"method": "sft", "training": {"per_device_train_batch_size": 4, **training}})


def test_an_epoch_holds_every_row_once_and_is_as_wide_as_its_longest_rows():
    plan = shapes.plan(LENGTHS, table(num_train_epochs=2))
    assert sorted(row for batch in plan.batches for row in batch.rows) == list(range(10))
    assert [len(batch.rows) for batch in plan.batches] == [4, 4, 2]
    assert (plan.widest.width, plan.steps, plan.epochs) == (100, 6, 2.0)


def test_batches_that_are_accumulated_make_one_step():
    plan = shapes.plan(LENGTHS, table(num_train_epochs=2, gradient_accumulation_steps=2))
    assert (len(plan.batches), plan.steps) == (3, 4)


def test_a_limit_of_steps_takes_the_place_of_the_epochs():
    plan = shapes.plan(LENGTHS, table(num_train_epochs=2, max_steps=9))
    assert (plan.steps, plan.epochs) == (9, 3.0)


def test_rows_grouped_by_length_stand_with_their_like():
    plan = shapes.plan(LENGTHS, table(train_sampling_strategy="group_by_length"))
    assert [batch.width for batch in plan.batches] == [100, 60, 20]


def test_where_all_batches_are_alike_one_is_measured():
    assert len(shapes.plan([Length(50, 5, 1)] * 8, table()).tried) == 1
    assert len(shapes.plan(LENGTHS, table(train_sampling_strategy="group_by_length")).tried) == 2


def test_a_pair_is_two_sequences_as_long_as_the_longer_answer_makes_it(settings, rate):
    tokenizer = load_tokenizer(settings)
    rated = [rate(1, question="q", answer="short"), rate(2, question="q", answer="long " * 50, rating="down")]
    (pair,) = shapes.lengths(preferences.pairs(rated), recipe.default("dpo"), tokenizer)
    good, bad = shapes.lengths(preferences.labels(rated), recipe.default("kto"), tokenizer)
    assert (pair.longest, pair.sequences) == (bad.longest, 2)
    assert pair.learnt == good.learnt + bad.learnt
    assert good.longest < bad.longest


def test_documents_count_by_the_blocks_that_they_fill(settings):
    tokenizer = load_tokenizer(settings)
    packed = recipe.parse({"method": "pretrain", "training": {"max_length": 64, "per_device_train_batch_size": 2}})
    texts = [{"text": "short answer " * 40}] * 6
    found = shapes.lengths(texts, packed, tokenizer)
    tokens = 6 * len(tokenizer(texts[0]["text"])["input_ids"])
    assert len(found) == -(-tokens // 64)
    assert {one.longest for one in found} == {64}
    sample = shapes.rows_of(shapes.plan(found, packed).widest, texts, tokenizer)
    assert len(sample) == 2
    assert all(48 <= len(tokenizer(row["text"])["input_ids"]) <= 64 for row in sample)


def test_the_widest_batch_is_of_rows_that_cannot_share_their_prompts():
    found = [Length(90 + row, 5, 1, prompt=str(row // 2)) for row in range(8)]
    assert sorted(shapes.plan(found, table(per_device_train_batch_size=3)).widest.rows) == [3, 5, 7]
