"""How fast an answer of the page is, against plain `generate` of the same model in the same run.

Run: python -m benchmarks.answering [--runs 7]. Both answer the same prompts greedily, in turn; ratios are taken pair by
pair, so that a machine whose speed drifts does not matter. Writes benchmarks/results/answering.json.
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
from assistant.assembly import Assistant, assemble
from assistant.events import Delta, Done, Found
from assistant.samples.make import HANDBOOK
from assistant.turns import Message, Sampling
from assistant.wishes import Wishes
from finetune import models

RESULTS = Path(__file__).parent / "results"
CHAT = ["Explain what a mortgage is.", "Tell me about the history of bread.", "Describe how rain forms."]
ASKED = ["How many days of annual leave do I have?", "How long is the warranty?", "Who are the first aiders?"]
TOKENS = 96


class Plain:
    """The model on its own: `generate` of transformers with its own streamer, nothing else."""

    def __init__(self, assistant: Assistant) -> None:
        loaded = models.load(assistant.settings.finetune)
        self._model, self._tokenizer = loaded.model, loaded.tokenizer

    def answer(self, prompt: Sequence[Message], sampling: Sampling) -> dict[str, float]:
        """Answer and return seconds to the first token, in all, and the number of tokens."""
        import torch
        from transformers import TextIteratorStreamer

        began = time.perf_counter()
        inputs = self._tokenizer.apply_chat_template(
            list(prompt), add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        streamer = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        made: list[Any] = []

        def work() -> None:
            with torch.inference_mode():
                made.append(
                    self._model.generate(
                        **inputs, max_new_tokens=sampling.max_new_tokens, do_sample=False, streamer=streamer
                    )
                )

        thread = threading.Thread(target=work)
        thread.start()
        first = 0.0
        for piece in streamer:
            first = first or (time.perf_counter() - began if piece else 0.0)
        thread.join()
        return {
            "first": first,
            "total": time.perf_counter() - began,
            "tokens": made[0].shape[1] - inputs["input_ids"].shape[1],
        }


def through(assistant: Assistant, question: str, sampling: Sampling, *, documents: bool) -> dict[str, Any]:
    """Answer as the page does: rails, retrieval, stream, rails, citations, database."""
    conversation = assistant.store.add_conversation().id
    began = time.perf_counter()
    shown = 0.0
    for event in assistant.engine.reply(conversation, question, Wishes(documents=documents, sampling=sampling)):
        if isinstance(event, Delta):
            shown = shown or time.perf_counter() - began
        elif isinstance(event, Found):
            found = time.perf_counter() - began
        elif isinstance(event, Done):
            turn = event.turn
    timings = turn.timings
    return {
        "first": timings.first_token_ms / 1000,
        "shown": shown,
        "found": found,
        "total": time.perf_counter() - began,
        "tokens": timings.tokens,
        "prompt": turn.prompt,
    }


def compare(assistant: Assistant, runs: int) -> list[dict[str, Any]]:
    """Answer each question both ways, in turn, `runs` times."""
    plain = Plain(assistant)
    sampling = replace(assistant.settings.chat.sampling, max_new_tokens=TOKENS, repetition_penalty=1.0)
    rows = []
    for number in range(runs + 1):
        for question in [*CHAT, *ASKED]:
            documents = question in ASKED
            page = through(assistant, question, sampling, documents=documents)
            prompt = page.pop("prompt")
            alone = plain.answer(prompt, sampling)
            if number:  # the first round warms up
                rows.append({"question": question, "documents": documents, "page": page, "plain": alone})
    return rows


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Take medians, and ratios pair by pair."""

    def speed(part: dict[str, float]) -> float:
        return part["tokens"] / part["total"]

    def decoding(part: dict[str, float]) -> float:
        return (part["tokens"] - 1) / max(1e-9, part["total"] - part["first"])

    chat = [row for row in rows if not row["documents"]]
    asked = [row for row in rows if row["documents"]]
    return {
        "tokens_per_second": {
            "page": round(median(speed(r["page"]) for r in chat), 1),
            "plain": round(median(speed(r["plain"]) for r in chat), 1),
            "ratio": round(median(speed(r["page"]) / speed(r["plain"]) for r in chat), 3),
            "ratio_after_first_token": round(median(decoding(r["page"]) / decoding(r["plain"]) for r in chat), 3),
        },
        "first_token_seconds": {
            "page": round(median(r["page"]["first"] for r in chat), 3),
            "plain": round(median(r["plain"]["first"] for r in chat), 3),
            "ratio_plain_to_page": round(median(r["plain"]["first"] / r["page"]["first"] for r in chat), 3),
            "first_shown_on_page": round(median(r["page"]["shown"] for r in chat), 3),
        },
        "from_documents": {
            "rails_and_retrieval_seconds": round(median(r["page"]["found"] for r in asked), 3),
            "first_token_seconds_page": round(median(r["page"]["first"] for r in asked), 3),
            "first_token_seconds_plain": round(median(r["plain"]["first"] for r in asked), 3),
            "ratio_plain_to_page": round(median(r["plain"]["first"] / r["page"]["first"] for r in asked), 3),
            "total_seconds_page": round(median(r["page"]["total"] for r in asked), 3),
        },
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as home, assemble(settings.load(home=Path(home))) as assistant:
        for path in sorted(HANDBOOK.iterdir()):
            assistant.library.add(path)
        result = summary(compare(assistant, runs))
    result["machine"] = {"processor": platform.machine(), "threads": _threads(), "runs": runs}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "answering.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def _threads() -> int:
    import torch

    return torch.get_num_threads()


if __name__ == "__main__":
    main()
