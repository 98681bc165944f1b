"""How near an estimate comes to the run: predicted and measured peak memory and time, side by side.

Run: python -m benchmarks.estimate DATA [--rows 120] [--words 90] [--repeat 1] [--only CASE]...

DATA is a folder with `preferences/grounded.jsonl` (FineGrainedRLHF, Apache-2.0). The embedded model is trained at the
methods' own recipes, and a made one, with other widths, in all the ways that a recipe may ask for. Each run is made in
a process of its own, right after its estimate. Where other programs have the machine, time on the wall says little;
therefore the seconds of all cores are set side by side as well.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks import machine
from finetune import examples, recipe, rows
from finetune.commands.border import prepare
from finetune.estimate import memory
from finetune.estimate.estimation import estimate
from finetune.examples import Message, RatedAnswer
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings, load

RESULTS = Path(__file__).parent / "results" / "estimate.json"
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One run to be foretold; `model` is `embedded`, or `made` for one that is made here."""

    name: str
    model: str
    method: str
    changes: dict[str, Any]
    """What the recipe has beside the method's own."""
    training: dict[str, Any]
    quantize: str = "none"


CASES = (
    *(Case(f"embedded {method}", "embedded", method, {}, {}) for method in ("sft", "dpo", "kto")),
    Case("made sft", "made", "sft", {}, {}),
    Case("made dpo", "made", "dpo", {}, {}),
    Case("made kto", "made", "kto", {}, {"num_train_epochs": 1}),
    Case("made orpo", "made", "orpo", {}, {"num_train_epochs": 1}),
    Case("made reward", "made", "reward", {}, {"num_train_epochs": 1}),
    Case("made sft, checkpointing", "made", "sft", {}, {"gradient_checkpointing": True}),
    Case("made sft, full", "made", "sft", {"adaptation": "full"}, {}),
    Case("made sft, last layers", "made", "sft", {"adaptation": "last-layers"}, {}),
    Case("made sft, 4bit", "made", "sft", {}, {}, quantize="4bit"),
)


def rated(file: Path, number: int, words: int) -> list[RatedAnswer]:
    """Take questions with two passages of so many words, an answer, and its correction."""
    found = []
    for index, line in enumerate(file.read_text("utf-8").splitlines()):
        row = json.loads(line)
        correction = (row["feedback"].get("corrected-prediction") or "").strip()
        if not 5 <= len(correction.split()) <= 70:
            continue
        passages = [
            f"[{n}] {' '.join(' '.join(text).split()[:words])}" for n, text in enumerate(row["passages"][:2], 1)
        ]
        asked = "\n\n".join([*passages, row["question"]])
        found.append(
            RatedAnswer(
                turn_id=f"t{index}",
                conversation_id=f"c{index}",
                prompt=(Message(role="user", content=asked),),
                answer=" ".join(row["prediction 1"].split()[:70]),
                rating="down" if index % 2 else "up",
                correction=correction,
            )
        )
    return found[:number]


def make(folder: Path, texts: list[str]) -> None:
    """Make a model of 24 layers, 512 wide, with random weights and 4,000 words."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    known = ByteLevelBPETokenizer()
    known.train_from_iterator(texts, vocab_size=4000, show_progress=False)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=known._tokenizer, eos_token="<|im_end|>")
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    tokenizer.chat_template, tokenizer.pad_token = TEMPLATE, tokenizer.eos_token
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=512,
        intermediate_size=1024,
        num_hidden_layers=24,
        num_attention_heads=8,
        num_key_value_heads=4,
        max_position_embeddings=4096,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)


def measure(settings: FinetuneSettings, chosen: Recipe, dataset: Path, began: float) -> dict[str, float]:
    """Make the real run in this process, and measure it; `began` is when the process was asked for."""
    prepare(settings)
    from finetune.pipeline import TRAIN

    shaped = rows.shape(chosen, rows.read(chosen, dataset)[0])
    marks: list[tuple[float, float]] = []

    def mark(step: Any) -> None:
        marks.append((time.time(), time.process_time()))

    TRAIN[chosen.method](settings, chosen, shaped.learnt, settings.home / "run", mark)
    steps = len(marks) - 1
    (first, first_cores), (last, last_cores) = marks[0], marks[-1]
    return {
        "peak_gb": memory.peak() / 1e9,
        "seconds": time.time() - began,
        "step_seconds": (last - first) / steps,
        "step_cores": (last_cores - first_cores) / steps,
        "steps": steps + 1,
    }


def compare(case: Case, model: str, dataset: Path) -> dict[str, Any]:
    """Foretell one run and make it."""
    chosen = recipe.default(case.method)  # type: ignore[arg-type]
    chosen = replace(chosen, **case.changes, training={**chosen.training, **case.training})
    with tempfile.TemporaryDirectory() as home:
        settings = load(home=Path(home), model=model, quantize=case.quantize)
        prepare(settings)
        load_before, before = os.getloadavg()[0], machine.clock()
        began = time.time()
        foretold = estimate(settings, chosen, dataset)
        took = time.time() - began
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            real = pool.submit(measure, settings, chosen, dataset, time.time()).result()
    assert real["steps"] == foretold.steps
    passes = foretold.steps
    ratios = {
        "peak": foretold.memory.peak / 1e9 / real["peak_gb"],
        "time": foretold.time.training / real["seconds"],
        "step": foretold.time.steps / passes / real["step_seconds"],
        "cores": foretold.time.step_cores / passes / real["step_cores"],
    }
    return {
        "predicted": {"peak_gb": foretold.memory.peak / 1e9, "seconds": foretold.time.training},
        "measured": real,
        "ratios": {name: round(ratio, 3) for name, ratio in ratios.items()},
        "estimate_seconds": round(took, 1),
        "load": [load_before, os.getloadavg()[0]],
        "lent": machine.lent(before),
    }


def summary(runs: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield the middle and the ends of each ratio over the repetitions of a case."""
    for name in runs[0]["ratios"]:
        found = [run["ratios"][name] for run in runs]
        yield name, {"median": round(median(found), 3), "least": min(found), "most": max(found)}


def main() -> None:
    """Run the cases and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=120)
    parser.add_argument("--words", type=int, default=90, help="words of each of the two passages")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--only", action="append", help="the case to run, by its name; may be given again")
    options = parser.parse_args()
    # as in a run that the page starts: threads that wait do not spin
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    ratings = rated(options.data / "preferences" / "grounded.jsonl", options.rows, options.words)
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory() as scratch:
        made, dataset = Path(scratch) / "made", Path(scratch) / "rated.jsonl"
        make(made, [message["content"] for row in ratings for message in row.prompt])
        examples.write(dataset, ratings)
        for case in CASES:
            if options.only and case.name not in options.only:
                continue
            model = str(made) if case.model == "made" else case.model
            runs = [compare(case, model, dataset) for _ in range(options.repeat)]
            results[case.name] = {
                "rows": options.rows,
                "words": options.words,
                "ratios": dict(summary(runs)),
                "runs": runs,
            }
            print(case.name, json.dumps(results[case.name]["ratios"]), flush=True)
            RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    off = [abs(case["ratios"][name]["median"] - 1) for case in results.values() for name in ("peak", "cores")]
    print(f"off by {fmean(off):.1%} on average, {max(off):.1%} at most")


if __name__ == "__main__":
    main()
