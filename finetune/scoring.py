"""Log-probabilities under a head that is not learnt, in one pass over the vocabulary.

The gradient of log p(y) in a hidden state is W[y] - pW, and the mean logit under p, which the entropy needs, is that
state times pW. So pW, computed while the probabilities are at hand, is all that is kept; nothing is computed again.
"""

from typing import Any

import torch

ENTRIES = 8 * 2**20
"""Logits held at a time: large enough for the processor, small enough to be used again rather than fetched anew."""


class FrozenHead(torch.autograd.Function):
    """What TRL's trainers read of each token; gradients flow through the log-probabilities into the states alone."""

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, temperature: float
    ) -> tuple[torch.Tensor, ...]:
        """Score the targets.

        Args:
            ctx: autograd's own.
            hidden: (tokens, size), the states from which the targets are told.
            weight: (vocabulary, size), the head; it gets no gradient.
            targets: (tokens), what is told.
            temperature: what the logits are divided by.

        Returns:
            By token, in fp32 but for the last: log-probabilities, entropies, logarithms of the sums of squared
            probabilities, mean logits, and whether the target is the likeliest.
        """
        kind = hidden.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else hidden.dtype
        states, head = hidden.to(dtype), weight.to(dtype)
        rows = max(1, min(len(states), ENTRIES // len(head)))
        block = torch.empty((rows, len(head)), dtype=torch.float32, device=hidden.device)
        log_probs, entropies, squares, likeliest = torch.zeros((4, len(states)), device=hidden.device)
        told = torch.empty(states.shape, dtype=torch.float32, device=hidden.device)
        for at in range(0, len(states), rows):
            here = slice(at, at + rows)
            logits = _logits(states[here], head, temperature, block)
            right = logits.gather(-1, targets[here].unsqueeze(-1)).squeeze(-1)
            most = logits.amax(-1)
            weights = logits.sub_(most.unsqueeze(-1)).exp_()
            total = weights.sum(-1)
            told[here] = torch.mm(weights.to(dtype), head).float() / total.unsqueeze(-1)
            entropies[here] = most + total.log()  # less the mean logit, below
            log_probs[here] = right - entropies[here]
            squares[here] = 2 * (torch.linalg.vector_norm(weights, dim=-1) / total).log()
            likeliest[here] = (right >= most).float()
        entropies -= (states.float() * told).sum(-1) / temperature
        means = states.float() @ (head.float().mean(0) / temperature)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(((head[targets].float() - told) / temperature).to(hidden.dtype))
        ctx.mark_non_differentiable(entropies, squares, means, likely := likeliest.bool())
        return log_probs, entropies, squares, means, likely

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor | None, *rest: Any) -> tuple[torch.Tensor | None, None, None, None]:
        """Hand on the gradient of the log-probabilities."""
        (direction,) = ctx.saved_tensors
        return (
            (None if gradient is None else (gradient.unsqueeze(-1) * direction).to(direction.dtype)),
            None,
            None,
            None,
        )


def _logits(states: torch.Tensor, head: torch.Tensor, temperature: float, block: torch.Tensor) -> torch.Tensor:
    """Compute logits into the block, which the next rows use again."""
    logits = block[: len(states)]
    if states.dtype == torch.float32:
        torch.mm(states, head.t(), out=logits)
    else:
        logits.copy_(states @ head.t())
    return logits if temperature == 1 else logits.div_(temperature)
