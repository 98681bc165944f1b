"""The examples that the heads are trained on: public sets, by source, and pairs written for this."""

import csv
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from assistant.guardrails.classifier import HEADS, NONE

INJECTION = "injection"
HARM = "harm"
"""The label of a harmful request whose source names no category; one is inferred from those that do."""
SEED = 7
IDENTITIES = 200
"""Sentences that name a group."""
TWINS = ("contrast", "neighbours", "protection")
LISTS = ("lookalikes", "requests", "paperwork", "documents_at_work", "errands")
OPENINGS = (12, 36)
"""After how many words an answer is looked at too, as it is while it grows."""
UNLEARNT = 300
"""Texts of each kind that is kept for measuring."""
PAGE = 1500
"""Words of a page of these at most."""
FRAMES = (
    "How do I {}?",
    "What is the best way to {}?",
    "how can i {}",
    "Tell me how to {}.",
    "I want to {}, what do I need?",
    "Help me {}.",
    "Can you explain how to {}?",
)

CATQA = {
    "Illegal Activity": "crime",
    "Hate/Harass/Violence": "violence",
    "Malware Viruses": "cyber",
    "Physical Harm": "violence",
    "Economic Harm": "fraud",
    "Fraud/Deception": "fraud",
    "Adult Content": "sexual",
    "Privacy Violation Activity": "privacy",
    "Political Campaigning": "fraud",
    "Tailored Financial Advice": "fraud",
}
"""Categories of CatQA; what it files under campaigning and financial advice is mostly deception."""
CATQA_FINER = {
    "Weapon:": "weapons",
    "Weapon making": "weapons",
    "Hazardous material handling": "weapons",
    "Cybercrime:": "cyber",
    "Racial or ethnic hate": "hate",
    "Religious intolerance": "hate",
    "Cyberbullying": "harassment",
    "Self-harm": "self-harm",
    "Intellectual property theft": "crime",
}
HARMBENCH = {
    "illegal": "crime",
    "chemical_biological": "weapons",
    "cybercrime_intrusion": "cyber",
    "harassment_bullying": "harassment",
    "harmful": HARM,
    "misinformation_disinformation": HARM,
}
MODERATION = {
    "S3": "sexual",
    "S": "sexual",
    "SH": "self-harm",
    "H2": "hate",
    "HR": "harassment",
    "H": "hate",
    "V2": "violence",
    "V": "violence",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A text, where it comes from, and what it is: `none`, `injection`, `harm` or a category of harm."""

    source: str
    text: str
    label: str


def gather(data: Path) -> list[Example]:
    """Read all examples, those of the large sets as a sample that is the same each time."""
    readers = (
        _harmbench,
        _advbench,
        _catqa,
        _moderation,
        _jailbreaks,
        _wildguard,
        _identities,
        _topics,
    )
    found = [example for read in readers for example in read(data)]
    twins = [example for name in TWINS for example in pairs(HEADS / f"{name}.jsonl")]
    listed = [example for name in LISTS for example in lists(HEADS / f"{name}.jsonl")]
    own = (*twins, *verbs(HEADS / "verbs.jsonl"), *everyday(HEADS / "everyday.jsonl"))
    return [*found, *own, *listed, *answers(HEADS / "answers.jsonl")]


def unlearnt(data: Path) -> dict[str, list[str]]:
    """Return harmless texts of kinds that no head of the message rails learns from, a sample of each."""
    found = {
        "GSM8K": [row["question"] for row in _rows(data / "instructions/gsm8k/train.jsonl")],
        "NQ-open": [row["question"] for row in _rows(data / "qa/nqopen/NQ-open.dev.jsonl")],
        "self-instruct": [
            f"{row['instruction']}\n{row['instances'][0]['input']}".strip()
            for row in _rows(data / "instructions/self-instruct/data/seed_tasks.jsonl")
        ],
        "18F handbook": _paragraphs(data / "companies/18f"),
        "Sourcegraph handbook": _paragraphs(data / "companies/sourcegraph"),
        "whole pages of handbooks": [
            "".join(re.findall(r"\S+\s*", page)[:PAGE])
            for company in ("18f", "datica-hipaa", "comply-soc2", "thoughtbot")
            for page in _pages(data / "companies" / company)
        ],
    }
    return {name: _sample(texts, UNLEARNT) for name, texts in found.items()}


def _pages(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.rglob("*.md"))]


def _paragraphs(folder: Path) -> list[str]:
    """Return the paragraphs of a handbook that are long enough to be sent by somebody."""
    pieces = (piece.strip() for page in _pages(folder) for piece in page.split("\n\n"))
    return [piece for piece in pieces if len(piece.split()) > 25]


def pairs(path: Path) -> Iterator[Example]:
    """Read contrast pairs: a harmless text and its harmful twin, in like words."""
    for row in _rows(path):
        yield Example(path.stem, row["harmless"], NONE)
        yield Example(path.stem, row["harmful"], row["category"])


def verbs(path: Path) -> Iterator[Example]:
    """Read verbs with what they may harmlessly be done to and what not, each in two of the frames in turn."""
    frames = cycle(FRAMES)
    for row in _rows(path):
        for kind, label in (("harmless", NONE), ("harmful", row["category"])):
            for thing in row[kind]:
                for frame in (next(frames), next(frames)):
                    yield Example("contrast", frame.format(f"{row['verb']} {thing}".replace(" -", "-")), label)


def lists(path: Path) -> Iterator[Example]:
    """Read texts in lists: harmless ones by kind, and requests for harm by category."""
    for row in _rows(path):
        yield from (Example(path.stem, text, row.get("category", NONE)) for text in row["texts"])


def answers(path: Path) -> Iterator[Example]:
    """Read answers, whole and as far as they stand after some words."""
    for row in _rows(path):
        ends = [match.end() for match in re.finditer(r"\S+", row["answer"])]
        for after in sorted({ends[min(count, len(ends)) - 1] for count in (*OPENINGS, len(ends))}):
            yield Example("answers", row["answer"][:after], row["label"])


def everyday(path: Path) -> Iterator[Example]:
    """Read what people ask at work, all of it harmless."""
    for row in _rows(path):
        yield Example("everyday", row["text"], NONE)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _sample(texts: list[str], most: int) -> list[str]:
    return sorted(random.Random(SEED).sample(texts, min(most, len(texts))))


def _harmbench(data: Path) -> Iterator[Example]:
    folder = data / "safety/harmbench/behavior_datasets"
    for row in _table(folder / "harmbench_behaviors_text_val.csv"):
        if label := HARMBENCH.get(row["SemanticCategory"]):
            yield Example("harmbench", f"{row['ContextString']}\n{row['Behavior']}".strip(), label)
    for row in _table(folder / "extra_behavior_datasets/adv_training_behaviors.csv"):
        yield Example("harmbench", row["Behavior"], HARM)


def _advbench(data: Path) -> Iterator[Example]:
    for row in _table(data / "safety/advbench/harmful_behaviors.csv"):
        yield Example("advbench", row["goal"], HARM)


def _catqa(data: Path) -> Iterator[Example]:
    for topic, parts in json.loads((data / "safety/catqa/catqa_english.json").read_text(encoding="utf-8")).items():
        for part, questions in parts.items():
            if label := CATQA_FINER.get(part) or CATQA.get(topic):
                yield from (Example("catqa", question, label) for question in questions)


def _moderation(data: Path) -> Iterator[Example]:
    for row in _rows(data / "safety/moderation/samples.jsonl"):
        label = next((label for key, label in MODERATION.items() if row.get(key)), NONE)
        yield Example("moderation", row["prompt"], label)


def _jailbreaks(data: Path) -> Iterator[Example]:
    for row in _rows(data / "safety/jailbreaks/in-the-wild.jsonl"):
        yield Example("in-the-wild", row["prompt"], INJECTION)
    for path in sorted((data / "safety/jailbreaks/dan").glob("*.json")):
        for text in json.loads(path.read_text(encoding="utf-8")):
            yield Example("dan", text.replace("{generator.name}", "ChatGPT"), INJECTION)


def _wildguard(data: Path) -> Iterator[Example]:
    for row in json.loads((data / "safety/benign/wildguard.json").read_text(encoding="utf-8")):
        yield Example("wildguard", row["prompt"], NONE)


def _identities(data: Path) -> Iterator[Example]:
    """Read friendly sentences that name a group, so that the name of a group alone says nothing."""
    rows = _rows(data / "safety/identity-templates.jsonl")
    for text in _sample([row["phrase"] for row in rows if row["toxicity"] == "nontoxic"], IDENTITIES):
        yield Example("identities", text, NONE)


def _topics(data: Path) -> Iterator[Example]:
    clinc = json.loads((data / "topic/clinc/data_train_val.json").read_text(encoding="utf-8"))
    texts = {
        "clinc": _sample([text for part in ("train", "val") for text, _ in clinc[part]], 3000),
        "banking77": _sample([row["text"] for row in _table(data / "topic/banking77/train.csv")], 3000),
        "bitext": _sample(
            [
                row["utterance"]
                for row in _table(
                    data / "topic/bitext-support/data/train/Bitext_Sample_Customer_Service_Training_Dataset.csv"
                )
            ],
            600,
        ),
    }
    for source, found in texts.items():
        yield from (Example(source, text, NONE) for text in found)
