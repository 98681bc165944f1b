"""Rated answers shaped into the rows that TRL's trainers take. Pure functions; no torch here.

The forms are TRL's conversational ones: prompts and answers are lists of messages; the loss falls on the answer alone.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from finetune.errors import NotEnoughData
from finetune.examples import Message, RatedAnswer
from finetune.recipe import Method

ENOUGH_PAIRS = 40
"""Pairs of a better and a worse answer from which DPO is worth its while."""
ENOUGH_THUMBS = 40
"""Rated answers from which KTO is worth its while; its paper holds that twice as many thumbs do what pairs do."""
ENOUGH_OF_EACH = 5
"""Answers of each kind that KTO must see, and that the gate must have a chance to judge by."""
ENOUGH_DEMONSTRATIONS = 32
"""Good answers from which SFT is worth its while."""


class Demonstration(TypedDict):
    """A row for SFT: TRL's prompt-completion form."""

    prompt: list[Message]
    completion: list[Message]


class Pair(TypedDict):
    """A row for DPO: TRL's preference form with an explicit prompt."""

    prompt: list[Message]
    chosen: list[Message]
    rejected: list[Message]


class Label(TypedDict):
    """A row for KTO: TRL's unpaired preference form."""

    prompt: list[Message]
    completion: list[Message]
    label: bool


@dataclass(frozen=True, slots=True)
class Split:
    """The ratings of a dataset, each on one of three sides."""

    learnt: list[RatedAnswer]
    validation: list[RatedAnswer]
    """Those that say when to stop."""
    held_out: list[RatedAnswer]
    """Those to judge by."""


def demonstrations(rated: Iterable[RatedAnswer]) -> list[Demonstration]:
    """Take liked answers and corrections as examples to follow; a correction takes the place of its answer."""
    return [
        Demonstration(prompt=list(row.prompt), completion=_said(row.correction or row.answer))
        for row in rated
        if row.liked or row.correction
    ]


def pairs(rated: Iterable[RatedAnswer]) -> list[Pair]:
    """Set each correction against its original, and each liked answer against its disliked siblings."""
    rated = list(rated)
    found = [_pair(row, row.correction, row.answer) for row in rated if row.correction]
    for siblings in _by_prompt(rated).values():
        liked = [row for row in siblings if row.liked]
        disliked = [row for row in siblings if not row.liked]
        found += [
            _pair(good, good.answer, bad.answer) for good in liked for bad in disliked if good.answer != bad.answer
        ]
    return found


def labels(rated: Iterable[RatedAnswer]) -> list[Label]:
    """Take every rated answer with its thumb; a correction is one more desirable answer."""
    rows: list[Label] = []
    for row in rated:
        rows.append(Label(prompt=list(row.prompt), completion=_said(row.answer), label=row.liked))
        if row.correction:
            rows.append(Label(prompt=list(row.prompt), completion=_said(row.correction), label=True))
    return rows


def weights(rows: Iterable[Label]) -> tuple[float, float]:
    """Weigh desirable and undesirable rows for KTO so that the kinds balance, whatever their counts.

    The KTO paper (arXiv 2402.01306, eq. 8) advises a total weight of desirable to undesirable rows between 1:1 and 4:3;
    this takes 7:6, the middle, and raises the rarer kind, so that both weights are at least about 1.

    Returns:
        the weight of a desirable and that of an undesirable row
    """
    kinds = [row["label"] for row in rows]
    desirable, undesirable = max(sum(kinds), 1), max(len(kinds) - sum(kinds), 1)
    ratio = undesirable / desirable * 7 / 6
    return (round(ratio, 4), 1.0) if ratio >= 1 else (1.0, round(1 / ratio, 4))


def choose(rated: Sequence[RatedAnswer]) -> Method:
    """Choose the method that makes the most of the ratings there are.

    Raises:
        NotEnoughData: there is too little for any method; the text says how many of what are missing.
    """
    counts = count(rated)
    if counts["pairs"] >= ENOUGH_PAIRS and counts["up"] + counts["corrections"] >= ENOUGH_OF_EACH:
        return "dpo"
    if min(_missing_thumbs(counts)) >= 0:
        return "kto"
    if counts["demonstrations"] >= ENOUGH_DEMONSTRATIONS:
        return "sft"
    raise NotEnoughData(_what_is_missing(counts))


def count(rated: Sequence[RatedAnswer]) -> dict[str, int]:
    """Count what there is: ratings, thumbs of each kind, corrections, pairs, demonstrations, conversations."""
    return {
        "ratings": len(rated),
        "up": sum(row.liked for row in rated),
        "down": sum(not row.liked for row in rated),
        "corrections": sum(row.correction is not None for row in rated),
        "pairs": _count_pairs(rated),
        "demonstrations": len(demonstrations(rated)),
        "conversations": len({row.conversation_id for row in rated}),
    }


