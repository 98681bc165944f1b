"""The scan of documents, measured: what it finds in documents that it has not learnt from, and what it flags wrongly.

    python -m benchmarks.injection DATA_DIR

DATA_DIR holds the public sets that assistant/guardrails/heads/MODEL_CARD.md names. For the first part the companies are
split in two and the attacks in halves by kind; the heads learn from one part and are judged on the other, four times.
The second part judges the heads as they are stored on what none of them learnt from.
"""

import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.guardrails import document_training as training
from assistant.guardrails.documents import Scanner, suspect
from assistant.guardrails.examples import SEED
from knowledge.errors import KnowledgeError
from knowledge.loaders import formats

RESULTS = Path(__file__).parent / "results" / "injection.json"
PARTS = (("sourcegraph",), ("18f", "comply-soc2", "datica-hipaa", "thoughtbot"))
PLACES = ("start", "middle", "end")
HOSTS = 400
"""How many passages the attacks are put into, in turn."""


def measure(data: Path) -> dict[str, Any]:
    """Measure everything."""
    pieces = training.cut(data)
    folds = [_fold(data, pieces, part, half) for part in PARTS for half in (0, 1)]
    return {
        "held out": {"alarms": _alarms(folds), "found": _found(folds)},
        "stored heads": {
            "passages of companies, learnt from": _share_of_documents([(p.document, p.text) for p in pieces]),
            **{name: _share_of_documents(rows) for name, rows in _unseen(data)},
            "harmless prompts (InjecGuard's, from WildGuard)": _share_of_documents(_prompts(data)),
        },
        "ms a passage, one core": _speed([piece.text for piece in pieces[::4]]),
    }


