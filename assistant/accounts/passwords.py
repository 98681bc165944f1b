"""Passwords as Argon2id hashes (RFC 9106, by argon2-cffi with its defaults: 64 MiB, three passes, four lanes)."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assistant.errors import BadInput

SHORTEST, LONGEST = 12, 512
"""In characters; length is what makes a password hard to guess (NIST SP 800-63B, 5.1.1)."""
_AT_ONCE = threading.Semaphore(2)
"""Each hash takes 64 MiB: many sign-ins at once wait rather than fill the memory."""


def hashed(password: str) -> str:
    """Return what is kept of a password.

    Raises:
        BadInput: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(f"a password has {SHORTEST} to {LONGEST} characters: choose another, a sentence will do")
    with _AT_ONCE:
        return _hasher().hash(password.encode("utf-8", "replace"))


def matches(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that is kept; it takes as long where none is kept at all."""
    with _AT_ONCE:
        try:
            found = _hasher().verify(kept or _nobodys(), password[:LONGEST].encode("utf-8", "replace"))
        except (VerificationError, InvalidHashError):
            return False
    return found and kept is not None


def outdated(kept: str) -> bool:
    """Tell whether a hash was made by weaker parameters than those of today."""
    return _hasher().check_needs_rehash(kept)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    """Return the hash of a password that nobody has, to be checked where there is no user."""
    return _hasher().hash(b"nobody has this password")
