"""An encoder with a memory: the rails share one reading of a text, and a growing one is not read twice."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TypeAlias, TypeVar

import numpy as np

from assistant.guardrails.terms import Matrix, Terms, read
from assistant.guardrails.threads import one_core
from assistant.guardrails.windows import windows

Embed: TypeAlias = Callable[[Sequence[str]], "list[list[float]] | Matrix"]

CACHED = 2048
COUNTED = 32
"""Texts whose words and windows are remembered: those of one message, and of the answer that is being written."""
_T = TypeVar("_T")


class Encoder:
    """An encoder that keeps digests, vectors and counts of words, never the texts."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._kept: OrderedDict[bytes, Matrix] = OrderedDict()
        self._counted: OrderedDict[bytes, Terms] = OrderedDict()
        self._cut: OrderedDict[bytes, list[tuple[int, int]]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, texts: Sequence[str]) -> Matrix:
        """Return one vector a text, as rows."""
        keys = [_digest(text) for text in texts]
        with self._lock:
            known = {key: self._kept[key] for key in keys if key in self._kept}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            with one_core():
                vectors = np.asarray(self._embed(list(missing.values())), dtype=np.float32)
            known |= dict(zip(missing, vectors, strict=True))
        with self._lock:
            for key in keys:
                self._kept[key] = known[key]
                self._kept.move_to_end(key)
            while len(self._kept) > CACHED:
                self._kept.popitem(last=False)
        return np.stack([known[key] for key in keys])

    def terms(self, text: str) -> Terms:
        """Return the words of a text as numbers."""
        return self._once(self._counted, text, read)

    def windows(self, text: str) -> list[tuple[int, int]]:
        """Return the windows of a text."""
        return self._once(self._cut, text, windows)

    def _once(self, known: OrderedDict[bytes, _T], text: str, find: Callable[[str], _T]) -> _T:
        """Return what is known of a text, or find it and remember that for a while."""
        key = _digest(text)
        with self._lock:
            if key in known:
                return known[key]
        found = find(text)
        with self._lock:
            known[key] = found
            while len(known) > COUNTED:
                known.popitem(last=False)
        return found


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
