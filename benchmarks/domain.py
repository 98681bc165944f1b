"""The domain rail, measured: how well it tells what an assistant is for from everything else, from a few examples.

    python -m benchmarks.domain DATA_DIR

DATA_DIR holds CLINC150 and BANKING77. Examples are drawn from the training parts, and what is judged is CLINC150's
validation part with its utterances out of scope, none of which went into the stored background; for BANKING77, what was
not drawn. "Own background" is the one made only of texts written for it, without any public set.
"""

import csv
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from assistant.guardrails import background as making
from assistant.guardrails.domain import Domain, Purpose, texts_of
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.likeness import OF_PASSAGES, Background, Likeness, background
from assistant.guardrails.rails import Context
from assistant.guardrails.terms import Matrix
from assistant.subjects import Subjects
from knowledge.embeddings import EMBEDDED
from knowledge.embeddings import Encoder as Embedder
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings

RESULTS = Path(__file__).parent / "results" / "domain.json"
SAMPLES = Path(__file__).parents[1] / "assistant" / "samples"
SEEDS = 5
THRESHOLD = 0.5
NEAR_BANKING = ("banking", "credit_cards")
DESCRIPTIONS = {
    "banking": "bank accounts, transfers, balances, bills, cheques and PINs",
    "credit_cards": "credit cards: limits, payments, rewards, fees and lost or declined cards",
    "kitchen_and_dining": "cooking, recipes, ingredients, restaurants and reservations",
    "home": "music, shopping and to-do lists, reminders, orders, the calendar and devices at home",
    "auto_and_commute": "cars, fuel, tyres, traffic, directions and public transport",
    "travel": "flights, hotels, car rental, luggage, visas and travel abroad",
    "utility": "weather, time, alarms, timers, calculations, spelling, definitions and phone calls",
    "work": "holidays, meetings, pay, taxes, insurance and benefits at work",
    "small_talk": "small talk with the assistant: greetings, jokes, hobbies, age and origin",
    "meta": "settings of the assistant: language, voice, volume, names, yes and no, and repeating",
}


