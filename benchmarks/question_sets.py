"""Questions with the documents that answer them, read from a folder of third-party sets."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

FILES = 100
"""Of each handbook at most."""
HEADINGS = 250
"""Asked of each handbook at most."""
UNDER = 120
"""Characters that stand under a heading at least."""

Texts = Mapping[str, tuple[str, str]]
"""Title and text of documents by name."""
Asked = Sequence[tuple[str, frozenset[str]]]
"""Questions, each with the names of the documents that answer it."""

_HEADING = re.compile(r"^#{1,6} +(.+)\n((?:(?!#{1,6} ).*\n)*)", re.MULTILINE)
_MARKUP = re.compile(r"\[([^\]]*)\]\([^)]*\)|\{[^}]*\}|[*`]")


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A set, before it is read."""

    about: str
    """What it is, and its licence."""
    read: Callable[[Path], tuple[Texts, Asked]]
    """Reads it from the folder of all sets."""


def xquad(data: Path, language: str = "en") -> tuple[Texts, Asked]:
    """Read XQuAD's paragraphs, and its questions in a language."""
    rows = json.loads((data / "qa" / "xquad" / f"xquad.{language}.json").read_text(encoding="utf-8"))["data"]
    paragraphs = [paragraph for article in rows for paragraph in article["paragraphs"]]
    texts = {f"p{n}": ("", paragraph["context"]) for n, paragraph in enumerate(paragraphs)}
    return texts, [(row["question"], frozenset([f"p{n}"])) for n, p in enumerate(paragraphs) for row in p["qas"]]


def conversations(data: Path) -> tuple[Texts, list[tuple[list[str], frozenset[str]]]]:
    """Read MTRAG's passages, and the questions of its conversations with the passages that answer the last of them."""
    folder = data / "qa" / "mtrag-human" / "mtrag-human" / "evaluations"
    rows = json.loads((folder / "reference_subset_with_human_evaluations.json").read_text(encoding="utf-8"))
    texts = {row["document_id"]: (" ".join((row.get("title") or "").split()), row["text"]) for row in rows["documents"]}
    found = []
    for task in rows["tasks"]:
        questions = [message["text"] for message in task["input"] if message["speaker"] == "user"]
        wanted = frozenset(context["document_id"] for context in task["contexts"])
        if wanted:
            found.append((questions, wanted))
    return texts, found


def _mtrag(data: Path) -> tuple[Texts, Asked]:
    texts, found = conversations(data)
    return texts, [(questions[0], wanted) for questions, wanted in found if len(questions) == 1]


def _tatqa(data: Path) -> tuple[Texts, Asked]:
    """Read reports: paragraphs with a table."""
    texts: dict[str, tuple[str, str]] = {}
    asked: list[tuple[str, frozenset[str]]] = []
    rows = json.loads((data / "qa/tatqa/dataset_raw/tatqa_dataset_dev.json").read_text(encoding="utf-8"))
    for number, row in enumerate(rows):
        head, *body = ["| " + " | ".join(cells) + " |" for cells in row["table"]["table"]]
        line = "|" + "---|" * len(row["table"]["table"][0])
        paragraphs = [paragraph["text"] for paragraph in row["paragraphs"]]
        texts[f"t{number}"] = ("", "\n\n".join([*paragraphs, "\n".join([head, line, *body])]))
        asked += [(question["question"], frozenset([f"t{number}"])) for question in row["questions"]]
    return texts, asked


def _tables(data: Path) -> tuple[Texts, Asked]:
    """Read tables with questions about their cells."""
    rows = _lines(data / "safety" / "bipia" / "table" / "train.jsonl")
    names = {text: f"t{number}" for number, text in enumerate(dict.fromkeys(row["context"] for row in rows))}
    asked = [(row["question"], frozenset([names[row["context"]]])) for row in rows]
    return {name: ("", text) for text, name in names.items()}, asked


def _h2o(data: Path) -> tuple[Texts, Asked]:
    """Read a product's documentation; its questions belong to the passages that hold a stretch of their answer."""
    folder = data / "qa" / "h2o-dai"
    documents = json.loads((folder / "dai_docs.train_cleaned.json").read_text(encoding="utf-8"))
    texts = {f"d{number}": ("", row["output"]) for number, row in enumerate(documents)}
    plain = {name: _plain(text) for name, (_, text) in texts.items()}
    asked = []
    for row in json.loads((folder / "dai_faq.json").read_text(encoding="utf-8")):
        answer = _plain(row["output"])
        stretches = [answer[at : at + 50] for at in range(0, max(1, len(answer) - 50), 25)]
        holders = [[name for name, text in plain.items() if stretch in text] for stretch in stretches]
        wanted = frozenset(name for some in holders if len(some) <= 3 for name in some)
        if wanted:
            asked.append((row["instruction"], wanted))
    return texts, asked


def _grounded(data: Path) -> tuple[Texts, Asked]:
    """Read questions with the passages that answer them."""
    rows = _lines(data / "preferences" / "grounded.jsonl")
    titles = {" ".join(p[1:]): p[0] for row in rows for p in row["passages"]}
    names = {text: f"g{number}" for number, text in enumerate(titles)}
    asked = [(row["question"], frozenset(names[" ".join(p[1:])] for p in row["passages"])) for row in rows]
    return {names[text]: (title, text) for text, title in titles.items()}, asked


def _handbook(data: Path, name: str) -> tuple[Texts, Asked]:
    """Read a handbook; headings that stand over some text, and only once, are taken out and asked as questions."""
    rng = random.Random(0)
    folder = data / "companies" / name
    files = [file for file in sorted(folder.rglob("*.md")) if not file.name.startswith("_LICENCE")]
    files = rng.sample(files, min(FILES, len(files)))
    texts = {str(file.relative_to(folder)): file.read_text(encoding="utf-8", errors="replace") for file in files}
    found = [(file, match) for file, text in texts.items() for match in _HEADING.finditer(text)]
    often = Counter(_plain(match[1]) for _, match in found)
    found = [(f, m) for f, m in found if often[_plain(m[1])] == 1 and len(m[1].split()) > 1 and len(m[2]) > UNDER]
    found = rng.sample(found, min(HEADINGS, len(found)))
    for file, match in found:
        texts[file] = texts[file].replace(match[0], match[2], 1)
    asked = [(_MARKUP.sub(r"\1", match[1]).strip(), frozenset([file])) for file, match in found]
    return {file: ("", text) for file, text in texts.items()}, asked


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


SETS = {
    "xquad": QuestionSet("XQuAD English (CC BY-SA 4.0)", xquad),
    "tatqa": QuestionSet("TAT-QA dev (CC BY 4.0)", _tatqa),
    "tables": QuestionSet("table questions of BIPIA train (MIT; contexts CC BY-SA)", _tables),
    "h2o": QuestionSet("H2O Driverless AI documentation (Apache-2.0)", _h2o),
    "mtrag": QuestionSet("MTRAG, first questions (Apache-2.0)", _mtrag),
    "grounded": QuestionSet("FineGrainedRLHF (Apache-2.0)", _grounded),
    **{
        name: QuestionSet(f"headings of a handbook as questions ({licence})", partial(_handbook, name=name))
        for name, licence in (
            ("thoughtbot", "CC BY 3.0"),
            ("datica-hipaa", "CC BY-SA 4.0"),
            ("comply-soc2", "Apache-2.0"),
            ("sourcegraph", "Apache-2.0"),
            ("18f", "CC0"),
        )
    },
}
