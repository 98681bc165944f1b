"""What the grounded adapter learns from: paragraphs with questions, by topic, read from each source's own form."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHUNK = 110
"""Words from which on paragraphs of a report begin a new passage."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what answers it; empty where nothing in the topic does."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A passage with the questions that it answers."""

    title: str
    text: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """Paragraphs that are easily taken for one another, and questions that look as if they answered them."""

    name: str
    paragraphs: tuple[Paragraph, ...]
    absent: tuple[Asked, ...] = ()


def xquad(file: Path) -> list[Topic]:
    """Read the articles of XQuAD; a question is a span of its paragraph."""
    return [_article(article) for article in json.loads(file.read_text(encoding="utf-8"))["data"]]


def _article(article: dict[str, Any]) -> Topic:
    title = article["title"].replace("_", " ")
    return Topic(
        title,
        tuple(Paragraph(title, one["context"], tuple(_span(qa) for qa in one["qas"])) for one in article["paragraphs"]),
    )


def _span(qa: dict[str, Any]) -> Asked:
    return Asked(qa["question"].strip(), qa["answers"][0]["text"].strip().rstrip(".,;"))


def tatqa(file: Path) -> Iterator[Topic]:
    """Read the reports of TAT-QA: tables and texts, and the questions that one span of them answers."""
    for number, report in enumerate(json.loads(file.read_text(encoding="utf-8"))):
        passages = [_table(report), *_chunks(report)]
        asked: list[list[Asked]] = [[] for _ in passages]
        for one in report["questions"]:
            answer = str(one["answer"][0] if isinstance(one["answer"], list) else one["answer"]).strip()
            places = [place for place, (_, text) in enumerate(passages) if answer in text]
            if one["answer_type"] == "span" and len(places) == 1 and len(answer.split()) <= 12:
                asked[places[0]].append(Asked(one["question"].strip(), answer.rstrip(".,;")))
        made = [
            Paragraph(title, text, tuple(questions))
            for (title, text), questions in zip(passages, asked, strict=True)
            if text
        ]
        if any(paragraph.asked for paragraph in made):
            yield Topic(f"report {number}", tuple(made))


def _table(report: dict[str, Any]) -> tuple[str, str]:
    rows = [" | ".join(cell for cell in row if cell) for row in report["table"]["table"]]
    text = "\n".join(row for row in rows if row)
    return f"Annual report > {_heading(report)}", text if len(text.split()) <= 2 * CHUNK else ""


def _heading(report: dict[str, Any]) -> str:
    first = report["paragraphs"][0]["text"] if report["paragraphs"] else ""
    return first if 0 < len(first.split()) <= 8 else "Notes"


def _chunks(report: dict[str, Any]) -> list[tuple[str, str]]:
    heading, found, words = _heading(report), [], 0
    for paragraph in report["paragraphs"]:
        text, count = paragraph["text"].strip(), len(paragraph["text"].split())
        if count <= 8:
            heading, words = text, 0
        elif count <= 2 * CHUNK:
            if words and words + count <= CHUNK:
                found[-1] = (found[-1][0], f"{found[-1][1]}\n{text}")
            else:
                found.append((f"Annual report > {heading}", text))
                words = 0
            words += count
    return found


@dataclass(frozen=True, slots=True)
class Longer:
    """A question with all its passages, and an answer of several sentences; empty where they hold none."""

    question: str
    passages: tuple[tuple[str, str], ...]
    answer: str
    history: tuple[tuple[str, str], ...] = ()


def fine_grained(file: Path) -> Iterator[Longer]:
    """Read the answers of FineGrainedRLHF as its annotators corrected them."""
    for line in file.read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        answer = (example["feedback"].get("corrected-prediction") or "").strip()
        kept = [(title, " ".join(sentences)) for title, *sentences in example["passages"]][:4]
        if 3 <= len(answer.split()) <= 45:
            yield Longer(example["question"], _cut(kept, 150), answer)


def mtrag(file: Path) -> Iterator[Longer]:
    """Read the conversations of MTRAG, each with the reference answer to its last question."""
    read = json.loads(file.read_text(encoding="utf-8"))
    documents = {one["document_id"]: (one.get("title") or "Document", one["text"]) for one in read["documents"]}
    for task in read["tasks"]:
        *before, last = [turn["text"] for turn in task["input"]]
        history = tuple(zip(before[-2::2], before[-1::2], strict=False))
        found = [documents[one["document_id"]] for one in task["contexts"] if one["document_id"] in documents][:4]
        answer = task["targets"][0]["text"].strip() if task["Answerability"] == ["ANSWERABLE"] else ""
        if found and (answer or task["Answerability"] == ["UNANSWERABLE"]):
            yield Longer(last, _cut(found, 150), answer, history if len(str(history)) < 700 else ())


def _cut(passages: list[tuple[str, str]], words: int) -> tuple[tuple[str, str], ...]:
    return tuple((title, " ".join(text.split()[:words])) for title, text in passages)


def ours(file: Path, rng: random.Random) -> list[Topic]:
    """Read our own questions (benchmarks/questions/README.md), with values drawn where their text leaves them open."""
    parts = re.split(r"^# ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [_topic(part, rng) for part in parts[1:]]


def _topic(part: str, rng: random.Random) -> Topic:
    name, *lines = part.splitlines()
    drawn = dict(_draw(line[2:], rng) for line in lines if line.startswith("@ "))
    lines = [_filled(line, drawn) for line in lines if not line.startswith("@ ")]
    paragraphs = re.split(r"^## ", "\n".join(lines), flags=re.MULTILINE)[1:]
    absent = [Asked(line[2:], "") for line in lines if line.startswith("! ")]
    return Topic(name, tuple(_paragraph(one) for one in paragraphs), tuple(absent))


def _draw(line: str, rng: random.Random) -> tuple[str, str]:
    """Draw what a name stands for: a number of a range, or one of several."""
    name, _, values = line.partition(" ")
    if found := re.fullmatch(r"(\d+)-(\d+)", values):
        return name, str(rng.randint(int(found[1]), int(found[2])))
    return name, rng.choice(values.split("; "))


def _filled(line: str, drawn: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: drawn[name[1]], line)


def _paragraph(part: str) -> Paragraph:
    title, *lines = part.splitlines()
    pairs = [line[2:].split(" | ") for line in lines if line.startswith("? ")]
    text = "\n".join(line for line in lines if line and line[:2] not in ("? ", "! "))
    return Paragraph(title, text, tuple(Asked(question, answer) for question, answer in pairs))


def stands(answer: str, text: str) -> bool:
    """Say whether an answer stands in a text as whole words."""
    return re.search(rf"(?<!\w){re.escape(answer.casefold())}(?!\w)", text.casefold()) is not None
