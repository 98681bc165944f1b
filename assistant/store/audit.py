"""The audit log: rows that are only ever added, each holding the hash of the row before it; texts only as hashes."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, insert, select

from assistant.store.seals import Head, Seals
from assistant.store.tables import audit

log = logging.getLogger(__name__)

Stage = Literal["input", "passage", "document", "output", "review", "access", "log"]
Begin = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction that nobody else writes beside."""
PAGE = 2000
"""Rows that are read at once, so that a long log does not keep the database from its other work."""
ANEW = "begun anew"
GONE = "the log was begun anew here: rows before it may be gone"
"""What a check says of a row that begins anew where nothing else is wrong: the head of before is written over."""
NOTE = "note"
"""The action of rows about what people decided, in which no rail spoke."""
SAME = ("rail", "action", "user", "stage", "turn_id", "document_id")
"""The columns that rows are chosen by."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be logged; of the text only the hash is."""

    stage: Stage
    action: str
    text: str | None = field(default=None, repr=False)
    user: str | None = None
    """None is whoever runs this machine."""
    rail: str | None = None
    rule: str | None = None
    score: float | None = None
    adapter: str | None = None
    policy: str = ""
    turn_id: str | None = None
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the log as it is kept."""

    seq: int
    """From 1 on, without gaps."""
    at: str
    """ISO 8601, UTC."""
    user: str | None
    stage: str
    rail: str | None
    rule: str | None
    action: str
    score: float | None
    adapter: str | None
    policy: str
    turn_id: str | None
    document_id: str | None
    text_hash: str | None
    """HMAC-SHA-256 of the text under the key of the home: a plain hash of a short text could be guessed."""
    previous: str
    """The hash of the row before it; empty in the first."""
    hash: str = ""
    """Of all the above, under the same key."""


HASHED = tuple(entry.name for entry in fields(Row) if entry.name != "hash")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows to list; None stands for all."""

    since: str | None = None
    """ISO 8601, UTC, as in the rows; this moment among them."""
    until: str | None = None
    """This moment not among them."""
    rail: str | None = None
    action: str | None = None
    user: str | None = None
    stage: str | None = None
    turn_id: str | None = None
    document_id: str | None = None
    text: str | None = field(default=None, repr=False)
    """Rows about exactly this text."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a look at the whole log found."""

    count: int
    hash: str
    """Of the last row: noted elsewhere, it shows whether the log was written anew since."""
    broken: int | None = None
    """The first row that is not as it was written."""
    reason: str | None = None
    anew: int | None = None
    """The row at which the log was begun anew, if all is whole since."""


