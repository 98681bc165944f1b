"""Greedy answers to many questions about the same passages: what all prompts begin with is read once.

The answers are those of finetune/evaluation/generation.py, which reads every prompt in whole
(tests/benchmarks/test_shared_answers.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.shared_prefix import common
from finetune.examples import Message
from finetune.models import Loaded

ROWS = 12
"""Questions answered at once."""


def answers(loaded: Loaded, prompts: Iterable[tuple[str, Sequence[Message]]], *, max_tokens: int) -> list[str]:
    """Answer each prompt greedily; those with the same key are taken together, and begin alike."""
    groups: dict[str, list[tuple[int, list[int]]]] = defaultdict(list)
    for number, (key, messages) in enumerate(prompts):
        encoded = loaded.tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, return_dict=True)
        groups[key].append((number, encoded["input_ids"]))
    said: dict[int, str] = {}
    for group in groups.values():
        said |= _answered(loaded, group, max_tokens)
    return [said[number] for number in sorted(said)]


def _answered(loaded: Loaded, group: list[tuple[int, list[int]]], max_tokens: int) -> dict[int, str]:
    import copy

    import torch

    prefix = common([tokens[:-1] for _, tokens in group])
    with torch.inference_mode():
        read = loaded.model(input_ids=torch.tensor([prefix]), use_cache=True, logits_to_keep=1).past_key_values
        said: dict[int, str] = {}
        for start in range(0, len(group), ROWS):
            part = group[start : start + ROWS]
            cache = copy.deepcopy(read)
            cache.batch_repeat_interleave(len(part))
            rests = [tokens[len(prefix) :] for _, tokens in part]
            made = _generated(loaded, prefix, rests, cache, max_tokens)
            said |= {number: text for (number, _), text in zip(part, made, strict=True)}
    return said


def _generated(loaded: Loaded, prefix: list[int], rests: list[list[int]], cache: Any, max_tokens: int) -> list[str]:
    """Go on from the cached prefix; shorter rests are padded between the prefix and themselves, and the pads masked."""
    import torch

    tokenizer, longest = loaded.tokenizer, max(map(len, rests))
    pads = [longest - len(rest) for rest in rests]
    ids = [prefix + [tokenizer.pad_token_id] * pad + rest for pad, rest in zip(pads, rests, strict=True)]
    mask = [[1] * len(prefix) + [0] * pad + [1] * len(rest) for pad, rest in zip(pads, rests, strict=True)]
    output = loaded.model.generate(
        input_ids=torch.tensor(ids),
        attention_mask=torch.tensor(mask),
        past_key_values=cache,
        max_new_tokens=max_tokens,
        do_sample=False,
        temperature=None,
        top_p=None,
        top_k=None,
        pad_token_id=tokenizer.pad_token_id,
    )
    new = output[:, len(prefix) + longest :]
    return [text.strip() for text in tokenizer.batch_decode(new, skip_special_tokens=True)]
