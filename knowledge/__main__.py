"""The knowledge base on the command line: python -m knowledge add|list|search|... (see --help)."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from knowledge.commands import documents, searching, upkeep
from knowledge.commands.border import one_line
from knowledge.errors import KnowledgeError


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
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait leave the cores to the chat beside this
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
    print("knowledge: " + one_line(error), file=sys.stderr)
    return status


def _everywhere() -> Parser:
    """Return the options that may stand before and after the command."""
    options = Parser(add_help=False)
    options.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print for machines")
    options.add_argument(
        "--home", type=Path, metavar="FOLDER", default=argparse.SUPPRESS, help="the folder that holds all state"
    )
    options.add_argument(
        "--user", metavar="NAME", default=argparse.SUPPRESS, help="act as this user; by default all may be read"
    )
    return options


def _parser() -> Parser:
    parser = Parser(prog="python -m knowledge", description=__doc__, parents=[_everywhere()])
    parser.set_defaults(json=False, home=None, user=None)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> Parser:
        added = commands.add_parser(name, help=text, description=text, parents=[_everywhere()])
        added.set_defaults(run=run)
        return added

    _add_document_commands(command)
    _add_search_commands(command)
    _add_upkeep_commands(command)
    return parser


Command = Callable[[str, Callable[[argparse.Namespace], int], str], Parser]


def _add_document_commands(command: Command) -> None:
    add = command("add", documents.add, "Add files, all files of folders, or web pages; newer versions replace older.")
    add.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or an address (https://...)")
    add.add_argument("--collection", default="default", metavar="C")
    add.add_argument("--password", metavar="P", help="opens encrypted files; or set APPRENTICE_PASSWORD")
    add.add_argument("--sync", action="store_true", help="also remove what is gone from the folder, and follow moves")
    add.add_argument("--watch", action="store_true", help="go on syncing whenever something in the folder changes")
    listing = command("list", documents.list_all, "List the documents.")
    listing.add_argument("--collection", metavar="C")
    command("show", documents.show_one, "Show a document's text.").add_argument("id", metavar="ID")
    remove = command("remove", documents.remove, "Remove documents.")
    remove.add_argument("ids", nargs="+", metavar="ID")
    release = command("release", documents.release, "Let a document that was quarantined be found.")
    release.add_argument("id", metavar="ID")


def _add_search_commands(command: Command) -> None:
    search = command("search", searching.search, "Show the passages that answer a question best.")
    search.add_argument("query", metavar="QUERY")
    search.add_argument("-k", type=_count, metavar="N", help="how many passages, 1 to 1000")
    search.add_argument("--collection", action="append", metavar="C", help="where to look; may be given several times")
    search.add_argument("--document", action="append", metavar="ID", help="look in this document alone")
    evaluate = command(
        "evaluate",
        searching.evaluate,
        "Measure the search over corpus.jsonl, queries.jsonl and qrels.tsv, or over a file of questions with answers.",
    )
    evaluate.add_argument("folder", type=Path, metavar="DIR")
    calibrate = command(
        "calibrate", searching.calibrate, "Fit, to the documents there are, when to say that they hold no answer."
    )
    rows = 'rows of {"question": ..., "answerable": true or false}; by default made from the documents'
    calibrate.add_argument("questions", type=Path, nargs="?", metavar="QUESTIONS", help=rows)


def _add_upkeep_commands(command: Command) -> None:
    verify = command("verify", upkeep.verify, "Check that text, indexes and files agree.")
    verify.add_argument("--repair", action="store_true", help="write the indexes anew where they do not")
    command("reembed", upkeep.reembed, "Build the vectors of another embedding model, and switch to them.")
    command("collections", upkeep.collections, "List the collections, and who may read them.")
    share = command("share", upkeep.share, "Say who owns a collection and who may read it.")
    share.add_argument("collection", metavar="COLLECTION")
    share.add_argument("--owner", metavar="NAME", help="who may add, remove and share; without one, every reader")
    share.add_argument("--reader", action="append", metavar="NAME", help="who may read; may be given several times")
    share.add_argument("--everyone", action="store_true", help="let everybody read it")


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
