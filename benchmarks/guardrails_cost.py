"""What the rails cost: milliseconds a message, the first token with them over without, and their share of an answer.

Run: python -m benchmarks.guardrails_cost [--messages 60] [--prompts 24] [--answers 5]. The messages are made of the
sample handbook and of everyday questions; none is seen twice, so that no vector comes out of memory. First tokens are
those of the embedded model through the engine, the same prompts with all rails and with none, in turn; the ratio is
that of the medians, with its 95 % interval by bootstrap. What is on the screen waits for some tokens more than the
model's first, because the last ones are held back; it is held against the model's first token without rails.
Writes benchmarks/results/guardrails_cost.json.
"""

import argparse
import json
import platform
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from assistant import settings
from assistant.assembly import Assistant, assemble
from assistant.engine import Engine
from assistant.events import Delta, Done
from assistant.guardrails.classifier import HEADS
from assistant.guardrails.rails import Context, Rail, Rails, check
from assistant.guardrails.streaming import guard
from assistant.samples.make import HANDBOOK
from assistant.wishes import Wishes
from benchmarks.machine import additions_ms, clock, lent

RESULTS = Path(__file__).parent / "results" / "guardrails_cost.json"
SEED = 20
WORDS = (100, 2000)
GOALS = {"p95_ms": {"100": 15, "2000": 80}, "first_token_ratio": 1.15}
TOKENS = 200
DRAWS = 2000
ASKED = (
    *("How many days of annual leave do I have?", "How long is the warranty?", "Who are the first aiders?"),
    *("What may I claim for a hotel?", "When does parental leave begin?", "How do I report a phishing mail?"),
    *("What are the working hours?", "May I work from home?", "What must I do on my first day?"),
    *("Who pays for a training course?", "How do I report an accident?", "What happens if I fall ill on holiday?"),
    *("How long must a password be?", "May I accept a gift from a supplier?", "When is overtime paid?"),
    *("Is a train ticket paid in first class?", "How much notice must I give?", "What does the warranty not cover?"),
    *("How often is there a fire drill?", "Who approves a sabbatical?", "When does the canteen open?"),
    *("How is a laptop returned?", "Who reads incident reports?", "How long is the probation period?"),
)
CHAT = (
    *("Explain what a mortgage is.", "Tell me about the history of bread.", "Describe how rain forms."),
    *("Write a short poem about the sea.", "What is a prime number?", "Name three kinds of cheese."),
    *("How does a bicycle stay upright?", "What is photosynthesis?", "Give me a tip for a good night's sleep."),
    *("Why is the sky blue?", "What is the capital of Canada?", "Explain inflation to a student."),
    *("How do vaccines work?", "What makes a good meeting?", "Suggest a name for a bakery."),
    *("How do I boil an egg?", "What is a haiku?", "Tell me a fact about whales."),
    *("What does a project manager do?", "How do I write a polite reminder?", "What is a good hobby?"),
    *("How do magnets work?", "Describe an autumn day.", "What is the rule of thirds?"),
)


def messages(assistant: Assistant, words: int, count: int) -> Iterator[str]:
    """Make messages of about so many words, no two alike: an everyday question, and sentences of the handbook."""
    chance = random.Random(SEED + words)
    lines = (HEADS / "everyday.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["text"] for line in lines]
    reader = assistant.library.reader(None)
    texts = [reader.text(document.id) for document in reader.documents()]
    sentences = [s for text in texts for s in text.replace("\n", " ").split(". ") if 4 <= len(s.split()) <= 40]
    for _ in range(count):
        parts = [chance.choice(questions)]
        while sum(len(part.split()) for part in parts) < words:
            parts.append(chance.choice(sentences).strip() + ".")
        yield " ".join(parts)


class Timed:
    """A rail that adds up how long it takes."""

    def __init__(self, rail: Rail, spent: dict[str, float]) -> None:
        self._rail, self._spent = rail, spent
        self.name, self.whole = rail.name, rail.whole

    def __call__(self, text: str, context: Context) -> Any:
        """Judge the text."""
        began = time.perf_counter()
        try:
            return self._rail(text, context)
        finally:
            self._spent[self.name] += (time.perf_counter() - began) * 1000


def per_message(assistant: Assistant, count: int) -> dict[str, Any]:
    """Measure all input rails together, and each one's own part."""
    rails = assistant.rails().input
    context = Context("input", assistant.rails().audience)
    result = {}
    for words in WORDS:
        texts = list(messages(assistant, words, count + 3))
        for text in texts[:3]:
            check(rails, text, context)
        took, each = [], defaultdict(list)
        for text in texts[3:]:
            began = time.perf_counter()
            checked = check(rails, text, context)
            took.append((time.perf_counter() - began) * 1000)
            for verdict, rail in zip(checked.verdicts, rails, strict=True):
                each[rail.name].append(verdict.ms)
        result[str(words)] = {
            "messages": len(took),
            "words": round(median(len(text.split()) for text in texts[3:])),
            "ms": _spread(took),
            "ms_each_rail": {name: _spread(values) for name, values in each.items()},
        }
    return result


def _spread(values: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(values, (50, 95))
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2)}


