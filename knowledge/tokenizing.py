"""The tokenizer of an encoder, which a process that has no model may load from a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

Offsets = list[tuple[int, int]]


class Tokenizer:
    """A fast tokenizer that cuts nothing off and pads nothing; may be used from several threads."""

    def __init__(self, backend: Any) -> None:
        """Take one of the tokenizers library."""
        backend.no_truncation()
        backend.no_padding()
        self._backend = backend

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read what `save` wrote."""
        from tokenizers import Tokenizer as Backend

        return cls(Backend.from_file(str(file)))

    def save(self, file: Path) -> None:
        """Write the tokenizer into a file, in the form of the tokenizers library; nobody finds it half written."""
        part = file.with_suffix(".part")
        part.write_text(self._backend.to_str(), encoding="utf-8")
        part.replace(file)

    def offsets(self, texts: Sequence[str]) -> list[Offsets]:
        """Return where the tokens of each text start and end, without those that open and close it."""
        encodings = self._backend.encode_batch(_sound(texts), add_special_tokens=False)
        return [encoding.offsets for encoding in encodings]

    def numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the numbers of each text's tokens, with those that open and close it."""
        return [encoding.ids for encoding in self._backend.encode_batch(_sound(texts))]


def _sound(texts: Sequence[str]) -> list[str]:
    """Put a sign for each half of a character, as bad UTF-8 on the command line becomes: the tokenizer takes none."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
