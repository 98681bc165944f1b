"""Tokens a second of our training against TRL's own scripts at their defaults: same rows, LoRA, batch and epochs.

    python -m benchmarks.training_speed DATA_DIR [sft dpo kto]

DATA_DIR holds `preferences/grounded.jsonl`; its questions become prompts as the chat writes them, with as many passages
as fit into 512 tokens. Each side trains in a process of its own, ours and TRL's by turns, and is timed from the call
that loads the model to the end of the training, reference scores included. TRL's scripts compute in bf16 by default,
which a processor without bf16 only imitates, several times slower; there both sides compute in fp32.
Writes benchmarks/results/training_speed.json.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import preference_sets
from benchmarks.machine import clock, lent
from finetune import models, recipe
from finetune.settings import load

RESULTS = Path(__file__).parent / "results" / "training_speed.json"
PLAN = {"sft": (32, 8, 1), "dpo": (12, 4, 2), "kto": (32, 4, 1)}
"""Rows, rows a batch, epochs."""
LONGEST = 512
ROUNDS = 3


def rows(data: Path, method: str, count: int) -> list[dict[str, Any]]:
    """Make the first rows of the data, one for a question, each of at most 512 tokens."""
    compared = preference_sets.read(data, models.load_tokenizer(load(model="embedded")), LONGEST)
    pairs = [row for one in compared for row in preference_sets.rows([one])[:1]][:count]
    if method == "dpo":
        return pairs
    if method == "sft":
        return [{"prompt": row["prompt"], "completion": row["chosen"]} for row in pairs]
    return [
        {"prompt": row["prompt"], "completion": row["chosen" if number % 2 else "rejected"], "label": bool(number % 2)}
        for number, row in enumerate(pairs)
    ]


def tokens(made: list[dict[str, Any]]) -> int:
    """Count the tokens of the rows as TRL counts them: a prompt as often as it has answers."""
    tokenizer = models.load_tokenizer(load(model="embedded"))
    said = [row["prompt"] + row[key] for row in made for key in ("chosen", "rejected", "completion") if key in row]
    return sum(len(tokenizer.apply_chat_template(messages, return_dict=False)) for messages in said)


def ours(method: str, file: Path, folder: Path) -> None:
    """Train by our recipe, and print how long it took."""
    from dataclasses import replace

    from finetune.pipeline import TRAIN

    made = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    _, batch, epochs = PLAN[method]
    default = recipe.default(method)  # type: ignore[arg-type]
    table = {**default.training, "per_device_train_batch_size": batch, "num_train_epochs": epochs}
    began = time.perf_counter()
    TRAIN[default.method](load(model="embedded"), replace(default, training=table), made, folder, lambda step: None)
    print(json.dumps({"seconds": time.perf_counter() - began}))


def theirs(method: str, file: Path, folder: Path) -> None:
    """Train by TRL's script at its defaults, and print how long it took."""
    import importlib

    import torch

    script = importlib.import_module(f"trl.scripts.{method}")
    _, batch, epochs = PLAN[method]
    given = ["--model_name_or_path", models.locate(load(model="embedded")), "--dataset_name", str(file.parent)]
    given += ["--use_peft", "--lora_r", "16", "--lora_alpha", "32", "--lora_dropout", "0"]
    given += ["--lora_target_modules", "all-linear", "--per_device_train_batch_size", str(batch)]
    given += ["--num_train_epochs", str(epochs), "--output_dir", str(folder), "--report_to", "none", "--use_cpu"]
    given += ["--bf16", str(models.best_dtype("cpu") == torch.bfloat16)]
    arguments = script.make_parser().parse_args_and_config(args=given)
    began = time.perf_counter()
    script.main(*arguments)
    print(json.dumps({"seconds": time.perf_counter() - began}))


def timed(side: str, method: str, file: Path, folder: Path) -> float:
    """Run one side in a process of its own and return its seconds."""
    environment = os.environ | {"OMP_NUM_THREADS": str(os.cpu_count()), "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    command = [sys.executable, "-m", "benchmarks.training_speed", side, method, str(file), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"seconds"')]
    return float(json.loads(lines[-1])["seconds"])


def measure(data: Path, method: str) -> dict[str, Any]:
    """Train by both sides in turns, and compare round by round."""
    count, batch, epochs = PLAN[method]
    made = rows(data, method, count)
    found: dict[str, list[float]] = {"ours": [], "theirs": []}
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "rows").mkdir()
        file = Path(scratch) / "rows" / "train.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
        for number in range(ROUNDS):
            for side in found:
                found[side].append(timed(side, method, file, Path(scratch) / f"{side}-{number}"))
    counted = tokens(made) * epochs
    ratios = [theirs / ours for ours, theirs in zip(found["ours"], found["theirs"], strict=True)]
    return {
        "rows": len(made),
        "rows a batch": batch,
        "epochs": epochs,
        "tokens": counted,
        "tokens/s, ours": round(counted / statistics.median(found["ours"]), 1),
        "tokens/s, TRL's script": round(counted / statistics.median(found["theirs"]), 1),
        "ratio": round(statistics.median(ratios), 2),
        "ratio of each round": [round(ratio, 2) for ratio in ratios],
    }


def main(given: list[str]) -> None:
    """Measure, or be one side of the measurement."""
    if given[0] in ("ours", "theirs"):
        {"ours": ours, "theirs": theirs}[given[0]](given[1], Path(given[2]), Path(given[3]))
        return
    before = clock()
    result = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for method in given[1:] or PLAN:
        result[method] = measure(Path(given[0]), method)
        print(method, json.dumps(result[method]), flush=True)
        result["share of the cores' time that was lent"] = lent(before)
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
