"""From what was measured of reduced models to what the real run will take. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from finetune.estimate.judging import FORWARD
from finetune.estimate.parameters import Parameters
from finetune.estimate.probe import Moment, Probe, Trial
from finetune.estimate.shapes import Batch, Plan

TOKENIZED = 4.0
"""How often the methods and TRL put the rows into tokens, in the time that it takes to do so once."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a run holds at its peak, in bytes."""

    process: int
    """The program with its libraries."""
    weights: int
    states: int
    """Gradients and the optimizer's figures, of what is trained; and its weights, where they stand beside the model."""
    activations: int
    """All the rest: what grows with the batch."""

    @property
    def peak(self) -> int:
        """All of it."""
        return self.process + self.weights + self.states + self.activations


@dataclass(frozen=True, slots=True)
class Time:
    """What a run takes, in seconds."""

    start: float
    """The program, the model, the rows put into tokens."""
    reference: float
    """The passes of the reference model over all rows, before the first step."""
    steps: float
    step_cores: float
    """What the steps take of all cores together, whatever else these have to do meanwhile."""

    judging: float
    """About what follows, until it is known whether the adapter may serve."""

    @property
    def training(self) -> float:
        """All of it but the judging."""
        return self.start + self.reference + self.steps


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take."""

    method: str
    model: str
    rows: int
    steps: int
    parameters: Parameters
    memory: Memory
    capacity: int
    """Bytes that a run can have here."""
    time: Time

    def as_json(self) -> dict[str, Any]:
        """Return the estimate as a JSON object, with the sums; bytes and seconds."""
        row = asdict(self)
        row["memory"]["peak"] = self.memory.peak
        row["time"]["training"] = self.time.training
        row["time"]["all"] = self.time.training + self.time.judging
        return row


def line(measured: Sequence[tuple[int, float]], depth: int) -> float:
    """Draw the line through two measurements, (layers, figure), on to a depth; one measurement stands for itself.

    A layer costs something: where the noise says otherwise, the deeper measurement stands for all depths.
    """
    if len(measured) == 1:
        return measured[0][1]
    (shallow, before), (deep, after) = measured
    slope = (after - before) / (deep - shallow)
    return after + slope * (depth - deep) if slope > 0 else after


def peak(probes: Sequence[Probe], layers: int) -> int:
    """Return the bytes that the real run holds at most: while it loads the model, or while it trains."""
    training = line([(probe.depth, max(trial.peak for trial in probe.trials)) for probe in probes], layers)
    loading = line([(probe.depth, probe.base + probe.loading) for probe in probes], layers)
    return round(max(training, loading))


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do."""

    plan: Plan
    tokenizing: float
    """Seconds that it took to put all of them into tokens once."""
    judged: float = 0.0
    """Tokens that are read when all is judged."""


def time(probes: Sequence[Probe], todo: Work, parameters: Parameters, *, on_cores: bool) -> Time:
    """Return the seconds that the real run takes.

    Args:
        probes: what was measured, the deepest last.
        todo: the batches of the run, which the probes tried the widest and a typical one of.
        parameters: those of the real model.
        on_cores: whether the processor's cores do the work. Their time is told from other programs' then; the time on
            the wall follows from it as it did in the deepest probe.
    """
    plan, tried = todo.plan, todo.plan.tried

    def seconds(of: Callable[[Trial], Moment], *, wall: bool) -> float:
        """Add up what each batch of an epoch takes."""
        ends = [
            line([(one.depth, _part(of(one.trials[number]), wall=wall)) for one in probes], parameters.layers)
            for number in range(len(tried))
        ]
        return sum(between(works, ends, work(batch, parameters)) for batch in plan.batches)

    works = [work(batch, parameters) for batch in tried]
    steps, reference = (seconds(of, wall=not on_cores) for of in (_usual, _reference))
    rate = _rate(probes[-1]) if on_cores else 1.0
    start = line([(probe.depth, probe.trials[0].started.wall) for probe in probes], parameters.layers)
    imported = max(probe.imported.wall for probe in probes)
    return Time(
        start=imported + start + TOKENIZED * todo.tokenizing,
        reference=reference / rate,
        steps=steps * plan.epochs / rate,
        judging=steps / rate / sum(batch.tokens for batch in plan.batches) * FORWARD * todo.judged,
        step_cores=seconds(_usual, wall=False) * plan.epochs,
    )


def work(batch: Batch, parameters: Parameters) -> float:
    """Return the operations of a batch in proportion: layers, attention over the width, and the head.

    An attention's two products take 2 x width x size operations a token and layer, where a layer has about 12 x size^2
    parameters (Kaplan et al. 2020, arXiv 2001.08361).
    """
    size: float = (parameters.layer / 12) ** 0.5
    layers = batch.tokens * (parameters.linear + 2 * parameters.layers * size * batch.width)
    return layers + batch.learnt * (parameters.all - parameters.linear)


def between(works: Sequence[float], seconds: Sequence[float], wanted: float) -> float:
    """Read the seconds for some work off the line through two measurements, or off one in proportion.

    A line that would begin below zero is noise; the last measurement is taken in proportion then.
    """
    work, usual = works[-1], seconds[-1]
    slope = (seconds[0] - usual) / (works[0] - work) if len(works) == 2 else 0.0
    if slope <= 0 or usual - slope * work < 0:
        return usual * wanted / work
    return usual + slope * (wanted - work)


def _usual(trial: Trial) -> Moment:
    return Moment(median(step.wall for step in trial.steps), median(step.cores for step in trial.steps))


def _reference(trial: Trial) -> Moment:
    return trial.reference


def _part(moment: Moment, *, wall: bool) -> float:
    return moment.wall if wall else moment.cores


def _rate(probe: Probe) -> float:
    """Return the seconds of all cores to a second on the wall."""
    steps = [step for trial in probe.trials for step in trial.steps]
    return sum(step.cores for step in steps) / max(sum(step.wall for step in steps), 1e-9)