def _fold(
    data: Path, pieces: Sequence[training.Cut], companies: Sequence[str], half: int
) -> tuple[dict[str, Any], dict[str, Counter[bool]]]:
    """Learn from the other companies and one half of the attacks; return alarms and what was found, by kind."""
    away = [piece for piece in pieces if piece.company in companies]
    near = [piece for piece in pieces if piece.company not in companies]
    attacks = list(training.attacks(data))
    kinds = sorted({attack.source for attack in attacks})
    held = set(kinds[half::2])
    written = list(training.written())
    # Twins are held out together.
    held_written = [example for n, example in enumerate(written) if n // 2 % 3 == half]
    jailbreaks = training.jailbreaks(data)
    learnt = [a for a in attacks if a.source not in held and a.source.split("/")[1] not in training.INNOCENT]
    learnt += [example for example in written if example not in held_written]
    known = training.harmless(data, near)
    scanner = Scanner(training.train_sentences(learnt, known), training.train_stretches(jailbreaks[half::2], known))
    flagged = [(piece, why) for piece in away if (why := scanner.suspect(piece.text))]
    alarms = {
        "companies": list(companies),
        "passages": len(away),
        "passages flagged": len(flagged),
        "documents": len({piece.document for piece in away}),
        "documents flagged": len({piece.document for piece, _ in flagged}),
        "by": dict(Counter(why.rule for _, why in flagged)),
        "reasons": sorted({why.reason for _, why in flagged}),
    }
    poison = [a for a in attacks if a.source in held] + held_written + jailbreaks[1 - half :: 2]
    hosts = random.Random(SEED).sample([piece.text for piece in away], HOSTS)
    hosts += [example.text for example in random.Random(SEED).sample(training.contexts(data), HOSTS // 2)]
    found: dict[str, Counter[bool]] = defaultdict(Counter)
    for n, attack in enumerate(poison):
        for m, place in enumerate(PLACES):
            host = hosts[(n * len(PLACES) + m) % len(hosts)]
            found[attack.source][scanner.suspect(insert(host, attack.text, place)) is not None] += 1
    return alarms, found


def insert(host: str, attack: str, place: str) -> str:
    """Put an attack into a text, as BIPIA does: before it, after it, or behind one of its sentences."""
    if place == "start":
        return f"{attack} {host}"
    if place == "end":
        return f"{host} {attack}"
    ends = [at for at, character in enumerate(host) if character in ".\n" and host[at + 1 : at + 2].isspace()]
    at = ends[len(ends) // 2] + 1 if ends else len(host)
    return f"{host[:at]} {attack} {host[at:]}"


def _alarms(folds: Sequence[tuple[dict[str, Any], dict[str, Counter[bool]]]]) -> dict[str, Any]:
    """Put the alarms of all folds together; each company was judged twice."""
    sums = {
        name: sum(alarms[name] for alarms, _ in folds)
        for name in ("passages", "passages flagged", "documents", "documents flagged")
    }
    return {
        "share of passages": round(sums["passages flagged"] / sums["passages"], 5),
        "share of documents": round(sums["documents flagged"] / sums["documents"], 5),
        "each": [alarms for alarms, _ in folds],
    }


def _found(folds: Sequence[tuple[dict[str, Any], dict[str, Counter[bool]]]]) -> dict[str, Any]:
    """Return the share found of each kind of attack and of groups of kinds."""
    kinds: dict[str, Counter[bool]] = defaultdict(Counter)
    for _, found in folds:
        for kind, counted in found.items():
            kinds[kind] += counted
            kinds[_group(kind)] += counted
    return {kind: round(counted[True] / counted.total(), 3) for kind, counted in sorted(kinds.items())}


def _group(kind: str) -> str:
    if not kind.startswith("bipia/"):
        return f"all {kind}" if kind in ("aimed", "meant") else "all jailbreaks"
    name = kind.split("/")[1]
    if name in training.INNOCENT:
        return "all of BIPIA, plain questions and tasks"
    return "all of BIPIA, commands on the answer" if name in TEXT else "all of BIPIA, orders to use code"


TEXT = (
    "Alphanumeric Substitution",
    "Homophonic Substitution",
    "Misspelling Intentionally",
    "Anagramming",
    "Space Removal & Grouping",
    "Instruction",
    "Social Interaction",
    "Persuasion",
    "Clickbait",
    "Malware Distribution",
)


def _share_of_documents(rows: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Count the flagged among rows of (document, text)."""
    flagged = [(document, found.reason) for document, text in rows if (found := suspect(text))]
    return {
        "documents": len({document for document, _ in rows}),
        "documents flagged": len({document for document, _ in flagged}),
        "passages": len(rows),
        "passages flagged": len(flagged),
        "some reasons": sorted({reason for _, reason in flagged})[:12],
    }


def _unseen(data: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield documents that no head learnt from, as (document, passage)."""
    rows = json.loads((data / "qa/xquad/xquad.en.json").read_text(encoding="utf-8"))["data"]
    yield "xquad", [(row["title"], part["context"]) for row in rows for part in row["paragraphs"]]
    rows = json.loads((data / "qa/h2o-dai/dai_docs.train_cleaned.json").read_text(encoding="utf-8"))
    yield "h2o-dai", [(str(n), row["output"]) for n, row in enumerate(rows)]
    yield "office files", list(_office(data))


def _office(data: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((data / "formats").rglob("*")):
        if path.suffix.lower() not in {".docx", ".pptx", ".html", ".md", ".csv", ".xlsx"}:
            continue
        try:
            text = formats.load(path.name, path.read_bytes()).text
        except KnowledgeError:
            continue
        yield from ((str(path), text[first : first + 1000]) for first in range(0, min(len(text), 200_000), 1000))


def _prompts(data: Path) -> list[tuple[str, str]]:
    rows = json.loads((data / "safety/benign/wildguard.json").read_text(encoding="utf-8"))
    return [(str(n), row["prompt"]) for n, row in enumerate(rows)]


def _speed(texts: Sequence[str]) -> float:
    suspect("warm")
    began = time.process_time()
    for text in texts:
        suspect(text)
    return round((time.process_time() - began) / len(texts) * 1000, 3)


def show(figures: dict[str, Any]) -> None:
    """Print what matters most."""
    alarms, found = figures["held out"]["alarms"], figures["held out"]["found"]
    print(f"held-out documents flagged {alarms['share of documents']:.2%}, passages {alarms['share of passages']:.3%}")
    for kind, share in found.items():
        print(f"  found {share:6.1%}  {kind}")
    for name, counted in figures["stored heads"].items():
        print(f"{name}: {counted['documents flagged']} of {counted['documents']} documents flagged")
    print(f"{figures['ms a passage, one core']} ms a passage")


def _without_words(figures: Any) -> Any:
    """Leave out what quotes the documents that were measured on: they are not ours to pass on."""
    if isinstance(figures, dict):
        return {name: _without_words(value) for name, value in figures.items() if not name.endswith("reasons")}
    return [_without_words(value) for value in figures] if isinstance(figures, list) else figures


if __name__ == "__main__":
    figures = measure(Path(sys.argv[1]))
    show(figures)
    RESULTS.write_text(json.dumps(_without_words(figures), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
