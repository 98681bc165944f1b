"""Questions computed together with their passages learn exactly what they would learn alone."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.shared_prefix import Example, Shared, begins, compute, loss_of, quicken, share


def example(*, question: int, answer: list[int]) -> Example:
    prompt = [5, 6, 7, 8, 9, 10, 11, 12, question, 3]
    return Example([*prompt, *answer, 2], len(prompt))


ANSWERS = {20: [30], 21: [31, 32, 33], 22: [34, 35]}
EXAMPLES = [example(question=question, answer=answer) for question, answer in ANSWERS.items()]


def alone(model: Any, one: Example) -> Any:
    """The mean loss of an answer in a row of its own, as transformers computes it."""
    import torch

    labels = [-100] * one.prompt + one.tokens[one.prompt :]
    return model(input_ids=torch.tensor([one.tokens]), labels=torch.tensor([labels])).loss


def test_the_loss_of_questions_together_is_that_of_separate_rows(model: Any) -> None:
    import torch

    (together,) = share([("same", one) for one in EXAMPLES], longest=100)
    expected = torch.stack([alone(model, one) for one in EXAMPLES]).mean()
    assert loss_of(compute(model, together)).item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_gradients_of_questions_together_are_those_of_separate_rows(model: Any) -> None:
    import torch

    (together,) = share([("same", one) for one in EXAMPLES], longest=100)
    loss_of(compute(model, together)).backward()
    weights = dict(model.named_parameters())
    found = {name: weight.grad.clone() for name, weight in weights.items()}
    model.zero_grad()
    torch.stack([alone(model, one) for one in EXAMPLES]).mean().backward()
    for name, weight in weights.items():
        assert torch.allclose(found[name], weight.grad, atol=1e-6), name


def test_quickened_attention_gives_the_same_loss_and_gradients(model: Any) -> None:
    import copy

    import torch

    (together,) = share([("same", one) for one in EXAMPLES], longest=100)
    quick = copy.deepcopy(model)
    quicken(quick)
    losses = [loss_of(compute(one, together)) for one in (model, quick)]
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-5)
    for loss in losses:
        loss.backward()
    for one, other in zip(model.parameters(), quick.parameters(), strict=True):
        assert torch.allclose(one.grad, other.grad, atol=1e-6)


def test_what_the_prompts_have_in_common_is_computed_once() -> None:
    (together,) = share([("same", one) for one in EXAMPLES], longest=100)
    assert together.prefix == EXAMPLES[0].tokens[:8]
    assert len(together) < sum(len(one.tokens) for one in EXAMPLES)


def test_rows_of_other_passages_stay_apart() -> None:
    assert len(share([("one", EXAMPLES[0]), ("other", EXAMPLES[1])], longest=100)) == 2


def test_a_row_is_split_where_it_would_be_too_long() -> None:
    rows = share([("same", one) for one in EXAMPLES], longest=18)
    assert [len(row.rests) for row in rows] == [2, 1]


def test_an_example_longer_than_a_row_may_be_is_left_out() -> None:
    assert share([("same", EXAMPLES[1])], longest=10) == []


def test_the_first_token_of_an_answer_can_weigh_more(model: Any) -> None:
    computed = compute(model, Shared([5, 6], [Example([7, 30, 2], 1), Example([8, 31, 2], 1)]))
    assert begins(computed).tolist() == [0, 2]
    assert loss_of(computed, first=5.0).item() != pytest.approx(loss_of(computed).item())


def test_an_adapter_is_widened_without_a_change_of_what_it_says(model: Any, tmp_path: Path) -> None:
    import copy

    import torch
    from peft import LoraConfig, get_peft_model

    from benchmarks.grounded_training import begin_with

    narrow = get_peft_model(
        copy.deepcopy(model), LoraConfig(r=2, lora_alpha=4, target_modules="all-linear", init_lora_weights=False)
    )
    narrow.save_pretrained(tmp_path)
    wide = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear"))
    begin_with(wide, tmp_path)
    ids = torch.tensor([EXAMPLES[0].tokens])
    assert torch.allclose(narrow(input_ids=ids).logits, wide(input_ids=ids).logits, atol=1e-5)
