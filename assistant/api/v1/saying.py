"""Stored turns as OpenAI's response objects; what OpenAI does not have stands beside it as fields of the message.

https://platform.openai.com/docs/api-reference/chat/object
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.presentation import answer_json
from assistant.turns import Scored, Turn

OURS = (
    "citations", "support", "abstained", "stopped", "notice", "searched", "nearest", "turn_id", "conversation_id",
    "adapter", "timings",
)  # fmt: skip
"""Fields of `ask --json` that stand beside the message's own."""
LEAST = -9999.0
"""What is told of a token that could not be chosen, as JSON has no infinity."""


@dataclass(frozen=True, slots=True)
class Told:
    """One answer with what a response says of it."""

    turn: Turn
    """As whoever asked may see it."""
    scored: tuple[Scored, ...] = ()
    prompt_tokens: int = 0
    room: int | None = None
    """How many tokens the model's context had left for the answer."""

    @property
    def finish(self) -> str:
        """Why it ended."""
        if self.turn.refusal:
            return "content_filter"
        longest = min(self.turn.sampling.max_new_tokens, self.room or self.turn.sampling.max_new_tokens)
        return "length" if self.turn.timings.tokens >= longest and not self.turn.abstained else "stop"

    @property
    def extras(self) -> dict[str, Any]:
        """What OpenAI does not have."""
        told = answer_json(self.turn)
        return {name: told[name] for name in OURS} | {"refusal_details": told["refusal"]}

    @property
    def message(self) -> dict[str, Any]:
        """The message; of a refused answer nothing but the reason is told."""
        refusal = self.turn.refusal
        content = None if refusal else self.turn.answer
        return {"role": "assistant", "content": content, "refusal": refusal.reason if refusal else None, **self.extras}

    @property
    def logprobs(self) -> dict[str, Any] | None:
        """The tokens with their probabilities, where they were asked for and the model tells them."""
        if self.turn.sampling.logprobs is None or not self.scored:
            return None
        return {"content": [_token(one) for one in self.scored], "refusal": None}


@dataclass(frozen=True, slots=True)
class Reply:
    """What all parts of one response have in common."""

    id: str
    model: str
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answers: Sequence[Told]) -> dict[str, Any]:
        """Return the response that is not streamed."""
        choices = [
            {"index": index, "message": one.message, "logprobs": one.logprobs, "finish_reason": one.finish}
            for index, one in enumerate(answers)
        ]
        return self._head("chat.completion") | {"choices": choices, "usage": usage(answers)}

    def chunk(self, index: int, delta: dict[str, Any], last: Told | None = None) -> dict[str, Any]:
        """Return a part of a streamed response; the last one of an answer says why it ended."""
        choice = {
            "index": index,
            "delta": delta,
            "logprobs": last.logprobs if last else None,
            "finish_reason": last.finish if last else None,
        }
        return self._head("chat.completion.chunk") | {"choices": [choice]}

    def used(self, answers: Sequence[Told]) -> dict[str, Any]:
        """Return the part that only tells how many tokens there were."""
        return self._head("chat.completion.chunk") | {"choices": [], "usage": usage(answers)}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{self.id}", "object": kind, "created": self.created, "model": self.model}


def usage(answers: Sequence[Told]) -> dict[str, int]:
    """Count the tokens: of the prompt once, and of all answers."""
    asked = max((one.prompt_tokens for one in answers), default=0)
    written = sum(one.turn.timings.tokens for one in answers)
    return {"prompt_tokens": asked, "completion_tokens": written, "total_tokens": asked + written}


def _token(scored: Scored) -> dict[str, Any]:
    likeliest = [_scored(token, logprob) for token, logprob in scored.likeliest]
    return _scored(scored.token, scored.logprob) | {"top_logprobs": likeliest}


def _scored(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": max(logprob, LEAST), "bytes": list(token.encode())}
