"""What came of the answers of a trial: by person, who is no more than a keyed hash here."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, insert, select

from assistant.store.tables import outcomes, ratings
from finetune.trials import Person, Side

Begin = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer of a trial."""

    trial: str
    person: str
    side: Side
    turn_id: str | None = None
    """None where the answer failed, and so was not kept."""
    refused: bool = False
    """Whether an output rail refused it."""
    failed: bool = False
    sentences: int = 0
    """Sentences that claim something of the documents."""
    unsupported: int = 0
    """Those of them that no passage supports."""


class Outcomes:
    """The answers of trials; what people thought of them stands with the ratings, and may change there."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def add(self, outcome: Outcome) -> None:
        """Keep what came of one answer."""
        with self._begin() as connection:
            connection.execute(insert(outcomes).values(asdict(outcome)))

    def stamp(self, trial: str) -> str:
        """Return what differs whenever an answer of a trial was added or any rating has changed; quick to ask."""
        answers = select(func.count()).select_from(outcomes).where(outcomes.c.trial == trial)
        rated = select(func.count(), func.max(ratings.c.rated_at))
        with self._begin() as connection:
            return f"{connection.execute(answers).scalar_one()} {connection.execute(rated).one()}"

    def people(self, trial: str) -> dict[Side, list[Person]]:
        """Sum up a trial by person, for each of its sides."""
        table = outcomes.c
        total = [func.sum(column) for column in (table.refused, table.failed, table.sentences, table.unsupported)]
        thumbs = [func.count().filter(ratings.c.thumb == thumb) for thumb in ("up", "down")]
        query = (
            select(table.side, func.count(), *thumbs, *total)
            .select_from(outcomes.outerjoin(ratings, ratings.c.turn_id == table.turn_id))
            .where(table.trial == trial)
            .group_by(table.side, table.person)
        )
        found: dict[Side, list[Person]] = defaultdict(list)
        with self._begin() as connection:
            for side, *counts in connection.execute(query):
                found[side].append(Person(*map(int, counts)))
        return found
