"""The policy file: read over the settings file's table, key by key, and written whole or not at all."""

import fcntl
import hashlib
import os
import stat
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assistant.errors import BadInput
from assistant.guardrails import keys
from assistant.guardrails.policy_text import commented, edited
from assistant.guardrails.settings import RailSettings

BASE = "settings.toml, [rails]"


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """Where the policy stands; nothing of it is kept here."""

    path: Path
    base: Mapping[str, Any] = field(default_factory=dict)
    """What holds where the file says nothing: the `[rails]` table of settings.toml."""

    def read(self) -> RailSettings:
        """Return the policy as it is now.

        Raises:
            BadInput: the file, or what it stands on, is not right; one line names what.
        """
        return self.parse(self._bytes())

    def parse(self, content: bytes, name: str = "") -> RailSettings:
        """Return the policy that a file of this content would give.

        Raises:
            BadInput: it is not right; one line names what.
        """
        name = name or self.path.name
        under = dict(self.base)
        _validated(under, BASE)
        return _validated(_merged(under, _tables(content, name)), name)

    def text(self) -> tuple[str, str]:
        """Return what stands in the file, or would if it were written now, and the digest that saving it asks for.

        Raises:
            BadInput: it cannot be read, or what it stands on is not right.
        """
        content = self._bytes()
        text = content.decode("utf-8-sig", "replace") if self.path.exists() else commented(self.read())
        return text, _digest(content)

    def write(self) -> bool:
        """Write the file with every key explained, where there is none; return whether it was written.

        Raises:
            BadInput: it cannot be written, or what it stands on is not right.
        """
        if self.path.exists():
            return False
        self.save(commented(self.read()), _digest(b""))
        return True

    def set(self, changes: Mapping[keys.Path, Any], seen: str) -> RailSettings:
        """Change single keys, and keep the comments and the order of all.

        Args:
            changes: the new values, as TOML has them, by key.
            seen: the digest of the file that they are changes of.

        Raises:
            BadInput: a value is not right, the file has changed since, or it cannot be written.
        """
        text, now = self.text()
        _same(seen, now)
        try:
            for path, value in changes.items():
                text = edited(text, path, value)
        except ValueError as error:
            raise BadInput(f"{self.path.name} cannot be changed key by key: {error}; edit its text") from error
        self._shadowed(changes, self.parse(text.encode()))
        return self.save(text, seen)

    def save(self, text: str, seen: str) -> RailSettings:
        """Put a text in the place of the file, if it is right and the file is still the one that was seen.

        Raises:
            BadInput: the text is not right, the file has changed since, or it cannot be written.
        """
        content = text.encode("utf-8", "surrogatepass")
        policy = self.parse(content)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._alone():
                _same(seen, _digest(self._bytes()))
                _replace(self.path.resolve(), content)  # what a link points to, not the link
        except OSError as error:
            raise BadInput(f"{self.path} cannot be written: {error.strerror or error}") from error
        return policy

    def _shadowed(self, changes: Mapping[keys.Path, Any], policy: RailSettings) -> None:
        """Refuse to take out of a table what the settings file puts into it."""
        for path, value in changes.items():
            there: Any = policy.model_dump(mode="json")
            for name in path:
                there = there.get(name) if isinstance(there, dict) else None
            if isinstance(value, Mapping) and isinstance(there, dict) and (more := sorted(set(there) - set(value))):
                raise BadInput(f"{'.'.join(path)}.{more[0]} is set in {BASE}: take it out there")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep all others out who write through this class, in this process or another."""
        with self.path.with_name(f".{self.path.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise BadInput(f"{self.path} cannot be read: {error.strerror or error}") from error


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _same(seen: str, now: str) -> None:
    if seen != now:
        raise BadInput("the policy was changed meanwhile: reload it, and make your change again")


def _replace(file: Path, content: bytes) -> None:
    """Write a file beside the old one, and put it in its place once it is whole."""
    mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o644
    descriptor, fresh = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(descriptor)
            os.fchmod(descriptor, mode)
        Path(fresh).replace(file)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one table over another, key by key."""
    found = dict(under)
    for name, value in over.items():
        below = found.get(name)
        found[name] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return found


def _tables(content: bytes, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, or a date or number that there is not
        raise BadInput(f"{name} is not valid TOML: {' '.join(str(error).split())}") from error


def _validated(values: Mapping[str, Any], name: str) -> RailSettings:
    try:
        return RailSettings.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(map(_problem, error.errors(include_url=False, include_input=False)))
        raise BadInput(f"{name}: {' '.join(problems.split())}") from error


def _problem(found: ErrorDetails) -> str:
    """Say what is wrong with a key; a name that is not known is told with the one that may have been meant."""
    where = [str(part) for part in found["loc"]]
    if found["type"] != "extra_forbidden":
        return f"{'.'.join(where)}: {found['msg']}"
    if where[0] == "rails":
        return "unknown key rails: in this file tables stand without it, as in [harm]"
    known = _known(where[:-1])
    near = get_close_matches(where[-1], known, n=1)
    return f"unknown key {'.'.join(where)}; " + (f"is {near[0]} meant?" if near else f"known are {', '.join(known)}")


def _known(path: list[str]) -> list[str]:
    """Return the keys of the table at a place of the policy."""
    model: type[BaseModel] = RailSettings
    for part in path:
        below = {key.name: key.table or key.tables for key in keys.keys(model)}
        model = below.get(part) or model  # a name or number within tables leads to the same model
    return [key.name for key in keys.keys(model)]
