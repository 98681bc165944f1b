"""How well unsupported sentences of answers are told from supported ones, and at what cost.

    python -m benchmarks.groundedness DATA_DIR [VECTORS]

DATA_DIR holds `preferences/grounded.jsonl`, of which `assistant.guardrails.grounding_training` learns from half of the
questions and this judges by the other half, `qa/xquad` and `qa/mtrag-human`, of which nothing is learnt. VECTORS is a
file that keeps what was embedded for the next run. Writes benchmarks/results/groundedness.json.
"""

import hashlib
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from assistant.guardrails import grounding_training as training
from assistant.guardrails.claims import coverage, sentences
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.evidence import FEATURES
from assistant.guardrails.grounding import UNFOUND, Weights, support, weights
from assistant.guardrails.settings import GroundingSettings
from benchmarks.machine import clock, lent
from knowledge.embeddings import EMBEDDED
from knowledge.embeddings import Encoder as Embedder

RESULTS = Path(__file__).parent / "results" / "groundedness.json"
THRESHOLD = GroundingSettings().threshold
FOLDS, DRAWN, QUESTIONS, REPEATED = 5, 1000, 400, 7
FAITHFUL = 3
"""From which median rating on, of 1 to 4, an answer of mtrag counts as faithful."""


class Keeper:
    """An encoder whose vectors are kept in a file."""

    def __init__(self, file: Path | None) -> None:
        self._embedder = Embedder(EMBEDDED)
        self._file = file
        self._kept: dict[str, Any] = dict(np.load(file)) if file and file.exists() else {}

    def __call__(self, texts: Sequence[str]) -> list[Any]:
        """Return the vectors of texts."""
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._kept}
        if missing:
            self._kept |= zip(missing, np.float32(self._embedder.embed_stretches(list(missing.values()))), strict=True)
        return [self._kept[key] for key in keys]

    def save(self) -> None:
        """Write the file, where there is one."""
        if self._file:
            np.savez(self._file, **self._kept)


def judged(rows: training.Rows, fitted: Weights) -> training.Figures:
    """Return the score of each row, as the rail has it."""
    logits = rows.features @ np.array([fitted.features[name] for name in FEATURES]) + fitted.bias
    return np.where(rows.missing, UNFOUND, 1.0) / (1 + np.exp(-logits))


def grounded(data: Path, encoder: Encoder) -> dict[str, Any]:
    """Judge by the half of the questions that was not learnt from, and by each fifth after learning from the others."""
    learnt, held = training.halves(training.read(data))
    rows = training.weigh(held, encoder)
    scores = judged(rows, weights())
    said = [(case, one) for case in held for one in case.sentences]
    errors = np.array([not one.errors for _, one in said])
    overlap = np.array([max(coverage(one.text, passage) for passage in case.passages) for case, one in said])
    nearest = np.array([_nearest(one.text, case.passages, encoder) for case, one in said])
    place = np.array([_overlap(one.text, case.passages) for case, one in said])
    right = rows.supported
    folds = _folds([*learnt, *held], encoder)
    return {
        "questions": len(held),
        "sentences": len(said),
        "unsupported": int((~right).sum()),
        "auroc": _auroc(right, scores),
        "auroc, 95 % interval": _interval(right, scores, rows.cases),
        "auroc of word overlap with the best passage": _auroc(right, overlap),
        "auroc of word overlap with the best sentence": _auroc(right, place),
        "auroc of the best sentence's cosine": _auroc(right, nearest),
        "better than overlap with the best sentence, 95 % interval": _better(right, scores, place, rows.cases),
        "better than cosine, 95 % interval": _better(right, scores, nearest, rows.cases),
        "auroc, each fifth held out": folds,
        "all errors, beside the point and repeated too": {
            "wrong": int((~errors).sum()),
            "auroc": _auroc(errors, scores),
            "auroc of word overlap with the best sentence": _auroc(errors, place),
            "auroc of the best sentence's cosine": _auroc(errors, nearest),
        },
        "at the threshold": _at(right, scores),
        "sentences with a number, date or name that stands nowhere": {
            "all": int(rows.missing.sum()),
            "of them unsupported": int((rows.missing & ~right).sum()),
        },
    }


