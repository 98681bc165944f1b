"""Documents for pretraining: text and Markdown files, JSONL rows with a `text`, or a folder of such files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import BadInput
from finetune.formats import source
from finetune.formats.rows import Problem, Row, bytes_problem

PLAIN = (".txt", ".md", ".markdown", ".text")
ROWS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")


@dataclass(frozen=True, slots=True)
class Document:
    """A text to learn from as it is, and where it came from."""

    name: str
    """The file within the folder, with the line for a row of it."""
    text: str


def documents(path: Path) -> list[Document]:
    """Read all documents of a file, or of a folder and those below it; hidden files and other kinds are passed over.

    Raises:
        BadInput: there is nothing to read, or a file is not UTF-8, or a row has no text; the text names it.
    """
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if _is_wanted(file, path)]
        found = [one for file in files for one in _file(file, file.relative_to(path).as_posix())]
    else:
        found = list(_file(path, path.name))
    if not found:
        raise BadInput(f"{path} holds no documents: give .txt, .md or JSONL files with a text in each row")
    return found


def _is_wanted(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and file.is_file() and source.suffix(file) in (*PLAIN, *ROWS)


def _file(file: Path, name: str) -> Iterable[Document]:
    return _texts(file, name) if source.suffix(file) in ROWS else _text(file, name)


def _text(file: Path, name: str) -> Iterator[Document]:
    try:
        text = source.decode(source.unpack(file, source.load(file)))
    except BadInput as error:
        raise BadInput(str(error) if str(file) in str(error) else f"{file}: {error}") from error
    if found := bytes_problem(text, 1):
        raise BadInput(f"{file}:{found.line}: {found.text}")
    if text.strip():
        yield Document(name, text)


def _texts(file: Path, name: str) -> Iterator[Document]:
    for item in source.read(file).items:
        text = item.cells.get("text") if isinstance(item, Row) else None
        if not isinstance(text, str):
            wrong = item.text if isinstance(item, Problem) else "a document needs its words under `text`"
            raise BadInput(f"{file}:{item.line}: {wrong}")
        if text.strip():
            yield Document(f"{name}:{item.line}", text)
