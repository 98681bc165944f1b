"""Personal data, measured: what is found of it, what is masked in ordinary text, and how long that takes.

    python -m benchmarks.privacy DATA_DIR

The labelled texts are presidio-research's, written out of templates. They are split in halves by template, of which one
was tuned on; what the patterns missed in the other was seen once, before that, and so neither half is wholly unseen.
Ordinary text is that of the companies and of the questions to banks and assistants. The speed is a ratio to Presidio's
own engine with a blank spaCy model, at its defaults but for the list of domains that it would fetch.
"""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.guardrails import document_training
from assistant.guardrails.privacy import LABELS, REGIONS
from assistant.guardrails.recognisers import Recognisers

RESULTS = Path(__file__).parent / "results" / "privacy.json"
KINDS = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN",
    "US_SSN": "SSN",
    "IP_ADDRESS": "IP",
    "US_DRIVER_LICENSE": "ID",
}
"""The kinds of the labelled set that a pattern can know, and what they are called here."""
OTHERS = {"STREET_ADDRESS": "ADDRESS", "PERSON": "NAME"}
"""Those that no pattern knows well; any overlap counts for these."""
COMPANIES = ("18f", "sourcegraph", "datica-hipaa", "comply-soc2", "thoughtbot")
LENGTHS = (100, 2000)
RUBBISH = ("1", "1-", "4111 1111 1111 1111 ", "123-45-6789 ", "@", "a@", "\u0301")
Spans = set[tuple[int, int, str]]
Find = Callable[[str], Spans]


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled text."""

    text: str
    template: int
    spans: tuple[tuple[int, int, str], ...]


def measure(data: Path) -> dict[str, Any]:
    """Measure everything."""
    recognisers = Recognisers(LABELS, REGIONS)
    rows = list(_rows(data))
    tuned, held = ([row for row in rows if row.template % 2 == half] for half in (0, 1))
    presidio = _presidio()
    return {
        "span F1, exact, held-out templates": _scores(held, lambda text: _found(recognisers, text)),
        "span F1, exact, templates that were looked at": _scores(tuned, lambda text: _found(recognisers, text)),
        "span F1, exact, Presidio on the held-out templates": _scores(held, presidio),
        "found in part, all templates": _others(rows),
        "masked in ordinary text": _alarms(data, recognisers),
        "speed": _speed(data, rows, recognisers, presidio),
    }


def _rows(data: Path) -> Iterator[Row]:
    file = data / "safety/pii/data/synth_dataset_v2.json"
    for row in json.loads(file.read_text(encoding="utf-8")):
        spans = [(span["start_position"], span["end_position"], span["entity_type"]) for span in row["spans"]]
        yield Row(row["full_text"], row["template_id"], tuple(spans))


def _found(recognisers: Recognisers, text: str) -> Spans:
    return {(one.start, one.end, one.label) for one in recognisers.find(text)}


def _presidio() -> Find:
    """Return Presidio's engine as it comes, but for spaCy's model, which is blank, and the network."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    nlp = SpacyNlpEngine()
    nlp.nlp = {"en": spacy.blank("en")}
    engine = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])

    def find(text: str) -> Spans:
        found = engine.analyze(text, "en", score_threshold=0.4)
        return {(one.start, one.end, KINDS[one.entity_type]) for one in found if one.entity_type in KINDS}

    return find


def _scores(rows: Sequence[Row], find: Find) -> dict[str, Any]:
    """Count the spans that are exactly right, by kind and over all of them."""
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        wanted = {(start, end, KINDS[kind]) for start, end, kind in row.spans if kind in KINDS}
        found = {span for span in find(row.text) if span[2] in KINDS.values()}
        right.update(label for _, _, label in wanted & found)
        wrong.update(label for _, _, label in found - wanted)
        missed.update(label for _, _, label in wanted - found)
    kinds = {
        label: _f1(right[label], wrong[label], missed[label]) | {"spans": right[label] + missed[label]}
        for label in KINDS.values()
        if right[label] + missed[label]
    }
    overall = _f1(right.total(), wrong.total(), missed.total()) | {"spans": right.total() + missed.total()}
    return {"texts": len(rows), "all kinds": overall, **kinds}


def _f1(right: int, wrong: int, missed: int) -> dict[str, float]:
    return {
        "f1": round(2 * right / max(1, 2 * right + wrong + missed), 4),
        "precision": round(right / max(1, right + wrong), 4),
        "recall": round(right / max(1, right + missed), 4),
    }


