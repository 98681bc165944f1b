"""PPTX: slide by slide, each with its title, the text of its shapes, tables, charts, comments and speaker's notes."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from knowledge.documents import Box, Content, Location
from knowledge.errors import UnreadableFile
from knowledge.loaders import legacy
from knowledge.loaders.draft import Draft
from knowledge.loaders.encryption import decrypt
from knowledge.loaders.ooxml import plain
from knowledge.loaders.options import Options
from knowledge.loaders.packages import DAMAGED, PICTURES, has_pictures, open_package, parse_xml
from knowledge.loaders.pictures import Pictures
from knowledge.loaders.shapes import Part, drawn_text, headed, leaves, paragraphs, pictures_in, rows_of, table_of
from knowledge.loaders.tables import put_table
from knowledge.loaders.titles import sensible

_BROKEN = (KeyError, ValueError, AttributeError, IndexError, TypeError, NotImplementedError)
"""What python-pptx raises at a part that is not as it should be."""


def load(data: bytes, options: Options) -> Content:
    """Read a presentation; its title is the one in its properties, else that of the first slide that has one.

    The shapes stand in the order in which they are drawn, which is PowerPoint's own reading order.

    Raises:
        UnreadableFile: it is damaged or protected by a password.
    """
    import pptx
    from lxml.etree import LxmlError
    from pptx.exc import PythonPptxError

    data = decrypt(data, options)
    if not data.startswith(b"PK"):
        return load(legacy.convert(data, "pptx"), options)
    archive = open_package(data, options)
    packed = plain(archive, data)
    draft, pictures = Draft(), Pictures()
    try:
        presentation = pptx.Presentation(io.BytesIO(packed))
        size = (presentation.slide_width or 0, presentation.slide_height or 0)
        slides = enumerate(presentation.slides, start=1)
        titles = [_put_slide(draft, pictures, number, slide, size) for number, slide in slides]
        named = sensible(presentation.core_properties.title)
    except (PythonPptxError, LxmlError, zipfile.BadZipFile, OSError, *_BROKEN) as error:
        raise UnreadableFile(DAMAGED) from error
    content = draft.content(named or next(filter(None, titles), None), pictures.notes)
    if not content.text and has_pictures(archive):
        raise UnreadableFile(PICTURES)
    return content


def _put_slide(draft: Draft, pictures: Pictures, number: int, slide: Any, size: tuple[int, int]) -> str:
    """Add a slide, and return its title."""
    draft.place(Location(slide=number))
    draft.close(1)
    top = slide.shapes.title
    title = " ".join(" ".join(paragraphs(top.element)).split()) if top is not None else ""
    body = [(leaf, box) for leaf, box in _leaves(slide, size) if top is None or leaf is not top.element]
    remarks = [*_shown(slide, pictures, [leaf for leaf, _ in body]), *_comments(slide), *_notes(slide)]
    if not remarks and not any(drawn_text(leaf, _linked(slide)) for leaf, _ in body):
        draft.paragraph(title)  # a heading alone would be in no passage
        return title
    draft.heading(1, title)
    for leaf, box in body:
        _put(draft, leaf, box, slide)
    for remark in remarks:
        draft.paragraph(remark)
    return title


def _leaves(slide: Any, size: tuple[int, int]) -> Iterator[tuple[Any, Box | None]]:
    """Yield the shapes of a slide, those in groups with the box of the group."""
    boxes = {shape.element: _box(shape, size) for shape in slide.shapes}
    for outer in slide.shapes.element:
        for leaf in leaves([outer]):
            yield leaf, boxes.get(outer)


def _box(shape: Any, size: tuple[int, int]) -> Box | None:
    try:
        left, top, wide, high = shape.left, shape.top, shape.width, shape.height
    except _BROKEN:
        return None
    if left is None or top is None or not wide or not high or not all(size):
        return None
    edges = (left / size[0], top / size[1], (left + wide) / size[0], (top + high) / size[1])
    first, second, third, fourth = (max(0.0, min(1.0, edge)) for edge in edges)
    return (first, second, third, fourth)


def _put(draft: Draft, leaf: Any, box: Box | None, slide: Any) -> None:
    table = table_of(leaf)
    if table is not None:
        put_table(draft, rows_of(table), likely=headed(table))
        return
    text = drawn_text(leaf, _linked(slide))
    if box:
        draft.lines([(line, box) for line in text.split("\n")])
    else:
        draft.paragraph(text)


def _linked(slide: Any) -> Part:
    """Return what reads the XML part that one of the slide's ids links to."""

    def read(identifier: str) -> Any:
        try:
            return parse_xml(slide.part.related_part(identifier).blob)
        except (UnreadableFile, *_BROKEN):
            return None

    return read


def _shown(slide: Any, pictures: Pictures, shapes: list[Any]) -> Iterator[str]:
    """Yield the words on the pictures."""
    for identifier in (identifier for shape in shapes for identifier in pictures_in(shape)):
        try:
            text = pictures.text(slide.part.related_part(identifier).blob)
        except _BROKEN:
            continue
        if text:
            yield text


def _notes(slide: Any) -> Iterator[str]:
    if slide.has_notes_slide:
        frame = slide.notes_slide.notes_text_frame
        text = "\n".join(paragraphs(frame._txBody)) if frame is not None else ""
        if text:
            yield f"Speaker notes: {text}"


def _comments(slide: Any) -> Iterator[str]:
    """Yield the comments, of the older kind and of the newer with its replies."""
    for link in slide.part.rels.values():
        if link.is_external or not link.reltype.endswith("/comments"):
            continue
        for comment in parse_xml(link.target_part.blob).iter("{*}text", "{*}txBody"):
            text = comment.text or " ".join(paragraphs(comment))
            if text.strip():
                yield f"Comment: {text.strip()}"
