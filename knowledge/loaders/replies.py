"""What worker processes are sent and send back, as JSON.

Who takes over a parser can send wrong text with it, but run nothing: nothing that comes back is believed.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, TypeVar

from knowledge.chunking import Piece
from knowledge.documents import Anchor, Box, Content, Location, Section
from knowledge.loaders.cutting import Cut

_T = TypeVar("_T")


def pack(content: Content) -> bytes:
    """Write a content; characters that are no valid Unicode come through as they are."""
    return _written(plain(content))


def unpack(reply: bytes) -> Content:
    """Read what `pack` wrote.

    Raises:
        ValueError: it is not of that form.
    """
    with _checked("content"):
        return made(json.loads(reply))


def plain(content: Content) -> dict[str, Any]:
    """Return a content as what JSON knows."""
    places: dict[Location, int] = {}
    sections = [
        # Many sections stand in one place.
        [s.start, s.end, s.heading_start, s.headings, s.level, places.setdefault(s.place, len(places))]
        for s in content.sections
    ]
    return {
        "text": content.text,
        "title": content.title,
        "places": [place.as_json() for place in places],
        "sections": sections,
        "anchors": [[a.start, a.end, a.box or a.row] for a in content.anchors],
        "notes": list(content.notes),
        "numbered": content.numbered,
    }


def made(raw: Any) -> Content:
    """Make a content of what `plain` returned.

    Raises:
        ValueError: it is not of that form.
    """
    with _checked("content"):
        text = _is(str, raw["text"])
        places = [_place(known) for known in raw["places"]]
        return Content(
            text,
            tuple(_section(row, places, len(text)) for row in raw["sections"]),
            None if raw["title"] is None else _is(str, raw["title"]),
            tuple(_anchor(row, len(text)) for row in raw["anchors"]),
            tuple(_is(str, note) for note in raw["notes"]),
            _is(bool, raw["numbered"]),
        )


def pack_cut(cut: Cut) -> bytes:
    """Write how a content was cut."""
    leads: dict[str, int] = {}
    pieces = [[p.start, p.end, leads.setdefault(p.lead, len(leads)), p.location.as_json()] for p in cut.pieces]
    return _written({"leads": list(leads), "pieces": pieces, "suspicious": cut.suspicious})


def unpack_cut(reply: bytes, length: int) -> Cut:
    """Read what `pack_cut` wrote of a text of some length.

    Raises:
        ValueError: it is not of that form.
    """
    with _checked("cut"):
        raw = json.loads(reply)
        leads = [_is(str, lead) for lead in raw["leads"]]
        pieces = [
            Piece(*_span(start, end, length), _place(place), leads[_is(int, lead)])
            for start, end, lead, place in raw["pieces"]
        ]
        return Cut(pieces, None if raw["suspicious"] is None else _is(str, raw["suspicious"]))


def _written(raw: Any) -> bytes:
    return json.dumps(raw, separators=(",", ":")).encode("ascii")


@contextmanager
def _checked(what: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a {what}: {error}") from error


def _is(kind: type[_T], value: Any) -> _T:
    if type(value) is not kind:
        raise ValueError(f"{value!r:.40} is not of type {kind.__name__}")
    return value


def _span(start: Any, end: Any, length: int) -> tuple[int, int]:
    if not 0 <= _is(int, start) <= _is(int, end) <= length:
        raise ValueError(f"{start} to {end} is not in the text")
    return start, end


def _section(row: Any, places: list[Location], length: int) -> Section:
    start, end, heading_start, headings, level, place = row
    _span(start, end, length)
    _span(heading_start, start, length)
    names = tuple(_is(str, name) for name in headings)
    return Section(start, end, heading_start, names, _is(int, level), places[_is(int, place)])


def _anchor(row: Any, length: int) -> Anchor:
    start, end, where = row
    span = _span(start, end, length)
    return Anchor(*span, row=where) if type(where) is int else Anchor(*span, box=None if where is None else _box(where))


def _box(raw: Any) -> Box:
    left, top, right, bottom = (share if type(share) is int else _is(float, share) for share in raw)
    return left, top, right, bottom


def _pair(raw: Any) -> tuple[int, int]:
    first, last = raw
    return _is(int, first), _is(int, last)


def _place(known: Any) -> Location:
    return Location(**{name: _FIELDS[name](value) for name, value in known.items()})


_FIELDS: dict[str, Callable[[Any], Any]] = {
    **{field.name: lambda value: _is(str, value) for field in fields(Location)},
    **dict.fromkeys(("page", "slide"), lambda value: _is(int, value)),
    **dict.fromkeys(("rows", "lines"), _pair),
    "box": _box,
}
