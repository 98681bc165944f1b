"""The engine alone against plain `generate`, and what it saves: streams together, prefixes kept, words guessed.

Run: python -m benchmarks.serving.engine [--rounds 5]. Everything is measured in turn within a round, on the embedded
model, and ratios are taken round by round, so that a machine whose speed drifts does not matter. Writes
benchmarks/results/serving_engine.json.
"""

import argparse
import json
import platform
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from assistant import settings
from assistant.model import batch
from assistant.model.local import LocalModel
from assistant.prompts import build_prompt
from assistant.samples.make import HANDBOOK
from assistant.server import quiet_libraries
from assistant.turns import Message, Sampling
from benchmarks import machine
from finetune import models

RESULTS = Path(__file__).parents[1] / "results" / "serving_engine.json"
TOPICS = (
    "what a mortgage is", "the history of bread", "how rain forms", "how a bicycle stays upright",
    "why leaves turn red", "how a library lends books", "what an invoice is for", "how coffee is grown",
)  # fmt: skip
TOKENS = 96
LONG = 2000
"""Tokens of the conversation whose second turn is timed."""
QUOTING = (
    ("leave.md", "What does the handbook say about annual leave? Give the passage word for word."),
    ("working-hours.md", "What does the handbook say about working hours? Give the passage word for word."),
    ("conduct.md", "What does the handbook say about conduct? Give the passage word for word."),
)
GREEDY = Sampling(max_new_tokens=TOKENS, repetition_penalty=1.0)


def says(text: str) -> tuple[Message, ...]:
    """Return one message of a user."""
    return (Message(role="user", content=text),)


def plain(model: Any, tokenizer: Any, messages: Sequence[Message]) -> float:
    """Answer with `generate`, and return tokens a second."""
    import torch

    began = time.perf_counter()
    inputs = tokenizer.apply_chat_template(
        list(messages), add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    with torch.inference_mode():
        made = model.generate(**inputs, max_new_tokens=TOKENS, min_new_tokens=TOKENS, do_sample=False)
    return (made.shape[1] - inputs["input_ids"].shape[1]) / (time.perf_counter() - began)


def streamed(model: LocalModel, messages: Sequence[Message], sampling: Sampling = GREEDY) -> dict[str, Any]:
    """Answer with the engine: seconds to the first token and in all, tokens, text."""
    began, first, count, text = time.perf_counter(), 0.0, 0, ""
    for piece in model.stream(messages, adapter=None, sampling=sampling):
        first = first or time.perf_counter() - began
        count += 1
        text += piece
    return {"first": first, "total": time.perf_counter() - began, "tokens": count, "text": text}


def together(model: LocalModel, count: int) -> float:
    """Answer several at once, and return tokens a second of all."""
    made: list[dict[str, Any]] = []

    def ask(topic: str) -> None:
        made.append(streamed(model, says(f"Explain {topic} in detail, in many sentences."), GREEDY))

    threads = [threading.Thread(target=ask, args=(topic,)) for topic in TOPICS[:count]]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return float(sum(one["tokens"] for one in made) / (time.perf_counter() - began))


def turns(model: LocalModel, number: int) -> float:
    """Ask twice in a long conversation, and return the second turn's time to its first token over the first one's."""
    text = f"Round {number}. "
    paragraph = " ".join(f"We spoke about {topic}, and I want you to keep it in mind." for topic in TOPICS)
    while model.count(says(text)) < LONG:
        text += paragraph + " "
    short = replace(GREEDY, max_new_tokens=24)
    first = streamed(model, says(text), short)
    more = (*says(text), Message(role="assistant", content=first["text"]), *says("And what came first?"))
    return float(streamed(model, more, short)["first"] / first["first"])


def quoting(model: LocalModel, guesses: bool) -> dict[str, float]:
    """Quote passages of the handbook, and return tokens a second after the first token."""
    before, batch.CHEAP = batch.CHEAP, batch.CHEAP if guesses else 0
    try:
        made = [
            streamed(model, quoted(file, question), replace(GREEDY, max_new_tokens=160)) for file, question in QUOTING
        ]
    finally:
        batch.CHEAP = before
    seconds = sum(one["total"] - one["first"] for one in made)
    return {"speed": sum(one["tokens"] - 1 for one in made) / seconds, "tokens": sum(one["tokens"] for one in made)}


def quoted(file: str, question: str) -> tuple[Message, ...]:
    """Return the chat's own prompt with a document of the handbook cut into passages."""
    words = (HANDBOOK / file).read_text(encoding="utf-8").split()
    parts = [" ".join(words[at : at + 120]) for at in range(0, min(len(words), 480), 120)]
    return tuple(build_prompt(question, [(file, text) for text in parts]))


def measure(rounds: int) -> dict[str, Any]:
    """Measure round by round."""
    with tempfile.TemporaryDirectory() as home:
        chosen = settings.load(home=Path(home)).finetune
        alone = models.load(chosen)
        model = LocalModel(models.load(chosen), context=4096)
    found: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        topic = TOPICS[number % len(TOPICS)]
        one = says(f"Explain {topic} in detail, in many sentences.")
        generated = plain(alone.model, alone.tokenizer, one)
        stream = streamed(model, one)
        eight = together(model, 8)
        second = turns(model, number)
        with_guesses, without = quoting(model, guesses=True), quoting(model, guesses=False)
        if not number:
            continue  # warms up
        row = {
            "generate, tokens/s": generated,
            "engine, one stream, tokens/s": stream["tokens"] / stream["total"],
            "engine, eight streams, tokens/s": eight,
            "one stream over generate": stream["tokens"] / stream["total"] / generated,
            "eight streams over generate": eight / generated,
            "first token of a second turn over the first's": second,
            "quoting, with guesses over without": with_guesses["speed"] / without["speed"],
        }
        for name, value in row.items():
            found.setdefault(name, []).append(value)
        print(json.dumps({name: round(value, 3) for name, value in row.items()}), flush=True)
    counts = model.counts
    return {name: round(median(values), 3) for name, values in found.items()} | {
        "guessed tokens that were right": round(counts.right_tokens / max(1, counts.guessed_tokens), 3),
        "type": str(alone.model.dtype),
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    quiet_libraries()
    before = machine.clock()
    result = measure(rounds)
    result["machine"] = {"processor": platform.machine(), "rounds": rounds, "lent": machine.lent(before)}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