def _folds(cases: Sequence[training.Case], encoder: Encoder) -> list[float]:
    """Learn from four fifths and judge by the fifth, five times."""
    shuffled = random.Random(training.SEED).sample(list(cases), len(cases))
    found = []
    for n in range(FOLDS):
        learnt = [case for at, case in enumerate(shuffled) if at % FOLDS != n]
        rows = training.weigh(shuffled[n::FOLDS], encoder)
        fitted = training.fit(training.weigh([*learnt, *training.more(learnt)], encoder))
        found.append(_auroc(rows.supported, judged(rows, fitted)))
    return found


def xquad(data: Path, encoder: Encoder) -> dict[str, Any]:
    """Give each right answer its own paragraph, and another of the same article."""
    articles = json.loads((data / "qa/xquad/xquad.en.json").read_text(encoding="utf-8"))["data"]
    rows = [
        (qa["question"], qa["answers"][0]["text"], paragraph["context"], other["context"])
        for article in articles
        for paragraph in article["paragraphs"]
        for other in article["paragraphs"]
        if other is not paragraph
        for qa in paragraph["qas"]
    ]
    right, scores, overlap = [], [], []
    for question, answer, own, other in random.Random(training.SEED).sample(rows, QUESTIONS):
        for passage in (own, other):
            if found := support(f"{answer}.", [passage], encoder, question):
                right.append(passage is own)
                scores.append(found[0].score)
                overlap.append(coverage(answer, passage))
    known = np.array(right)
    return {
        "answers": len(right),
        "auroc": _auroc(known, np.array(scores)),
        "auroc of word overlap": _auroc(known, np.array(overlap)),
        "at the threshold": _at(known, np.array(scores)),
    }


def mtrag(data: Path, encoder: Encoder) -> dict[str, Any]:
    """Score whole answers of people and two large models, by their weakest sentence, against people's ratings."""
    folder = data / "qa/mtrag-human/mtrag-human/evaluations"
    read = json.loads((folder / "reference_subset_with_human_evaluations.json").read_text(encoding="utf-8"))
    texts = {one["document_id"]: one["text"] for one in read["documents"]}
    tasks = {one["task_id"]: one for one in read["tasks"]}
    faithful, means, overlap, marked, writers = [], [], [], [], []
    for one in read["evaluations"]:
        task = tasks[one["task_id"]]
        wanted = [context["document_id"] for context in task["contexts"]]
        asked = "\n".join(turn["text"] for turn in task["input"])
        if not wanted or not all(name in texts for name in wanted):
            continue
        passages = [texts[name] for name in wanted]
        found = support(one["model_response"], passages, encoder, asked)
        if not found:
            continue
        ratings = [int(rating["value"]) for rating in one["annotations"]["faithfulness"].values()]
        faithful.append(statistics.median(ratings) >= FAITHFUL)
        means.append(statistics.mean(sentence.score for sentence in found))
        overlap.append(statistics.mean(_overlap(sentence.sentence, passages) for sentence in found))
        marked.append([sentence.score < THRESHOLD for sentence in found] if min(ratings) == max(ratings) == 4 else [])
        writers.append(one["model_id"])
    known, surely = np.array(faithful), [flag for flags in marked for flag in flags]
    return {
        "answers": len(faithful),
        "rated unfaithful": int((~known).sum()),
        "auroc": _auroc(known, np.array(means)),
        "auroc of word overlap with the best sentence": _auroc(known, np.array(overlap)),
        "sentences of answers that all raters call faithful": len(surely),
        "of them marked": round(statistics.mean(surely), 3),
    }


