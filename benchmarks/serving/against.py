"""Eight streams through our HTTP against `transformers serve` with continuous batching: tokens a second, and memory.

Run: python -m benchmarks.serving.against [--rounds 5]. Both servers hold the embedded model in the same type and are
asked in turn, round by round, by the same client; our rails and our retrieval are off, as there are none on the other
side. Tokens are counted by the model's tokenizer on the texts that arrived. Writes
benchmarks/results/serving_against.json.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from assistant import settings
from assistant.guardrails.settings import RailSettings
from benchmarks import machine
from finetune import models

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "serving_against.json"
TOPICS = ("a mortgage", "bread", "rain", "a bicycle", "autumn leaves", "a library", "an invoice", "coffee")
TOKENS = 96
WAIT = 240.0


def no_rails(home: Path) -> None:
    """Switch every rail off in a home."""
    tables = [name for name, field in RailSettings.model_fields.items() if hasattr(field.annotation, "model_fields")]
    with_switch = [name for name in tables if "on" in RailSettings.model_fields[name].annotation.model_fields]  # type: ignore[union-attr]
    home.mkdir(parents=True, exist_ok=True)
    (home / "policy.toml").write_text("".join(f"[{name}]\non = false\n" for name in with_switch), encoding="utf-8")


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], url: str) -> Iterator[psutil.Process]:
    """Run a server until it is no longer needed."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, **quiet)  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(url, timeout=10):
                break
            time.sleep(0.2)
        else:
            raise TimeoutError(f"no answer at {url}")
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def memory(process: psutil.Process) -> int:
    """Return the bytes that a server and its children hold."""
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])


class Client:
    """Asks one of the servers."""

    def __init__(self, port: int, model: str, **more: Any) -> None:
        from openai import OpenAI

        self._openai = OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=WAIT, max_retries=0)
        self._model, self._more = model, more

    def ask(self, topic: str) -> str:
        """Ask for a stream, and return the whole text."""
        said = [{"role": "user", "content": f"Explain everything about {topic} in detail, in many sentences."}]
        stream = self._openai.chat.completions.create(
            model=self._model, messages=said, stream=True, max_tokens=TOKENS, temperature=0, extra_body=self._more
        )
        return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)

    def eight(self, count: Any) -> float:
        """Ask for eight streams at once, and return tokens a second in all."""
        texts: list[str] = []
        threads = [threading.Thread(target=lambda topic=topic: texts.append(self.ask(topic))) for topic in TOPICS]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
        return float(sum(count(text) for text in texts) / seconds)


def measure(rounds: int, home: Path) -> dict[str, Any]:
    """Ask both in turn."""
    chosen = settings.load(home=home).finetune
    folder, tokenizer = models.locate(chosen), models.load_tokenizer(chosen)
    dtype = str(models.best_dtype("cpu")).removeprefix("torch.")
    no_rails(home)
    here, there = free_port(), free_port()
    serve = str(Path(sys.executable).parent / "transformers")
    with ExitStack() as stack:
        ours = stack.enter_context(
            running(
                [sys.executable, "app.py", "--home", str(home), "--port", str(here)], f"http://127.0.0.1:{here}/healthz"
            )
        )
        theirs = stack.enter_context(
            running(
                [
                    serve,
                    "serve",
                    folder,
                    "--continuous-batching",
                    "--device",
                    "cpu",
                    "--dtype",
                    dtype,
                    "--port",
                    str(there),
                ],
                f"http://127.0.0.1:{there}/health",
            )
        )
        clients = {"ours": Client(here, "apprentice", knowledge=False), "theirs": Client(there, folder)}
        found: dict[str, list[float]] = {name: [] for name in clients}
        for number in range(rounds + 1):
            for name, client in clients.items():
                speed = client.eight(lambda text: len(tokenizer(text)["input_ids"]))
                if number:
                    found[name].append(speed)
            print({name: round(values[-1], 1) for name, values in found.items() if values}, flush=True)
        held = {"ours": memory(ours), "theirs": memory(theirs)}
    ratios = [ours / theirs for ours, theirs in zip(found["ours"], found["theirs"], strict=True)]
    return {
        "tokens/s": {name: round(median(values), 1) for name, values in found.items()},
        "ratio": round(median(ratios), 3),
        "ratio of each round": [round(one, 3) for one in ratios],
        "MB": {name: round(size / 2**20) for name, size in held.items()},
        "memory, ours over theirs": round(held["ours"] / held["theirs"], 3),
        "type": dtype,
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    before = machine.clock()
    with tempfile.TemporaryDirectory() as home:
        result = measure(rounds, Path(home) / "home")
    result["lent"] = machine.lent(before)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
