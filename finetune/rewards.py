"""The company's reward model at work: how good it finds answers, and how well it was judged itself."""

from collections.abc import Sequence
from pathlib import Path

from finetune import lean, models
from finetune.errors import BadInput
from finetune.evaluation.batches import batches
from finetune.examples import Message
from finetune.gate import Decision, Scores
from finetune.models import Loaded
from finetune.preferences import Pair
from finetune.registry import Adapter, Registry
from finetune.settings import FinetuneSettings

BATCH_TOKENS = 8192
"""Tokens in one batch, padding included."""
BATCH_ROWS = 16
METHOD = "reward"


class Reward:
    """Scores answers by what people here prefer; more is better, and only differences mean something."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded

    def scores(self, asked: Sequence[tuple[Sequence[Message], str]]) -> list[float]:
        """Score each answer to its prompt."""
        tokenizer = self._loaded.tokenizer
        said = [[*prompt, Message(role="assistant", content=answer)] for prompt, answer in asked]
        texts = [tokenizer.apply_chat_template(messages, tokenize=False) for messages in said]
        rows: list[list[int]] = tokenizer(texts, add_special_tokens=False)["input_ids"] if texts else []
        found: dict[int, float] = {}
        for indices in batches([len(ids) for ids in rows], tokens=BATCH_TOKENS, rows=BATCH_ROWS):
            found |= zip(indices, self._compute([rows[index] for index in indices]), strict=True)
        return [found[index] for index in range(len(rows))]

    def _compute(self, rows: Sequence[list[int]]) -> list[float]:
        import torch

        width = max(map(len, rows))
        padding = self._loaded.tokenizer.pad_token_id
        ids = torch.tensor([row + [padding] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        with torch.inference_mode():
            logits = self._loaded.model(
                input_ids=ids.to(self._loaded.device), attention_mask=mask.to(self._loaded.device), use_cache=False
            ).logits
        return [float(score) for score in logits.squeeze(-1).float()]


def load(settings: FinetuneSettings, adapter: Path) -> Reward:
    """Load a reward adapter on its base.

    Raises:
        ModelUnavailable: the model or the adapter cannot be loaded.
    """
    loaded = models.load_scorer(settings, adapter=adapter)
    lean.lighten(loaded.model)
    return Reward(loaded)


def choose(registry: Registry, base: str, name: str | None = None) -> Path:
    """Return the folder of the reward adapter of that name, or of the latest one that was found good.

    Raises:
        BadInput: there is none, or it scores answers of another base.
    """
    found = latest(registry, base) if name is None else registry.get(name)
    if found is None:
        raise BadInput("there is no reward adapter: train one from pairs with `python -m finetune reward`")
    if found.card.method != METHOD or found.card.base != base:
        raise BadInput(f"{found.name} is no reward adapter for {base}: name one in the recipe (reward = ...)")
    return found.path


def latest(registry: Registry, base: str) -> Adapter | None:
    """Return the latest reward adapter for this base that was not refused, None where there is none."""
    fit = [a for a in registry.all() if a.card.method == METHOD and a.card.base == base and a.state != "refused"]
    return fit[-1] if fit else None


def accuracy(reward: Reward | None, held_out: Sequence[Pair]) -> float:
    """Return the share of pairs whose better answer scores higher; without a reward, half of them by chance."""
    if reward is None or not held_out:
        return 0.5
    better = reward.scores([(pair["prompt"], pair["chosen"][0]["content"]) for pair in held_out])
    worse = reward.scores([(pair["prompt"], pair["rejected"][0]["content"]) for pair in held_out])
    return sum((a > b) + 0.5 * (a == b) for a, b in zip(better, worse, strict=True)) / len(held_out)


def judge(before: float, after: float, pairs: int, must_gain: float) -> Decision:
    """Find a reward good only if it tells better from worse answers more often than the one before, and than chance."""
    gained = round(after - before, 6)
    passed = pairs > 0 and gained >= must_gain and after > 0.5
    verdict = "which is enough" if passed else f"but must rise by {must_gain:.2f}, and be above chance"
    reason = (
        f"the better of two held-out answers scored higher in {after:.0%} of {pairs} pairs, before in {before:.0%}: "
        f"{gained:+.2f}, {verdict}"
    )
    chance, current, candidate = (
        Scores(preference=share, grounded=0.0, refusals=0.0, general=0.0, variety=0.0, comparisons=pairs)
        for share in (0.5, before, after)
    )
    return Decision(passed=passed, reasons=(reason,), base=chance, current=current, candidate=candidate)
