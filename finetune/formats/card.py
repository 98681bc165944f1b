"""The card of a dataset: what is in it, in figures, so that a run can tell what it learnt from. Pure."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from finetune import preferences
from finetune.examples import RatedAnswer
from finetune.formats.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Spread:
    """How a figure is spread over the rows: the middle one, the one that 95 % do not exceed, and the largest."""

    p50: int = 0
    p95: int = 0
    max: int = 0


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """A dataset in figures."""

    digest: str
    """The first 16 hexadecimal digits of the file's SHA-256."""
    format: str
    rows: int
    """Rows of the file that can be used."""
    problems: int
    """What cannot be used, or cannot be read."""
    conversations: int
    turns: int
    """Rated answers, of which a row may hold more than one."""
    up: int
    down: int
    corrections: int
    """Disliked answers with a better one beside them; so are two answers of which one was chosen."""
    pairs: int
    demonstrations: int
    duplicates: int
    """Rated answers that say what an earlier one says."""
    contradictory: int
    """Answers that are wanted in one place and unwanted in another, to the same prompt."""
    prompt_words: Spread
    answer_words: Spread

    def as_json(self) -> dict[str, Any]:
        """Return the card as a JSON object."""
        return asdict(self)


def card(dataset: Dataset) -> DatasetCard:
    """Put a dataset into figures."""
    rated = dataset.rows
    prompts = [preferences.prompt_key(row) for row in rated]
    counts = preferences.count(rated)
    return DatasetCard(
        digest=dataset.digest,
        format=dataset.format,
        rows=dataset.usable,
        problems=len(dataset.problems),
        conversations=counts["conversations"],
        turns=len(rated),
        up=counts["up"],
        down=counts["down"],
        corrections=counts["corrections"],
        pairs=counts["pairs"],
        demonstrations=counts["demonstrations"],
        duplicates=len(rated) - len(set(zip(prompts, map(_said, rated), strict=True))),
        contradictory=_contradictory(rated, prompts),
        prompt_words=spread(sum(len(one["content"].split()) for one in row.prompt) for row in rated),
        answer_words=spread(len((row.correction or row.answer).split()) for row in rated),
    )


def spread(figures: Iterable[int]) -> Spread:
    """Take the median, the 95th percentile (nearest rank) and the largest of some figures; zeros if there are none."""
    ordered = sorted(figures)
    if not ordered:
        return Spread()
    return Spread(*(ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.95, 1.0)))


def _said(row: RatedAnswer) -> tuple[object, ...]:
    return (row.answer, row.rating, row.correction)


def _contradictory(rated: Iterable[RatedAnswer], prompts: Iterable[object]) -> int:
    wanted: set[object] = set()
    unwanted: set[object] = set()
    for row, prompt in zip(rated, prompts, strict=True):
        (wanted if row.liked else unwanted).add((prompt, row.answer))
        if row.correction:
            wanted.add((prompt, row.correction))
    return len(wanted & unwanted)
