"""The knowledge base on the command line: python -m knowledge add|list|remove|search|show|verify|evaluate."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from knowledge.errors import BadInput, KnowledgeError

if TYPE_CHECKING:
    from knowledge.documents import Document
    from knowledge.library import Library


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line."""

    def error(self, message: str) -> NoReturn:
        """Print the line and leave with exit status 2."""
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        sys.exit(2)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except KnowledgeError as error:
        return _fail(error, error.exit_status)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _fail("stopped", 130)
    except Exception as error:  # noqa: BLE001 - the border: nobody is shown a traceback
        return _fail(f"this should not happen, please report it: {type(error).__name__}: {error}", 1)


def _fail(error: object, status: int) -> int:
    print("knowledge: " + " ".join(str(error).split()), file=sys.stderr)
    return status


def _everywhere() -> Parser:
    """Return the options that may stand before and after the command."""
    options = Parser(add_help=False)
    options.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print for machines")
    options.add_argument(
        "--home", type=Path, metavar="FOLDER", default=argparse.SUPPRESS, help="the folder that holds all state"
    )
    return options


def _parser() -> Parser:
    parser = Parser(prog="python -m knowledge", description=__doc__, parents=[_everywhere()])
    parser.set_defaults(json=False, home=None)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> Parser:
        added = commands.add_parser(name, help=text, description=text, parents=[_everywhere()])
        added.set_defaults(run=run)
        return added

    add = command("add", _add, "Add files, or all files of folders; newer versions replace older ones.")
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    add.add_argument("--collection", default="default", metavar="C")
    listing = command("list", _list, "List the documents.")
    listing.add_argument("--collection", metavar="C")
    command("remove", _remove, "Remove a document.").add_argument("id", metavar="ID")
    search = command("search", _search, "Show the passages that answer a question best.")
    search.add_argument("query", metavar="QUERY")
    search.add_argument("-k", type=_count, metavar="N", help="how many passages, 1 to 1000")
    search.add_argument("--collection", action="append", metavar="C", help="where to look; may be given several times")
    command("show", _show, "Show a document's text.").add_argument("id", metavar="ID")
    verify = command("verify", _verify, "Check that text, indexes and files agree.")
    verify.add_argument("--repair", action="store_true", help="write the indexes anew where they do not")
    evaluate = command("evaluate", _evaluate, "Measure the search over corpus.jsonl, queries.jsonl and qrels.tsv.")
    evaluate.add_argument("folder", type=Path, metavar="DIR")
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def _library(options: argparse.Namespace) -> "Library":
    from knowledge.library import Library
    from knowledge.settings import load

    return Library(load(home=options.home))


