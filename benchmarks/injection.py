"""The scan of documents, measured: what it finds in documents that it has not learnt from, and what it flags wrongly.

    python -m benchmarks.injection DATA_DIR

DATA_DIR holds the public sets that assistant/guardrails/heads/MODEL_CARD.md names. For the first part the companies are
split in two and BIPIA's attacks in halves, once by kind and once by text; the heads learn from one part and are judged
on the other. Attacks are put into BIPIA's own e-mails, tables and code (those not learnt from) and into passages of the
companies held out, as BIPIA does it: on lines of their own, at the start, at the end, or behind a sentence. The second
part judges the heads as they are stored on what none of them learnt from.
"""

import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.guardrails import document_training as training
from assistant.guardrails import task_training
from assistant.guardrails.documents import Scanner, suspect
from assistant.guardrails.examples import INJECTION, SEED, Example
from assistant.guardrails.task_training import PLACES, insert
from knowledge.errors import KnowledgeError
from knowledge.loaders import formats

RESULTS = Path(__file__).parent / "results" / "injection.json"
PARTS = (("sourcegraph",), ("18f", "comply-soc2", "datica-hipaa", "thoughtbot"))
FOLDS = (("kind", 0), ("kind", 1), ("text", 0))
"""How BIPIA's attacks are split, and which half is held out."""
HOSTS = 200
"""How many passages of companies the attacks are put into, in turn."""


def measure(data: Path) -> dict[str, Any]:
    """Measure everything."""
    pieces = training.cut(data)
    folds = [(how, _fold(data, pieces, part, how, half)) for part in PARTS for how, half in FOLDS]
    return {
        "held out": {
            "alarms": _alarms([fold for _, fold in folds]),
            **{f"found, split by {how}": _found([fold for by, fold in folds if by == how]) for how in ("kind", "text")},
        },
        "stored heads": {
            "passages of companies, learnt from": _share_of_documents([(p.document, p.text) for p in pieces]),
            **{name: _share_of_documents(rows) for name, rows in _unseen(data)},
            "harmless prompts (InjecGuard's, from WildGuard)": _share_of_documents(_prompts(data)),
        },
        "ms a passage, one core": _speed([piece.text for piece in pieces[::4]]),
    }


def _fold(
    data: Path, pieces: Sequence[training.Cut], companies: Sequence[str], how: str, half: int
) -> tuple[dict[str, Any], dict[str, Counter[bool]]]:
    """Learn from the other companies and one half of the attacks; return alarms and what was found, by kind."""
    away = [piece for piece in pieces if piece.company in companies]
    learnt, held = _halves(data, how, half)
    jailbreaks = training.jailbreaks(data)
    written = list(training.written())
    # Twins are held out together.
    held_written = [example for n, example in enumerate(written) if n // 2 % 3 == half]
    near = [piece for piece in pieces if piece.company not in companies]
    scanner = _scanner(data, near, [*learnt, *(e for e in written if e not in held_written)], jailbreaks[half::2])
    flagged = [(piece, why) for piece in away if (why := scanner.suspect(piece.text))]
    alarms = {
        "companies": list(companies),
        "split by": how,
        "passages": len(away),
        "passages flagged": len(flagged),
        "documents": len({piece.document for piece in away}),
        "documents flagged": len({piece.document for piece, _ in flagged}),
        "by": dict(Counter(why.rule for _, why in flagged)),
        "reasons": sorted({why.reason for _, why in flagged}),
    }
    hosts = _hosts(data, [piece.text for piece in away])
    poison = [*held, *held_written, *jailbreaks[1 - half :: 2][:60]]
    return alarms, _caught(scanner, poison, hosts)


def _halves(data: Path, how: str, half: int) -> tuple[list[Example], list[Example]]:
    """Split BIPIA's attacks by kind, or within each kind by text; what is held out is whole, with its code."""
    folder = data / "safety/bipia"
    learnt, held = [], []
    for name in ("text", "code"):
        kinds = json.loads((folder / f"{name}_attack_train.json").read_text(encoding="utf-8"))
        for place, (kind, texts) in enumerate(sorted(kinds.items())):
            for number, text in enumerate(texts):
                away = place % 2 == half if how == "kind" else (place + number) % 2 == half
                (held if away else learnt).append(
                    Example(f"bipia/{kind}", text if away else text.split("\n")[0], INJECTION)
                )
    return learnt, held


def _scanner(
    data: Path, near: Sequence[training.Cut], learnt: Sequence[Example], takeovers: Sequence[Example]
) -> Scanner:
    """Fit all three heads to what is not held out, as they are fitted when they are stored."""
    known = training.harmless(data, near)
    commands = [example for example in learnt if _kind(example) not in training.INNOCENT]
    plain = [
        Example(f"plain/{_kind(example)}", example.text, INJECTION)
        for example in learnt
        if _kind(example) in training.INNOCENT
    ]
    texts = [piece.text for piece in near]
    tasks = [*task_training.tasks(data), *plain]
    return Scanner(
        training.train_sentences(commands, known),
        training.train_stretches(takeovers, known),
        task_training.train_tasks(tasks, texts, task_training.other_pages(data, 0)),
    )


def _kind(example: Example) -> str:
    return example.source.split("/")[-1]


def _hosts(data: Path, passages: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return what attacks are put into: passages held out, and the half of BIPIA's contexts without attacks learnt."""
    others = task_training.other_pages(data, 1)
    drawn = random.Random(SEED).sample(list(passages), HOSTS)
    return {"company": drawn, **{kind: others[kind] for kind in ("email", "table", "code")}}


def _caught(
    scanner: Scanner, poison: Sequence[Example], hosts: Mapping[str, Sequence[str]]
) -> dict[str, Counter[bool]]:
    """Put each attack into each sort of text at each place; count what is found, by kind, host and place."""
    rng = random.Random(SEED)
    found: dict[str, Counter[bool]] = defaultdict(Counter)
    for attack in poison:
        for host, texts in hosts.items():
            for place in PLACES:
                text, _ = insert(rng.choice(texts), attack.text, place, rng)
                caught = scanner.suspect(text) is not None
                for name in _counted(attack, host, place):
                    found[name][caught] += 1
    return found


def _counted(attack: Example, host: str, place: str) -> list[str]:
    """Name the sums that one attack counts for; BIPIA puts texts into e-mails and tables, and code into code."""
    group = _group(attack.source)
    if not attack.source.startswith("bipia/"):
        return [group]
    as_bipia = host in (("code",) if group.endswith("code") else ("email", "table"))
    names = [attack.source, group, "all of BIPIA", f"all of BIPIA in: {host}", f"all of BIPIA at: {place}"]
    names += ["all of BIPIA, text attacks"] if not group.endswith("code") else []
    return [*names, "all of BIPIA, as BIPIA pairs them"] if as_bipia else names


def _alarms(folds: Sequence[tuple[dict[str, Any], dict[str, Counter[bool]]]]) -> dict[str, Any]:
    """Put the alarms of all folds together; each company was judged three times."""
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
    """Return the share found of each kind of attack, of groups of kinds, and by where they stood."""
    kinds: dict[str, Counter[bool]] = defaultdict(Counter)
    for _, found in folds:
        for kind, counted in found.items():
            kinds[kind] += counted
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
    alarms = figures["held out"]["alarms"]
    print(f"held-out documents flagged {alarms['share of documents']:.2%}, passages {alarms['share of passages']:.3%}")
    for how in ("kind", "text"):
        print(f"split by {how}:")
        for kind, share in figures["held out"][f"found, split by {how}"].items():
            if not kind.startswith("bipia/"):
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
