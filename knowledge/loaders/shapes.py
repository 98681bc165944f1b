"""The text in the shapes of a slide: text boxes, groups, tables, charts and diagrams (DrawingML)."""

from collections.abc import Callable, Iterator
from typing import Any

from knowledge.loaders.charts import chart_text
from knowledge.loaders.equations import MATH, equation_text
from knowledge.loaders.grids import Row

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
FURNITURE = ("dt", "sldNum", "ftr", "hdr")
"""The kinds of placeholders that hold the same on every slide."""
Part = Callable[[str], Any]
"""Returns the root of the XML part that an id links to; None where there is none."""


def paragraphs(holder: Any) -> list[str]:
    """Return the paragraphs of a text body that hold something."""
    return [text for text in (_words(paragraph).strip() for paragraph in holder.iter(f"{A}p")) if text]


def _words(paragraph: Any) -> str:
    words: list[str] = []
    for child in paragraph.iter(f"{A}t", f"{A}br", f"{A}tab", f"{MATH}oMath"):
        if child.tag == f"{A}t":
            if next(child.iterancestors(f"{MATH}oMath"), None) is None:
                words.append(child.text or "")
        elif child.tag == f"{MATH}oMath":
            words.append(equation_text(child))
        else:
            words.append(" ")
    return "".join(words).replace("\v", " ")


def leaves(tree: Any) -> Iterator[Any]:
    """Yield the shapes in a tree and in its groups, in the order in which they are drawn."""
    for child in tree:
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if name in ("grpSp", "spTree"):
            yield from leaves(child)
        elif child.tag == f"{_MC}AlternateContent":
            for choice in list(child.iterchildren(f"{_MC}Choice", f"{_MC}Fallback"))[:1]:
                yield from leaves(choice)
        elif name in ("sp", "graphicFrame", "cxnSp", "pic") and not _furniture(child):
            yield child


def _furniture(shape: Any) -> bool:
    return any(holder.get("type") in FURNITURE for holder in shape.iterfind("{*}nvSpPr/{*}nvPr/{*}ph"))


def pictures_in(shape: Any) -> list[str]:
    """Return the ids that link to the pictures in a shape."""
    return [identifier for blip in shape.iter(f"{A}blip") if (identifier := blip.get(f"{_R}embed"))]


def table_of(shape: Any) -> Any:
    """Return the table that a shape holds, or None."""
    return next(shape.iter(f"{A}tbl"), None)


def drawn_text(shape: Any, part: Part) -> str:
    """Return the text of a shape that holds no table: of a chart its values, of a diagram its points."""
    chart = next(shape.iter("{*}chart"), None)
    if chart is not None:
        root = part(chart.get(f"{_R}id", ""))
        return chart_text(root) if root is not None else ""
    diagram = next(shape.iter("{*}relIds"), None)
    if diagram is not None:
        root = part(diagram.get(f"{_R}dm", ""))
        return "\n".join(paragraphs(root)) if root is not None else ""
    return "\n".join(paragraphs(shape))


def rows_of(table: Any) -> list[Row]:
    """Return the rows of a table that hold something; what is merged downwards is repeated in each."""
    rows: list[Row] = []
    above: dict[int, str] = {}
    for number, row in enumerate(table.iter(f"{A}tr"), start=1):
        cells: dict[int, str] = {}
        spans: dict[int, int] = {}
        for column, cell in enumerate(row.iterchildren(f"{A}tc")):
            words = above.get(column, "") if _flag(cell, "vMerge") else " ".join(paragraphs(cell))
            above[column] = words
            if words and not _flag(cell, "hMerge"):
                cells[column] = words
                wide = cell.get("gridSpan", "1")
                if wide.isdigit() and 1 < int(wide) <= 1000:
                    spans[column] = column + int(wide) - 1
        if cells:
            rows.append(Row(number, cells, spans))
    return rows


def headed(table: Any) -> bool:
    """Tell whether a table's first row has the style of a head."""
    style = table.find(f"{A}tblPr")
    return style is not None and _flag(style, "firstRow")


def _flag(element: Any, name: str) -> bool:
    return element.get(name) in ("1", "true")
