"""Plain text."""

from knowledge.documents import Content, Section
from knowledge.loaders.encodings import decode
from knowledge.loaders.options import Options


def load(data: bytes, options: Options) -> Content:
    """Read plain text; it has no headings.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    text = decode(data)
    return Content(text, (Section(0, len(text), 0),))
