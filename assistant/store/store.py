"""Conversations, turns and ratings in SQLite. Several threads and processes may use one database at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Select, create_engine, delete, event, func, insert, select, update
from sqlalchemy.exc import DatabaseError

from assistant.errors import BadInput, StoreUnavailable
from assistant.store.accounts import Accounts
from assistant.store.appeals import Appeals, withdraw
from assistant.store.audit import AuditLog, Entry
from assistant.store.migrations import migrate
from assistant.store.outcomes import Outcomes
from assistant.store.rows import to_conversation, to_row, to_turn
from assistant.store.seals import Seals
from assistant.store.tables import VERSION, conversations, ratings, turns
from assistant.turns import Conversation, Origin, Pin, Rating, Thumb, Turn
from knowledge.catalogue.wal import write_ahead

NEW = "New conversation"
MISSING = "this conversation is no longer there: reload the page"
TITLE = 60
SECONDS = 30.0
"""How long a writer waits for another one."""


class Store:
    """The database file of one home."""

    def __init__(self, file: Path) -> None:
        """Open the database, making it where there is none.

        Raises:
            StoreUnavailable: the file is no database, cannot be written, or is of a later version.
        """
        self._file = file
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"the folder {file.parent} cannot be made: {error.strerror}") from error
        self._engine = create_engine(
            f"sqlite:///{file}",
            connect_args={"timeout": SECONDS},
            hide_parameters=True,  # an error that is logged would show what people wrote
        )
        event.listen(self._engine, "connect", _prepare)
        alone = partial(self._begin, alone=True)
        self.audit = AuditLog(alone, Seals(file.parent))
        self.appeals = Appeals(alone, self.audit)
        self.outcomes = Outcomes(self._begin)
        self.accounts = Accounts(self._begin, self.audit)
        # Whoever else opens a new file at the same moment waits here, and then finds the tables made.
        with alone() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if version > VERSION:
                raise StoreUnavailable(f"{file} was written by a later version: update Apprentice")
            migrate(connection, version)

    @contextmanager
    def _begin(self, *, alone: bool = False) -> Iterator[Connection]:
        """Open a transaction; where `alone`, one that nobody else writes beside from its beginning on."""
        try:
            with self._engine.begin() as connection:
                if alone:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
        except DatabaseError as error:
            raise StoreUnavailable(f"the database {self._file} cannot be used: {error.orig}") from error

    def look(self) -> None:
        """See that the database answers.

        Raises:
            StoreUnavailable: it does not, or its file is gone.
        """
        if not self._file.exists():  # connections that are open would go on with a file that nobody finds again
            raise StoreUnavailable(f"the database {self._file} is gone: put it back, or restore a backup")
        with self._begin() as connection:
            connection.execute(select(conversations.c.id).limit(1)).first()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    # Conversations

    def add_conversation(self, title: str = NEW, origin: Origin = "page", user: str | None = None) -> Conversation:
        """Begin a conversation of a user; None is whoever runs this machine."""
        now = _now()
        conversation = Conversation(uuid4().hex, title, now, now, origin=origin, user=user)
        with self._begin() as connection:
            row = {"id": conversation.id, "title": title, "created_at": now, "updated_at": now}
            connection.execute(insert(conversations).values(row | {"origin": origin, "user": user}))
        return conversation

    def conversations(self, origin: Origin = "page", user: str | None = None) -> list[Conversation]:
        """List the conversations that a user (with None, anybody) began there, the one last spoken in first."""
        newest = conversations.c.updated_at.desc(), conversations.c.created_at.desc()
        wanted = select(conversations).where(conversations.c.origin == origin, *_of(user))
        with self._begin() as connection:
            rows = connection.execute(wanted.order_by(*newest)).mappings().all()
        return [to_conversation(dict(row)) for row in rows]

    def check_owner(self, conversation_id: str, user: str | None) -> None:
        """Refuse a conversation that is not a user's; to them it is as if it were not there. None may open all.

        Raises:
            BadInput: there is no such conversation of theirs.
        """
        found = self.conversation(conversation_id)
        if found is None or user not in (None, found.user):
            raise BadInput(MISSING)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Return one conversation, None where it is not there."""
        with self._begin() as connection:
            query = select(conversations).where(conversations.c.id == conversation_id)
            row = connection.execute(query).mappings().first()
        return to_conversation(dict(row)) if row else None

    def pinned(self, conversation_id: str) -> Pin | None:
        """Return what a conversation is pinned to; None where it is not, or is not there."""
        found = self.conversation(conversation_id)
        return found.pin if found else None

    def pin(self, conversation_id: str, pin: Pin | None) -> None:
        """Pin a conversation to an adapter or to the base, or (with None) unpin it.

        Raises:
            BadInput: there is no such conversation.
        """
        self._update(conversation_id, pinned=None if pin is None else pin.adapter or "")

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title.

        Raises:
            BadInput: the title is empty, or there is no such conversation.
        """
        if not title.strip():
            raise BadInput("a conversation needs a title: type one")
        self._update(conversation_id, title=title.strip()[:200])

    def _update(self, conversation_id: str, **values: str | None) -> None:
        with self._begin() as connection:
            where = conversations.c.id == conversation_id
            done = connection.execute(update(conversations).where(where).values(**values))
        if done.rowcount == 0:
            raise BadInput(MISSING)

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation with its turns and ratings, and the appeals that nobody has decided yet."""
        with self._begin() as connection:
            own = select(turns.c.id).where(turns.c.conversation_id == conversation_id)
            withdraw(connection, own)
            connection.execute(delete(conversations).where(conversations.c.id == conversation_id))

    # Turns

    def add_turn(self, turn: Turn, entries: Sequence[Entry] = ()) -> Turn:
        """Keep a turn and show it in place of its siblings; the first one names its conversation.

        What the audit log is to say of it is written in the same transaction, or else neither is.
        """
        now = turn.created_at or _now()
        here = turns.c.conversation_id == turn.conversation_id
        with self._begin(alone=True) as connection:
            title = connection.execute(
                select(conversations.c.title).where(conversations.c.id == turn.conversation_id)
            ).scalar()
            if title is None:
                raise BadInput("this conversation was deleted while the answer was written")
            connection.execute(update(turns).where(here, turns.c.position == turn.position).values(shown=False))
            connection.execute(insert(turns).values(to_row(turn) | {"shown": True, "created_at": now}))
            named = {"title": _title(turn.question)} if title == NEW else {}
            connection.execute(
                update(conversations).where(conversations.c.id == turn.conversation_id).values(updated_at=now, **named)
            )
            self.audit.add(connection, entries)
        if entries:
            self.audit.seal()
        return self.turn(turn.id)

    def turn(self, turn_id: str, user: str | None = None) -> Turn:
        """Return one turn; where a user is named, only out of a conversation of theirs.

        Raises:
            BadInput: there is no such turn.
        """
        owned = turns.c.conversation_id.in_(select(conversations.c.id).where(*_of(user)))
        found = self._turns(_joined().where(turns.c.id == turn_id, owned))
        if not found:
            raise BadInput("this answer is no longer there: reload the page")
        return found[0]

    def turns(self, conversation_id: str) -> list[Turn]:
        """List all turns of a conversation, siblings that are not shown among them, in order."""
        here = turns.c.conversation_id == conversation_id
        return self._turns(_joined().where(here).order_by(turns.c.position, turns.c.created_at))

    def siblings(self, conversation_id: str) -> list[tuple[Turn, list[str]]]:
        """List the shown turns in order, each with the ids of all answers to its question, itself among them."""
        query = _joined().where(turns.c.conversation_id == conversation_id)
        with self._begin() as connection:
            rows = connection.execute(query.order_by(turns.c.position, turns.c.created_at)).mappings()
            places = [list(rows) for _, rows in groupby(map(dict[str, Any], rows), key=lambda row: row["position"])]
        return [(to_turn(next(row for row in rows if row["shown"])), [row["id"] for row in rows]) for rows in places]

    def show(self, turn_id: str) -> None:
        """Show this turn in place of its siblings."""
        turn = self.turn(turn_id)
        place = turns.c.conversation_id == turn.conversation_id, turns.c.position == turn.position
        with self._begin() as connection:
            connection.execute(update(turns).where(*place).values(shown=turns.c.id == turn_id))

    def next_position(self, conversation_id: str) -> int:
        """Return the position of the next question in a conversation."""
        query = select(func.max(turns.c.position)).where(turns.c.conversation_id == conversation_id)
        with self._begin() as connection:
            last = connection.execute(query).scalar()
        return 0 if last is None else int(last) + 1

    # Ratings

    def rate(self, turn_id: str, rating: Rating | None) -> Turn:
        """Set, change or (with None) take back the rating of a turn.

        Raises:
            BadInput: there is no such turn.
        """
        self.turn(turn_id)
        with self._begin() as connection:
            connection.execute(delete(ratings).where(ratings.c.turn_id == turn_id))
            if rating is not None:
                connection.execute(insert(ratings).values(_rating_row(turn_id, rating)))
        return self.turn(turn_id)

    def rated(self) -> list[Turn]:
        """List all rated turns, the oldest first."""
        return self._turns(_joined().where(ratings.c.thumb.is_not(None)).order_by(turns.c.created_at, turns.c.id))

    def unrated(self, most: int) -> list[Turn]:
        """List the shown answers that nobody has rated and that say something, the newest first."""
        told = turns.c.shown, turns.c.refused.is_(False), func.trim(turns.c.answer) != "", ratings.c.thumb.is_(None)
        newest = turns.c.created_at.desc(), turns.c.id
        return [turn for turn in self._turns(_joined().where(*told).order_by(*newest).limit(most)) if turn.prompt]

    def rating_times(self) -> list[datetime]:
        """List when the ratings were given that there is something to learn from, in no order."""
        told = turns.c.refused.is_(False), func.trim(turns.c.answer) != "", ratings.c.thumb.is_not(None)
        query = select(ratings.c.rated_at).join(turns, ratings.c.turn_id == turns.c.id).where(*told)
        with self._begin() as connection:
            return [datetime.fromisoformat(at) for at in connection.execute(query).scalars()]

    def counts(self) -> dict[str, int]:
        """Count the ratings: up, down, corrections."""
        by_thumb = select(ratings.c.thumb, func.count()).group_by(ratings.c.thumb)
        with self._begin() as connection:
            found: dict[Thumb, int] = dict(connection.execute(by_thumb).all())
            corrected = connection.execute(
                select(func.count()).select_from(ratings).where(ratings.c.correction.is_not(None))
            ).scalar_one()
        return {"up": found.get("up", 0), "down": found.get("down", 0), "corrections": corrected}

    def _turns(self, query: Select[Any]) -> list[Turn]:
        with self._begin() as connection:
            return [to_turn(dict(row)) for row in connection.execute(query).mappings().all()]


def _joined() -> Select[Any]:
    opinion = ratings.c.thumb, ratings.c.reasons, ratings.c.comment, ratings.c.correction
    return select(turns, *opinion).outerjoin(ratings, ratings.c.turn_id == turns.c.id)


def _of(user: str | None) -> list[Any]:
    return [] if user is None else [conversations.c.user == user]


def _rating_row(turn_id: str, rating: Rating) -> dict[str, Any]:
    return {
        "turn_id": turn_id,
        "thumb": rating.thumb,
        "reasons": list(rating.reasons),
        "comment": rating.comment,
        "correction": rating.correction,
        "rated_at": _now(),
    }


def _prepare(connection: Any, _record: object) -> None:
    write_ahead(connection, SECONDS)
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "synchronous = NORMAL", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= TITLE else line[: TITLE - 1].rsplit(" ", 1)[0] + "…"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
