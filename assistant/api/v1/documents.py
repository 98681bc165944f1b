"""Documents: added, listed, looked up and removed, as the caller may."""

import re
import shutil
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO
from uuid import uuid4

from pydantic import Field

from assistant.api.callers import caller
from assistant.api.v1 import shapes
from assistant.api.v1.asking import Name, Text
from assistant.api.v1.problems import Problem, responses
from assistant.assembly import Assistant
from assistant.audit import note_added, note_deleted
from knowledge.documents import DEFAULT_COLLECTION, Document
from knowledge.errors import BadInput

if TYPE_CHECKING:
    from knowledge.reader import Reader

_SUFFIX = re.compile(r"\.\w{1,16}", re.ASCII)
LONGEST = 200
"""Characters of a file's name that are kept."""


Collection = Annotated[Text, Field(min_length=1, max_length=64)]
UNNAMED = "collection: its name has no blanks at its ends, and nothing that cannot be printed"


def router(assistant: Assistant) -> Any:
    """Build the routes under /documents."""
    from fastapi import APIRouter, File, Form, Query, Request, UploadFile

    routes = APIRouter(prefix="/documents", tags=["documents"])
    library = assistant.library

    @routes.post("", status_code=201, responses=responses(shapes.Document, 400, 413, 415, success=201))
    def add(
        request: Request,
        file: Annotated[UploadFile, File()],
        collection: Annotated[Collection, Form()] = DEFAULT_COLLECTION,
        password: Annotated[Text, Form(max_length=1000)] = "",
    ) -> dict[str, Any]:
        """Add a file, and answer when it can be asked about; one of the same name in the collection is replaced."""
        user = caller(request).user
        if collection != collection.strip() or not collection.isprintable():
            raise Problem(400, UNNAMED, "collection", "collection_name")
        try:
            library.check_writable(collection, user)
        except BadInput as error:
            raise Problem(403, str(error), "collection") from error
        name = plain(file.filename or "")
        assistant.limits.types([name])
        note_added(assistant.store.audit, [(name, collection)], user)
        with TemporaryDirectory(prefix="apprentice-") as folder:
            path = _kept(file.file, Path(folder), name)
            return row(library.add(path, collection, source=name, password=password or None, user=user))

    @routes.get("", responses=responses(shapes.Documents, 400))
    def every(request: Request, collection: Annotated[Name | None, Query()] = None) -> dict[str, Any]:
        """List the documents that the caller may read."""
        reader = library.reader(caller(request).user)
        return {"object": "list", "data": [row(one) for one in reader.documents(collection)]}

    @routes.get("/{document_id}", responses=responses(shapes.Document, 400, 404))
    def one(request: Request, document_id: str) -> dict[str, Any]:
        """Tell of one of them."""
        return row(_found(library.reader(caller(request).user), document_id))

    @routes.delete("/{document_id}", responses=responses(shapes.Removed, 400, 404))
    def remove(request: Request, document_id: str) -> dict[str, Any]:
        """Remove one from all answers to come."""
        user = caller(request).user
        document = _found(library.reader(user), document_id)
        _remove(assistant, document.id, user)
        return {"id": document.id, "object": "document", "deleted": True}

    return routes


def _remove(assistant: Assistant, document_id: str, user: str | None) -> None:
    try:
        assistant.library.remove(document_id, user)
    except BadInput as error:
        raise Problem(403, str(error)) from error
    note_deleted(assistant.store.audit, document_id, user)


def row(document: Document) -> dict[str, Any]:
    """Return a document as it is told; the digest of its bytes stays here."""
    told = {name: value for name, value in asdict(document).items() if name not in ("id", "digest")}
    return {"id": document.id, "object": "document", "document_id": document.id, **told}


def plain(name: str) -> str:
    """Return a file's name without its folders and what cannot be printed; one that has none is called so.

    >>> plain("../../etc/passwd")
    'passwd'
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    printable = "".join(one for one in last if one.isprintable()).encode("utf-8", "replace").decode().strip(" .")
    suffix = _suffix(printable)
    return printable[: LONGEST - len(suffix)].removesuffix(suffix) + suffix if printable else "unnamed"


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    return suffix if _SUFFIX.fullmatch(suffix) else ""


def _kept(file: BinaryIO, folder: Path, name: str) -> Path:
    """Write an upload to a file whose name nobody chose; only what it ends in tells what it is."""
    path = folder / f"{uuid4().hex}{_suffix(name)}"
    with path.open("wb") as target:
        shutil.copyfileobj(file, target)
    return path


def _found(reader: "Reader", document_id: str) -> Document:
    try:
        if "\0" not in document_id:  # no database has such an id, and some refuse to look for it
            return reader.document(document_id)
        raise BadInput("no id")
    except BadInput as error:
        raise Problem(404, "there is no such document: GET /v1/documents lists those there are") from error