def _print(options: argparse.Namespace, value: object, lines: Iterator[str]) -> None:
    """Print a value for machines or its lines for people."""
    if options.json:
        print(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            print(line)


def _add(options: argparse.Namespace) -> int:
    files = _files(options.paths)
    library = _library(options)
    rows: list[dict[str, Any]] = []
    failures: list[KnowledgeError] = []
    for number, file in enumerate(files, start=1):
        try:
            rows.append(_row(library.add(file, options.collection)))
            told = f"ready, {rows[-1]['passages']} passages"
        except BadInput as error:
            failures.append(error)
            rows.append(_failure(library, file, options.collection, error))
            told = " ".join(str(error).split())
        print(f"[{number}/{len(files)}] {file}: {told}", file=sys.stderr)
    _print(options, rows, (_line(row) for row in rows if row["state"] == "ready"))
    if not failures:
        return 0
    return failures[0].exit_status if len(failures) == len(files) else 1


def _files(paths: list[Path]) -> list[Path]:
    """Replace each folder by the files in it that can be read, but for hidden ones."""
    from knowledge.loaders.formats import LOADERS

    files: list[Path] = []
    left = 0
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = [file for file in sorted(path.rglob("*")) if file.is_file() and _seen(file.relative_to(path))]
        read = [file for file in inside if file.suffix.lower() in LOADERS]
        files += read
        left += len(inside) - len(read)
    if left:
        print(f"{left} files of other kinds left out", file=sys.stderr)
    if not files:
        raise BadInput(f"there is no file to read in {paths[0]}: put in some of {', '.join(LOADERS)}")
    return files


def _seen(path: Path) -> bool:
    return not any(part.startswith((".", "~$")) for part in path.parts)


def _failure(library: "Library", file: Path, collection: str, error: KnowledgeError) -> dict[str, Any]:
    """Describe a file that could not be added, by what was kept of it."""
    kept = [d for d in library.documents(collection) if d.source == str(file) and d.state == "failed"]
    if kept:
        return _row(kept[-1])
    return {"document_id": None, "title": file.name, "source": str(file), "collection": collection,
            "state": "failed", "passages": 0, "reason": str(error)}  # fmt: skip


def _row(document: "Document") -> dict[str, Any]:
    return {
        "document_id": document.id,
        "title": document.title,
        "source": document.source,
        "collection": document.collection,
        "state": document.state,
        "passages": document.passages,
        "reason": document.reason,
    }


def _line(row: dict[str, Any]) -> str:
    said = row["reason"] or f"{row['passages']} passages"
    return f"{row['document_id']}  {row['collection']}  {row['state']}  {row['title']}  ({row['source']}): {said}"


def _list(options: argparse.Namespace) -> int:
    rows = [_row(document) for document in _library(options).documents(options.collection)]
    _print(options, rows, map(_line, rows))
    return 0


def _remove(options: argparse.Namespace) -> int:
    _library(options).remove(options.id)
    _print(options, {"document_id": options.id, "removed": True}, iter([f"removed {options.id}"]))
    return 0


def _search(options: argparse.Namespace) -> int:
    if not options.query.strip():
        raise BadInput("the question is empty: say what to look for")
    found = [
        {
            "passage_id": p.id,
            "document_id": p.document_id,
            "title": p.title,
            "location": p.location.as_json(),
            "text": p.text,
            "score": p.score,
        }
        for p in _library(options).search(options.query, options.k, options.collection)
    ]
    _print(options, found, map(_found, range(1, len(found) + 1), found))
    return 0


def _found(number: int, row: dict[str, Any]) -> str:
    where = ", ".join(f"{name} {value}" for name, value in row["location"].items())
    text = row["text"].replace("\n", "\n   ")
    return f"{number}. {row['title']}{', ' if where else ''}{where} ({row['score']:.4f})\n   {text}\n"


def _show(options: argparse.Namespace) -> int:
    library = _library(options)
    document = library.document(options.id)
    text = library.text(options.id)
    passages = [
        {"passage_id": p.id, "start": p.start, "end": p.end, "location": p.location.as_json(), "text": p.text}
        for p in library.passages(options.id)
    ]
    whole = _row(document) | {"added_at": document.added_at, "text": text, "contents": passages}
    _print(options, whole, iter([_line(_row(document)), "", text]))
    return 0


def _verify(options: argparse.Namespace) -> int:
    report = _library(options).verify(repair=options.repair)
    value = {
        "documents": report.documents,
        "passages": report.passages,
        "problems": list(report.problems),
        "repaired": report.repaired,
    }
    summary = f"{report.documents} documents, {report.passages} passages, {len(report.problems)} problems"
    _print(options, value, iter([*report.problems, summary]))
    return 1 if report.problems else 0


def _evaluate(options: argparse.Namespace) -> int:
    from knowledge.evaluation import evaluate
    from knowledge.settings import load

    def told(stage: str, fraction: float) -> None:
        if sys.stderr.isatty():
            print(f"\r{stage} {fraction:.0%}", end="" if fraction < 1 else "\n", file=sys.stderr)

    parts = {name: scores.as_json() for name, scores in evaluate(load(home=options.home), options.folder, told).items()}
    lines = (f"{name:9} " + "  ".join(f"{n} {v}" for n, v in scores.items()) for name, scores in parts.items())
    _print(options, {"parts": parts}, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
