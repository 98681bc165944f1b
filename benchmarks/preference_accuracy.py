"""How often DPO's implicit reward, and a reward model, agree with people on comparisons held out.

    python -m benchmarks.preference_accuracy DATA_DIR [dpo reward]

DATA_DIR holds `preferences/grounded.jsonl`: answers to questions with passages, compared two by two. A fifth of the
questions is held out; the recipes of the package train on the others, and the accuracy is the share of held-out pairs
whose better answer has the higher reward, with an interval over questions. Writes
benchmarks/results/preference_accuracy.json.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import preference_sets
from benchmarks.machine import clock, lent
from benchmarks.preference_sets import Compared
from finetune import models, recipe, rewards
from finetune.evaluation.likelihood import likelihoods
from finetune.pipeline import TRAIN
from finetune.settings import FinetuneSettings, load

RESULTS = Path(__file__).parent / "results" / "preference_accuracy.json"
LONGEST = 640
HELD_OUT = 0.2
DRAWN = 2000
Score = Callable[[list[tuple[Any, str]]], list[float]]


def implicit(settings: FinetuneSettings, adapter: Path) -> Score:
    """Return DPO's reward: how much likelier the adapter made an answer than the base finds it."""

    def score(asked: list[tuple[Any, str]]) -> list[float]:
        before = likelihoods(models.load(settings), asked)
        after = likelihoods(models.load(settings, adapter=adapter), asked)
        return [now.total - then.total for now, then in zip(after, before, strict=True)]

    return score


def explicit(settings: FinetuneSettings, adapter: Path) -> Score:
    """Return the score of a reward adapter."""
    return rewards.load(settings, adapter).scores


def accuracy(held_out: list[Compared], score: Score) -> dict[str, Any]:
    """Compare the rewards of each pair, and draw questions anew for the interval."""
    asked = [(one.prompt, text) for one in held_out for pair in one.pairs for text in pair]
    scores = iter(score(asked))
    right = [[float(next(scores) > next(scores)) for _ in one.pairs] for one in held_out]
    drawn = random.Random(preference_sets.SEED)
    shares = sorted(_mean(drawn.choices(right, k=len(right))) for _ in range(DRAWN))
    return {
        "questions held out": len(held_out),
        "pairs held out": sum(map(len, right)),
        "accuracy": round(_mean(right), 3),
        "95 % interval": [round(shares[int(DRAWN * share)], 3) for share in (0.025, 0.975)],
    }


def _mean(right: list[list[float]]) -> float:
    flat = [one for row in right for one in row]
    return sum(flat) / max(len(flat), 1)


def words(asked: list[tuple[Any, str]]) -> list[float]:
    """Score an answer by its length alone, which is what a lazy reward learns."""
    return [float(len(text.split())) for _, text in asked]


def main(data: Path, wanted: list[str]) -> None:
    """Train, measure and write the result."""
    before = clock()
    settings = load(model="embedded")
    compared = [one for one in preference_sets.read(data, models.load_tokenizer(settings), LONGEST) if one.pairs]
    learnt, held_out = preference_sets.split(compared, HELD_OUT)
    rows = preference_sets.rows(learnt)
    result = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    result["longer answers preferred"] = accuracy(held_out, words)
    kinds = {"dpo": implicit, "reward": explicit}
    for method in wanted or list(kinds):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as scratch:
            chosen = recipe.default(method)  # type: ignore[arg-type]
            adapter = TRAIN[chosen.method](settings, chosen, rows, Path(scratch) / "run", _told)
            took = round(time.monotonic() - began)
            result[method] = {"pairs learnt": len(rows), "seconds": took, "recipe": dict(chosen.training)}
            result[method] |= accuracy(held_out, kinds[method](settings, adapter))
        print(method, json.dumps(result[method]))
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    result["share of the cores' time that was lent"] = lent(before)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _told(step: Any) -> None:
    if step.step % 10 == 0:
        print(step.step, step.steps, round(step.loss, 4), {k: round(v, 3) for k, v in step.figures.items()}, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
