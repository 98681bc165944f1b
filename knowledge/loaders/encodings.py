"""Text out of bytes: UTF-8 and UTF-16 by their marks, else UTF-8, else what is declared, else Western Windows."""

import codecs
import re

from knowledge.errors import UnreadableFile

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LOOKED_AT = 10_000
"""Characters at the beginning that tell whether it is text."""
_ESCAPED = re.compile(r"iso-2022-.*|hz.*|utf-7", re.IGNORECASE)
"""Encodings whose bytes are all ASCII, and so look like UTF-8."""
_BEYOND = re.compile(rb"[\x80-\xff]+")
_CONTROLS = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\ufffd]")


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the text with plain line ends.

    Args:
        data: the bytes.
        declared: the encoding that the file or its sender names, which is often wrong.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    marked = next((name for mark, name in MARKS if data.startswith(mark)), None) or _wide(data)
    escaped = declared if declared and _ESCAPED.fullmatch(declared) else None
    for encoding in (marked, escaped, "utf-8", declared):
        text = _attempt(data, encoding)
        if text is not None:
            break
    else:
        text = data.decode(_guessed(data) or "cp1252", errors="replace")
    beginning = text[:LOOKED_AT]
    if len(_CONTROLS.findall(beginning)) > len(beginning) // 100:
        raise UnreadableFile("it is not text: save it as UTF-8, or give it the suffix of its format")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def is_text(data: bytes) -> bool:
    """Tell whether bytes read as text."""
    try:
        decode(data)
    except UnreadableFile:
        return False
    return True


def _wide(data: bytes) -> str | None:
    """Return UTF-16 without its mark, as some programs leave it: every other byte of Western text is a NUL."""
    sample = data[:1000]
    half = len(sample) // 2
    if half < 4:
        return None
    if sample[1::2].count(0) > half * 0.7 and sample[::2].count(0) <= half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if sample[::2].count(0) > half * 0.7 and sample[1::2].count(0) <= half * 0.05 else None


def _attempt(data: bytes, encoding: str | None) -> str | None:
    try:
        return data.decode(encoding) if encoding else None
    except (UnicodeError, LookupError):
        return None


def _guessed(data: bytes) -> str | None:
    """Guess the encoding of text that is not Western: its bytes beyond ASCII stand in runs, as accents seldom do."""
    from charset_normalizer import from_bytes

    sample = data[:LOOKED_AT]
    runs = [len(run) for run in _BEYOND.findall(sample)]
    if sum(runs) < 8 or sum(run for run in runs if run > 1) < 0.8 * sum(runs):
        return None
    best = from_bytes(sample[: sample.rfind(b"\n") + 1] or sample).best()
    return best.encoding if best and _attempt(data, best.encoding) else None
