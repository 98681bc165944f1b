"""E-mail: who wrote to whom, when and about what, the body, and the files attached, each read by its own loader."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from mimetypes import guess_extension

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders import html
from knowledge.loaders.draft import Draft
from knowledge.loaders.encodings import decode
from knowledge.loaders.options import Options
from knowledge.loaders.parts import Parts, Read

SHOWN = ("From", "To", "Cc", "Date", "Subject")
_BAD_HEADER = (ValueError, LookupError, AttributeError, TypeError, HeaderParseError)
"""What the standard library raises on headers that are not well formed."""
_MBOX = re.compile(rb"^From [^\n]*\d{2}:\d{2}[^\n]*\n", re.MULTILINE)
_FLOWED = re.compile(r"(?<=\S) \n(?![>\s-])")
"""Where a line goes on in the next (RFC 3676)."""
_ASIDE = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
"""Signatures: nothing for people to read."""
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file sent along."""

    name: str
    data: bytes
    shown: bool = False
    """Whether it is a picture that stands in the body, as logos do."""


@dataclass(slots=True)
class Letter:
    """What of an e-mail people read."""

    headers: dict[str, str]
    plain: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    """The bodies that are HTML."""
    attached: list[Attachment] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """What of it cannot be read, and what to do."""


def load(data: bytes, options: Options, read: Read) -> Content:
    """Read an e-mail; its title is the subject.

    Raises:
        UnreadableFile: nothing in it can be read.
    """
    letter = _letter(data)
    if not any(letter.headers.values()) and not re.match(rb"[\w-]+:", data):
        raise UnreadableFile("it is no e-mail: export it again from the mail program, as .eml")
    return content_of(letter, options, read)


def load_box(data: bytes, options: Options, read: Read) -> Content:
    """Read all e-mails of an mbox file.

    Raises:
        UnreadableFile: there is none in it.
    """
    parts = Parts(options, read)
    begins = list(_MBOX.finditer(data))
    for number, begin in enumerate(begins, start=1):
        end = begins[number].start() if number < len(begins) else len(data)
        parts.read(f"message {number}", f"message {number}.eml", data[begin.end() : end])
    return parts.content(None)


def load_page(data: bytes, options: Options) -> Content:
    """Read a page that a browser or a wiki saved in the form of an e-mail (MHTML).

    Raises:
        UnreadableFile: there is no page in it.
    """
    letter = _letter(data)
    page = next((page for page in letter.pages if page.strip()), None)
    if page is None:
        raise UnreadableFile("there is no page in it: open it in a browser and save it again")
    return html.load(page.encode(errors="replace"), options)


def content_of(letter: Letter, options: Options, read: Read) -> Content:
    """Put an e-mail together: its headers, its body, and the files attached.

    Raises:
        UnreadableFile: they unpack to too much.
    """
    parts = Parts(options, read)
    draft = Draft()
    draft.paragraph("\n".join(f"{name}: {value}" for name, value in letter.headers.items() if value))
    plain = "\n\n".join(text.strip() for text in letter.plain if text.strip())
    draft.paragraph(plain)
    parts.add(draft.content(None))
    pages = [] if plain else [page for page in letter.pages if page.strip()]
    for page in pages:
        parts.add(replace(html.load(page.encode(errors="replace"), options), title=None))
    for attachment in letter.attached:
        if not (attachment.shown and (plain or pages)):
            parts.read(f"attachment {attachment.name}", attachment.name, attachment.data)
    for why in letter.unread:
        parts.note(why)
    return parts.content(letter.headers.get("Subject") or None)


def readable(value: object) -> str:
    """Return a header as people read it: decoded, on one line."""
    text = str(value or "")
    with suppress(*_BAD_HEADER):
        text = str(make_header(decode_header(text)))
    return " ".join(text.replace("\ufffd", "?").split())


def _letter(data: bytes) -> Letter:
    message = BytesParser(policy=policy.compat32).parsebytes(data.lstrip(b"\r\n"))
    letter = Letter({name: readable(message.get(name)) for name in SHOWN})
    for part in _leaves(message):
        _sort(part, letter)
    return letter


def _leaves(message: Message) -> Iterator[Message]:
    """Yield what is no mere envelope; of alternatives the plain text where it says something, else the last."""
    above = [message]
    while above:
        part = above.pop()
        inner = _inner(part)
        if part.get_content_type() == "multipart/alternative" and inner:
            above += _chosen(inner)
        elif part.get_content_maintype() == "multipart" and inner:
            above += reversed(inner)
        else:
            yield part


def _chosen(alternatives: Sequence[Message]) -> list[Message]:
    for part in alternatives:
        if part.get_content_type() == "text/plain" and _text(part).strip():
            return [part]
    readable = [part for part in alternatives if part.get_content_type() != "text/calendar"]
    return (readable or list(alternatives))[-1:]


def _sort(part: Message, letter: Letter) -> None:
    """Put a part where it belongs: body, attachment, or nowhere."""
    kind = part.get_content_type()
    attached = part.get_content_disposition() == "attachment" or part.get_filename() is not None
    if kind in _ASIDE:
        return
    if kind in _SEALED:
        letter.unread.append("a part of it is encrypted: save it from the mail program without encryption")
    elif kind == "text/html" and not attached:
        letter.pages.append(_text(part))
    elif not attached and (kind in ("text/plain", "message/delivery-status") or kind.startswith("multipart/")):
        letter.plain.append(_text(part))
    else:
        letter.attached.append(_attachment(part, len(letter.attached) + 1))


def _attachment(part: Message, number: int) -> Attachment:
    inner = _inner(part)
    kind = part.get_content_type()
    name = readable(part.get_filename()).replace("\\", "/").rpartition("/")[2]
    if part.get_content_maintype() == "message" and inner:
        name = name or readable(inner[0].get("Subject")).replace("/", "-") or f"message {number}"
        return Attachment(name if name.lower().endswith(".eml") else f"{name}.eml", inner[0].as_bytes())
    inline = part.get("Content-ID") is not None and part.get_content_disposition() != "attachment"
    name = name or f"{number}{guess_extension(kind) or '.bin'}"
    return Attachment(name, _bytes(part), inline and kind.startswith("image/"))


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [message for message in payload if isinstance(message, Message)] if isinstance(payload, list) else []


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _text(part: Message) -> str:
    inner = _inner(part)
    if inner:
        return "\n".join(str(message) for message in inner)
    declared = part.get_content_charset()
    if part.get_content_type() == "text/html":
        return html.decoded(_bytes(part), declared)
    text = decode(_bytes(part), declared)
    return _FLOWED.sub(" ", text) if part.get_param("format") == "flowed" else text