class Judged:
    """The utterances that are judged and those that examples are drawn from, embedded once."""

    def __init__(self, data: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        folder = data / "topic/clinc"
        rows = json.loads((folder / "data_train_val.json").read_text(encoding="utf-8"))
        domains = json.loads((folder / "domains.json").read_text(encoding="utf-8"))
        of = {intent: name for name, intents in domains.items() for intent in intents}
        self.learnt = {name: [text for text, intent in rows["train"] if of[intent] == name] for name in domains}
        asked = [(text, of[intent]) for text, intent in rows["val"]] + [(text, "oos") for text, _ in rows["oos_val"]]
        self.vectors = encode(encoder, [text for text, _ in asked])
        self.names = np.array([name for _, name in asked])
        with (data / "topic/banking77/train.csv").open(encoding="utf-8", newline="") as file:
            self.bank = [row["text"] for row in csv.DictReader(file)]


def encode(encoder: Encoder, texts: Sequence[str]) -> Matrix:
    """Embed many texts, a few hundred at a time."""
    return np.concatenate([encoder(texts[at : at + 256]) for at in range(0, len(texts), 256)])


def measure(data: Path) -> dict[str, Any]:
    """Measure everything."""
    embedder = Embedder(EMBEDDED)
    judged = Judged(data, Encoder(embedder.embed_stretches))
    own = _own_background(embedder)
    return {
        "CLINC150, 50 examples": drawn(judged, 50, background()),
        "CLINC150, 50 examples, own background": drawn(judged, 50, own),
        "CLINC150, 50 examples, mean cosine of the five nearest": nearest(judged, 50),
        "CLINC150, 10 examples": drawn(judged, 10, background()),
        "CLINC150, description only": described(judged),
        "BANKING77 against CLINC150 without banking and cards, 50 examples": banking(judged),
        "handbook, from the collection alone": handbook(judged, embedder),
        "milliseconds": speed(judged),
    }


def _own_background(embedder: Embedder) -> Background:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.npz"
        making.make(list(making.texts(None)), embedder.embed_stretches, path)
        with np.load(path) as stored:
            return Background.of(stored["mean"], stored["rows"].astype(np.float32))


def drawn(judged: Judged, count: int, against: Background) -> dict[str, Any]:
    """Judge each domain by so many examples of it, drawn five times."""
    found = {}
    for name, texts in judged.learnt.items():
        runs = []
        for seed in range(SEEDS):
            pick = np.random.default_rng(seed).choice(len(texts), count, replace=False)
            likeness = Likeness(encode(judged.encoder, [texts[i] for i in pick]), against)
            runs.append(told(likeness.outside(judged.vectors), judged.names == name))
        found[name] = {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}
    return summary(found)


def nearest(judged: Judged, count: int) -> dict[str, Any]:
    """Judge by the mean cosine of the five nearest examples, for comparison."""
    found = {}
    for name, texts in judged.learnt.items():
        values = []
        for seed in range(SEEDS):
            pick = np.random.default_rng(seed).choice(len(texts), count, replace=False)
            cosines = np.sort(judged.vectors @ encode(judged.encoder, [texts[i] for i in pick]).T, axis=1)
            values.append(roc_auc_score(judged.names == name, cosines[:, -5:].mean(axis=1)))
        found[name] = {"AUROC": float(np.mean(values))}
    return summary(found)


def described(judged: Judged) -> dict[str, Any]:
    """Judge each domain by one sentence on it."""
    found = {}
    for name, description in DESCRIPTIONS.items():
        vectors = judged.encoder(texts_of(Purpose(description)))
        found[name] = told(Likeness(vectors, background()).outside(judged.vectors), judged.names == name)
    return summary(found)


def banking(judged: Judged) -> dict[str, float]:
    """Judge BANKING77 by 50 examples of it, against the rest of CLINC150."""
    others = judged.vectors[~np.isin(judged.names, NEAR_BANKING)]
    runs = []
    for seed in range(SEEDS):
        order = np.random.default_rng(seed).permutation(len(judged.bank))
        likeness = Likeness(encode(judged.encoder, [judged.bank[i] for i in order[:50]]), background())
        inside = encode(judged.encoder, [judged.bank[i] for i in order[50:1050]])
        is_in = np.repeat([True, False], [len(inside), len(others)])
        runs.append(told(likeness.outside(np.concatenate([inside, others])), is_in))
    return {key: round(float(np.mean([run[key] for run in runs])), 4) for key in runs[0]}


def handbook(judged: Judged, embedder: Embedder) -> dict[str, Any]:
    """Judge the questions on the sample handbook by its documents, against CLINC150 without work."""
    lines = (SAMPLES / "questions.jsonl").read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    asked = [row["question"] for row in rows if row["document"]]
    with tempfile.TemporaryDirectory() as home:
        library = Library(KnowledgeSettings(home=Path(home)), embedder)
        for path in sorted((SAMPLES / "handbook").iterdir()):
            library.add(path, "handbook")
        rail = Domain(judged.encoder, Purpose(collection="handbook"), subjects=Subjects(library))
        declined = [text for text in asked if rail(text, Context("input")).action != "allow"]
        inside = [rail(text, Context("input")).score for text in asked]
        texts = Subjects(library).texts("handbook")
        outside = Likeness(encode(judged.encoder, texts), background(), OF_PASSAGES).outside(
            judged.vectors[judged.names != "work"]
        )
        library.close()
    is_in = np.repeat([True, False], [len(inside), len(outside)])
    return {"questions": len(asked), "texts": len(texts)} | told(np.concatenate([inside, outside]), is_in) | {
        "questions declined": declined
    }  # fmt: skip


def speed(judged: Judged) -> dict[str, float]:
    """Time the making of a likeness from 50 examples, and the judging of one vector, the median of 21."""
    vectors = encode(judged.encoder, judged.bank[:50])
    likeness = Likeness(vectors, background())
    return {
        "learning 50 examples, already embedded": _median(lambda: Likeness(vectors, background())),
        "judging a message, already embedded": _median(lambda: likeness.outside(vectors[:1])),
    }


def _median(what: Any) -> float:
    took = []
    for _ in range(21):
        began = time.perf_counter()
        what()
        took.append((time.perf_counter() - began) * 1000)
    return round(sorted(took)[10], 2)


def told(outside: NDArray[Any], is_in: NDArray[np.bool_]) -> dict[str, float]:
    """Return how well the scores tell out from in, and both kinds of mistake at the default threshold."""
    return {
        "AUROC": round(float(roc_auc_score(~is_in, outside)), 4),
        "in-domain declined": round(float((outside[is_in] >= THRESHOLD).mean()), 4),
        "out-of-domain passed": round(float((outside[~is_in] < THRESHOLD).mean()), 4),
    }


def summary(found: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Put the mean over the domains before them."""
    first = next(iter(found.values()))
    mean = {key: round(float(np.mean([one[key] for one in found.values()])), 4) for key in first}
    return {"mean": mean, "each": {name: {k: round(v, 4) for k, v in one.items()} for name, one in found.items()}}


if __name__ == "__main__":
    figures = measure(Path(sys.argv[1]))
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({k: v.get("mean", v) for k, v in figures.items()}, indent=1))
