"""Train the grounded adapter on a CPU.

Run: python -m benchmarks.grounded_training ROWS OUT [--start ADAPTER] [--rate 6e-4] [--epochs 1] [--minutes 90]

ROWS is a folder with `train.jsonl` and `dev.jsonl` of benchmarks/grounded_rows.py. A loop of its own rather than TRL's
trainer, because on a CPU it is many times faster: questions about the same passages are computed together
(benchmarks/shared_prefix.py). On a GPU, `python -m finetune sft ROWS/train.jsonl --recipe
finetune/recipes/grounded.toml` learns from the same rows. Every few minutes the adapter is scored on the dev rows and
saved; SIGTERM ends the training with what it has learnt so far.
"""

import argparse
import json
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file

from benchmarks.shared_prefix import Shared, begins, compute, encode, loss_of, quicken, share
from finetune import models, settings
from finetune.fusing import fuse

LONGEST = 1800
"""Tokens of a row."""
STEP_TOKENS = 800
"""Tokens from which on the weights are updated."""
WARMUP = 8
"""Steps in which the learning rate rises."""


def read(file: Path, tokenizer: Any) -> list[Shared]:
    """Read rows and put together those that share their passages."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return share(((passages(row), encode(tokenizer, row)) for row in rows), LONGEST)


def passages(row: dict[str, Any]) -> str:
    """Return what stands before the question; questions with the same belong together."""
    return "\n".join(message["content"] for message in row["prompt"]).rpartition("\n\nQuestion: ")[0] or str(row)


def steps(rows: list[Shared], rng: random.Random) -> list[list[Shared]]:
    """Put rows together, in random order, until each update has tokens enough."""
    made: list[list[Shared]] = [[]]
    for row in rng.sample(rows, len(rows)):
        if sum(map(len, made[-1])) >= STEP_TOKENS:
            made.append([])
        made[-1].append(row)
    return made


def plan(args: argparse.Namespace, tokenizer: Any, rng: random.Random) -> Iterator[tuple[float, list[Shared]]]:
    """Yield the steps, each with the share of them that went before; the rows of an epoch are read when it begins."""
    for epoch in range(args.epochs):
        made = steps(read(args.rows / "train.jsonl", tokenizer), rng)
        print(len(made), "steps,", sum(len(row) for step in made for row in step), "tokens", flush=True)
        for number, step in enumerate(made):
            yield (epoch + number / len(made)) / args.epochs, step


def adapted(model: Any, args: argparse.Namespace) -> Any:
    """Put a new adapter on the model; its weights are fp32 whatever the model's are."""
    lora = LoraConfig(r=args.rank, lora_alpha=2 * args.rank, target_modules="all-linear", task_type="CAUSAL_LM")
    wrapped = get_peft_model(model, lora)
    if args.start is not None:
        begin_with(wrapped, args.start)
    return wrapped.train()


def begin_with(model: Any, adapter: Path) -> None:
    """Begin with the weights of an adapter of the same rank or a lower one; what it lacks stays without effect.

    Both are scaled by 2, so that the model says what it said with that adapter.
    """
    state = load_file(adapter / "adapter_model.safetensors")
    with torch.no_grad():
        for name, weight in model.named_parameters():
            before = state.get(name.replace(".default.", "."))
            if before is not None:
                weight[: before.shape[0], : before.shape[1]] = before


def learn(model: Any, optimizer: torch.optim.Optimizer, step: list[Shared], first: float) -> float:
    """Take one step and return its loss; each answer counts alike."""
    asked = sum(len(row.rests) for row in step)
    lost = 0.0
    for row in step:
        loss = loss_of(compute(model.get_base_model(), row), first) * len(row.rests) / asked
        loss.backward()
        lost += loss.item()
    torch.nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return lost


def judge(model: Any, tokenizer: Any, rows: list[Shared]) -> dict[str, float]:
    """Score by the likeliest next tokens: whole answers right, and whether the first token declines as it should."""
    declined = tokenizer("The documents do not hold")["input_ids"][0]
    exact: list[bool] = []
    rightly: list[bool] = []
    wrongly: list[bool] = []
    model.eval()
    for row in rows:
        with torch.inference_mode():
            computed = compute(model.get_base_model(), row)
        best = computed.logits.argmax(-1)
        for number, first in enumerate(begins(computed).tolist()):
            absent = bool(computed.targets[first] == declined)
            (rightly if absent else wrongly).append(bool(best[first] == declined))
            if not absent:
                mine = computed.owners == number
                exact.append(bool((best[mine] == computed.targets[mine]).all()))
    model.train()
    lists = {"exact": exact, "declined_rightly": rightly, "declined_wrongly": wrongly}
    return {name: round(sum(list_) / max(1, len(list_)), 3) for name, list_ in lists.items()}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=100, help="when to be done, whatever is left of the rows")
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--first", type=float, default=2.0, help="the weight of an answer's first token")
    parser.add_argument("--decay", type=float, default=0.3, help="the last share, in which the rate falls to 0")
    parser.add_argument("--save", type=float, default=10, help="minutes between checkpoints")
    parser.add_argument("--start", type=Path, help="an adapter to go on with")
    parser.add_argument("--seed", type=int, default=3)
    return parser.parse_args()


def rate(args: argparse.Namespace, step: int, gone: float) -> float:
    """Rise in the first steps, stay, and fall over the last share of steps or time."""
    return float(args.rate * min(1.0, (step + 1) / WARMUP, (1 - gone) / args.decay if args.decay else 1.0))


def train(model: Any, tokenizer: Any, args: argparse.Namespace) -> None:
    """Train until the rows or the minutes are used up, or somebody ends it."""
    dev = read(args.rows / "dev.jsonl", tokenizer)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=args.rate, weight_decay=0.0, betas=(0.9, 0.98))
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    began = saved = time.monotonic()
    done = 0
    for number, (made, step) in enumerate(plan(args, tokenizer, random.Random(args.seed))):
        seconds = time.monotonic() - began
        gone = max(made, seconds / (args.minutes * 60))
        if gone >= 1 or stopped:
            break
        optimizer.param_groups[0]["lr"] = rate(args, number, gone)
        lost = learn(model, optimizer, step, args.first)
        done += sum(map(len, step))
        print(f"{number + 1} loss {lost:.3f}, {done} tokens in {seconds:.0f} s, {gone:.0%}", flush=True)
        if time.monotonic() - saved > args.save * 60:
            saved = time.monotonic()
            model.save_pretrained(args.out / f"step-{number + 1}")
            print(judge(model, tokenizer, dev), flush=True)


def save(model: Any, folder: Path) -> None:
    """Save the adapter in bf16, in which it is merged and served, and which takes half the room."""
    for weight in model.parameters():
        if weight.requires_grad:
            weight.data = weight.data.to(torch.bfloat16)
    model.save_pretrained(folder)


def main() -> None:
    """Train and save."""
    args = arguments()
    torch.manual_seed(args.seed)
    loaded = models.load(settings.load(model=models.PLAIN))
    quicken(loaded.model)
    model = adapted(loaded.model, args)
    fuse(model)
    train(model, loaded.tokenizer, args)
    save(model, args.out)


if __name__ == "__main__":
    main()
