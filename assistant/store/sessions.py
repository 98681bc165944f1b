"""Who is signed in, by a token that only their browser has: kept as a hash, ended by time, by them, or by a change."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select, update

from assistant.store.tables import sessions, users
from assistant.store.tokens import digest, fresh, stamp
from assistant.store.users import Begin, User, folded

FRESH = timedelta(minutes=1)
"""How old the moment of last use may be, so that not every request writes."""
Clock = Callable[[], datetime]


def utc() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)


class Sessions:
    """The sessions of one home."""

    def __init__(self, begin: Begin, clock: Clock = utc) -> None:
        self._begin = begin
        self._clock = clock

    def begin(self, name: str, lasts: timedelta) -> str:
        """Begin a session of a user that ends at the latest after a time, and return its token."""
        token, now = fresh(), self._clock()
        row = {"digest": digest(token), "user_id": folded(name), "created_at": stamp(now), "used_at": stamp(now)}
        with self._begin(alone=True) as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= stamp(now)))
            connection.execute(insert(sessions).values(row | {"expires_at": stamp(now + lasts)}))
        return token

    def find(self, token: str, idle: timedelta) -> User | None:
        """Return whose token this is; None where its session has ended, or was not used for so long, or never was."""
        now, key = self._clock(), digest(token)
        joined = select(sessions, users).join(users, sessions.c.user_id == users.c.id)
        valid = sessions.c.expires_at > stamp(now), sessions.c.used_at > stamp(now - idle), users.c.disabled.is_(False)
        with self._begin() as connection:
            row = connection.execute(joined.where(sessions.c.digest == key, *valid)).mappings().first()
        if row is None:
            return None
        if row["used_at"] < stamp(now - FRESH):
            with self._begin() as connection:
                connection.execute(update(sessions).where(sessions.c.digest == key).values(used_at=stamp(now)))
        return User(row["name"], row["role"], by_password=row["password"] is not None)

    def end(self, token: str) -> None:
        """End a session; nothing happens where it has ended."""
        with self._begin(alone=True) as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == digest(token)))
