"""API keys: shown once, kept as a hash, each for some scopes and some time, and named by how it begins."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import delete, insert, select, update

from assistant.errors import BadInput
from assistant.store.audit import NOTE, AuditLog, Entry
from assistant.store.sessions import FRESH, Clock, utc
from assistant.store.tables import keys, users
from assistant.store.tokens import digest, fresh, stamp
from assistant.store.users import Begin, User, folded

Scope = Literal["chat", "documents:read", "documents:write", "feedback", "adapters", "metrics"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "ak"


@dataclass(frozen=True, slots=True)
class Key:
    """A key without what makes it one."""

    id: str
    """How it begins: enough to tell it from others, and of no use to come in."""
    user: str
    scopes: tuple[Scope, ...]
    created_at: str
    expires_at: str | None = None
    used_at: str | None = None


class Keys:
    """The keys of one home."""

    def __init__(self, begin: Begin, log: AuditLog, clock: Clock = utc) -> None:
        self._begin = begin
        self._log = log
        self._clock = clock

    def make(self, name: str, scopes: Sequence[str], days: int | None, by: str | None = None) -> tuple[Key, str]:
        """Make a key of a user, and return it with its text, which is nowhere afterwards.

        Args:
            name: whose it is; it never may more than they.
            scopes: what it is for.
            days: after how many it ends, from 1 to 3,650; None for never.
            by: who makes it; None is whoever runs this machine.

        Raises:
            BadInput: a scope is unknown, or there are none, or the days are out of range.
        """
        wanted = _scopes(scopes)
        if days is not None and not 1 <= days <= 3650:
            raise BadInput("a key lasts 1 to 3650 days: give --days such a number")
        key, now = f"{PREFIX}_{secrets.token_hex(4)}", self._clock()
        text = f"{key}_{fresh()}"
        expires = stamp(now + timedelta(days=days)) if days else None
        row = {"id": key, "user_id": folded(name), "digest": digest(text), "scopes": list(wanted)}
        entry = Entry("access", NOTE, user=by, rule=f"key made: {key} for {', '.join(wanted)}")
        with self._log.with_rows([entry]) as connection:
            connection.execute(insert(keys).values(row | {"created_at": stamp(now), "expires_at": expires}))
        return next(one for one in self.all(name) if one.id == key), text

    def all(self, name: str | None = None) -> list[Key]:
        """List the keys of a user, or of everybody; the oldest first."""
        query = select(keys, users.c.name).join(users, keys.c.user_id == users.c.id).order_by(keys.c.created_at)
        if name is not None:
            query = query.where(keys.c.user_id == folded(name))
        with self._begin() as connection:
            return [_key(row) for row in connection.execute(query).mappings()]

    def find(self, text: str) -> tuple[User, Key] | None:
        """Return whose key this is; None where it is none, has ended, or its user may not come in."""
        now, moment = self._clock(), stamp(self._clock())
        columns = select(keys, users.c.name, users.c.role, users.c.disabled)
        query = columns.join(users, keys.c.user_id == users.c.id).where(keys.c.digest == digest(text))
        with self._begin() as connection:
            row = connection.execute(query).mappings().first()
        if row is None or row["disabled"] or (row["expires_at"] is not None and row["expires_at"] <= moment):
            return None
        self._used(row, now)
        return User(row["name"], row["role"]), _key(row)

    def revoke(self, key_id: str, by: str | None = None) -> None:
        """Make a key useless.

        Raises:
            BadInput: there is none that begins so.
        """
        found = [one.id for one in self.all() if one.id == key_id]
        if not found:
            raise BadInput("there is no such key: `python -m assistant users key list` shows how they begin")
        with self._log.with_rows([Entry("access", NOTE, user=by, rule=f"key revoked: {key_id}")]) as connection:
            connection.execute(delete(keys).where(keys.c.id == key_id))

    def _used(self, row: Any, now: datetime) -> None:
        if row["used_at"] is None or row["used_at"] < stamp(now - FRESH):
            with self._begin() as connection:
                connection.execute(update(keys).where(keys.c.id == row["id"]).values(used_at=stamp(now)))


def _scopes(scopes: Sequence[str]) -> tuple[Scope, ...]:
    for scope in scopes:
        if scope not in SCOPES:
            raise BadInput(f"there is no scope {scope[:40]!r}: choose among {', '.join(SCOPES)}")
    if not scopes:
        raise BadInput(f"a key needs a scope: choose among {', '.join(SCOPES)}")
    return tuple(scope for scope in SCOPES if scope in scopes)


def _key(row: Any) -> Key:
    times = row["created_at"], row["expires_at"], row["used_at"]
    return Key(row["id"], row["name"], tuple(row["scopes"]), *times)
