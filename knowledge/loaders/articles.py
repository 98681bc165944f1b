"""Scientific articles in JATS: title, authors, abstract, sections, tables, captions and references."""

from typing import Any

from knowledge.documents import Content
from knowledge.loaders.cells import Cell, table_as_text
from knowledge.loaders.nodes import child_of, children, inner_text, local, texts
from knowledge.loaders.outline import Outline

_AS_HTML = {
    "p": "p",
    "list-item": "li",
    "def-list": "dl",
    "term": "dt",
    "def": "dd",
    "disp-quote": "blockquote",
    "disp-formula": "p",
    "preformat": "pre",
    "code": "pre",
    "caption": "p",
    "fig": "div",
    "label": "div",
    "ack": "div",
    "attrib": "p",
    "statement": "div",
}
_LEFT_OUT = ("xref", "fn", "object-id", "tex-math", "graphic", "media", "permissions", "supplementary-material")
_DEEPEST = 6


def read(root: Any) -> Content:
    """Read an article from its root element."""
    outline = Outline()
    meta = child_of(root, "front", "article-meta")
    title = inner_text(child_of(meta, "title-group", "article-title")) if meta is not None else ""
    _line(outline, "h1", title)
    if meta is not None:
        _line(outline, "p", ", ".join(filter(None, (_name(one) for one in meta.iter("{*}contrib")))))
        for abstract in children(meta, "abstract"):
            _line(outline, "h2", inner_text(child_of(abstract, "title")) or "Abstract")
            _put(outline, [child for child in abstract if local(child) != "title"], 2)
    for part in children(root, "body", "back"):
        _put(outline, children(part), 1)
    return outline.content(title or None)


def _line(outline: Outline, name: str, text: str) -> None:
    outline.start(name)
    outline.text(text)
    outline.end(name)


def _put(outline: Outline, elements: list[Any], level: int) -> None:
    """Add elements that stand under a heading of a level; XML nests no deeper than the parser allows."""
    for element in elements:
        name = local(element)
        if name in ("sec", "app", "ref-list", "ack", "app-group", "fn-group", "glossary"):
            _put(outline, children(element), min(level + 1, _DEEPEST))
        elif name == "title":
            _line(outline, f"h{level}", inner_text(element))
        elif name == "ref":
            _line(outline, "li", _reference(element))
        elif name == "table-wrap":
            _put_table(outline, element)
        elif name == "list":
            kind = "ol" if element.get("list-type") == "order" else "ul"
            _wrap(outline, kind, element, level)
        elif name and name not in _LEFT_OUT:
            _wrap(outline, _AS_HTML.get(name, ""), element, level)


def _wrap(outline: Outline, name: str, element: Any, level: int) -> None:
    """Add an element with the words and the elements in it."""
    outline.start(name)
    outline.text(element.text or "")
    for child in element:
        if local(child) == "xref":
            outline.text(inner_text(child))
        else:
            _put(outline, [child], level)
        outline.text(child.tail or "")
    outline.end(name)


def _put_table(outline: Outline, wrap: Any) -> None:
    named = [inner_text(child) for child in children(wrap, "label", "caption")]
    lines = [" ".join(filter(None, named))]
    for table in wrap.iter("{*}table"):
        rows = [[_cell(cell) for cell in children(row, "td", "th")] for row in table.iter("{*}tr")]
        heads = sum(1 for head in table.iter("{*}thead") for _ in head.iter("{*}tr"))
        lines.append(table_as_text(rows, heads or None))
    lines += [inner_text(child) for child in children(wrap, "table-wrap-foot")]
    _line(outline, "pre", "\n".join(filter(None, lines)))


def _cell(cell: Any) -> Cell:
    return Cell(inner_text(cell), local(cell) == "th", _span(cell.get("colspan")), _span(cell.get("rowspan")))


def _span(written: str | None) -> int:
    return max(1, int(written)) if written and written.isdecimal() and len(written) < 6 else 1


def _name(contributor: Any) -> str:
    name = next(contributor.iter("{*}name"), None)
    if name is None:
        return inner_text(next(contributor.iter("{*}collab"), None))
    return " ".join(filter(None, (inner_text(child_of(name, "given-names")), inner_text(child_of(name, "surname")))))


def _reference(element: Any) -> str:
    cited = children(element, "mixed-citation", "citation", "nlm-citation")
    if cited:
        return inner_text(cited[0])
    parts = [" ".join(part.split()) for one in children(element, "element-citation") for part in texts(one)]
    return ", ".join(filter(None, parts))
