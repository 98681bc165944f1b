"""Text out of bytes: UTF-8 and UTF-16 by their marks, else UTF-8, else the code page of Western Windows."""

import codecs

from knowledge.errors import UnreadableFile

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the text with plain line ends.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    marked = next((name for mark, name in MARKS if data.startswith(mark)), None)
    for encoding in (marked, "utf-8", declared):
        text = _attempt(data, encoding)
        if text is not None:
            break
    else:
        text = data.decode("cp1252", errors="replace")
    if text[:10_000].count("\0") > len(text[:10_000]) // 100:
        raise UnreadableFile("it is not text: save it as UTF-8, or give it the suffix of its format")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _attempt(data: bytes, encoding: str | None) -> str | None:
    try:
        return data.decode(encoding) if encoding else None
    except (UnicodeDecodeError, LookupError):
        return None
