"""Training rows that begin alike, computed together: the passages once, then each question with its answer.

The chat puts the passages before the question, so that all questions about the same passages share most of their
tokens. In one row each question sees the passages and itself alone, at the positions that it would have in a row of its
own; loss and gradients are those of separate rows (tests/benchmarks/test_shared_prefix.py), for a fraction of the work.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

IN_PARTS = "shared_prefix"
"""The name of the attention that `quicken` gives a model."""


@dataclass(frozen=True, slots=True)
class Example:
    """The tokens of a prompt with its answer, of which the answer is learnt."""

    tokens: list[int]
    prompt: int
    """How many of the tokens are the prompt."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What examples have in common, and how each goes on."""

    prefix: list[int]
    rests: list[Example]
    """The rest of each; its prompt holds one token at least, from which the first of the answer is predicted."""

    def __len__(self) -> int:
        """Return the number of tokens computed."""
        return len(self.prefix) + sum(len(rest.tokens) for rest in self.rests)


def encode(tokenizer: Any, row: dict[str, Any]) -> Example:
    """Turn a prompt-completion row of messages into tokens, as the chat template that serves writes them."""
    prompt = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=True)["input_ids"]
    answer = tokenizer(row["completion"][0]["content"], add_special_tokens=False)["input_ids"]
    return Example([*prompt, *answer, tokenizer.eos_token_id], len(prompt))


def share(rows: Iterable[tuple[str, Example]], longest: int) -> list[Shared]:
    """Put together what carries the same key, in rows of at most `longest` tokens; what is longer alone stays out."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for key, example in rows:
        if len(example.tokens) <= longest:
            groups[key].append(example)
    return [shared for group in groups.values() for shared in _split(group, longest)]


def common(rows: Sequence[Sequence[int]]) -> list[int]:
    """Return what all rows begin with."""
    columns = zip(*rows, strict=False)
    return [column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns)]


def _split(examples: Sequence[Example], longest: int) -> Iterator[Shared]:
    prefix = common([example.tokens[: example.prompt - 1] for example in examples])
    rests: list[Example] = []
    for example in examples:
        rest = Example(example.tokens[len(prefix) :], example.prompt - len(prefix))
        if rests and len(Shared(prefix, rests)) + len(rest.tokens) > longest:
            yield Shared(prefix, rests)
            rests = []
        rests.append(rest)
    yield Shared(prefix, rests)


def quicken(model: Any) -> None:
    """Let a model's attention pass over what is masked between the passages and the questions: half of all of it."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(IN_PARTS, _attend)
    AttentionMaskInterface.register(IN_PARTS, sdpa_mask)
    model.set_attn_implementation(IN_PARTS)


def _attend(module: Any, query: Any, key: Any, value: Any, mask: Any, **given: Any) -> tuple[Any, None]:
    """Attend within what is shared causally, and from the rest to all of it and to its own, by the mask."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention as attention

    shared, scale = given["shared"], given["scaling"]
    repeats = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(repeats, 1), value.repeat_interleave(repeats, 1)
    first = [one[:, :, :shared] for one in (query, key, value)]
    before = attention(*first, is_causal=True, scale=scale)
    after = attention(query[:, :, shared:], key, value, attn_mask=mask[:, :, shared:], scale=scale)
    return torch.cat([before, after], 2).transpose(1, 2).contiguous(), None


@dataclass(frozen=True, slots=True)
class Computed:
    """What the model makes of the learnt tokens of a row, one after another."""

    logits: Any
    """(learnt tokens, vocabulary), fp32."""
    targets: Any
    """(learnt tokens): what should have been predicted."""
    owners: Any
    """(learnt tokens): the example that each belongs to."""


def compute(model: Any, shared: Shared) -> Computed:
    """Run a causal model over a row; logits are computed only where a token is learnt, for the vocabulary is large."""
    import torch

    ids, positions, owner = list(shared.prefix), list(range(len(shared.prefix))), [-1] * len(shared.prefix)
    sources, targets, owners = [], [], []
    for number, rest in enumerate(shared.rests):
        start = len(ids)
        for index in range(rest.prompt, len(rest.tokens)):
            sources.append(start + index - 1)
            targets.append(rest.tokens[index])
            owners.append(number)
        ids += rest.tokens
        positions += range(len(shared.prefix), len(shared.prefix) + len(rest.tokens))
        owner += [number] * len(rest.tokens)
    hidden = model.model(
        input_ids=torch.tensor([ids]),
        position_ids=torch.tensor([positions]),
        attention_mask=_mask(torch.tensor(owner), model.dtype),
        use_cache=False,
        **({"shared": len(shared.prefix)} if model.config._attn_implementation == IN_PARTS else {}),
    ).last_hidden_state[0]
    logits = model.lm_head(hidden[torch.tensor(sources)]).float()
    return Computed(logits, torch.tensor(targets), torch.tensor(owners))


def _mask(owner: Any, dtype: Any) -> Any:
    """Let each token see what stands before it in the prefix and in its own example (additive, 1 x 1 x T x T)."""
    import torch

    seen = (owner[None, :] == -1) | (owner[None, :] == owner[:, None])
    seen &= torch.ones_like(seen).tril()
    return torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)[None, None]


def loss_of(computed: Computed, first: float = 1.0) -> Any:
    """Return the mean over the answers of their tokens' mean negative log-likelihood.

    Args:
        computed: what the model made of a row.
        first: how much more the first token of an answer counts, by which answering parts from declining.
    """
    import torch

    losses = torch.nn.functional.cross_entropy(computed.logits, computed.targets, reduction="none")
    weights = torch.ones_like(losses)
    weights[begins(computed)] = first
    sums = torch.zeros(int(computed.owners[-1]) + 1).index_add(0, computed.owners, weights)
    return (losses * weights / sums[computed.owners]).sum() / len(sums)


def begins(computed: Computed) -> Any:
    """Return where in the learnt tokens each answer begins."""
    import torch

    previous = torch.cat([torch.tensor([-1]), computed.owners[:-1]])
    return torch.nonzero(computed.owners != previous)[:, 0]
