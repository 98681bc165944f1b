"""Which methods a dataset is enough for. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from finetune import preferences
from finetune.examples import RatedAnswer

ENOUGH_PROMPTS = preferences.ENOUGH_DEMONSTRATIONS
"""Different prompts from which it is worth its while to let a model try answers of its own."""
PAIRED = ("dpo", "orpo", "reward")


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """What a method needs, and what there is of it."""

    method: str
    kind: str
    """What is counted: good answers, pairs, ratings, prompts or documents."""
    there: int
    needed: int
    """From how many the method is worth its while."""
    lacks: str = ""
    """What else is missing."""

    @property
    def enough(self) -> bool:
        """Whether the method is worth its while."""
        return self.there >= self.needed and not self.lacks

    @property
    def told(self) -> str:
        """What there is and what is wanted, in words."""
        return f"{self.there} {self.kind} of {self.needed} wanted" + (f", and {self.lacks}" if self.lacks else "")

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {**asdict(self), "enough": self.enough}


def methods(rated: Sequence[RatedAnswer]) -> list[Sufficiency]:
    """Hold what each method that learns from answers needs against what there is."""
    counts = preferences.count(rated)
    prompts = {preferences.prompt_key(row) for row in rated}
    wanted = counts["up"] + counts["corrections"]
    rare = [f"{kind} {there}" for kind, there in (("up", wanted), ("down", counts["down"]))]
    few = min(wanted, counts["down"]) < preferences.ENOUGH_OF_EACH
    lacks = f"{preferences.ENOUGH_OF_EACH} of each kind are wanted ({', '.join(rare)})" if few else ""
    return [
        Sufficiency("sft", "good answers", counts["demonstrations"], preferences.ENOUGH_DEMONSTRATIONS),
        *(Sufficiency(method, "pairs", counts["pairs"], preferences.ENOUGH_PAIRS) for method in PAIRED),
        Sufficiency("kto", "ratings", counts["ratings"], preferences.ENOUGH_THUMBS, lacks),
        Sufficiency("rl", "prompts", len(prompts), ENOUGH_PROMPTS),
    ]
