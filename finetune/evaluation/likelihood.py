"""How likely a model finds given answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from finetune.evaluation.batches import batches
from finetune.examples import Message
from finetune.models import Loaded

BATCH_TOKENS = 4096
"""Tokens in one batch, padding included."""
BATCH_ROWS = 16
DOCUMENT = 1024
"""Tokens of a document that are looked at."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The log-probability of an answer given its prompt, in nats, and the number of its tokens."""

    total: float
    tokens: int

    @property
    def mean(self) -> float:
        """The log-probability of a token on average, so that long answers compare with short ones."""
        return self.total / max(self.tokens, 1)


def likelihoods(
    loaded: Loaded, asked: Sequence[tuple[Sequence[Message], str]], begun: Sequence[str] | None = None
) -> list[Likelihood]:
    """Compute the log-probability of each answer given its prompt, in the chat template that serves.

    Args:
        loaded: the model, with or without an adapter.
        asked: prompts and answers.
        begun: how much of each answer is given, so that only what comes after it counts; nothing where left out.
    """
    given = begun or [""] * len(asked)
    rows = [_tokens(loaded.tokenizer, *one, given=text) for one, text in zip(asked, given, strict=True)]
    found: dict[int, Likelihood] = {}
    for indices in batches([len(ids) for ids, _ in rows], tokens=BATCH_TOKENS, rows=BATCH_ROWS):
        told, _ = _read(loaded, [rows[index] for index in indices])
        for index, own in zip(indices, told, strict=True):
            found[index] = Likelihood(sum(own), len(own))
    return [found[index] for index in range(len(rows))]


def foretold(loaded: Loaded, rows: Sequence[tuple[list[int], int]]) -> list[list[bool]]:
    """Tell for each of the last tokens of each row whether it is the likeliest after those before it.

    A stretch of tokens that are all foretold is just what greedy decoding would write there, at the cost of reading.

    Args:
        loaded: the model, with or without an adapter.
        rows: the tokens of each row, and how many of the last ones to tell of.
    """
    found: dict[int, list[bool]] = {}
    for indices in batches([len(ids) for ids, _ in rows], tokens=BATCH_TOKENS, rows=BATCH_ROWS):
        _, told = _read(loaded, [rows[index] for index in indices])
        found |= dict(zip(indices, told, strict=True))
    return [found[index] for index in range(len(rows))]


def _tokens(tokenizer: Any, prompt: Sequence[Message], answer: str, *, given: str = "") -> tuple[list[int], int]:
    """Return the tokens of prompt and answer, and how many of the last ones are not given; a document has no prompt."""
    if not prompt:
        ids = tokenizer(answer, add_special_tokens=False, truncation=True, max_length=DOCUMENT)["input_ids"]
        return ids, max(len(ids) - 1, 0)
    before = tokenizer.apply_chat_template(list(prompt), tokenize=False, add_generation_prompt=True) + given
    said = [*prompt, Message(role="assistant", content=answer)]
    whole = tokenizer.apply_chat_template(said, tokenize=False)
    ids, start = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (whole, before))
    return ids, len(ids) - len(start)


def _read(loaded: Loaded, rows: Sequence[tuple[list[int], int]]) -> tuple[list[list[float]], list[list[bool]]]:
    """Return the log-probability of each last token of each row of one batch, and whether it is the likeliest.

    Padding stands left, so that all rows end together and few logits are needed.
    """
    import torch

    width = max(len(ids) for ids, _ in rows)
    kept = max(answer for _, answer in rows)
    padding = loaded.tokenizer.pad_token_id
    ids = torch.tensor([[padding] * (width - len(ids)) + ids for ids, _ in rows], device=loaded.device)
    mask = torch.tensor([[0] * (width - len(ids)) + [1] * len(ids) for ids, _ in rows], device=loaded.device)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    with torch.inference_mode():
        logits = loaded.model(
            input_ids=ids, attention_mask=mask, position_ids=positions, logits_to_keep=kept + 1, use_cache=False
        ).logits[:, :-1]
        targets = ids[:, -kept:].unsqueeze(-1)
        chosen = logits.gather(-1, targets).squeeze(-1).float() - logits.float().logsumexp(-1)
        likeliest = logits.argmax(-1, keepdim=True).eq(targets).squeeze(-1)
    counts = [answer for _, answer in rows]
    told, said = chosen.tolist(), likeliest.tolist()
    return (
        [row[kept - count :] for row, count in zip(told, counts, strict=True)],
        [row[kept - count :] for row, count in zip(said, counts, strict=True)],
    )
