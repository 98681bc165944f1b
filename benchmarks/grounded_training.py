"""Train the grounded adapter.

Run: python -m benchmarks.grounded_training ROWS_DIR OUT [--start ADAPTER] [--rate 4e-4] [--epochs 1] [--minutes 90]

LoRA (r 16, all linear layers) on the plain embedded model. A loop of its own rather than TRL's trainer, because on a
CPU it is several times faster: the vocabulary is as large as the rest of the model, so logits are computed only where a
token is learnt. The rows come from benchmarks/grounded_rows.py.
"""

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model

from finetune import models, settings

BATCH_TOKENS = 3000


def encode(tokenizer: Any, row: dict) -> tuple[list[int], int]:
    """Return the tokens of an example and how many of them are its prompt."""
    prompt = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=True)["input_ids"]
    answer = tokenizer(row["completion"][0]["content"], add_special_tokens=False)["input_ids"]
    return prompt + answer + [tokenizer.eos_token_id], len(prompt)


def batches(examples: list, rng: random.Random) -> list[list]:
    """Group examples of like length into batches of a number of tokens, in random order."""
    order = sorted(examples, key=lambda e: len(e[0]) + rng.random() * 60)
    groups: list[list] = [[]]
    for example in order:
        if groups[-1] and len(example[0]) * (len(groups[-1]) + 1) > BATCH_TOKENS:
            groups.append([])
        groups[-1].append(example)
    rng.shuffle(groups)
    return groups


def loss_of(model: Any, tokenizer: Any, batch: list) -> torch.Tensor:
    """Mean negative log-likelihood of the answers' tokens, each answer counting alike."""
    longest = max(len(tokens) for tokens, _ in batch)
    ids = torch.full((len(batch), longest), tokenizer.pad_token_id)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    for n, (tokens, prompt) in enumerate(batch):
        ids[n, : len(tokens)] = torch.tensor(tokens)
        mask[n, : len(tokens)] = 1
        labels[n, prompt : len(tokens)] = ids[n, prompt : len(tokens)]
    inner = model.get_base_model()
    hidden = inner.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-1]
    target = labels[:, 1:]
    learnt = target != -100
    logits = inner.lm_head(hidden[learnt]).float()
    losses = torch.nn.functional.cross_entropy(logits, target[learnt], reduction="none")
    weights = (1.0 / learnt.sum(1, keepdim=True).clamp(max=24)).expand_as(target)[learnt]
    return (losses * weights).sum() / len(batch)


def update(optimizer: torch.optim.Optimizer, masters: list, weights: list) -> None:
    """Step the fp32 masters by the bf16 weights' gradients, and copy them back."""
    for master, weight in zip(masters, weights, strict=True):
        master.grad, weight.grad = weight.grad.float(), None
    torch.nn.utils.clip_grad_norm_(masters, 1.0)
    optimizer.step()
    with torch.no_grad():
        for master, weight in zip(masters, weights, strict=True):
            weight.copy_(master)


def adapted(model: Any, start: Path | None) -> Any:
    """Put a new adapter on the model, or go on with one."""
    if start is not None:
        return PeftModel.from_pretrained(model, str(start), is_trainable=True, autocast_adapter_dtype=False)
    lora = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(model, lora, autocast_adapter_dtype=False)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--start", type=Path, help="an adapter to go on with")
    return parser.parse_args()


def main() -> None:
    """Train and save."""
    args = arguments()
    torch.manual_seed(3)
    rng = random.Random(3)
    loaded = models.load(settings.load(model=models.PLAIN))
    model = adapted(loaded.model, args.start)
    model.train()
    rows = [json.loads(line) for line in (args.rows / "train.jsonl").read_text("utf-8").splitlines()]
    examples = [e for e in (encode(loaded.tokenizer, row) for row in rows) if len(e[0]) <= 1400]
    plan = [batch for _ in range(args.epochs) for batch in batches(examples, rng)]
    weights = [p for p in model.parameters() if p.requires_grad]
    # The forward pass runs in bf16 throughout; the optimizer keeps the weights in fp32, so that no small step is lost.
    masters = [p.detach().float().clone() for p in weights]
    optimizer = torch.optim.AdamW(masters, lr=args.rate, weight_decay=0.0)
    began, done, mean = time.monotonic(), 0, 0.0
    for step, batch in enumerate(plan):
        left = min(1 - step / len(plan), 1 - (time.monotonic() - began) / (args.minutes * 60))
        if left <= 0:
            break
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1.0, (step + 1) / 20) * max(0.05, min(1.0, left * 1.5))
        loss = loss_of(model, loaded.tokenizer, batch)
        loss.backward()
        update(optimizer, masters, weights)
        done += sum(len(tokens) for tokens, _ in batch)
        mean = loss.item() if step == 0 else 0.95 * mean + 0.05 * loss.item()
        if step % 10 == 0 or step == len(plan) - 1:
            seconds = time.monotonic() - began
            print(f"{step + 1}/{len(plan)} loss {mean:.3f} {done / seconds:.0f} tokens/s {seconds:.0f} s", flush=True)
        if step % 50 == 49:
            model.save_pretrained(args.out)
    model.save_pretrained(args.out)


if __name__ == "__main__":
    main()
