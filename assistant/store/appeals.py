"""Appeals: what people hold against a refusal, or against an answer that was given, and what was decided on it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, delete, insert, select, update

from assistant.errors import BadInput
from assistant.store.audit import AuditLog, Entry
from assistant.store.tables import appeals

Kind = Literal["refused", "answered"]
"""Of a refusal ("this was fine"), or of an answer ("this should have been blocked")."""
State = Literal["open", "upheld", "dismissed"]
Begin = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction that nobody else writes beside."""
MOST = 2**63 - 1
"""The greatest id that SQLite knows."""


@dataclass(frozen=True, slots=True)
class Appeal:
    """One appeal; `id` is 0 until it is kept."""

    turn_id: str
    kind: Kind
    side: str
    """Which of the two texts it is about: `input` for the question, `output` for the answer."""
    question: str = field(repr=False)
    answer: str = field(repr=False)
    """Empty where it was withdrawn and is gone."""
    rail: str | None = None
    rule: str | None = None
    score: float | None = None
    user: str | None = None
    filed_at: str = ""
    state: State = "open"
    label: str | None = None
    """What the text was decided to be: `none`, `injection` or a category of harm; None where no head is meant."""
    decided_by: str | None = None
    decided_at: str | None = None
    id: int = 0

    @property
    def text(self) -> str:
        """The text that it is about, with personal data masked."""
        return self.question if self.side == "input" else self.answer


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer says of an appeal."""

    state: State
    side: str
    label: str | None
    by: str | None


class Appeals:
    """The queue, and what was decided; what the audit log is to say of it is kept together with it, or neither is."""

    def __init__(self, begin: Begin, log: AuditLog) -> None:
        self._begin = begin
        self._log = log

    def file(self, appeal: Appeal, entries: Sequence[Entry] = ()) -> Appeal:
        """Keep an appeal.

        Raises:
            BadInput: there is one for this turn.
        """
        values = {name: getattr(appeal, name) for name in Appeal.__slots__ if name != "id"}
        same = appeals.c.turn_id == appeal.turn_id, appeals.c.kind == appeal.kind
        with self._logged(entries) as connection:
            if connection.execute(select(appeals.c.id).where(*same)).first():
                raise BadInput("this was appealed before, and a reviewer decides on it")
            query = insert(appeals).values(values | {"filed_at": _now()}).returning(appeals.c.id)
            made = connection.execute(query).scalar_one()
        return self.one(made)

    def one(self, appeal_id: int) -> Appeal:
        """Return one appeal.

        Raises:
            BadInput: there is none of this id.
        """
        found = self._found(select(appeals).where(appeals.c.id == appeal_id)) if 0 < appeal_id <= MOST else []
        if not found:
            raise _missing(appeal_id)
        return found[0]

    def of_turn(self, turn_id: str) -> list[Appeal]:
        """List the appeals of a turn."""
        return self._found(select(appeals).where(appeals.c.turn_id == turn_id))

    def all(self, *, open_: bool | None = None) -> list[Appeal]:
        """List appeals, the oldest first: all, or those that are open, or those that are not."""
        query = select(appeals).order_by(appeals.c.id)
        if open_ is None:
            return self._found(query)
        return self._found(query.where((appeals.c.state == "open") == open_))

    def decide(
        self, appeal_id: int, decision: Decision, entries: Sequence[Entry] = (), *, only_open: bool = False
    ) -> Appeal:
        """Decide on an appeal; or decide anew, unless it is to be `only_open`.

        Raises:
            BadInput: there is none of this id, or it is no longer open.
        """
        where = [appeals.c.id == appeal_id, *([appeals.c.state == "open"] if only_open else ())]
        values = {
            "state": decision.state,
            "side": decision.side,
            "label": decision.label,
            "decided_by": decision.by,
            "decided_at": _now(),
        }
        with self._logged(entries) as connection:
            if not connection.execute(update(appeals).where(*where).values(values)).rowcount:
                raise BadInput("this was decided meanwhile: reload the tab") if only_open else _missing(appeal_id)
        return self.one(appeal_id)

    def remove(self, appeal_id: int, entries: Sequence[Entry] = ()) -> None:
        """Remove an appeal with its texts.

        Raises:
            BadInput: there is none of this id.
        """
        self.one(appeal_id)
        with self._logged(entries) as connection:
            connection.execute(delete(appeals).where(appeals.c.id == appeal_id))

    @contextmanager
    def _logged(self, entries: Sequence[Entry]) -> Iterator[Connection]:
        with self._begin() as connection:
            yield connection
            if entries:
                self._log.add(connection, entries)
        if entries:
            self._log.seal()

    def _found(self, query: Any) -> list[Appeal]:
        with self._begin() as connection:
            return [Appeal(**row) for row in connection.execute(query).mappings().all()]


def withdraw(connection: Connection, turn_ids: Select[tuple[str]]) -> None:
    """Remove the open appeals of turns that are deleted."""
    connection.execute(delete(appeals).where(appeals.c.turn_id.in_(turn_ids), appeals.c.state == "open"))


def _missing(appeal_id: int) -> BadInput:
    return BadInput(f"there is no appeal {appeal_id}: `python -m assistant appeals` lists them")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
