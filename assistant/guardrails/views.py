"""How the heads see a text: by the first layers of the embedded encoder, and a short one by all of its layers.

What is asked for is known after a few layers, at that part of the cost; the last ones add what a sentence is about. One
text is computed at a time, so that its vector does not depend on what stands beside it.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.guardrails.layers import session
from assistant.guardrails.terms import Matrix
from knowledge.embeddings import EMBEDDED, TOKENS, locate

FIRST, ALL = 4, 6
"""After how many layers a text is looked at, and how many there are."""
SIZE, HEADS = 384, 12
SHORT = 300
"""Characters up to which a text goes through all layers."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What makes a vector of a text: tokens, what stands for each of them and for each place, and the layers."""

    tokenizer: Any
    tokens: Matrix
    places: Matrix
    first: Any
    last: Any


class Views:
    """Turns texts into two vectors each, side by side: after the first layers, and after all of them.

    May be used from several threads. The model is loaded with the first text.
    """

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._parts: Parts | None = None

    def __call__(self, texts: Sequence[str]) -> Matrix:
        """Return a row of 768 numbers a text; the second half of a long text's is zero.

        What lies beyond 256 tokens is not read.

        Raises:
            IndexUnavailable: the embedded encoder is not installed.
        """
        return np.stack([self._view(text) for text in texts])

    def _view(self, text: str) -> Matrix:
        parts = self._load()
        # Half a character, as half of a pair that was cut, is none for the tokenizer.
        numbers = parts.tokenizer.encode(text.encode("utf-8", "replace").decode()).ids
        states = (parts.tokens[numbers] + parts.places[: len(numbers)])[None]
        view = np.zeros(2 * SIZE, dtype=np.float32)
        states, mean = parts.first.run(None, {"states": states})
        view[:SIZE] = _scaled(mean[0])
        if len(text) <= SHORT:
            view[SIZE:] = _scaled(parts.last.run(None, {"states": states})[1][0])
        return view

    def _load(self) -> Parts:
        with self._loading:
            if self._parts is None:
                self._parts = _load()
        return self._parts


def _scaled(mean: Matrix) -> Matrix:
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


def _load() -> Parts:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder, _ = locate(EMBEDDED)
    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(TOKENS)
    tensors = load_file(f"{folder}/model.safetensors")
    words, places, kinds = (tensors[f"embeddings.{of}_embeddings.weight"] for of in ("word", "position", "token_type"))
    first = session(tensors, range(FIRST), SIZE, HEADS, first=True)
    last = session(tensors, range(FIRST, ALL), SIZE, HEADS, first=False)
    return Parts(tokenizer, words, places[:TOKENS] + kinds[0], first, last)