def split(rated: Sequence[RatedAnswer], *, validation: float, held_out: float, seed: int) -> Split:
    """Part the ratings into those to learn from, those that say when to stop, and those to judge by.

    What shares a conversation or a prompt stays on one side, so that nothing learnt is judged. Both kinds of thumb go
    to every side in their proportion where there are groups enough; the same ratings and seed give the same split, and
    what is held out does not depend on how much is taken for validation.

    Args:
        rated: the ratings; their order is kept on each side.
        validation: the share of the ratings to stop by, between 0 and 1.
        held_out: the share of the ratings to judge by, between 0 and 1.
        seed: what decides which groups those are.
    """
    judged: set[int] = set()
    stopped: set[int] = set()
    by_kind: dict[frozenset[str], list[list[int]]] = defaultdict(list)
    for group in _groups(rated):
        by_kind[frozenset(rated[index].rating for index in group)].append(group)
    for kind in sorted(by_kind, key=sorted):
        groups = by_kind[kind]
        random.Random(f"{seed} {sorted(kind)}").shuffle(groups)
        size = sum(map(len, groups))
        taken, groups = _take(groups, round(held_out * size))
        judged.update(taken)
        taken, groups = _take(groups, round(validation * size))
        stopped.update(taken)
    return Split(
        learnt=[row for index, row in enumerate(rated) if index not in judged and index not in stopped],
        validation=[row for index, row in enumerate(rated) if index in stopped],
        held_out=[row for index, row in enumerate(rated) if index in judged],
    )


def _take(groups: Sequence[list[int]], wanted: int) -> tuple[list[int], list[list[int]]]:
    """Take about so many ratings in whole groups, but never the last group: it is to learn from; return both parts."""
    taken: list[int] = []
    left: list[list[int]] = []
    for group in groups[:-1]:
        if len(taken) + len(group) / 2 > wanted:
            left.append(group)
        else:
            taken += group
    return taken, [*left, *groups[-1:]]


def _groups(rated: Sequence[RatedAnswer]) -> list[list[int]]:
    """Join the ratings that share a conversation or a prompt, also over several steps (union-find)."""
    parents = list(range(len(rated)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    first: dict[object, int] = {}
    for index, row in enumerate(rated):
        for key in (row.conversation_id, prompt_key(row)):
            parents[root(index)] = root(first.setdefault(key, index))
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(len(rated)):
        groups[root(index)].append(index)
    return list(groups.values())


def _count_pairs(rated: Sequence[RatedAnswer]) -> int:
    """Count the pairs without making them: a thousand answers to one prompt may have a quarter of a million."""
    number = sum(bool(row.correction) for row in rated)
    for siblings in _by_prompt(rated).values():
        if len(siblings) == 1:
            continue
        liked = Counter(row.answer for row in siblings if row.liked)
        disliked = Counter(row.answer for row in siblings if not row.liked)
        number += liked.total() * disliked.total() - sum(liked[answer] * disliked[answer] for answer in liked)
    return number


def _by_prompt(rated: Iterable[RatedAnswer]) -> dict[object, list[RatedAnswer]]:
    siblings: dict[object, list[RatedAnswer]] = defaultdict(list)
    for row in rated:
        siblings[prompt_key(row)].append(row)
    return siblings


def prompt_key(row: RatedAnswer) -> tuple[tuple[str, str], ...]:
    """Return the prompt as a value that can be compared; a document, which answers nothing, has one of its own."""
    if not row.prompt:
        return (("document", row.turn_id),)
    return tuple((message["role"], message["content"]) for message in row.prompt)


def _pair(row: RatedAnswer, better: str, worse: str) -> Pair:
    return Pair(prompt=list(row.prompt), chosen=_said(better), rejected=_said(worse))


def _said(text: str) -> list[Message]:
    return [Message(role="assistant", content=text)]


def _missing_thumbs(counts: dict[str, int]) -> tuple[int, int, int]:
    """Say by how much the thumbs exceed what KTO needs: in all, up and down; negative numbers are missing."""
    desirable = counts["up"] + counts["corrections"]
    return (
        counts["ratings"] - ENOUGH_THUMBS,
        desirable - ENOUGH_OF_EACH,
        counts["down"] - ENOUGH_OF_EACH,
    )


def _what_is_missing(counts: dict[str, int]) -> str:
    thumbs, up, down = (max(-spare, 0) for spare in _missing_thumbs(counts))
    wanted = [f"{thumbs} more ratings"] if thumbs else []
    wanted += [f"{up} more thumbs up"] if up else []
    wanted += [f"{down} more thumbs down"] if down else []
    pairs_wanted = ENOUGH_PAIRS - counts["pairs"]
    good_wanted = ENOUGH_DEMONSTRATIONS - counts["demonstrations"]
    return (
        f"too few ratings to learn from ({counts['up']} up, {counts['down']} down, {counts['corrections']} corrected): "
        f"{' and '.join(wanted)} are needed; or {pairs_wanted} more answers corrected or compared; "
        f"or {good_wanted} more good answers"
    )
