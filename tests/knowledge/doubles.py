"""A small double of the encoder: quick, and the same in every process."""

import hashlib
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

TOKENS = 64
WORDS = r"\w+|[^\w\s]"


class HashingEncoder:
    """Adds up a vector for each word: texts that share words are near each other."""

    def __init__(self, name: str = "hashing", width: int = 32) -> None:
        self.name = name
        self._width = width
        self._folder: TemporaryDirectory[str] | None = None

    def tokenizer_file(self) -> Path:
        """Return a file of a tokenizer that finds the same words."""
        if self._folder is None:
            self._folder = TemporaryDirectory()
            backend = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
            backend.pre_tokenizer = Split(Regex(WORDS), "removed", invert=True)
            backend.save(str(Path(self._folder.name, "tokenizer.json")))
        return Path(self._folder.name, "tokenizer.json")

    def tokenize(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return where the words of each text start and end."""
        return [[match.span() for match in re.finditer(WORDS, text)] for text in texts]

    def shorten(self, text: str) -> str:
        """Return what of a text is read."""
        return self.stretches(text)[0]

    def stretches(self, text: str) -> list[str]:
        """Cut a text into stretches that can be read."""
        words = self.tokenize([text])[0]
        cuts = [0, *(words[i][0] for i in range(TOKENS, len(words), TOKENS)), len(text)]
        return [text[a:b] for a, b in pairwise(cuts)]

    def encode_query(self, text: str) -> npt.NDArray[np.float32]:
        """Embed a question."""
        return self.encode([self.shorten(text)])[0]

    def encode(
        self, texts: Sequence[str], on_progress: Callable[[float], None] | None = None
    ) -> npt.NDArray[np.float32]:
        """Embed texts; one with too many words is refused, as the encoder does."""
        if any(len(words) > TOKENS for words in self.tokenize(texts)):
            raise ValueError("a text is too long")
        vectors = np.stack([self._embed(text) for text in texts]) if texts else np.zeros((0, self._width), np.float32)
        if on_progress:
            on_progress(1.0)
        return vectors

    def _embed(self, text: str) -> npt.NDArray[np.float32]:
        total = np.full(self._width, 1e-3)
        for word in re.findall(r"\w+", text.lower()):
            seed = hashlib.sha256(f"{self.name} {word}".encode()).digest()[:8]
            total += np.random.default_rng(int.from_bytes(seed, "little")).normal(size=self._width)
        vector: npt.NDArray[np.float32] = (total / np.linalg.norm(total)).astype(np.float32)
        return vector
