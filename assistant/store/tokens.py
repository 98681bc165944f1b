"""Tokens that say who somebody is: random, shown once, and kept as a hash alone. Pure functions but for the chance."""

import hashlib
import secrets
from datetime import UTC, datetime


def fresh() -> str:
    """Return a new token of 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is kept of a token: SHA-256, as nobody guesses 256 random bits, and each request asks for it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def stamp(moment: datetime) -> str:
    """Write a moment as the tables have it: ISO 8601 in UTC, so that later ones sort later."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
