"""Signing in by name and password, signing out, and what the audit log says of it."""

import math
from datetime import timedelta

from assistant.accounts import passwords
from assistant.accounts.settings import ServerSettings
from assistant.accounts.throttle import Throttle
from assistant.errors import BadInput
from assistant.store.accounts import Accounts
from assistant.store.audit import NOTE, AuditLog, Entry
from assistant.store.users import User, folded

WRONG = "Name or password is wrong."
"""The same for a name that there is not: names are not to be found out here."""


class Signing:
    """The sign-in of one server."""

    def __init__(self, accounts: Accounts, log: AuditLog, settings: ServerSettings, throttle: Throttle) -> None:
        self.accounts = accounts
        self._log = log
        self._settings = settings
        self._throttle = throttle

    @property
    def lasts(self) -> timedelta:
        """How long a session lasts at most."""
        return timedelta(hours=self._settings.session_hours)

    @property
    def idle(self) -> timedelta:
        """How long a session lasts unused."""
        return timedelta(minutes=self._settings.idle_minutes)

    def sign_in(self, name: str, password: str, address: str) -> str:
        """Begin a session, and return its token.

        Raises:
            BadInput: name or password is wrong, or it is too soon to try again.
        """
        user = self._checked(folded(name)[:200], password, address)
        if user is None:
            raise BadInput(WRONG)
        return self.begin(user)

    def begin(self, user: User) -> str:
        """Begin a session of somebody who proved who they are, and return its token."""
        self._log.append([Entry("access", NOTE, user=user.name, rule="signed in")])
        return self.accounts.sessions.begin(user.name, self.lasts)

    def end(self, token: str) -> None:
        """End a session."""
        if user := self.find(token):
            self._log.append([Entry("access", NOTE, user=user.name, rule="signed out")])
        self.accounts.sessions.end(token)

    def find(self, token: str) -> User | None:
        """Return whose session this is; None where it has ended."""
        return self.accounts.sessions.find(token, self.idle)

    def change(self, name: str, password: str, new: str, address: str) -> str:
        """Give somebody who is signed in another password; all their sessions end, and the token of a new one returns.

        Raises:
            BadInput: the password so far is wrong, the new one will not do, or it is too soon to try again.
        """
        kept = passwords.hashed(new)
        user = self._checked(folded(name), password, address)
        if user is None:
            raise BadInput("The password so far is wrong.")
        self.accounts.users.set_password(user.name, kept, by=user.name)
        return self.begin(user)

    def _checked(self, name: str, password: str, address: str) -> User | None:
        """Return the user whose password this is; None where it is nobody's of this name, which is logged."""
        wait = self._throttle.begin(name, address)
        if wait > 0:
            raise BadInput(f"Too many tries: wait {math.ceil(wait)} s, then try again.")
        users = self.accounts.users
        kept, user = users.password(name), users.find(name)
        if not passwords.matches(password, kept) or user is None or user.disabled:
            # What was typed for a name may be a password: of what is no user's name only a keyed hash is kept.
            known = user.name if user else None
            self._log.append([Entry("access", "refuse", name, user=known, rule="sign-in failed")])
            return None
        self._throttle.succeeded(name, address)
        if kept and passwords.outdated(kept):
            users.rehash(name, passwords.hashed(password))
        return user