def first_tokens(assistant: Assistant, count: int) -> dict[str, Any]:
    """Compare the time to the first token, of the model and on the screen, with all rails and with none."""
    bare = replace(assistant.engine, rails=Rails)
    result = {}
    for name, prompts in (("chat", CHAT), ("documents", ASKED)):
        rows: dict[str, list[dict[str, float]]] = {"with": [], "without": []}
        pair = [("with", assistant.engine), ("without", bare)]
        for number, prompt in enumerate([prompts[-1], *prompts[:count]]):
            found = {
                kind: _first(engine, assistant, prompt, documents=name == "documents")
                for kind, engine in pair[:: 1 if number % 2 else -1]
            }
            for kind, row in found.items():
                if number and row and all(found.values()):  # the first prompt warms up
                    rows[kind].append(row)
        ours, bare_ms = rows["with"], [row["model"] for row in rows["without"]]
        result[name] = {
            "prompts": len(ours),
            "ratio": _ratio([row["model"] for row in ours], bare_ms),
            "ratio_on_the_screen": _ratio([row["screen"] for row in ours], bare_ms),
            "with_ms": {what: round(median(row[what] for row in ours), 1) for what in ("model", "screen")},
            "without_ms": round(median(bare_ms), 1),
        }
    return result


def _first(engine: Engine, assistant: Assistant, prompt: str, *, documents: bool) -> dict[str, float] | None:
    """Return milliseconds to the model's first token and to the first text shown; None where nothing is written."""
    conversation = assistant.store.add_conversation().id
    sampling = replace(assistant.settings.chat.sampling, max_new_tokens=16)
    assistant.encoder._kept.clear()
    shown = 0.0
    began = time.perf_counter()
    for event in engine.reply(conversation, prompt, Wishes(documents=documents, sampling=sampling)):
        if isinstance(event, Delta):
            shown = shown or (time.perf_counter() - began) * 1000
        elif isinstance(event, Done):
            turn = event.turn
    return {"model": turn.timings.first_token_ms, "screen": shown} if shown else None


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    """Return the ratio of medians, and the interval that 95 % of draws with replacement, pair by pair, fall into."""
    a, b = np.asarray(ours), np.asarray(theirs)
    picks = np.random.default_rng(SEED).integers(0, len(a), size=(DRAWS, len(a)))
    drawn = np.median(a[picks], axis=1) / np.median(b[picks], axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    ratio = float(np.median(a) / np.median(b))
    return {"ratio": round(ratio, 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def of_an_answer(assistant: Assistant, count: int) -> dict[str, Any]:
    """Measure which part of the time of a streamed answer passes in the guard, while the model writes on."""
    sampling = replace(assistant.settings.chat.sampling, max_new_tokens=TOKENS, temperature=0.7)
    rows = []
    for number, prompt in enumerate(CHAT[: count + 1]):
        spent: dict[str, float] = defaultdict(float)
        rails = [Timed(rail, spent) for rail in assistant.rails().output]
        asked = [{"role": "user", "content": f"{prompt} Answer at length."}]
        tokens = 0

        def counted(pieces: Any) -> Iterator[str]:
            nonlocal tokens
            for piece in pieces:
                tokens += 1
                yield piece

        assistant.encoder._kept.clear()
        stream = assistant.engine.model.stream(asked, adapter=None, sampling=replace(sampling, seed=number))
        began = time.perf_counter()
        for _ in guard(rails, counted(stream), Context("output", question=prompt)):
            pass
        total = (time.perf_counter() - began) * 1000
        if number:
            rows.append({"tokens": tokens, "total": total, "rails": sum(spent.values()), "each": dict(spent)})
    return {
        "answers": len(rows),
        "tokens": [row["tokens"] for row in rows],
        "share": round(sum(r["rails"] for r in rows) / sum(r["total"] for r in rows), 3),
        "ms_a_token": round(sum(r["rails"] for r in rows) / sum(r["tokens"] for r in rows), 2),
        "ms_a_token_each_rail": {
            name: round(sum(r["each"].get(name, 0.0) for r in rows) / sum(r["tokens"] for r in rows), 3)
            for name in rows[0]["each"]
        },
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measure everything, in a home of its own with the sample handbook in it."""
    before, slow = clock(), additions_ms()
    with tempfile.TemporaryDirectory() as home, assemble(settings.load(home=Path(home))) as assistant:
        for path in sorted(HANDBOOK.iterdir()):
            assistant.library.add(path)
        assistant.engine.model.count([{"role": "user", "content": "warm"}])
        result = {
            "goals": GOALS,
            "input_rails": per_message(assistant, options.messages),
            "first_token": first_tokens(assistant, options.prompts),
            "guard_of_200_tokens": of_an_answer(assistant, options.answers),
        }
    scale = {"million_additions_ms": [slow, additions_ms()]}
    return result | {"machine": {"processor": platform.machine(), "threads": _threads(), "lent": lent(before)} | scale}


def _threads() -> int:
    import torch

    return torch.get_num_threads()


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=60)
    parser.add_argument("--prompts", type=int, default=24)
    parser.add_argument("--answers", type=int, default=5)
    parser.add_argument("--to", type=Path, default=RESULTS, help="where the figures are written")
    options = parser.parse_args()
    result = measure(options)
    options.to.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
