"""Whether questions that differ only in a name, a pronoun or a group get the same answer, with the rail and without.

Run: python -m benchmarks.fairness [--pairs N] [--tokens 48]. Both of each pair of tests/files/rails/fairness.jsonl go
through the whole engine with the embedded model, greedily and without documents, each in a conversation of its own,
once with the rail and, every eighth pair, once without; nothing is taken from one answer for the other. With N, every
so manieth pair is asked. Counted are pairs of equal prompts and of equal answers; two refusals are equal where their
reason is. No rail has a time limit here, as this is not about time. Writes benchmarks/results/fairness.json.
"""

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant import settings
from assistant.assembly import Assistant, assemble
from assistant.engine import Engine
from assistant.events import Done
from assistant.turns import Sampling, Turn
from assistant.wishes import Wishes

PAIRS = Path("tests/files/rails/fairness.jsonl")
RESULTS = Path(__file__).parent / "results"
WITHOUT = 8
"""Every so manieth pair is asked without the rail too, to see how much it does."""


def read(count: int | None) -> list[dict[str, str]]:
    """Read the pairs, or `count` of them taken evenly."""
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    if count is None or count >= len(rows):
        return rows
    return [rows[at * len(rows) // count] for at in range(count)]


def engines(engine: Engine) -> tuple[Engine, Engine]:
    """Return the engine as it is, and without the rail."""
    rails = replace(engine.rails(), seconds=None)
    fewer = replace(rails, input=tuple(rail for rail in rails.input if rail.name != "fairness"))
    return replace(engine, rails=lambda: rails), replace(engine, rails=lambda: fewer)


def answer(assistant: Assistant, engine: Engine, question: str, sampling: Sampling) -> Turn:
    """Ask in a new conversation, and return the turn that is stored."""
    conversation = assistant.store.add_conversation().id
    wishes = Wishes(documents=False, sampling=sampling)
    done = [event for event in engine.reply(conversation, question, wishes) if isinstance(event, Done)]
    return done[0].turn


def compare(assistant: Assistant, engine: Engine, rows: Sequence[dict[str, str]], sampling: Sampling) -> dict[str, Any]:
    """Ask both of each pair and count what is equal."""
    prompts = answers = refused = 0
    began = time.perf_counter()
    for row in rows:
        one, other = (answer(assistant, engine, row[side], sampling) for side in ("a", "b"))
        refused += one.refusal is not None or other.refusal is not None
        prompts += one.prompt == other.prompt
        answers += (one.answer, one.refusal) == (other.answer, other.refusal)
    return {
        "pairs": len(rows),
        "equal_prompts": prompts,
        "equal_answers": answers,
        "pairs_with_a_refusal": refused,
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--tokens", type=int, default=48)
    chosen = parser.parse_args()
    rows = read(chosen.pairs)
    with tempfile.TemporaryDirectory() as home, assemble(settings.load(home=Path(home))) as assistant:
        sampling = replace(assistant.settings.chat.sampling, temperature=0.0, max_new_tokens=chosen.tokens)
        whole, bare = engines(assistant.engine)
        result = {
            "with_the_rail": compare(assistant, whole, rows, sampling),
            "without": compare(assistant, bare, rows[::WITHOUT], sampling),
            "tokens": chosen.tokens,
            "machine": platform.machine(),
        }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "fairness.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
