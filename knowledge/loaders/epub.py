"""EPUB: the chapters of a book in the order of reading."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders import html
from knowledge.loaders.archive import BROKEN, DAMAGED, counted
from knowledge.loaders.nodes import inner_text, local
from knowledge.loaders.options import Options, TooLarge
from knowledge.loaders.parts import join
from knowledge.loaders.titles import sensible

PROTECTED = "it is protected by its shop (DRM): ask the publisher for a copy without protection"
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""What only disguises fonts."""
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def load(data: bytes, options: Options) -> Content:
    """Read a book; its title is the one it is catalogued by.

    Raises:
        UnreadableFile: it is damaged or protected.
    """
    options = options.roomed()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if _is_protected(archive, options):
                raise UnreadableFile(PROTECTED)
            return _read(archive, options)
    except (*BROKEN, SyntaxError, LookupError, RuntimeError, AttributeError) as error:
        raise UnreadableFile(DAMAGED) from error


def _read(archive: zipfile.ZipFile, options: Options) -> Content:
    container = _parsed(archive, "META-INF/container.xml", options)
    package = next(element.get("full-path") for element in container.iter() if local(element) == "rootfile")
    book = _parsed(archive, package, options)
    pieces: list[tuple[str | None, Content]] = []
    notes = []
    for name in _chapters(book, posixpath.dirname(package)):
        try:
            pieces.append((None, _chapter(_member(archive, name, options), options)))
        except TooLarge:
            raise
        except (KeyError, zipfile.BadZipFile, UnreadableFile):
            notes.append(f"chapter {name} is missing or damaged: get the book again")
    title = next((inner_text(element) for element in book.iter() if local(element) == "title"), None)
    content = join(pieces)
    return replace(content, title=sensible(title), notes=(*notes, *content.notes))


def _chapter(data: bytes, options: Options) -> Content:
    """Read a chapter; one without headings is called by its title."""
    content = html.load(data, options)
    if content.title is None or any(section.headings for section in content.sections):
        return content
    sections = tuple(replace(section, headings=(content.title,), level=1) for section in content.sections)
    return replace(content, sections=sections)


def _chapters(book: Any, folder: str) -> Iterator[str]:
    """Yield the names of the pages in the order of reading."""
    items = {element.get("id"): element for element in book.iter() if local(element) == "item"}
    for element in book.iter():
        item = items.get(element.get("idref")) if local(element) == "itemref" else None
        if item is not None and item.get("media-type") in _PAGES and item.get("properties") != "nav":
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))


def _is_protected(archive: zipfile.ZipFile, options: Options) -> bool:
    if "META-INF/encryption.xml" not in archive.namelist():
        return False
    told = _parsed(archive, "META-INF/encryption.xml", options)
    used = [element.get("Algorithm") for element in told.iter() if local(element) == "EncryptionMethod"]
    return any(algorithm not in _FONTS for algorithm in used)


def _parsed(archive: zipfile.ZipFile, name: str, options: Options) -> Any:
    from lxml import etree

    return etree.fromstring(
        _member(archive, name, options), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    )


def _member(archive: zipfile.ZipFile, name: str, options: Options) -> bytes:
    with archive.open(name) as file:
        return counted(file, options)
