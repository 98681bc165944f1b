"""A trial on people: who gets the candidate, what came of it, and whether that is enough to decide on. Pure."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from finetune.evidence import Rate, rise

Side = Literal["current", "candidate"]
HARMS = {
    "refusals": "answers refused by the output rails",
    "unsupported": "sentences that no passage supports",
    "errors": "answers that failed",
}
"""What must not rise, and what each is called in a reason."""
SHARE = 0.2
"""The share of the people who get the candidate, unless somebody says otherwise."""
MOST = 5000
"""The answers after which a trial ends without evidence, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate that some people get, beside what serves."""

    id: str
    """Random; also the key by which people are divided, so that the next trial divides them anew."""
    name: str
    """The candidate."""
    current: str | None
    """The adapter that serves the others; None for the base without one."""
    share: float
    started: str
    most: int = MOST
    """The answers after which it ends without evidence."""

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Trial":
        """Read what `asdict` gave; keys unknown here are passed over."""
        known = {entry.name for entry in fields(cls)}
        return cls(**{name: value for name, value in row.items() if name in known})


@dataclass(frozen=True, slots=True)
class Person:
    """What one person got and said in a trial."""

    answers: int = 0
    ups: int = 0
    downs: int = 0
    refused: int = 0
    """Answers that an output rail refused."""
    failed: int = 0
    """Answers that ended in an error; they count among the answers."""
    sentences: int = 0
    """Sentences that claim something of the documents."""
    unsupported: int = 0
    """Those of them that no passage supports."""


@dataclass(frozen=True, slots=True)
class Arm:
    """What the people on one side of a trial got and said; each rate counts people, not single thumbs."""

    answers: int = 0
    likes: Rate = field(default_factory=Rate)
    refusals: Rate = field(default_factory=Rate)
    unsupported: Rate = field(default_factory=Rate)
    errors: Rate = field(default_factory=Rate)

    @classmethod
    def of(cls, people: Iterable[Person]) -> "Arm":
        """Sum up the people of one side."""
        people = list(people)
        return cls(
            answers=sum(one.answers for one in people),
            likes=Rate.of((one.ups, one.ups + one.downs) for one in people),
            refusals=Rate.of((one.refused, one.answers) for one in people),
            unsupported=Rate.of((one.unsupported, one.sentences) for one in people),
            errors=Rate.of((one.failed, one.answers) for one in people),
        )

    def as_json(self) -> dict[str, float]:
        """Return the counts as a JSON object."""
        return {
            "people": self.refusals.people,
            "answers": self.answers,
            "raters": self.likes.people,
            "ups": self.likes.hits,
            "downs": self.likes.count - self.likes.hits,
            "like_rate": round(self.likes.mean, 4),
            "refused": self.refusals.hits,
            "sentences": self.unsupported.count,
            "unsupported": self.unsupported.hits,
            "errors": self.errors.hits,
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """When a trial is decided."""

    level: float = 0.05
    """How likely a candidate that is no better may be promoted; and, separately, one no worse be withdrawn as worse."""
    harm: float = 0.05
    """How likely one that does no harm may be withdrawn for any of the three harms; each is tested at a third of it."""
    people: int = 5
    """The fewest people of each side who must have rated before likes decide."""
    harmed: int = 2
    """The fewest people of each side who must have had answers before harm decides."""
    most: int = MOST
    """The answers after which a trial ends without evidence."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a trial, and why."""

    action: Literal["go on", "promote", "withdraw"]
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict)
    """The evidence so far, by what it is for (`better`, `worse`, and the harms), and how much is needed."""
    flagged: bool = False
    """Whether there is evidence against the candidate; withdrawn without any, it stays a candidate."""

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as a JSON object."""
        return asdict(self) | {"figures": dict(self.figures)}


def person(trial: Trial, user: str | None, conversation_id: str) -> str:
    """Return what stands for a person in this trial, from which no name can be told without its id.

    Args:
        trial: the trial.
        user: the name; where there is none, each conversation counts as a person.
        conversation_id: the conversation.
    """
    who = f"user\n{user}" if user else f"conversation\n{conversation_id}"
    return hmac.new(trial.id.encode(), who.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def side(trial: Trial, person: str) -> Side:
    """Say which side a person is on: always the same one within a trial."""
    return "candidate" if int(person[:13], 16) / 16**13 < trial.share else "current"


def decide(current: Arm, candidate: Arm, rule: Rule | None = None) -> Verdict:
    """Decide on what is known so far; this may be asked after every rating and every answer.

    Args:
        current: the people who got what serves.
        candidate: those who got the candidate.
        rule: when to decide.
    """
    rule = rule or Rule()
    figures = _evidence(current, candidate, rule)
    enough = 1 / rule.level
    for harm, meaning in HARMS.items():
        if figures[harm] >= figures["needed_harm"]:
            before, after = getattr(current, harm), getattr(candidate, harm)
            reason = f"{meaning} rose: {_told(after)} with the candidate, {_told(before)} without"
            return Verdict("withdraw", reason, figures, flagged=True)
    if figures["better"] >= enough:
        return Verdict("promote", f"people like it better: {_liked(current, candidate)}", figures)
    if figures["worse"] >= enough:
        return Verdict("withdraw", f"people like it less: {_liked(current, candidate)}", figures, flagged=True)
    if (answers := current.answers + candidate.answers) >= rule.most:
        reason = f"no difference was found in {answers} answers: {_liked(current, candidate)}"
        return Verdict("withdraw", reason, figures)
    return Verdict("go on", "there is no evidence yet that people like it better or less", figures)


def _evidence(current: Arm, candidate: Arm, rule: Rule) -> dict[str, float]:
    figures = dict.fromkeys(("better", "worse", *HARMS), 1.0)
    if min(current.likes.people, candidate.likes.people) >= rule.people:
        figures["better"] = rise(current.likes, candidate.likes)
        figures["worse"] = rise(candidate.likes, current.likes)
    for harm in HARMS:
        before, after = getattr(current, harm), getattr(candidate, harm)
        if after.hits and min(before.people, after.people) >= rule.harmed:
            figures[harm] = rise(before, after)
    return figures | {"needed": 1 / rule.level, "needed_harm": len(HARMS) / rule.harm}


def _liked(current: Arm, candidate: Arm) -> str:
    return f"{_told(candidate.likes)} of its rated answers were liked, of the others' {_told(current.likes)}"


def _told(rate: Rate) -> str:
    return f"{rate.mean:.0%} ({rate.hits} of {rate.count}, {rate.people} people)"
