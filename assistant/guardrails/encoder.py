"""An encoder with a memory: the rails share one reading of a text, and a growing one is not read twice."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TypeAlias

import numpy as np

from assistant.guardrails.terms import Matrix, Terms, read
from assistant.guardrails.threads import one_core

Embed: TypeAlias = Callable[[Sequence[str]], "list[list[float]] | Matrix"]

CACHED = 2048
COUNTED = 32
"""Texts whose words are remembered: those of one message, and of the answer that is being written."""


class Encoder:
    """An encoder that keeps digests, vectors and counts of words, never the texts."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._kept: OrderedDict[bytes, Matrix] = OrderedDict()
        self._counted: OrderedDict[bytes, Terms] = OrderedDict()
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
        key = _digest(text)
        with self._lock:
            counted = self._counted.get(key)
        if counted is None:
            counted = read(text)
            with self._lock:
                self._counted[key] = counted
                while len(self._counted) > COUNTED:
                    self._counted.popitem(last=False)
        return counted


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
