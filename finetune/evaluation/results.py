"""All that one model was measured to do, and the scores that come of it. Pure, and kept as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from finetune.evaluation import preference
from finetune.evaluation.intervals import Sample
from finetune.evaluation.likelihood import Likelihood
from finetune.examples import Message, RatedAnswer
from finetune.gate import Scores


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model answered to a prompt."""

    prompt: tuple[Message, ...]
    answer: str
    turn_id: str | None
    """The turn that was held out; None where the prompt is one of the sets."""


@dataclass(frozen=True, slots=True)
class Results:
    """What one model did on all prompts."""

    samples: Mapping[str, Sample]
    """Each score by name, as the values it is the mean of."""
    answers: tuple[Answered, ...] = ()
    """Its greedy answers to open prompts."""
    held_out: tuple[Likelihood, ...] = ()
    """How likely it found the held-out answers."""
    personal: int | None = None
    """How many answers learnt from hold a personal detail that it gives away; None where that was not measured."""
    comparisons: int = 0

    @property
    def scores(self) -> Scores:
        """The figures alone, rounded; what was not measured is None."""
        figures = {name: round(sample.mean, 4) for name, sample in self.samples.items()}
        return Scores(**figures, personal=self.personal, comparisons=self.comparisons)

    def against(self, base: Sequence[Likelihood], held_out: Sequence[RatedAnswer]) -> "Results":
        """Return the results with what the likelihoods of the base make of the held-out answers."""
        rewards = [after.total - before.total for after, before in zip(self.held_out, base, strict=True)]
        compared = preference.comparisons(held_out)
        samples = {**self.samples, **preference.samples(held_out, compared, rewards)}
        return replace(self, samples=samples, comparisons=len(compared))

    def as_json(self) -> dict[str, Any]:
        """Return the results as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Results":
        """Read what `as_json` wrote."""
        samples = {
            name: Sample(tuple(one["values"]), tuple((first, last) for first, last in one["units"]))
            for name, one in row["samples"].items()
        }
        return cls(
            samples=samples,
            answers=tuple(Answered(tuple(one["prompt"]), one["answer"], one["turn_id"]) for one in row["answers"]),
            held_out=tuple(Likelihood(**one) for one in row["held_out"]),
            personal=row["personal"],
            comparisons=row["comparisons"],
        )
