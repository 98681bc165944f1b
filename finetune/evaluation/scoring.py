"""Everything that base, current and candidate score, by the same questions and the same seeds."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from finetune import models
from finetune.evaluation import wins
from finetune.evaluation.canaries import Canary
from finetune.evaluation.intervals import changes, intervals
from finetune.evaluation.measures import measure
from finetune.evaluation.results import Results
from finetune.evaluation.sets import Sets
from finetune.evaluation.sets import read as read_sets
from finetune.evaluation.wins import Reward
from finetune.examples import RatedAnswer
from finetune.gate import AGAINST_BASE, Interval, Intervals, Scores
from finetune.settings import FinetuneSettings

VERSION = 4
"""To be raised whenever the same answers would be scored otherwise, so that no older results are read."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model is asked beside the ratings held out."""

    sets: Sets
    learnt: tuple[RatedAnswer, ...] = ()
    """Ratings that the candidate learnt from, for what it has memorised of them."""
    planted: tuple[Canary, ...] = ()
    """Secrets that it learnt beside them."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What base, current and candidate did on the same prompts."""

    base: Results
    current: Results
    candidate: Results
    win_rate: float | None = None
    """How often the candidate's answers to held-out prompts beat the current's by reward, at the same length."""
    win_interval: Interval | None = None

    @property
    def scores(self) -> Mapping[str, Scores]:
        """The scores by whose they are, as `gate.judge` takes them."""
        candidate = replace(self.candidate.scores, win_rate=self.win_rate)
        return {"base": self.base.scores, "current": self.current.scores, "candidate": candidate}

    @property
    def intervals(self) -> Intervals:
        """The intervals of all figures, and of their changes from current to candidate, as `gate.judge` takes them.

        What the gate sets against the base has its change from the base.
        """
        own = {
            "base": intervals(self.base.samples),
            "current": intervals(self.current.samples),
            "candidate": intervals(self.candidate.samples),
        }
        if self.win_interval is not None:
            own["candidate"]["win_rate"] = self.win_interval
        before = {**self.current.samples, **{n: s for n, s in self.base.samples.items() if n in AGAINST_BASE}}
        return {**own, "change": changes(before, self.candidate.samples)}


def evaluate(
    settings: FinetuneSettings,
    adapter: Path | None,
    held_out: Sequence[RatedAnswer],
    sets: Sets | None = None,
    *,
    learnt: Sequence[RatedAnswer] = (),
) -> Scores:
    """Score the base model, or the base with one adapter; what was scored before is read from disk.

    Args:
        settings: they name the model.
        adapter: the folder of an adapter, None for the base alone.
        held_out: ratings that the adapter has not learnt from.
        sets: the question sets; those of the package where not given.
        learnt: ratings that it has learnt from, for what it has memorised of them.

    Raises:
        ModelUnavailable: the model or the adapter cannot be loaded.
    """
    return results(settings, adapter, held_out, Asked(sets or read_sets(), tuple(learnt))).scores


def results(settings: FinetuneSettings, adapter: Path | None, held_out: Sequence[RatedAnswer], asked: Asked) -> Results:
    """Measure as `evaluate` does, and return what the scores are made of.

    Raises:
        ModelUnavailable: the model or the adapter cannot be loaded.
    """
    base = _recall(settings, None, held_out, asked)
    found = base if adapter is None else _recall(*_placed(settings, adapter), held_out, asked)
    return found.against(base.held_out, held_out)


def compare(
    settings: FinetuneSettings,
    current: Path | None,
    candidate: Path,
    held_out: Sequence[RatedAnswer],
    *,
    asked: Asked | None = None,
    reward: Reward | None = None,
) -> Evidence:
    """Measure base, current and candidate on the same prompts.

    Args:
        settings: they name the model.
        current: the folder of the adapter that serves, None for the base.
        candidate: the folder of the adapter to judge.
        held_out: ratings that the candidate has not learnt from.
        asked: the question sets of the package alone where not given.
        reward: scores answers, where the company has trained a reward model.

    Raises:
        ModelUnavailable: the model or an adapter cannot be loaded.
    """
    asked = asked or Asked(read_sets())
    base, before, after = (results(settings, which, held_out, asked) for which in (None, current, candidate))
    evidence = Evidence(base, before, after)
    if reward is None:
        return evidence
    pairs = [(one, other) for one, other in zip(after.answers, before.answers, strict=True) if one.turn_id is not None]
    won = [wins.outcome(reward, one.prompt, one.answer, other.answer) for one, other in pairs]
    longer = [float(len(one.answer) - len(other.answer)) for one, other in pairs]
    if not won:
        return evidence
    return replace(evidence, win_rate=round(wins.win_rate(won, longer), 4), win_interval=wins.interval(won, longer))


def _placed(settings: FinetuneSettings, trained: Path) -> tuple[FinetuneSettings, Path | None]:
    """Tell how to load what was trained: an adapter on the base, or a model of its own."""
    if (trained / "adapter_config.json").exists():
        return settings, trained
    return settings.model_copy(update={"model": str(trained)}), None


def _recall(settings: FinetuneSettings, adapter: Path | None, held_out: Sequence[RatedAnswer], asked: Asked) -> Results:
    """Return what was measured from disk where it is there, else measure and keep it."""
    path = settings.home / "scores" / f"{_digest(settings, adapter, held_out, asked)}.json"
    if path.exists():
        return Results.from_json(json.loads(path.read_text(encoding="utf-8")))
    found = measure(models.load(settings, adapter=adapter), held_out, asked.sets, asked.learnt, asked.planted)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(found.as_json(), ensure_ascii=False), encoding="utf-8")
    scratch.replace(path)
    return found


def _digest(settings: FinetuneSettings, adapter: Path | None, held_out: Sequence[RatedAnswer], asked: Asked) -> str:
    """Name what is scored and by what; a change in any of it is another name."""
    digest = hashlib.sha256()
    files = sorted(Path(models.locate(settings)).glob("*.safetensors"))
    weights: Sequence[Path] = sorted(adapter.glob("*.safetensors")) if adapter else ()
    parts: list[Any] = [
        [VERSION, settings.model, models.locate(settings), settings.quantize, asked.sets.digest],
        [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files],
        [hashlib.sha256(file.read_bytes()).hexdigest() for file in weights] or [""],
        [asdict(row) for row in held_out],
        [asdict(row) for row in asked.learnt],
        [asdict(one) for one in asked.planted],
    ]
    for part in parts:
        digest.update(json.dumps(part, sort_keys=True).encode())
    return digest.hexdigest()[:32]
