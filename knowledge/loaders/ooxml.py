"""Packages of Office since 2007: brought to the one kind that the libraries read, and the links between their parts."""

import posixpath
import re
import zipfile
from urllib.parse import unquote

from knowledge.loaders.packages import read_part, read_xml, rewrite

_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
"""The names of ISO/IEC 29500 Strict; the transitional ones have a year in them."""
_RENAMED = {b"relationships/extendedProperties": b"relationships/extended-properties"}
_WORD = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_SLIDES = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
_KINDS = {
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml": _WORD,
    b"application/vnd.ms-word.document.macroEnabled.main+xml": _WORD,
    b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml": _WORD,
    b"application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml": _SLIDES,
    b"application/vnd.openxmlformats-officedocument.presentationml.template.main+xml": _SLIDES,
    b"application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml": _SLIDES,
    b"application/vnd.ms-powerpoint.template.macroEnabled.main+xml": _SLIDES,
}
"""Templates, slide shows and files with macros, which differ from plain ones in the name of their kind alone."""
_TYPES = "[Content_Types].xml"


def plain(archive: zipfile.ZipFile, data: bytes) -> bytes:
    """Return the bytes of a package as a plain, transitional one; unchanged where it is one.

    Args:
        archive: the package.
        data: its bytes.

    Raises:
        UnreadableFile: it is damaged.
    """
    types = read_part(archive, _TYPES) or b""
    strict = _STRICT.search(read_part(archive, "_rels/.rels") or b"") is not None
    if not strict and not any(kind in types for kind in _KINDS):
        return data
    return rewrite(archive, _translate)


def _translate(name: str, part: bytes) -> bytes:
    if name == _TYPES:
        for kind, known in _KINDS.items():
            part = part.replace(kind, known)
    if not name.endswith((".xml", ".rels", ".vml")):
        return part
    part = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", part)
    for strict, known in _RENAMED.items():
        part = part.replace(strict, known)
    return part


def linked(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return what a part links to inside the package: for each id the kind, as one word, and the name of the part.

    Raises:
        UnreadableFile: it is damaged.
    """
    folder, _, name = part.rpartition("/")
    root = read_xml(archive, posixpath.join(folder, "_rels", f"{name}.rels"))
    links: dict[str, tuple[str, str]] = {}
    for link in root if root is not None else ():
        if link.get("TargetMode") != "External" and link.get("Id") and link.get("Target"):
            target = unquote(link.get("Target"))
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            links[link.get("Id")] = (link.get("Type", "").rpartition("/")[2], path)
    return links
