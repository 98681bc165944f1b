"""What a run costs the chat beside it: first token and tokens per second while it is on, over while it is held.

Run: python -m benchmarks.serving_while_training [--rounds 4]. The run is a real one (SFT of the embedded model) in its
own process, as the page starts it; between two answers its process is stopped or let go on (SIGSTOP, SIGCONT), so that
both are measured in turn, and ratios are taken pair by pair. Once with the run on all cores but one, which is what the
running assistant grants it, and once on all. It says something on a machine that does nothing else: `load_before` tells
whether it did. Writes benchmarks/results/serving_while_training.json.
"""

import argparse
import json
import os
import platform
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from assistant import settings
from assistant.assembly import Assistant, assemble
from assistant.events import Done
from assistant.server import quiet_libraries
from assistant.wishes import Wishes
from benchmarks import machine
from finetune import examples, jobs, runs
from finetune.examples import Message, RatedAnswer
from finetune.settings import FinetuneSettings

RESULTS = Path(__file__).parent / "results"
ASKED = ["Explain what a mortgage is.", "Tell me about the history of bread.", "Describe how rain forms."]
TOKENS = 64
RECIPE = 'method = "sft"\n[training]\nmax_steps = 100000\nper_device_train_batch_size = 4\nlearning_rate = 1e-4\n'
ALONE = 15.0
"""Seconds for which the run is watched alone."""


def dataset(file: Path) -> Path:
    """Write answers of about 130 tokens to train on; what they say does not matter here."""
    said = "A budget is a plan for what comes in and what goes out, and it is kept so that nothing is spent twice. " * 5
    rows = [
        RatedAnswer(f"t{n}", f"c{n}", (Message(role="user", content=f"Explain plan {n}."),), f"{n}: {said}", "up")
        for n in range(40)
    ]
    examples.write(file, rows)
    return file


@contextmanager
def training(chosen: FinetuneSettings, folder: Path, threads: int) -> Iterator[tuple[runs.Run, int]]:
    """Start a run, wait for its second step, and stop it at the end; gives the run and the id of its process."""
    os.environ["APPRENTICE_FINETUNE_THREADS"] = str(threads)
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    rows = dataset(folder / "rows.jsonl")
    run = jobs.start(chosen, rows, f"beside-{threads}", method="sft", recipe=recipe)
    try:
        while (now := runs.read(run.path)).step < 2:
            if not now.on:
                raise SystemExit(f"the run ended: {now.error}")
            time.sleep(0.5)
        process = int(json.loads((chosen.runs_dir / "lock").read_text(encoding="utf-8"))["pid"])
        yield run, process
        os.kill(process, signal.SIGCONT)
    finally:
        jobs.stop(run)


def answer(assistant: Assistant, question: str) -> dict[str, float]:
    """Answer as the page does, and return milliseconds to the first token and tokens per second after it."""
    conversation = assistant.store.add_conversation().id
    sampling = replace(assistant.settings.chat.sampling, max_new_tokens=TOKENS)
    wishes = Wishes(documents=False, sampling=sampling)
    turn = next(e.turn for e in assistant.engine.reply(conversation, question, wishes) if isinstance(e, Done))
    timings = turn.timings
    decoding = (timings.total_ms - timings.first_token_ms) / 1000
    return {"first_token_ms": timings.first_token_ms, "tokens_per_second": (timings.tokens - 1) / decoding}


def beside(assistant: Assistant, folder: Path, threads: int, rounds: int) -> dict[str, Any]:
    """Answer in turn with the run on and held, and watch the run alone."""
    pairs = []
    with training(assistant.settings.finetune, folder, threads) as (run, process):
        speed = _steps_per_minute(run)
        for number in range(rounds + 1):
            for question in ASKED:
                with_run = answer(assistant, question)
                os.kill(process, signal.SIGSTOP)
                without = answer(assistant, question)
                os.kill(process, signal.SIGCONT)
                if number:  # the first round warms up
                    pairs.append((with_run, without))
    return {"threads_of_the_run": threads, "steps_per_minute_of_the_run_alone": speed, **_summary(pairs)}


def _steps_per_minute(run: runs.Run) -> float:
    before, began = runs.read(run.path).step, time.perf_counter()
    time.sleep(ALONE)
    return round((runs.read(run.path).step - before) / (time.perf_counter() - began) * 60, 1)


def _summary(pairs: list[tuple[dict[str, float], dict[str, float]]]) -> dict[str, Any]:
    found: dict[str, Any] = {"pairs": len(pairs)}
    for name in ("first_token_ms", "tokens_per_second"):
        ratios = sorted(on[name] / off[name] for on, off in pairs)
        found[name] = {
            "with_the_run": round(median(on[name] for on, _ in pairs), 1),
            "without": round(median(off[name] for _, off in pairs), 1),
            "ratio": round(median(ratios), 3),
            "ratio_quartiles": [round(ratios[len(ratios) // 4], 3), round(ratios[3 * len(ratios) // 4], 3)],
        }
    return found


def main() -> None:
    """Measure both, and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    quiet_libraries()
    cores = os.cpu_count() or 1
    before, load = machine.clock(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as made, assemble(settings.load(home=Path(made) / "home")) as assistant:
        answer(assistant, "Hello, who are you?")
        allowed = sorted({max(1, cores - 1), cores})
        measured = [beside(assistant, Path(made), threads, options.rounds) for threads in allowed]
    result = {
        "cores": cores,
        "machine": platform.processor() or platform.machine(),
        "model": "embedded",
        "answer_tokens": TOKENS,
        "lent_by_the_host": machine.lent(before),
        "load_before": round(load, 2),
        "measured": measured,
    }
    (RESULTS / "serving_while_training.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
