"""DOCX: headings, lists and tables in their order, with equations, notes, comments, text boxes and charts."""

import re
import zipfile
from collections.abc import Iterator
from typing import Any

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders import legacy
from knowledge.loaders.draft import Draft
from knowledge.loaders.encryption import decrypt
from knowledge.loaders.ooxml import linked, plain
from knowledge.loaders.options import Options
from knowledge.loaders.packages import DAMAGED, PICTURES, has_pictures, open_package, read_part, read_xml
from knowledge.loaders.pictures import Pictures
from knowledge.loaders.shapes import drawn_text, pictures_in
from knowledge.loaders.tables import put_table
from knowledge.loaders.titles import sensible
from knowledge.loaders.wordlists import BULLET
from knowledge.loaders.wordstyles import Styles
from knowledge.loaders.wordtables import cells_of, height, inner_tables, likely, rows_of
from knowledge.loaders.wordtext import FALLBACK, W, blocks, words

_PAGED = re.compile(r"\W*(?:\w+\W+)?\d*\W*(?:(?:of|/|von|de|sur)\W*\d+)?\W*", re.IGNORECASE)
"""What stands at the edge of a page and only counts it."""


def load(data: bytes, options: Options) -> Content:
    """Read a Word file; the title is the document's, else the first paragraph styled as title or heading 1.

    Raises:
        UnreadableFile: it is damaged or protected by a password.
    """
    data = decrypt(data, options)
    if not data.startswith(b"PK"):
        data = legacy.convert(data, "docx")
    archive = open_package(data, options)
    plainer = plain(archive, data)
    content = _Word(archive if plainer is data else open_package(plainer, options)).content()
    if not content.text and has_pictures(archive):
        raise UnreadableFile(PICTURES)
    return content


class _Word:
    """A Word file that is put into a draft, block by block."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        main = next((path for kind, path in linked(archive, "").values() if kind == "officeDocument"), "")
        root = read_xml(archive, main)
        body = root.find(f"{W}body") if root is not None else None
        if body is None:
            raise UnreadableFile(DAMAGED)
        self._body = body
        self._links = linked(archive, main)
        self._styles = Styles(self._part("styles"), self._part("numbering"))
        self._notes = {kind: self._by_id(f"{kind}s", kind) for kind in ("footnote", "endnote", "comment")}
        self._counts = {"footnote": 0, "endnote": 0}
        self._met: set[Any] = set()
        self._pictures = Pictures()
        self._draft = Draft()

    def content(self) -> Content:
        """Return the file as text."""
        first = None
        for block in blocks(self._body):
            title = self._put(block)
            first = first or title
        edges = list(self._edges())
        self._draft.close(1)
        for edge in edges:
            self._draft.paragraph(edge)
        properties = next((path for kind, path in linked(self._archive, "").values() if kind == "core-properties"), "")
        root = read_xml(self._archive, properties)
        named = sensible(root.findtext("{http://purl.org/dc/elements/1.1/}title")) if root is not None else None
        return self._draft.content(named or first, self._pictures.notes)

    def _put(self, block: Any) -> str | None:
        """Add a block; return its words if they are a title."""
        if block.tag == f"{W}tbl":
            self._put_table(block)
            return None
        level = self._styles.level(block)
        name = self._styles.name(block)
        title = None
        if name.startswith("toc ") and name[4:].isdigit():
            return None
        if level and words(block).strip():
            label = self._styles.label(block)
            text = words(block)
            title = " ".join(text.split()) if level == 1 else None
            self._draft.heading(level, f"{label} {text}" if label not in ("", BULLET) else text)
        elif words(block).strip():
            self._put_paragraph(block, name)
        self._put_asides(block)
        return title

    def _put_paragraph(self, block: Any, name: str) -> None:
        label = self._styles.label(block)
        listed = (name == "list" or name.startswith("list ")) and name != "list paragraph"
        self._draft.paragraph(words(block), item=label or listed)

    def _put_table(self, table: Any) -> None:
        cells = [cell for row in table.iter(f"{W}tr") if row.getparent() is table for cell in cells_of(row)]
        if len(cells) == 1:  # a frame around text
            for block in blocks(cells[0]):
                self._put(block)
            return
        rows = rows_of(table, self._written)
        put_table(self._draft, rows, height=height(table), likely=likely(table, self._styles))
        self._put_asides(table)
        for inner in inner_tables(table):
            self._put_table(inner)

    def _written(self, paragraph: Any) -> str:
        """Return the words of a paragraph in a cell, with its number."""
        text = words(paragraph)
        label = self._styles.label(paragraph) if text.strip() else ""
        return f"{label} {text}" if label not in ("", BULLET) else text

    def _put_asides(self, block: Any) -> None:
        """Add what hangs on a block and was not added yet: boxes, charts, notes and comments."""
        outer = _box_around(block)
        for box in block.iter(f"{W}txbxContent"):
            if _box_around(box) is outer and next(box.iterancestors(FALLBACK), None) is None and self._first(box):
                for inner in blocks(box):
                    self._put(inner)
        for drawing in block.iter(f"{W}drawing"):
            if _box_around(drawing) is outer and self._first(drawing):
                self._put_drawing(drawing)
        for kind in ("footnote", "endnote", "comment"):
            for reference in block.iter(f"{W}{kind}Reference"):
                self._draft.paragraph(self._note(kind, reference.get(f"{W}id")))

    def _put_drawing(self, drawing: Any) -> None:
        """Add what a chart or a diagram says, and the words on pictures."""
        self._draft.paragraph(drawn_text(drawing, self._by_link))
        for picture in pictures_in(drawing):
            part = read_part(self._archive, self._links.get(picture, ("", ""))[1])
            self._draft.paragraph(self._pictures.text(part) if part else "")

    def _first(self, element: Any) -> bool:
        """Tell whether an element is met for the first time: tables in tables are gone through twice."""
        met = element in self._met
        self._met.add(element)
        return not met

    def _note(self, kind: str, identifier: str) -> str:
        """Return a note or a comment where it is first referred to."""
        note = self._notes[kind].pop(identifier, None)
        text = " ".join(" ".join(words(part) for part in note.iter(f"{W}p")).split()) if note is not None else ""
        if note is None or not text:
            return ""
        if kind == "comment":
            author = note.get(f"{W}author")
            return f"Comment by {author}: {text}" if author else f"Comment: {text}"
        self._counts[kind] += 1
        return f"{kind.capitalize()} {self._counts[kind]}: {text}"

    def _edges(self) -> Iterator[str]:
        """Yield what stands above and below the pages, once each."""
        seen = set()
        for kind in ("header", "footer"):
            for link, path in self._links.values():
                root = read_xml(self._archive, path) if link == kind else None
                lines = [words(part) for part in root.iter(f"{W}p")] if root is not None else []
                text = " ".join(" ".join(lines).split())
                if text and text not in seen and not _PAGED.fullmatch(text):
                    seen.add(text)
                    yield f"Page {kind}: {text}"

    def _part(self, kind: str) -> Any:
        """Return the root of the part of a kind; None where there is none."""
        return next((read_xml(self._archive, path) for link, path in self._links.values() if link == kind), None)

    def _by_link(self, identifier: str) -> Any:
        return read_xml(self._archive, self._links.get(identifier, ("", ""))[1])

    def _by_id(self, part: str, kind: str) -> dict[str, Any]:
        root = self._part(part)
        return {note.get(f"{W}id"): note for note in root.iter(f"{W}{kind}")} if root is not None else {}


def _box_around(element: Any) -> Any:
    return next(element.iterancestors(f"{W}txbxContent"), None)
