"""Rows are measured by the model's own tokenizer and chat template."""

import pytest

from finetune import models
from finetune.formats.lengths import measure


@pytest.fixture
def tokenizer(settings):
    return models.load_tokenizer(settings)


def test_rows_over_the_context_are_told_by_their_lines(lines, settings, tokenizer):
    found = lines(*({"prompt": "hi", "completion": "short answer, " * times} for times in (1, 3000, 2)))
    lengths = measure(found, tokenizer, models.context(settings))
    assert (lengths.context, lengths.tokens.max > 4096) == (4096, True)
    assert [problem.line for problem in lengths.problems] == [2]
    assert "the model reads 4096" in lengths.problems[0].text


def test_the_tokens_are_those_of_the_whole_conversation(lines, tokenizer):
    found = lines({"prompt": "hi", "completion": "hello"})
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}], tokenize=False
    )
    assert measure(found, tokenizer, None).tokens.max == len(tokenizer(text, add_special_tokens=False)["input_ids"])


def test_what_the_template_refuses_is_told(lines, tokenizer):
    tokenizer.chat_template = "{{ raise_exception('no system message here') }}"
    (problem,) = measure(lines({"prompt": "hi", "completion": "hello"}), tokenizer, 10).problems
    assert "no system message here" in problem.text
