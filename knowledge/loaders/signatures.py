"""What kind of file bytes are, whatever their name says: told by their first bytes, packed ones by what is in them."""

import io
import re
import zipfile
import zlib

_STARTS = (
    (b"{\\rtf", ".rtf"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"\x1f\x8b", ".gz"),
    (b"BZh", ".bz2"),
    (b"\xfd7zXZ\0", ".xz"),
)
_MEMBERS = (("word/", ".docx"), ("xl/", ".xlsx"), ("ppt/", ".pptx"))
_MIMETYPES = {
    b"application/epub+zip": ".epub",
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
}
_STREAMS = (
    ("EncryptedPackage", None),  # any of the newer office files, encrypted
    ("__properties_version1.0", ".msg"),
    ("PowerPoint Document", ".ppt"),
    ("WordDocument", ".doc"),
    ("Workbook", ".xls"),
)
_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_SAVED_PAGE = re.compile(rb"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*content-type:\s*multipart/related", re.IGNORECASE)


def suffix_of(data: bytes) -> str | None:
    """Return the suffix that bytes should have, `.zip` for a ZIP of anything; None where they do not tell."""
    if b"%PDF-" in data[:1024]:
        return ".pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return next((suffix for name, suffix in _STREAMS if name.encode("utf-16-le") in data), None)
    if data[257:262] == b"ustar":
        return ".tar"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return ".webp"
    if data.startswith(b"BM") and len(data) > 14 and int.from_bytes(data[2:6], "little") == len(data):
        return ".bmp"
    return next((suffix for start, suffix in _STARTS if data.startswith(start)), None)


def text_suffix_of(data: bytes) -> str:
    """Return the suffix that text without a known one should have."""
    beginning = data[:4096].removeprefix(b"\xef\xbb\xbf")
    if _PAGE.match(beginning):
        return ".html"
    if beginning.lstrip().startswith(b"<?xml"):
        return ".xhtml" if re.search(rb"<html\b", beginning) else ".xml"
    return ".mht" if _SAVED_PAGE.match(beginning) else ".txt"


def _packed(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if names[:1] == ["mimetype"] and archive.getinfo("mimetype").file_size < 200:
                kind = _MIMETYPES.get(archive.read("mimetype").strip())
                if kind:
                    return kind
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError):
        return ".zip"
    if "[Content_Types].xml" not in names:
        return ".zip"
    return next((suffix for folder, suffix in _MEMBERS if any(name.startswith(folder) for name in names)), ".zip")
