"""Protected Office files: told from the older kinds that also lie in an OLE container, and opened with the password."""

import io
import struct
from typing import Any, Literal

from knowledge.errors import UnreadableFile
from knowledge.loaders.options import Options
from knowledge.loaders.packages import DAMAGED

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What an OLE container begins with: a protected file, or one of Office 97 to 2003."""
LOCKED = "it is protected by a password: give it with --password"
WRONG = "it is protected by a password, and the one given does not open it: give the right one with --password"
_BUILT_IN = "VelvetSweatshop"
"""Excel's own password for workbooks that are protected against changes only (MS-OFFCRYPTO, 2.4.2.3)."""
_BROKEN = (OSError, struct.error, ValueError, KeyError, TypeError, IndexError, AttributeError)
"""What msoffcrypto and olefile raise beside their own errors where a container is damaged."""


def decrypt(data: bytes, options: Options) -> bytes:
    """Return the bytes of an Office file as they are without protection; of an unprotected one, as they are.

    Raises:
        UnreadableFile: it is protected, and no password, or a wrong one, was given; or it is damaged.
    """
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    if not data.startswith(OLE):
        return data
    try:
        file = OfficeFile(io.BytesIO(data))
        if not file.is_encrypted():
            return data
        return _unlock(file, options.password or _BUILT_IN)
    except InvalidKeyError as error:
        raise UnreadableFile(WRONG if options.password else LOCKED) from error
    except DecryptionError as error:
        raise UnreadableFile("it is protected in a way that is not known: save a copy without protection") from error
    except FileFormatError:
        return data  # another OLE file: its loader says what it makes of it
    except (ParseError, *_BROKEN) as error:
        raise UnreadableFile(DAMAGED) from error


def older_kind(data: bytes) -> Literal["doc97", "xls97", "ppt97"] | None:
    """Tell which program of Office 97 to 2003 a file is of; None for any other file."""
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, ParseError

    if not data.startswith(OLE):
        return None
    try:
        kind = OfficeFile(io.BytesIO(data)).format
    except (FileFormatError, ParseError, DecryptionError, *_BROKEN):
        return None
    return kind if kind in ("doc97", "xls97", "ppt97") else None


def _unlock(file: Any, password: str) -> bytes:
    out = io.BytesIO()
    file.load_key(password=password, verify_password=True)
    file.decrypt(out)
    return out.getvalue()
