"""Whether two models answer alike: the tokens that one says greedily, and what the other thinks of them.

One model at a time: what the first says is kept as plain tensors, so that the second can be loaded after it is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from finetune.errors import FinetuneError
from finetune.examples import Message
from finetune.models import Loaded

PROMPTS = (
    "What is the capital of France?",
    "Write two sentences about the sea.",
    "How do I ask a colleague for help?",
    "List three things that belong into an e-mail.",
)
TOKENS = 24
"""How many tokens each answer has at most."""
MUST_AGREE = 0.9
"""Share of the tokens that must be the same; bf16 rounds now and then to the other of two near ties."""


class NotAlike(FinetuneError):
    """What was made does not answer like what it was made of."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two models answer."""

    tokens: int
    """How many tokens were compared."""
    same: int
    """At how many of them both find the same token likeliest."""
    difference: float
    """The largest difference between two logits there."""

    @property
    def close(self) -> bool:
        """Whether the difference is no more than rounding makes."""
        return self.same >= MUST_AGREE * self.tokens

    def told(self) -> str:
        """Say it in one line."""
        return (
            f"{self.same} of {self.tokens} greedy tokens are the same, logits differ by {self.difference:.3g} at most"
        )


@dataclass(frozen=True, slots=True)
class Saying:
    """What a model said to one prompt: prompt and answer as token ids, and its logits where the answer stands."""

    ids: Any
    """Shape [1, prompt + answer]."""
    prompt: int
    """How many of the ids are the prompt's."""
    logits: Any
    """Shape [answer, vocabulary], on the CPU in float32."""


def say(loaded: Loaded, prompts: Sequence[str] = PROMPTS, *, tokens: int = TOKENS) -> list[Saying]:
    """Answer each prompt greedily, and keep the logits."""
    import torch

    sayings = []
    for prompt in prompts:
        asked = loaded.tokenizer.apply_chat_template(
            [Message(role="user", content=prompt)], add_generation_prompt=True, return_dict=True, return_tensors="pt"
        ).to(loaded.device)
        with torch.inference_mode():
            ids = loaded.model.generate(
                input_ids=asked["input_ids"],
                attention_mask=asked["attention_mask"],
                max_new_tokens=tokens,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                pad_token_id=loaded.tokenizer.pad_token_id,
            )
        length = asked["input_ids"].shape[1]
        sayings.append(Saying(ids.cpu(), length, _logits(loaded, ids, length)))
    return sayings


def compare(sayings: Sequence[Saying], loaded: Loaded) -> Likeness:
    """Show a model what another one said, and see where it would have said the same.

    Args:
        sayings: what the first model said.
        loaded: the second model; its tokenizer gives every word the same id.
    """
    tokens = same = 0
    difference = 0.0
    for saying in sayings:
        logits = _logits(loaded, saying.ids.to(loaded.device), saying.prompt)
        tokens += len(logits)
        same += int((logits.argmax(-1) == saying.logits.argmax(-1)).sum())
        difference = max(difference, float((logits - saying.logits).abs().max()))
    return Likeness(tokens=tokens, same=same, difference=difference)


def _logits(loaded: Loaded, ids: Any, prompt: int) -> Any:
    """Compute the logits of all tokens after the prompt, in one pass for both models alike."""
    import torch

    with torch.inference_mode():
        logits = loaded.model(input_ids=ids).logits
    return logits[0, prompt - 1 : -1].float().cpu()
