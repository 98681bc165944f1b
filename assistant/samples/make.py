"""Make the HTML, DOCX and PDF documents of the sample handbook from their Markdown sources.

    python -m assistant.samples.make

A source holds headings, paragraphs, flat lists, tables and page breaks (---), without markup inside a line. The same
source always makes the same document; the Markdown documents of the handbook are their own source.
"""

import html
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assistant.samples.pdf import write_pdf

SOURCES = Path(__file__).with_name("sources")
HANDBOOK = Path(__file__).with_name("handbook")
FORMATS = {
    "expenses": "html",
    "onboarding": "html",
    "parental-leave": "docx",
    "safety": "pdf",
    "security": "docx",
    "warranty": "pdf",
}
WRITTEN = datetime(2025, 4, 1, tzinfo=UTC)
"""The date that the documents bear, so that they do not depend on the day they are made."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a source: a heading (with its level), a paragraph, an item of a list, a table or a page break."""

    kind: str
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def make(folder: Path) -> list[Path]:
    """Write the made documents into a folder, and say which they are."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, form in FORMATS.items():
        blocks = list(read_blocks((SOURCES / f"{name}.md").read_text(encoding="utf-8")))
        document = folder / f"{name}.{form}"
        document.write_bytes(WRITE[form](blocks))
        made.append(document)
    return made


def read_blocks(source: str) -> Iterator[Block]:
    """Read the blocks of a Markdown source."""
    for part in source.strip().split("\n\n"):
        lines = part.splitlines()
        if part.startswith("#"):
            marks, _, text = part.partition(" ")
            yield Block("heading", text, level=len(marks))
        elif part == "---":
            yield Block("break")
        elif part.startswith("- "):
            for item in f"\n{part}".split("\n- ")[1:]:
                yield Block("item", " ".join(item.split()))
        elif part.startswith("|"):
            # The second line only rules the head of the table off.
            rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in (lines[0], *lines[2:])]
            yield Block("table", rows=tuple(rows))
        else:
            yield Block("paragraph", " ".join(lines))


def to_html(blocks: list[Block]) -> bytes:
    """Write blocks as a web page."""
    title = html.escape(blocks[0].text)
    body = "\n".join(_element(block) for block in blocks).replace("</ul>\n<ul>\n", "")
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>body {{ max-width: 42em; margin: 2em auto; font-family: sans-serif }}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
    return page.encode()


def _element(block: Block) -> str:
    """One block as an HTML element."""
    text = html.escape(block.text, quote=False)
    if block.kind == "heading":
        return f"<h{block.level}>{text}</h{block.level}>"
    if block.kind == "item":
        return f"<ul>\n<li>{text}</li>\n</ul>"
    if block.kind == "table":
        head, *rows = block.rows
        lines = [_row(head, "th"), *(_row(row, "td") for row in rows)]
        return "\n".join(["<table>", *lines, "</table>"])
    return "<hr>" if block.kind == "break" else f"<p>{text}</p>"


def _row(cells: tuple[str, ...], tag: str) -> str:
    """One row of an HTML table."""
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell, quote=False)}</{tag}>" for cell in cells) + "</tr>"


def to_docx(blocks: list[Block]) -> bytes:
    """Write blocks as a Word document with heading styles."""
    import docx

    document = docx.Document()
    document.core_properties.title = blocks[0].text
    document.core_properties.author = "Larkspur Instruments"
    document.core_properties.created = document.core_properties.modified = WRITTEN
    for block in blocks:
        if block.kind == "heading":
            document.add_heading(block.text, level=block.level)
        elif block.kind == "table":
            table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
            for row in block.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        elif block.kind == "break":
            document.add_page_break()
        else:
            document.add_paragraph(block.text, style="List Bullet" if block.kind == "item" else None)
    written = io.BytesIO()
    document.save(written)
    return _dated(written.getvalue())


def _dated(archive: bytes) -> bytes:
    """A zip archive with all its members dated alike, for python-docx stamps them with the present time."""
    dated = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(dated, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, WRITTEN.timetuple()[:6]), old.read(name), zipfile.ZIP_DEFLATED)
    return dated.getvalue()


def to_pdf(blocks: list[Block]) -> bytes:
    """Write blocks as a PDF; a table becomes one line a row."""
    pages: list[list[tuple[int, str]]] = [[]]
    for block in blocks:
        if block.kind == "break":
            pages.append([])
        elif block.kind == "table":
            pages[-1] += [(0, ": ".join(row)) for row in block.rows]
        else:
            pages[-1].append((block.level, f"\u2022 {block.text}" if block.kind == "item" else block.text))
    return write_pdf(blocks[0].text, pages)


WRITE = {"html": to_html, "docx": to_docx, "pdf": to_pdf}

if __name__ == "__main__":
    make(HANDBOOK)
