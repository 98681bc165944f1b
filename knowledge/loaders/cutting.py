"""Documents cut into passages, and the passages scanned, as a worker process is asked to."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from pkgutil import resolve_name

from knowledge.chunking import Piece, split
from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.tokenizing import Tokenizer


@dataclass(frozen=True, slots=True)
class Cutting:
    """How a document is to be cut and scanned."""

    title: str
    tokenizer: str
    """The file of the encoder's tokenizer."""
    tokens: int
    """How many a passage may have."""
    scan: str | None = None
    """The function that scans, as `module:name`."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a document was cut into."""

    pieces: Sequence[Piece]
    suspicious: str | None = None
    """Why it is to be kept back."""


def cut(content: Content, cutting: Cutting) -> Cut:
    """Cut a document into passages, and scan each.

    Raises:
        UnreadableFile: the scan fails; what was not scanned is not found.
    """
    pieces = split(content, cutting.title, _tokenizer(cutting.tokenizer).offsets, cutting.tokens)
    if cutting.scan is None:
        return Cut(pieces)
    texts = [content.text[piece.start : piece.end] for piece in pieces]
    try:
        reasons = resolve_name(cutting.scan)(texts)
    except MemoryError:
        raise
    except Exception as error:
        why = f"the scan {cutting.scan} fails on it ({type(error).__name__}): report this to who wrote the scan"
        raise UnreadableFile(f"{cutting.title} was not added, as {why}") from error
    return Cut(pieces, next(filter(None, reasons), None))


@cache
def _tokenizer(file: str) -> Tokenizer:
    return Tokenizer.load(Path(file))
