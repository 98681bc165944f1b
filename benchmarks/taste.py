"""Whether a fixed taste reaches the weights: like-rate on prompts never rated, after thumbs by KTO and pairs by DPO.

    python -m benchmarks.taste DATA_DIR [kto dpo] [--model embedded|embedded:plain]

The taste likes an answer of at most 25 words that cites a passage like [2]. Prompts are the chat's own, with four
passages of DATA_DIR's `qa/xquad`. Answers to some prompts are sampled and rated by the taste: 150 thumbs for KTO, 80
pairs of a liked and a disliked answer to the same prompt for DPO. Each method learns by its recipe; greedy answers to
60 other prompts, of other articles, are rated before and after. Writes benchmarks/results/taste.json.
"""

import argparse
import json
import random
import re
import tempfile
from pathlib import Path
from typing import Any

from assistant.prompts import build_prompt
from benchmarks.machine import clock, lent
from finetune import models, preferences, recipe
from finetune.evaluation.generation import generate
from finetune.examples import Message, RatedAnswer
from finetune.models import Loaded
from finetune.pipeline import TRAIN
from finetune.rows import SHAPES
from finetune.settings import FinetuneSettings, load

RESULTS = Path(__file__).parent / "results" / "taste.json"
THUMBS, PAIRS, UNSEEN = 150, 80, 60
WORDS, TOKENS = 25, 96
SAMPLES = 6
"""Answers that are sampled at most to one prompt, for a pair."""
SEED, DRAWN = 11, 5000
Prompt = tuple[Message, ...]


def liked(answer: str) -> bool:
    """Say whether the taste likes an answer."""
    return len(answer.split()) <= WORDS and re.search(r"\[\d\]", answer) is not None


def prompts(data: Path) -> tuple[list[Prompt], list[Prompt]]:
    """Make prompts to rate and prompts never rated, of different articles."""
    articles = json.loads((data / "qa/xquad/xquad.en.json").read_text(encoding="utf-8"))["data"]
    drawn = random.Random(SEED)
    drawn.shuffle(articles)
    half = len(articles) // 2
    rated, unseen = (_of(part, drawn) for part in (articles[:half], articles[half:]))
    return rated, unseen[:UNSEEN]


def _of(articles: list[dict[str, Any]], drawn: random.Random) -> list[Prompt]:
    made = []
    for article in articles:
        for paragraph in article["paragraphs"]:
            others = [one for one in article["paragraphs"] if one is not paragraph]
            shown = drawn.sample([paragraph, *drawn.sample(others, 3)], 4)
            passages = [(article["title"], one["context"]) for one in shown]
            made += [build_prompt(qa["question"], passages) for qa in paragraph["qas"]]
    drawn.shuffle(made)
    return made


def sampled(loaded: Loaded, asked: list[Prompt], seed: int) -> list[str]:
    """Sample one answer to each prompt."""
    import torch

    torch.manual_seed(seed)
    tokenizer = loaded.tokenizer
    said = []
    for start in range(0, len(asked), 10):
        texts = [
            tokenizer.apply_chat_template(list(prompt), tokenize=False, add_generation_prompt=True)
            for prompt in asked[start : start + 10]
        ]
        batch = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False).to(loaded.device)
        with torch.inference_mode():
            found = loaded.model.generate(
                **batch, max_new_tokens=TOKENS, do_sample=True, temperature=1.0, pad_token_id=tokenizer.pad_token_id
            )
        new = found[:, batch["input_ids"].shape[1] :]
        said += [text.strip() for text in tokenizer.batch_decode(new, skip_special_tokens=True)]
    return said


def thumbs(loaded: Loaded, asked: list[Prompt]) -> list[RatedAnswer]:
    """Rate one sampled answer to each of 150 prompts."""
    chosen = asked[:THUMBS]
    return [_rated(f"{n}", prompt, answer) for n, (prompt, answer) in enumerate(_answered(loaded, chosen, SEED))]


def compared(loaded: Loaded, asked: list[Prompt]) -> list[RatedAnswer]:
    """Sample answers until 80 prompts have a liked and a disliked one; of each prompt the first of both counts."""
    found: dict[int, dict[bool, str]] = {number: {} for number in range(2 * PAIRS)}
    for round_ in range(SAMPLES):
        open_ = [number for number, both in found.items() if len(both) < 2]
        if 2 * PAIRS - len(open_) >= PAIRS:
            break
        for number, answer in zip(open_, sampled(loaded, [asked[n] for n in open_], SEED + round_), strict=True):
            found[number].setdefault(liked(answer), answer)
    whole = [(asked[number], both) for number, both in found.items() if len(both) == 2][:PAIRS]
    return [
        _rated(f"{n} {kind}", prompt, both[kind]) for n, (prompt, both) in enumerate(whole) for kind in (True, False)
    ]


def _answered(loaded: Loaded, asked: list[Prompt], seed: int) -> list[tuple[Prompt, str]]:
    return list(zip(asked, sampled(loaded, asked, seed), strict=True))


def _rated(name: str, prompt: Prompt, answer: str) -> RatedAnswer:
    return RatedAnswer(name, name, prompt, answer or "-", "up" if liked(answer) else "down")


def measure(settings: FinetuneSettings, method: str, rated: list[RatedAnswer], unseen: list[Prompt]) -> dict[str, Any]:
    """Learn by the method's recipe, and rate greedy answers to prompts never rated before and after."""
    chosen = recipe.default(method)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as scratch:
        rows = SHAPES[chosen.method](rated)
        adapter = TRAIN[chosen.method](settings, chosen, rows, Path(scratch), lambda step: None)
        before, after = (
            [liked(one) for one in generate(models.load(settings, adapter=which), unseen, max_tokens=TOKENS)]
            for which in (None, adapter)
        )
    change = [float(now) - float(then) for now, then in zip(after, before, strict=True)]
    drawn = random.Random(SEED)
    means = sorted(sum(drawn.choices(change, k=len(change))) / len(change) for _ in range(DRAWN))
    counts = preferences.count(rated)
    return {
        "learnt from": {key: counts[key] for key in ("up", "down", "pairs")},
        "prompts never rated": len(unseen),
        "liked before": round(sum(before) / len(before), 3),
        "liked after": round(sum(after) / len(after), 3),
        "points": round(100 * sum(change) / len(change), 1),
        "95 % interval": [round(100 * means[int(DRAWN * share)], 1) for share in (0.025, 0.975)],
    }


def main() -> None:
    """Rate, learn, measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("methods", nargs="*", default=["kto", "dpo"])
    parser.add_argument("--model", default=models.EMBEDDED)
    options = parser.parse_args()
    before = clock()
    settings = load(model=options.model)
    asked, unseen = prompts(options.data)
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    result = kept.setdefault(options.model, {})
    for method in options.methods:
        loaded = models.load(settings)
        rated = thumbs(loaded, asked) if method == "kto" else compared(loaded, asked)
        result[method] = measure(settings, method, rated, unseen)
        print(method, json.dumps(result[method]), flush=True)
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    result["share of the cores' time that was lent"] = lent(before)
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
