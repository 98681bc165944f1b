"""The people who may come in. Whatever is changed of them is logged with it, and ends what they had open."""

import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, delete, func, insert, select, update

from assistant.errors import BadInput
from assistant.store.audit import NOTE, AuditLog, Entry
from assistant.store.tables import conversations, sessions, users
from assistant.store.tokens import stamp

Role = Literal["user", "reviewer", "administrator"]
"""Each may do what the one before it may."""
ROLES: tuple[Role, ...] = get_args(Role)
Begin = Callable[..., AbstractContextManager[Connection]]
"""Opens a transaction; with `alone=True`, one that nobody else writes beside."""
LONGEST = 64
FORBIDDEN = "(),;<>\"'`\\/"
"""Characters that names of readers are separated by, or that mean something where a name is shown."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    name: str
    role: Role
    disabled: bool = False
    created_at: str = ""
    by_password: bool = True
    """Whether they have a password here; else they sign in elsewhere."""


class Users:
    """The users of one home."""

    def __init__(self, begin: Begin, log: AuditLog) -> None:
        self._begin = begin
        self._log = log

    def any(self) -> bool:
        """Tell whether there are users at all."""
        with self._begin() as connection:
            return connection.execute(select(users.c.id).limit(1)).first() is not None

    def all(self) -> list[User]:
        """List them by name."""
        with self._begin() as connection:
            return [_user(row) for row in connection.execute(select(users).order_by(users.c.id)).mappings()]

    def find(self, name: str) -> User | None:
        """Return the user of a name, however it is capitalised; None where there is none."""
        with self._begin() as connection:
            row = connection.execute(select(users).where(users.c.id == folded(name))).mappings().first()
        return _user(row) if row else None

    def one(self, name: str) -> User:
        """Return the user of a name.

        Raises:
            BadInput: there is none.
        """
        found = self.find(name)
        if found is None:
            raise BadInput("there is no user of this name: `python -m assistant users list` shows them")
        return found

    def password(self, name: str) -> str | None:
        """Return the hash of a user's password; None where there is none."""
        with self._begin() as connection:
            return connection.execute(select(users.c.password).where(users.c.id == folded(name))).scalar()

    def add(self, name: str, role: Role, password: str | None, by: str | None = None) -> User:
        """Add a user; the first administrator takes over the conversations that nobody had to sign in for.

        Args:
            name: what to call them; documents are shared by it.
            role: what they may do.
            password: the hash of their password; None where they sign in elsewhere.
            by: who adds them; None is whoever runs this machine.

        Raises:
            BadInput: the name will not do, or is taken.
        """
        name = checked(name)
        row = {"id": folded(name), "name": name, "role": role, "password": password, "disabled": False}
        with self._changing(f"user added as {role}: {name}", by) as connection:
            if connection.execute(select(users.c.id).where(users.c.id == row["id"])).first():
                raise BadInput(f"there is a user {name} already")
            first = connection.execute(select(func.count()).select_from(users)).scalar_one() == 0
            connection.execute(insert(users).values(row | {"created_at": stamp(datetime.now(UTC))}))
            if first and role == "administrator":
                nobodys = conversations.c.user.is_(None)
                connection.execute(update(conversations).where(nobodys).values(user=name))
        return self.one(name)

    def remove(self, name: str, by: str | None = None) -> None:
        """Remove a user with their sessions and keys; their conversations stay, for nobody to read.

        Raises:
            BadInput: there is none of this name.
        """
        found = self.one(name)
        with self._changing(f"user removed: {found.name}", by) as connection:
            gone = f"{found.name} (removed)"  # so that a later user of this name does not get to read them
            connection.execute(update(conversations).where(conversations.c.user == found.name).values(user=gone))
            connection.execute(delete(users).where(users.c.id == folded(name)))

    def set_role(self, name: str, role: Role, by: str | None = None) -> User:
        """Give a user another role; they are signed out.

        Raises:
            BadInput: there is none of this name.
        """
        return self._set(name, f"role of {self.one(name).name}: {role}", by, role=role)

    def set_password(self, name: str, password: str, by: str | None = None) -> User:
        """Give a user another password, as its hash; they are signed out.

        Raises:
            BadInput: there is none of this name.
        """
        return self._set(name, f"password changed: {self.one(name).name}", by, password=password)

    def disable(self, name: str, by: str | None = None, *, disabled: bool = True) -> User:
        """Keep a user out, or let them in again; they are signed out.

        Raises:
            BadInput: there is none of this name.
        """
        rule = f"user {'disabled' if disabled else 'enabled'}: {self.one(name).name}"
        return self._set(name, rule, by, disabled=disabled)

    def bind(self, name: str, subject: str) -> bool:
        """Let one subject of a provider sign in as a user, the first that does; tell whether it is this one."""
        with self._begin(alone=True) as connection:
            free = users.c.id == folded(name), users.c.subject.is_(None), users.c.password.is_(None)
            connection.execute(update(users).where(*free).values(subject=subject))
            kept = connection.execute(select(users.c.subject).where(users.c.id == folded(name))).scalar()
        return kept == subject

    def rehash(self, name: str, password: str) -> None:
        """Keep the same password under another hash."""
        with self._begin(alone=True) as connection:
            connection.execute(update(users).where(users.c.id == folded(name)).values(password=password))

    def _set(self, name: str, rule: str, by: str | None, **values: Any) -> User:
        with self._changing(rule, by) as connection:
            connection.execute(update(users).where(users.c.id == folded(name)).values(values))
            connection.execute(delete(sessions).where(sessions.c.user_id == folded(name)))
        return self.one(name)

    def _changing(self, rule: str, by: str | None) -> AbstractContextManager[Connection]:
        return self._log.with_rows([Entry("access", NOTE, user=by, rule=rule)])


def checked(name: str) -> str:
    """Return a name as it is kept.

    Raises:
        BadInput: it is empty, too long, or has characters that a name does not have.
    """
    name = unicodedata.normalize("NFKC", name).strip()
    if not 0 < len(name) <= LONGEST or not name.isprintable() or set(name) & set(FORBIDDEN):
        raise BadInput(f"a name has 1 to {LONGEST} letters, digits, spaces, dots, hyphens or @: choose another")
    return name


def folded(name: str) -> str:
    """Return what two names have in common that are the same but for capitals and forms of letters."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _user(row: Any) -> User:
    return User(row["name"], row["role"], row["disabled"], row["created_at"], row["password"] is not None)
