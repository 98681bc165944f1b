"""What the catalogue gives out, and how it is shaped out of rows. Pure functions."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.documents import Anchor, Collection, Document, Location, Passage

_UNFIT = re.compile("[\0\ud800-\udfff]")
Vector = npt.NDArray[np.float32]

DOCUMENTS = """
SELECT d.id, d.title, d.source, d.collection, d.digest, d.state,
       (SELECT count(*) FROM passages p WHERE p.document_id = d.id), d.reason, d.added_at
FROM documents d
"""
KNOWN = f"{DOCUMENTS} WHERE d.collection = :collection AND d.digest = :digest AND d.state IN ('ready', 'quarantined')"
PASSAGES = """
SELECT p.id, p.document_id, d.title, p.text, p.begins, p.ends, p.location, p.lead, v.vector
FROM passages p JOIN documents d ON d.id = p.document_id
LEFT JOIN vectors v ON v.passage = p.number
     AND v.generation = (SELECT g.id FROM generations g WHERE g.state = 'serving')
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A passage with what it was embedded by."""

    passage: Passage
    lead: str
    vector: Vector
    """Of the generation that serves; empty where it is lost."""


@dataclass(frozen=True, slots=True)
class Generation:
    """All vectors of one encoder."""

    id: int
    encoder: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A passage that has no vector of a generation yet."""

    id: str
    document_id: str
    collection: str
    lead: str
    text: str


def to_document(row: Sequence[Any]) -> Document:
    """Shape a row of DOCUMENTS."""
    return Document(*row)


def to_stored(row: Sequence[Any]) -> Stored:
    """Shape a row of PASSAGES."""
    identifier, document_id, title, text, begins, ends, location, lead, vector = row
    passage = Passage(identifier, document_id, title, text, begins, ends, Location.from_json(json.loads(location)))
    return Stored(passage, lead, to_vector(vector))


def from_stored(stored: Stored, document_id: str, place: int | None) -> dict[str, Any]:
    """Shape a passage as a row; `place` is the collection that it is found in, None while it must not be found."""
    passage = stored.passage
    location = json.dumps(passage.location.as_json(), ensure_ascii=False)
    return {"id": passage.id, "document_id": document_id, "begins": passage.start, "ends": passage.end,
            "location": clean(location), "lead": clean(stored.lead), "text": clean(passage.text),
            "found_in": place}  # fmt: skip


def to_vector(data: bytes | None) -> Vector:
    """Shape the bytes of a vector."""
    vector: Vector = np.frombuffer(data or b"", dtype="<f4").astype(np.float32, copy=False)
    return vector


def from_vector(vector: Vector) -> bytes:
    """Shape a vector as bytes: 32-bit floats, the lowest byte first."""
    return vector.astype("<f4").tobytes()


def to_anchors(text: str) -> list[Anchor]:
    """Shape the anchors of a document."""
    return [Anchor(start, end, tuple(box) if box else None, row) for start, end, box, row in json.loads(text)]


def from_anchors(anchors: Sequence[Anchor]) -> str:
    """Shape anchors as JSON: a list of four for each."""
    rows = [[getattr(anchor, field.name) for field in fields(anchor)] for anchor in anchors]
    return json.dumps(rows, separators=(",", ":"))


def to_collection(row: Sequence[Any]) -> Collection:
    """Shape a row of name, owner and readers."""
    name, owner, readers = row
    return Collection(name, owner, None if readers is None else tuple(json.loads(readers)))


def from_collection(collection: Collection) -> dict[str, Any]:
    """Shape a collection as a row."""
    readers = None if collection.readers is None else json.dumps(list(collection.readers), ensure_ascii=False)
    return {"name": collection.name, "owner": collection.owner, "readers": readers}


def clean(text: str) -> str:
    """Replace what a database cannot hold, character for character, so that all offsets stay true."""
    return _UNFIT.sub("\ufffd", text)
