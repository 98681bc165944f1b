"""XML: feeds and articles as what they are, any other by its elements; nothing is fetched, no entity is expanded."""

import re
from collections.abc import Iterator
from typing import Any

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders import articles, feeds, html
from knowledge.loaders.draft import Draft
from knowledge.loaders.nodes import children, inner_text, local
from knowledge.loaders.options import Options

_TITLES = ("title", "heading", "head")


def load(data: bytes, options: Options) -> Content:
    """Read XML: RSS and Atom, articles in JATS, web pages, else the text of all elements.

    Raises:
        UnreadableFile: it is broken; the line is named.
    """
    root, notes = _parsed(data)
    kind = local(root)
    if kind in ("rss", "feed", "RDF"):
        content = feeds.read(root)
    elif kind == "article" and any(local(child) in ("front", "body") for child in root):
        content = articles.read(root)
    elif kind == "html":
        content = html.load(data, options)
    else:
        content = _read(root)
    return Content(content.text, content.sections, content.title, content.anchors, (*notes, *content.notes))


def _parsed(data: bytes) -> tuple[Any, list[str]]:
    """Parse the file; of a broken one what comes before the break, with a note."""
    from lxml import etree

    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    safe |= {"remove_comments": True, "remove_pis": True}
    try:
        return etree.fromstring(data.lstrip(), etree.XMLParser(**safe)), []
    except etree.XMLSyntaxError as error:
        told = f"its XML is broken in line {error.lineno}"
        root = etree.fromstring(data.lstrip(), etree.XMLParser(recover=True, **safe))
        if root is None or not inner_text(root):
            raise UnreadableFile(f"{told}: mend it there") from error
        return root, [f"{told}, what follows may be missing: mend it there"]


def _read(root: Any) -> Content:
    """Read any XML: a record whose elements hold nothing but text is a line that names them."""
    draft = Draft()
    lines: list[str] = []
    for element, depth in _elements(root):
        line = _line(element)
        if line and depth and local(element).lower() in _TITLES:
            draft.paragraph("\n".join(lines))
            draft.heading(min(6, depth), inner_text(element))
            lines = []
        elif line:
            lines.append(line)
    draft.paragraph("\n".join(lines))
    title = next((inner_text(child) for child in children(root) if local(child).lower() in _TITLES), "")
    return draft.content(title or None)


def _elements(root: Any) -> Iterator[tuple[Any, int]]:
    """Yield elements with their depth, in order, but not those inside of one that is read as a whole."""
    above = [(root, 0)]
    while above:
        element, depth = above.pop()
        yield element, depth
        if not _is_prose(element) and not (_is_record(element) and len(element) > 1):
            above += [(child, depth + 1) for child in reversed(children(element))]


def _line(element: Any) -> str:
    """Write an element that is read as a whole; nothing for one that only holds others."""
    own = "; ".join(f"{re.sub(r'{.*}', '', name)}: {value}" for name, value in element.attrib.items() if value.strip())
    if _is_prose(element):
        return inner_text(element)
    if not len(element):
        text = inner_text(element)
        return f"{local(element)}: {'; '.join(filter(None, (text, own)))}" if text or own else ""
    if _is_record(element) and len(element) > 1:
        fields = [f"{local(child)}: {inner_text(child)}" for child in children(element) if inner_text(child)]
        return f"{local(element)}: {'; '.join(filter(None, (own, *fields)))}" if fields or own else ""
    return f"{local(element)}: {own}" if own else ""


def _is_prose(element: Any) -> bool:
    """Tell whether an element mixes words with others, as paragraphs do."""
    own = "".join([element.text or "", *(child.tail or "" for child in element)])
    return len(element) > 0 and bool(own.strip())


def _is_record(element: Any) -> bool:
    inner = children(element)
    return bool(inner) and all(not len(child) and not child.attrib for child in inner)
