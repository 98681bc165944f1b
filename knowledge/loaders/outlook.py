"""E-mails that Outlook saved (MSG): read like any other e-mail."""

import re
from typing import Any

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders.encodings import decode
from knowledge.loaders.mail import Attachment, Letter, content_of, readable
from knowledge.loaders.options import Options
from knowledge.loaders.parts import Read

_HTML_AS_BYTES = 0x1013
_RTF = 0x1009
_CONTENT_ID = 0x3712
_SHORT_NAME = 0x3704
_DISPLAY_NAME = 0x3001


def load(data: bytes, options: Options, read: Read) -> Content:
    """Read an e-mail; its title is the subject.

    Raises:
        UnreadableFile: it is damaged, or nothing in it can be read.
    """
    try:
        letter = _letter(data)
    except (ValueError, OSError, LookupError, AttributeError) as error:
        raise UnreadableFile("it is damaged: open it in Outlook and save it again") from error
    return content_of(letter, options, read)


def _letter(data: bytes) -> Letter:
    from oxmsg import Message

    message = Message.load(data)
    letter = Letter(_headers(message))
    plain = message.body or ""
    page = "" if plain.strip() else _page(message)
    letter.plain.append(re.sub(r"\r\n?", "\n", plain))
    letter.pages.append(page)
    if not plain.strip() and not page and message.properties.binary_prop_value(_RTF):
        letter.unread.append("its body is kept as RTF only: save it from Outlook as plain text or PDF")
    for number, file in enumerate(message.attachments, start=1):
        name, data = _name(file, number), file.file_bytes
        if data is None:
            letter.unread.append(f"attachment {name} is not kept in the file: save it from Outlook by itself")
        else:
            shown = file.properties.str_prop_value(_CONTENT_ID) is not None and str(file.mime_type).startswith("image/")
            letter.attached.append(Attachment(name, data, shown))
    return letter


def _headers(message: Any) -> dict[str, str]:
    sent = message.message_headers
    to = ", ".join(filter(None, map(_recipient, message.recipients)))
    date = message.sent_date
    return {
        "From": readable(message.sender),
        "To": readable(sent.get("To")) or to,
        "Cc": readable(sent.get("Cc")),
        "Date": readable(sent.get("Date")) or (f"{date:%a, %d %b %Y %H:%M:%S %z}" if date else ""),
        "Subject": readable(message.subject),
    }


def _recipient(recipient: Any) -> str:
    name, address = recipient.name.strip(), recipient.email_address.strip()
    return f"{name} <{address}>" if name and address and name != address else name or address


def _page(message: Any) -> str:
    """Return the body in HTML, whatever its declared encoding is worth."""
    data = message.properties.binary_prop_value(_HTML_AS_BYTES)
    if data:
        return decode(data, "cp1252")
    return str(message.properties.str_prop_value(_HTML_AS_BYTES) or "")


def _name(file: Any, number: int) -> str:
    names = (file.file_name, file.properties.str_prop_value(_SHORT_NAME), file.properties.str_prop_value(_DISPLAY_NAME))
    return next(filter(None, names), None) or f"{number}"
