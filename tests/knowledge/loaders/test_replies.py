"""A reply says what was read, character for character; one that is made up is seen through."""

import json

import pytest

from knowledge.chunking import Piece
from knowledge.documents import Anchor, Content, Location, Section
from knowledge.loaders.cutting import Cut
from knowledge.loaders.replies import pack, pack_cut, unpack, unpack_cut

CONTENT = Content(
    "Rows\n\na: 1 \ud800 \U0001f600",
    (
        Section(0, 4, 0, (), 0, Location(page=1, part="a > b")),
        Section(6, 10, 4, ("One", "Two"), 2, Location(sheet="S", rows=(2, 3), box=(0.0, 0.25, 1, 1.0))),
    ),
    "Rows \udcff",
    (Anchor(0, 4, (0.1, 0.2, 0.30000000000000004, 0.4)), Anchor(6, 10, row=0), Anchor(11, 12)),
    ("page 3 has no text",),
    True,
)


CUT = Cut(
    [
        Piece(0, 4, Location(page=1, box=(0.0, 0.25, 1, 1.0)), "Rows \udcff"),
        Piece(6, 10, Location(sheet="S", rows=(2, 3)), "Rows \udcff > One"),
        Piece(10, 12, Location(lines=(1, 2)), "Rows \udcff > One"),
    ],
    "it is odd",
)


def altered(**parts):
    return json.dumps(json.loads(pack(CONTENT)) | parts).encode()


def test_a_content_comes_back_as_it_was():
    assert unpack(pack(CONTENT)) == CONTENT


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        altered(text=3),
        altered(title=[]),
        altered(places=[{"page": "1"}]),
        altered(places=[{"__class__": "x"}]),
        altered(sections=[[0, 10**9, 0, [], 0, 0]]),
        altered(sections=[[2, 1, 0, [], 0, 0]]),
        altered(sections=[[0, 1, 0, [], 0, 7]]),
        altered(sections=[[0, 1, 0, [1], 0, 0]]),
        altered(anchors=[[0, 1, [0, 0, 0]]]),
        altered(anchors=[[0, 1, "row"]]),
        altered(notes=[None]),
        altered(numbered=1),
    ],
)
def test_a_reply_that_is_made_up_is_refused(reply):
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        unpack(reply)


def test_a_cut_comes_back_as_it_was():
    assert unpack_cut(pack_cut(CUT), 12) == CUT


@pytest.mark.parametrize(
    "parts",
    [
        {"pieces": [[0, 13, 0, {}]]},
        {"pieces": [[3, 2, 0, {}]]},
        {"pieces": [[0, 1, 2, {}]]},
        {"pieces": [[0, 1, 0, {"page": "1"}]]},
        {"pieces": [[0, 1, 0]]},
        {"leads": [1]},
        {"suspicious": 1},
    ],
)
def test_a_cut_that_is_made_up_is_refused(parts):
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        unpack_cut(json.dumps(json.loads(pack_cut(CUT)) | parts).encode(), 12)
