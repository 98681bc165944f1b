"""The key of the audit log, and the small file that says where the log ends."""

import hashlib
import hmac
import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.errors import StoreUnavailable

LENGTH = 32


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log: how many rows it has, and the hash of the last of them."""

    count: int
    hash: str


class Seals:
    """Keyed digests (HMAC-SHA-256, RFC 2104) under a key that lies beside the database, for its owner alone to read.

    The hash of a short text without a key could be guessed, by hashing what people are likely to write. Whoever reads
    the key can guess so too, and can write a log of their own: keep the key from whom the log is to convince.
    """

    def __init__(self, folder: Path) -> None:
        self.key_file = folder / "audit.key"
        self.head_file = folder / "audit.head"

    def begin(self) -> None:
        """Make a new key, and the end of a log without rows.

        The key is written last: whatever is killed in between has not begun, and is begun again.
        """
        key = secrets.token_bytes(LENGTH)
        self._end(Head(0, ""), key)
        _write(self.key_file, key)

    @property
    def begun(self) -> bool:
        """Whether there is a key; one that is cut short is none."""
        return self.key_file.exists() and self.key_file.stat().st_size == LENGTH

    def digest(self, kind: str, text: str) -> str:
        """Return the digest of a text, as hexadecimal digits; digests of one kind say nothing about those of another.

        Raises:
            StoreUnavailable: the key is gone, or cannot be read.
        """
        return _digest(self._key(), kind, text)

    def _key(self) -> bytes:
        try:
            key = self.key_file.read_bytes()
        except FileNotFoundError:
            key = b""
        except OSError as error:
            raise StoreUnavailable(f"the key of the audit log, {self.key_file}: {error.strerror}") from error
        if len(key) != LENGTH:
            raise StoreUnavailable(
                f"the key of the audit log, {self.key_file}, is gone: put it back from a backup, or begin the log anew "
                "with `python -m assistant audit --anew`"
            )
        return key

    def head(self) -> Head | None:
        """Return the end of the log as it was written last; None where it is gone, or was not written under the key."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            stored = json.loads(self.head_file.read_text(encoding="utf-8"))
            head = Head(int(stored["count"]), str(stored["hash"]))
            if hmac.compare_digest(str(stored["mac"]), _mac(self._key(), head)):
                return head
        return None

    def end(self, head: Head) -> None:
        """Write where the log ends.

        Raises:
            StoreUnavailable: it cannot be written.
        """
        self._end(head, self._key())

    def _end(self, head: Head, key: bytes) -> None:
        _write(self.head_file, json.dumps(asdict(head) | {"mac": _mac(key, head)}).encode())


def _digest(key: bytes, kind: str, text: str) -> str:
    message = f"{kind}\n{text}".encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def _mac(key: bytes, head: Head) -> str:
    return _digest(key, "head", f"{head.count} {head.hash}")


def _write(file: Path, data: bytes) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
        draft.replace(file)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise StoreUnavailable(f"{file} of the audit log cannot be written: {error.strerror}") from error
