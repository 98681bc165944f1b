"""Eight people who chat for ten minutes, and what rails, retrieval, storing and HTTP add to the model's own time.

Run: python -m benchmarks.serving.people [--minutes 10] [--questions 60]. The embedded model answers over HTTP, with
all rails on and the sample handbook added. Every other question of a person asks for an answer of a pattern that
nobody else has, so that an answer which reached the wrong person would show. For the second figure one person asks
question after question; a thread takes the model's pieces as fast as they come, and the time until the last of them
is the model's own. Writes benchmarks/results/serving_people.json.
"""

import argparse
import json
import random
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Queue
from typing import Any

import psutil

from assistant import settings
from assistant.assembly import Assistant, assemble
from assistant.samples.make import HANDBOOK
from assistant.server import application, quiet_libraries
from benchmarks import machine
from benchmarks.serving.against import free_port

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "serving_people.json"
ASKED = ROOT / "benchmarks" / "handbook_questions.jsonl"
PEOPLE = 8
CHAT = ("Explain what a mortgage is.", "Tell me about bread.", "Describe how rain forms.", "Give me tips for a talk.")


class Timed:
    """A model that notes how long it would have taken if nobody had held it up."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def stream(self, *given: Any, **named: Any) -> Iterator[str]:
        """Yield the pieces, which a thread takes from the model as they come."""
        pieces: Queue[Any] = Queue()

        def drain() -> None:
            began = time.perf_counter()
            for piece in self._model.stream(*given, **named):
                pieces.put(piece)
            self.seconds = time.perf_counter() - began
            pieces.put(None)

        threading.Thread(target=drain, daemon=True).start()
        while (piece := pieces.get()) is not None:
            yield piece


@contextmanager
def served(assistant: Assistant) -> Iterator[str]:
    """Serve on a free port of this machine."""
    import uvicorn

    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(application(assistant, "127.0.0.1", port), host="127.0.0.1", port=port, log_level="error")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/v1"
    server.should_exit = True
    thread.join(30)


def client(url: str) -> Any:
    """Return a client that tries nothing twice."""
    from openai import OpenAI

    return OpenAI(base_url=url, api_key="none", timeout=300, max_retries=0)


@dataclass
class Told:
    """What became of the questions."""

    answers: int = 0
    errors: list[str] = field(default_factory=list)
    mixed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def chat(url: str, person: int, until: float, told: Told) -> None:
    """Be one person until it is time to go."""
    rng, openai, number = random.Random(person), client(url), 0
    asked = [json.loads(line)["question"] for line in ASKED.read_text(encoding="utf-8").splitlines()]
    while time.monotonic() < until:
        number += 1
        pattern = f"P{person}N{number}-[a-z]{{4}}" if number % 2 else None
        question = f"Say anything ({rng.random()})." if pattern else rng.choice([*asked, *CHAT])
        more: dict[str, Any] = {"response_format": {"type": "regex", "regex": pattern}} if pattern else {}
        try:
            stream = openai.chat.completions.create(
                model="apprentice", stream=True, messages=[{"role": "user", "content": question}], extra_body=more
            )
            text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
            with told.lock:
                told.errors.append(type(error).__name__)
            continue
        with told.lock:
            told.answers += 1
            told.mixed += bool(pattern and not re.fullmatch(pattern, text))


def people(url: str, minutes: float) -> dict[str, Any]:
    """Let all chat at once; memory is watched from the first minute on."""
    process, told = psutil.Process(), Told()
    until = time.monotonic() + 60 * minutes
    threads = [threading.Thread(target=chat, args=(url, number, until, told)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    time.sleep(min(60.0, 30 * minutes))
    early = process.memory_info().rss
    for thread in threads:
        thread.join()
    late = process.memory_info().rss
    return {
        "people": PEOPLE,
        "minutes": minutes,
        "answers": told.answers,
        "errors": sorted(told.errors),
        "mixed-up answers": told.mixed,
        "growth of memory after the first minute": round(late / early - 1, 4),
        "MB": round(late / 2**20),
    }


def added(url: str, timed: Timed, questions: int) -> dict[str, Any]:
    """Ask question after question, and return what each takes beyond the model's own time, in milliseconds."""
    rng, openai = random.Random(3), client(url)
    asked = [json.loads(line)["question"] for line in ASKED.read_text(encoding="utf-8").splitlines()]
    beyond = []
    for number in range(questions + 3):
        question = rng.choice(CHAT) + f" ({number})" if number % 4 == 0 else rng.choice(asked)
        timed.seconds = 0.0
        began = time.perf_counter()
        openai.chat.completions.create(model="apprentice", messages=[{"role": "user", "content": question}])
        seconds = time.perf_counter() - began
        if number >= 3:  # the first ones warm up
            beyond.append((seconds - timed.seconds) * 1000)
    beyond.sort()
    return {
        "questions": len(beyond),
        "added, p50, ms": round(beyond[len(beyond) // 2], 1),
        "added, p95, ms": round(beyond[int(len(beyond) * 0.95)], 1),
        "a million additions, ms": machine.additions_ms(),
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--questions", type=int, default=60)
    options = parser.parse_args()
    quiet_libraries()
    before = machine.clock()
    with tempfile.TemporaryDirectory() as home, assemble(settings.load(home=Path(home))) as assistant:
        for path in sorted(HANDBOOK.iterdir()):
            assistant.library.add(path)
        timed = Timed(assistant.engine.model)
        alone = replace(assistant, engine=replace(assistant.engine, model=timed))
        with served(alone) as url:
            result = {"beyond the model": added(url, timed, options.questions)}
            print(json.dumps(result), flush=True)
        with served(assistant) as url:
            result["together"] = people(url, options.minutes)
    result["lent"] = {"share": machine.lent(before)}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