def speed(encoder_of: Any) -> dict[str, Any]:
    """Time an answer of ten sentences against four passages of 200 words, as a ratio to embedding them all."""
    from assistant.samples.make import HANDBOOK

    text = " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in sorted(HANDBOOK.glob("*.md")))
    said = text.split()
    passages = [" ".join(said[first : first + 200]) for first in range(0, 800, 200)]
    parts = [passage[a:b] for passage in passages for a, b in sentences(passage)]
    chosen = [part for part in parts if len(part.split()) > 8][:10]
    # Every second word is left out, so that no sentence is settled by standing there word for word.
    answers = {
        "copied": " ".join(chosen),
        "in other words": " ".join(" ".join(one.split()[::2]) + "." for one in chosen),
    }
    found: dict[str, Any] = {}
    everything = [*chosen, *parts]
    embedded = min(_ms(lambda: encoder_of()(everything)) for _ in range(REPEATED))
    for name, answer in answers.items():
        fresh = min(_ms(lambda answer=answer: support(answer, passages, encoder_of())) for _ in range(REPEATED))
        kept = encoder_of()
        support(answer, passages, kept)
        again = min(_ms(lambda answer=answer, kept=kept: support(answer, passages, kept)) for _ in range(REPEATED))
        found[name] = {
            "ms": round(fresh, 1),
            "ms again": round(again, 1),
            "over embedding all": round(fresh / embedded, 3),
        }
    return found | {"ms of embedding all sentences": round(embedded, 1), "sentences of passages": len(parts)}


def _ms(run: Any) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def _nearest(sentence: str, passages: Sequence[str], encoder: Encoder) -> float:
    parts = [passage[start:end] for passage in passages for start, end in sentences(passage)]
    vectors = encoder([sentence, *parts])
    return float((vectors[1:] @ vectors[0]).max())


def _overlap(sentence: str, passages: Sequence[str]) -> float:
    return max(coverage(sentence, passage[start:end]) for passage in passages for start, end in sentences(passage))


def _auroc(right: Any, scores: Any) -> float:
    return round(float(roc_auc_score(right, scores)), 3)


def _drawn(right: Any, cases: Any) -> Iterator[Any]:
    """Draw questions with replacement and yield the rows of them."""
    rng = np.random.default_rng(training.SEED)
    of = {case: np.flatnonzero(cases == case) for case in np.unique(cases)}
    for _ in range(DRAWN):
        rows = np.concatenate([of[case] for case in rng.choice(list(of), len(of))])
        if 0 < right[rows].sum() < len(rows):
            yield rows


def _interval(right: Any, scores: Any, cases: Any) -> list[float]:
    found = [roc_auc_score(right[rows], scores[rows]) for rows in _drawn(right, cases)]
    return [round(float(value), 3) for value in np.percentile(found, [2.5, 97.5])]


def _better(right: Any, scores: Any, others: Any, cases: Any) -> list[float]:
    found = [
        roc_auc_score(right[rows], scores[rows]) - roc_auc_score(right[rows], others[rows])
        for rows in _drawn(right, cases)
    ]
    return [round(float(value), 3) for value in np.percentile(found, [2.5, 97.5])]


def _at(right: Any, scores: Any) -> dict[str, float]:
    return {
        "threshold": THRESHOLD,
        "unsupported marked": round(float((scores[~right] < THRESHOLD).mean()), 3),
        "supported marked": round(float((scores[right] < THRESHOLD).mean()), 3),
    }


def main(data: Path, vectors: Path | None) -> None:
    """Measure everything and write the result."""
    before = clock()
    keeper = Keeper(vectors)
    encoder = Encoder(keeper)
    result = {"grounded": grounded(data, encoder), "xquad": xquad(data, encoder), "mtrag": mtrag(data, encoder)}
    keeper.save()
    embed = Embedder(EMBEDDED).embed_stretches
    embed(["warm"])
    result["speed"] = speed(lambda: Encoder(embed))
    result["share of the cores' time that was lent"] = lent(before)
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
