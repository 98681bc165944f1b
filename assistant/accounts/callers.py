"""Who asks, and what they may do."""

from dataclasses import dataclass

from assistant.store.keys import Key, Scope
from assistant.store.users import Role, User


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request."""

    user: str | None
    """Whose documents are read; None for whoever runs this machine, who reads all."""
    administrator: bool = False
    """Whether they may change what everybody is served: documents of all, adapters, rules."""
    reviewer: bool = False
    """Whether they may see and rate what other people were answered; administrators may in any case."""
    signed_in: bool = False
    """Whether they proved who they are; else nobody has to."""
    scopes: tuple[Scope, ...] | None = None
    """What the key is for that they came by; None where they came without one, and may what their role may."""
    key: str | None = None
    """How that key begins."""

    @property
    def owner(self) -> str | None:
        """Whose conversations are theirs; None for all, where nobody has to sign in."""
        return self.user if self.signed_in else None

    def is_a(self, role: Role) -> bool:
        """Tell whether they may do what somebody of this role may."""
        if role == "administrator":
            return self.administrator
        return role == "user" or self.reviewer or self.administrator

    def may(self, scope: Scope) -> bool:
        """Tell whether they may come for this, by the key that they have."""
        return self.scopes is None or scope in self.scopes


NOBODY = Caller("", signed_in=True, scopes=())
"""Whoever asks for what is open to everybody, and did not say who they are: theirs is nothing."""


def alone(user: str | None) -> Caller:
    """Return the caller of a page that nobody has to sign in to; without a name they run this machine."""
    return Caller(user, administrator=user is None, reviewer=user is None)


def of(user: User, key: Key | None = None) -> Caller:
    """Return the caller that a user is, who came by a session or by a key."""
    return Caller(
        user.name,
        administrator=user.role == "administrator",
        reviewer=user.role in ("reviewer", "administrator"),
        signed_in=True,
        scopes=key.scopes if key else None,
        key=key.id if key else None,
    )
