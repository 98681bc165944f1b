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


def likelihoods(loaded: Loaded, asked: Sequence[tuple[Sequence[Message], str]]) -> list[Likelihood]:
    """Compute the log-probability of each answer given its prompt, in the chat template that serves."""
    rows = [_tokens(loaded.tokenizer, prompt, answer) for prompt, answer in asked]
    found: dict[int, Likelihood] = {}
    for indices in batches([len(ids) for ids, _ in rows], tokens=BATCH_TOKENS, rows=BATCH_ROWS):
        for index, likelihood in zip(indices, _compute(loaded, [rows[index] for index in indices]), strict=True):
            found[index] = likelihood
    return [found[index] for index in range(len(rows))]


def _tokens(tokenizer: Any, prompt: Sequence[Message], answer: str) -> tuple[list[int], int]:
    """Return the tokens of prompt and answer, and how many of them are the answer's; a document has no prompt."""
    if not prompt:
        ids = tokenizer(answer, add_special_tokens=False, truncation=True, max_length=DOCUMENT)["input_ids"]
        return ids, max(len(ids) - 1, 0)
    before = tokenizer.apply_chat_template(list(prompt), tokenize=False, add_generation_prompt=True)
    said = [*prompt, Message(role="assistant", content=answer)]
    whole = tokenizer.apply_chat_template(said, tokenize=False)
    ids, start = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (whole, before))
    return ids, len(ids) - len(start)


def _compute(loaded: Loaded, rows: Sequence[tuple[list[int], int]]) -> list[Likelihood]:
    """Run one batch; padding stands left, so that all answers end together and few logits are needed."""
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
        targets = ids[:, -kept:]
        chosen = logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1).float() - logits.float().logsumexp(-1)
    return [
        Likelihood(float(row[kept - answer :].sum()), answer) for row, (_, answer) in zip(chosen, rows, strict=True)
    ]
