"""The next tokens of an answer, out of the model's scores: its form, repetition, temperature, top p, and its seed."""

from typing import Any

from assistant.model.requests import Request, Token

LIKELY = 512
"""Tokens that are looked at for top p before all are; nearly always they hold enough of the probability."""


def choose(
    request: Request, scores: Any, guessed: list[int], ends: frozenset[int] = frozenset()
) -> tuple[list[Token], bool]:
    """Choose the next tokens of an answer, as far as what was guessed turns out right.

    Args:
        request: whose answer it is; its form and its chance go on with each token.
        scores: what the model gave after the last token and after each guessed one: (1 + guessed) x vocabulary.
        guessed: tokens that were computed ahead.
        ends: the tokens after which nothing comes.

    Returns:
        The tokens, at least one, and whether the form is whole with the last of them.
    """
    chosen: list[Token] = []
    for row, guess in enumerate([*guessed, None]):
        token = _next(request, scores[row], [one.id for one in chosen])
        chosen.append(_told(token, scores[row], request.sampling.logprobs))
        if request.matcher is not None and request.matcher.take(token):
            return chosen, True
        if token != guess or token in ends or len(chosen) == request.left:
            break
    return chosen, False


def _next(request: Request, scores: Any, more: list[int]) -> int:
    import torch

    sampling = request.sampling
    scores = scores.float()
    if request.matcher is not None:
        allowed = torch.from_numpy(request.matcher.allowed()).to(scores.device)
        scores = scores.masked_fill(~allowed, float("-inf"))
    elif sampling.repetition_penalty != 1.0 and (said := request.written + more):
        scores = _penalised(scores, said, sampling.repetition_penalty)
    if sampling.temperature <= 0:
        return int(scores.argmax())
    return _drawn(scores / sampling.temperature, sampling.top_p, request.random)


def _penalised(scores: Any, said: list[int], penalty: float) -> Any:
    """Make what was said less likely (Keskar et al., CTRL, 2019)."""
    import torch

    scores = scores.clone()
    tokens = torch.tensor(sorted(set(said)), device=scores.device)
    before = scores[tokens]
    scores[tokens] = torch.where(before < 0, before * penalty, before / penalty)
    return scores


def _drawn(scores: Any, top_p: float, random: Any) -> int:
    """Draw from the likeliest tokens that together have `top_p` (Holtzman et al. 2020)."""
    import torch

    shares = scores.softmax(-1)
    if top_p >= 1.0:
        return int(torch.multinomial(shares, 1, generator=random))
    most, tokens = shares.topk(min(LIKELY, shares.shape[-1]))
    if most.sum() < top_p:
        most, tokens = shares.sort(descending=True)
    before = most.cumsum(-1) - most
    kept = most.masked_fill(before >= top_p, 0.0)
    return int(tokens[torch.multinomial(kept, 1, generator=random)])


def _told(token: int, scores: Any, likeliest: int | None) -> Token:
    """Return a token with its probability by the model's own scores, where that is asked for."""
    if likeliest is None:
        return Token(token)
    logprobs = scores.float().log_softmax(-1)
    best = logprobs.topk(likeliest)
    return Token(token, float(logprobs[token]), tuple(zip(best.indices.tolist(), best.values.tolist(), strict=True)))