class AuditLog:
    """The log of one home. Several threads and processes may add to it at once.

    A check finds rows that were changed, taken out, put in between, or cut off at the end. It cannot find that the
    database and the head were both put back to an older copy of them, that the log and its key were thrown away
    together, or what somebody did who has the key; nor that the last rows were cut off after a crash that came between
    their writing and that of the head. Against these, note the hash of the last row elsewhere, or export the log.
    """

    def __init__(self, begin: Begin, seals: Seals) -> None:
        self._begin = begin
        self._seals = seals

    def append(self, entries: Sequence[Entry]) -> None:
        """Add rows.

        Raises:
            StoreUnavailable: they cannot be written.
        """
        if not entries:
            return
        with self._begin() as connection:
            self.add(connection, entries)
        self.seal()

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Add rows in a transaction that nobody else writes beside; `seal` is to follow it.

        Raises:
            StoreUnavailable: the key is gone.
        """
        last = _last(connection)
        if last.count == 0 and not self._seals.begun:
            self._seals.begin()
        rows = []
        for entry in entries:
            row = self._row(entry, last)
            rows.append(asdict(row))
            last = Head(row.seq, row.hash)
        if rows:
            connection.execute(insert(audit), rows)

    @contextmanager
    def around(self, entries: Sequence[Entry]) -> Iterator[None]:
        """Add rows about what is done to files meanwhile: if it fails they are not kept, and without them it is not.

        Raises:
            StoreUnavailable: they cannot be written.
        """
        with self._begin() as connection:
            self.add(connection, entries)
            yield
        self.seal()

    @contextmanager
    def with_rows(self, entries: Sequence[Entry]) -> Iterator[Connection]:
        """Change the database together with the rows that tell of it, in one transaction.

        Raises:
            StoreUnavailable: they cannot be written.
        """
        with self._begin() as connection:
            yield connection
            self.add(connection, entries)
        self.seal()

    def seal(self) -> None:
        """Write down where the log ends, unless it does not go on from where it ended before."""
        with self._begin() as connection:
            head = self._seals.head()
            if head is None or _hash_at(connection, head.count) != head.hash:
                log.error("The audit log is not as it was left: see `python -m assistant audit --verify`")
                return
            self._seals.end(_last(connection))

    def begin_anew(self, user: str | None) -> None:
        """Go on with a log that is broken or whose key is gone; that, too, is logged, and a check still tells of it."""
        with self._begin() as connection:
            if not self._seals.begun:
                self._seals.begin()
            self.add(connection, [Entry("log", NOTE, user=user, rule=ANEW)])
            self._seals.end(_last(connection))

    def rows(self, wanted: Wanted | None = None, *, newest: int | None = None) -> Iterator[Row]:
        """List rows, in order; or the newest ones, the newest first."""
        query = select(audit).where(*self._conditions(wanted or Wanted()))
        if newest is not None:
            with self._begin() as connection:
                found = connection.execute(query.order_by(audit.c.seq.desc()).limit(newest)).mappings().all()
            yield from (Row(**row) for row in found)
            return
        after = 0
        while True:
            page = query.where(audit.c.seq > after).order_by(audit.c.seq).limit(PAGE)
            with self._begin() as connection:
                found = connection.execute(page).mappings().all()
            yield from (Row(**row) for row in found)
            if len(found) < PAGE:
                return
            after = found[-1]["seq"]

    def check(self) -> Check:
        """Read the whole log, and find the first row that is not as it was written.

        Raises:
            StoreUnavailable: the key is gone.
        """
        seals = self._seals
        head = seals.head() if seals.begun else Head(0, "")
        last, broken, anew = Head(0, ""), None, None
        for row in self.rows():
            problem = self._problem(row, last, head)
            if row.rule == ANEW and row.stage == "log" and row.hash == self._hash(row):
                broken = broken or (row.seq, problem or GONE)
                anew, problem = row.seq, None
            if problem and (broken is None or anew is not None):
                broken, anew = broken or (row.seq, problem), None
            last = Head(row.seq, row.hash)
        if problem := _cut(last, head, seals):
            broken, anew = broken or (last.count + 1, problem), None
        at, reason = broken or (None, None)
        return Check(last.count, last.hash, at, reason, anew if broken else None)

    def _problem(self, row: Row, last: Head, head: Head | None) -> str | None:
        if row.seq != last.count + 1:
            return f"rows {last.count + 1} to {row.seq - 1} are gone"
        if row.hash != self._hash(row):
            return "it was changed, or written under another key"
        if row.previous != last.hash:
            return "it does not follow on the row before it"
        if head is not None and row.seq == head.count and row.hash != head.hash:
            return "it is not the row that the log ended with"
        return None

    def _row(self, entry: Entry, last: Head) -> Row:
        values = asdict(entry)
        text = values.pop("text")
        hashed = None if text is None else self._seals.digest("text", text)
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        values["score"] = None if entry.score is None else float(entry.score)
        row = Row(seq=last.count + 1, at=at, text_hash=hashed, previous=last.hash, **values)
        return replace(row, hash=self._hash(row))

    def _hash(self, row: Row) -> str:
        return self._seals.digest("row", json.dumps([getattr(row, name) for name in HASHED]))

    def _conditions(self, wanted: Wanted) -> list[Any]:
        same = [(audit.c[name], getattr(wanted, name)) for name in SAME]
        if wanted.text is not None:
            same.append((audit.c.text_hash, self._seals.digest("text", wanted.text)))
        found = [column == value for column, value in same if value is not None]
        found += [audit.c.at >= wanted.since] if wanted.since else []
        return found + ([audit.c.at < wanted.until] if wanted.until else [])


def _last(connection: Connection) -> Head:
    row = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    return Head(row.seq, row.hash) if row else Head(0, "")


def _hash_at(connection: Connection, seq: int) -> str | None:
    if seq == 0:
        return ""
    return connection.execute(select(audit.c.hash).where(audit.c.seq == seq)).scalar()


def _cut(last: Head, head: Head | None, seals: Seals) -> str | None:
    if head is None:
        return f"where the log ends is not known: {seals.head_file} is gone, or was not written under the key"
    if head.count > last.count:
        return f"rows {last.count + 1} to {head.count} are gone from the end"
    return None
