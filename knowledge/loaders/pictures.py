"""Words in the pictures of Office files, read by Tesseract where it is installed."""

import hashlib

from knowledge.errors import UnreadableFile
from knowledge.loaders import ocr
from knowledge.loaders.images import pages

SECONDS = 6.0
"""How long the pictures of one file are read: they seldom say what the text beside them does not."""
WORDS = 2
"""The fewest words that make a picture worth telling."""
NOTE = "some of its pictures were not read, as the time was up: save it as PDF to have all of them read"


class Pictures:
    """Reads the pictures of one file, each once."""

    def __init__(self) -> None:
        self._clock = ocr.Clock(SECONDS)
        self._seen: set[bytes] = set()
        self._installed = bool(ocr.installed())
        self.notes: list[str] = []

    def text(self, data: bytes) -> str:
        """Return the words on a picture as a paragraph; empty for none, or one that was read before."""
        digest = hashlib.sha256(data).digest()
        if not self._installed or self.notes or digest in self._seen:
            return ""
        self._seen.add(digest)
        try:
            _, page = next(pages(data))
            reading = ocr.read(page, self._clock)
        except (UnreadableFile, StopIteration):  # a drawing, or damaged: the text around it still counts
            return ""
        if reading is None:
            self.notes.append(NOTE)
            return ""
        text = "\n".join(line.text for line in reading.page.lines)
        return f"Picture: {text}" if reading.confidence >= ocr.SURE and len(text.split()) >= WORDS else ""
