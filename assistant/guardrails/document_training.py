"""Train the two heads of the scan of documents: commands as against what real documents hold.

Part of `python -m assistant.guardrails.training DATA_DIR`; by itself, `python -m
assistant.guardrails.document_training DATA_DIR` takes two minutes, as nothing is embedded.
"""

import json
import logging
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.guardrails.classifier import HEADS, NONE, Head
from assistant.guardrails.documents import FIRST, sentences, unwrapped
from assistant.guardrails.examples import INJECTION, SEED, Example, everyday
from assistant.guardrails.fitting import Rows, fit
from assistant.guardrails.windows import windows
from knowledge.chunking import split
from knowledge.embeddings import Encoder
from knowledge.errors import KnowledgeError
from knowledge.loaders import formats

log = logging.getLogger(__name__)

COMPANIES = ("18f", "comply-soc2", "datica-hipaa", "sourcegraph", "thoughtbot")
INNOCENT = (
    "Information Retrieval",
    "Content Creation",
    "Learning and Tutoring",
    "Language Translation",
    "Programming Help",
)
"""Kinds of BIPIA's attacks that are plain questions and tasks, as documents hold them too: nothing to learn from."""
TOKENS = 220
"""The library's default size of a passage."""
MOST_SENTENCES = 100_000
MOST_STRETCHES = 30_000


@dataclass(frozen=True, slots=True)
class Cut:
    """A passage as the library cuts it, and the file and company that it is of."""

    company: str
    document: str
    text: str


def cut(data: Path, companies: Iterable[str] = COMPANIES) -> list[Cut]:
    """Read the companies' documents and cut them into passages."""
    encoder = Encoder("embedded")
    found = []
    for company in companies:
        for path in sorted(p for p in (data / "companies" / company).rglob("*") if p.is_file()):
            try:
                content = formats.load(path.name, path.read_bytes())
            except KnowledgeError:
                continue
            pieces = split(content, content.title or path.name, encoder.tokenize, TOKENS)
            found += [Cut(company, str(path), content.text[piece.start : piece.end]) for piece in pieces]
    return found


def attacks(data: Path) -> Iterator[Example]:
    """Read BIPIA's attacks, with their kind as source; of those on code, the sentence before it."""
    folder = data / "safety/bipia"
    for kind, texts in json.loads((folder / "text_attack_train.json").read_text(encoding="utf-8")).items():
        yield from (Example(f"bipia/{kind}", text, INJECTION) for text in texts)
    for kind, texts in json.loads((folder / "code_attack_train.json").read_text(encoding="utf-8")).items():
        yield from (Example(f"bipia/{kind}", text.split("\n")[0], INJECTION) for text in texts)


def written() -> Iterator[Example]:
    """Read the commands to an assistant that were written for this, and their twins that are meant for people."""
    for row in _rows(HEADS / "documents.jsonl"):
        yield Example("aimed", row["aimed"], INJECTION)
        yield Example("meant", row["meant"], NONE)


def jailbreaks(data: Path) -> list[Example]:
    """Read the jailbreaks, each whole."""
    folder = data / "safety/jailbreaks"
    wild = [Example("in-the-wild", row["prompt"], INJECTION) for row in _rows(folder / "in-the-wild.jsonl")]
    dan = [
        Example("dan", text.replace("{generator.name}", "ChatGPT"), INJECTION)
        for path in sorted((folder / "dan").glob("*.json"))
        for text in json.loads(path.read_text(encoding="utf-8"))
    ]
    return wild + dan


def contexts(data: Path) -> list[Example]:
    """Read the e-mails, tables and code that BIPIA puts its attacks into, with their kind as source."""
    found = []
    for kind in ("email", "table", "code"):
        for row in _rows(data / f"safety/bipia/{kind}/train.jsonl"):
            text = row["context"] if isinstance(row["context"], str) else "\n".join(row["context"])
            found.append(Example(f"context/{kind}", text, NONE))
    return found


def train_sentences(commands: Sequence[Example], harmless: Sequence[Example]) -> Head:
    """Fit the head for sentences: each command whole, and what is harmless sentence by sentence."""
    single = {unwrapped(e.text)[start:end]: e.source for e in harmless for start, end in sentences(e.text)}
    chosen = _sample(list(single.items()), MOST_SENTENCES)
    return _fit(
        [Example(example.source, FIRST + example.text, example.label) for example in commands]
        + [Example(source, FIRST + text, NONE) for text, source in chosen]
    )


def train_stretches(takeovers: Sequence[Example], harmless: Sequence[Example]) -> Head:
    """Fit the head for stretches of 110 words."""
    cut_up = [
        [
            Example(example.source, example.text[start:end], example.label)
            for example in examples
            for start, end in windows(example.text)
        ]
        for examples in (takeovers, harmless)
    ]
    return _fit(cut_up[0] + _sample(cut_up[1], MOST_STRETCHES))


def harmless(data: Path, pieces: Sequence[Cut]) -> list[Example]:
    """Return what both heads learn as harmless."""
    passages = [Example(f"company/{piece.company}", piece.text, NONE) for piece in pieces]
    return [*passages, *contexts(data), *everyday(HEADS / "everyday.jsonl")]


def train(data: Path, folder: Path = HEADS) -> None:
    """Fit and store both heads, on everything."""
    known = harmless(data, cut(data))
    commands = [example for example in attacks(data) if example.source.split("/")[1] not in INNOCENT]
    train_sentences([*written(), *commands], known).save(folder / "sentence.npz")
    log.info("The head for sentences is stored")
    train_stretches(jailbreaks(data), known).save(folder / "stretch.npz")
    log.info("The head for stretches is stored")


def _fit(examples: Sequence[Example]) -> Head:
    return fit(
        Rows(
            [example.text for example in examples],
            np.zeros((len(examples), 0), dtype=np.float32),
            np.arange(len(examples)),
            np.array([example.source for example in examples]),
            np.array([example.label for example in examples]),
        )
    )


def _sample(found: list[Any], most: int) -> list[Any]:
    return random.Random(SEED).sample(found, min(most, len(found)))


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train(Path(sys.argv[1]))