def _others(rows: Sequence[Row]) -> dict[str, Any]:
    """Measure what patterns do not know well: whether a labelled stretch is masked in part, and a mask is of one."""
    recognisers = Recognisers(("ADDRESS", "NAME"), ())
    counted: dict[str, Counter[str]] = {label: Counter() for label in OTHERS.values()}
    for row in rows:
        found = recognisers.find(row.text)
        for kind, label in OTHERS.items():
            wanted = [(start, end) for start, end, name in row.spans if name == kind]
            masked = [(one.start, one.end) for one in found if one.label == label]
            counted[label]["labelled"] += len(wanted)
            counted[label]["labelled and masked"] += sum(_touches(span, masked) for span in wanted)
            counted[label]["masked"] += len(masked)
            counted[label]["masked and labelled"] += sum(_touches(span, wanted) for span in masked)
    return {label: dict(count) for label, count in counted.items()}


def _touches(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _alarms(data: Path, recognisers: Recognisers) -> dict[str, Any]:
    """Count the masks in documents and questions; most of them are e-mail addresses that are meant to be read."""
    pieces = document_training.cut(data, COMPANIES)
    texts = {company: [piece.text for piece in pieces if piece.company == company] for company in COMPANIES}
    return {name: _masks(rows, recognisers) for name, rows in (*texts.items(), *_questions(data))}


def _masks(texts: Sequence[str], recognisers: Recognisers) -> dict[str, Any]:
    labels = Counter(one.label for text in texts for one in recognisers.find(text))
    return {
        "texts": len(texts),
        "masks in 1,000": round(labels.total() / len(texts) * 1000, 2),
        "but for e-mail": round((labels.total() - labels["EMAIL"]) / len(texts) * 1000, 2),
        "by kind": dict(labels),
    }


def _questions(data: Path) -> Iterator[tuple[str, list[str]]]:
    banking = (data / "topic/banking77/train.csv").read_text(encoding="utf-8").splitlines()[1:]
    yield "banking77", banking
    clinc = json.loads((data / "topic/clinc/data_train_val.json").read_text(encoding="utf-8"))
    yield "clinc", [row[0] for part in clinc.values() for row in part]


def _speed(data: Path, rows: Sequence[Row], recognisers: Recognisers, presidio: Find) -> dict[str, Any]:
    """Time the labelled texts, handbook pages of two lengths, and rubbish, on one core."""
    texts = [row.text for row in random.Random(0).sample(list(rows), 300)]
    ours, theirs = _ms(texts, recognisers.find), _ms(texts, presidio)
    pages = sorted((data / "companies/18f").rglob("*.md"))
    words = " ".join(page.read_text(encoding="utf-8", errors="replace") for page in pages).split()
    handbook = {}
    for length in LENGTHS:
        parts = [" ".join(words[at : at + length]) for at in range(0, 60_000, max(length, 600))]
        handbook[f"{length} words"] = {
            "ms, median": round(_median([_ms([part], recognisers.find) for part in parts]), 3),
            "times faster than Presidio": round(_ms(parts[:10], presidio) / _ms(parts[:10], recognisers.find), 1),
        }
    rubbish = {piece: round(_ms([(piece * 20_000)[:20_000]], recognisers.find), 1) for piece in RUBBISH}
    return {
        "labelled texts, ms each": round(ours, 3),
        "times faster than Presidio": round(theirs / ours, 1),
        "handbook": handbook,
        "20,000 characters of rubbish, ms": rubbish,
    }


def _ms(texts: Sequence[str], find: Callable[[str], object]) -> float:
    """Return the milliseconds of a core that a text takes, the best of three turns."""
    took = []
    for _ in range(3):
        began = time.process_time()
        for text in texts:
            find(text)
        took.append((time.process_time() - began) / len(texts) * 1000)
    return min(took)


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def show(figures: dict[str, Any]) -> None:
    """Print what matters most."""
    for name in list(figures)[:3]:
        print(f"{name}: {figures[name]['all kinds']}")
    for name, masks in figures["masked in ordinary text"].items():
        print(f"{name}: {masks['masks in 1,000']} masks in 1,000 texts, but for e-mail {masks['but for e-mail']}")
    print(json.dumps(figures["found in part, all templates"]))
    print(json.dumps(figures["speed"], ensure_ascii=False))


if __name__ == "__main__":
    figures = measure(Path(sys.argv[1]))
    show(figures)
    RESULTS.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
