"""What a guard model says to a prompt: the likelihood of its verdict, read off the logits, and what it writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.errors import ModelUnavailable
from assistant.guardrails.guards.loading import Guard

STRETCH = 1024
"""Tokens of a text that a language model judges at once; a longer one is judged in stretches."""
OVERLAP = 4
"""What fraction of a stretch the next one begins with again, so that nothing is cut in two unseen."""
WORTH = 0.05
"""From which score on a model is asked of what kind a harm is; below it there is none."""
SHORTEST = 16
"""Tokens of a stretch at least."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a guard model says of one stretch of text."""

    score: float
    """How likely it is what the rail looks for, in [0, 1]."""
    categories: tuple[str, ...] = ()
    """Of which of our categories it may be; empty where it is of none that the rail knows."""


def stretches(guard: Guard, text: str, room: int) -> list[tuple[int, int]]:
    """Cut a text into stretches of so many tokens of the model, each overlapping the one before it."""
    ends = guard.tokenizer(whole(text), add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    room = max(SHORTEST, room)
    if len(ends) <= room:
        return [(0, len(text))] if text.strip() else []
    step = room - room // OVERLAP
    starts = range(0, max(1, len(ends) - room + step), step)
    return [(ends[first][0], ends[min(first + room, len(ends)) - 1][1]) for first in starts]


def plain(guard: Guard, text: str) -> str:
    """Return a text in which the tokenizer finds none of its own marks: who writes them must not end a turn."""
    text = whole(text)
    for token in guard.tokenizer.added_tokens_decoder.values():
        mark = str(token.content)
        if token.special and len(mark) > 1:
            text = text.replace(mark, f"{mark[0]} {mark[1:]}")
    return text


def whole(text: str) -> str:
    """Return a text of the same length without halves of characters, which tokenizers refuse."""
    return text.encode("utf-8", "replace").decode()


def render(guard: Guard, messages: Sequence[dict[str, str]], **how: Any) -> list[int]:
    """Put messages into the model's own chat template and return its tokens.

    Raises:
        ModelUnavailable: the template does not show the messages, so that the model would judge nothing.
    """
    last = messages[-1]["content"].strip()
    for shaped in (list(messages), [_in_parts(message) for message in messages]):
        prompt = guard.tokenizer.apply_chat_template(shaped, tokenize=False, add_generation_prompt=True, **how)
        if last in prompt:
            return list(guard.tokenizer(prompt, add_special_tokens=False)["input_ids"])
    raise ModelUnavailable(f"{guard.name} has a chat template that shows no message: take the model from its publisher")


def _in_parts(message: dict[str, str]) -> dict[str, Any]:
    """Write a message as the templates of models that also read pictures want it."""
    return {"role": message["role"], "content": [{"type": "text", "text": message["content"]}]}


def likelihood(
    guard: Guard, prompt: Sequence[int], words: tuple[Sequence[str], Sequence[str]], steps: int = 1
) -> tuple[float, list[int]]:
    """Return how likely the first words are against the second ones, and the tokens written before the verdict.

    The logits are those of the first of `steps` tokens that the model, always taking the likeliest, writes one of these
    words with.

    Raises:
        ModelUnavailable: it writes none of them.
    """
    import torch

    wanted, other = (_first_tokens(guard, some) for some in words)
    wanted, other = wanted - other, other - wanted  # such as a blank before either
    written, logits = _write(guard, prompt, steps)
    at = next((n for n, token in enumerate(written) if token in wanted | other), 0 if steps == 1 else None)
    if at is None or not (wanted and other):
        raise ModelUnavailable(f"{guard.name} gives no verdict of the kind that its family gives: name another model")
    row = logits[at].float()
    yes, no = (torch.logsumexp(row[sorted(tokens)], dim=0) for tokens in (wanted, other))
    return float(torch.sigmoid(yes - no)), written[:at]


def _first_tokens(guard: Guard, words: Sequence[str]) -> set[int]:
    return {guard.tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in words}


def complete(guard: Guard, prompt: Sequence[int], tokens: int) -> str:
    """Return what the model writes after a prompt."""
    return str(guard.tokenizer.decode(_write(guard, prompt, tokens)[0], skip_special_tokens=True))


def _write(guard: Guard, prompt: Sequence[int], tokens: int) -> tuple[list[int], list[Any]]:
    """Write so many tokens at most, always the likeliest; return them and the logits of each."""
    import torch

    ids = torch.tensor([list(prompt)], device=guard.device)
    with torch.inference_mode():
        made = guard.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=tokens,
            do_sample=False,
            pad_token_id=guard.tokenizer.pad_token_id or guard.tokenizer.eos_token_id or 0,
            output_logits=True,
            return_dict_in_generate=True,
        )
    return made.sequences[0, len(prompt) :].tolist(), [row[0] for row in made.logits]
