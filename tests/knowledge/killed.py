"""What other processes do to a library: change it again and again, add to it, look at it, or die in the middle.

They are forked of one process that has imported all that it takes, as a fresh Python would take seconds for that.
"""

import json
import multiprocessing
import os
import random
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401 - imported once, by the process that all the others are forked of
import langchain_chroma  # noqa: F401

from knowledge.catalogue.catalogue import Catalogue
from knowledge.documents import Content
from knowledge.index import Index
from knowledge.library import Library
from knowledge.loaders import formats
from knowledge.loaders.cutting import Cut, Cutting, cut
from knowledge.loaders.options import Options
from knowledge.originals import Originals
from knowledge.settings import KnowledgeSettings
from tests.knowledge.doubles import HashingEncoder

FILES = 5
ENCODERS = {"one": HashingEncoder("one", 32), "two": HashingEncoder("two", 16)}
SUSPICIOUS = "zebra"


def forked() -> ForkServerContext:
    """Return what makes processes out of the one that has imported this module."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def add_and_die(settings: KnowledgeSettings, file: Path, owner: str, method: str, when: str) -> None:
    """Add a file, and kill this process before or after a step of that."""
    whole = {"Catalogue": Catalogue, "Index": Index, "Originals": Originals}[owner]
    unbroken = getattr(whole, method)

    def broken(*arguments: Any, **options: Any) -> None:
        if when == "after":
            unbroken(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    library = Library(settings, HashingEncoder(), scan)
    setattr(whole, method, broken)
    library.add(file)


def repair_and_die(settings: KnowledgeSettings) -> None:
    """Begin a repair, and kill this process when the index is empty."""
    unbroken = Index.clear

    def broken(index: Index) -> None:
        unbroken(index)
        os.kill(os.getpid(), signal.SIGKILL)

    library = Library(settings, HashingEncoder(), scan)
    setattr(Index, "clear", broken)  # noqa: B010 - mypy takes no assignment
    library.verify(repair=True)


def add(settings: KnowledgeSettings, files: Sequence[Path]) -> None:
    """Add files."""
    library = Library(settings, HashingEncoder(), scan)
    for file in files:
        library.add(file)
    library.close()


def tell_states(settings: KnowledgeSettings, told: Connection) -> None:
    """Tell in which states the documents are."""
    library = Library(settings, HashingEncoder(), scan)
    told.send([document.state for document in library.documents()])
    library.close()


class Here:
    """Reads and cuts files in this process, by the same loaders."""

    def read(self, path: Path, options: Options) -> Content:
        """Read one file."""
        return formats.load(path.name, path.read_bytes(), options)

    def cut(self, content: Content, cutting: Cutting) -> Cut:
        """Cut one document."""
        return cut(content, cutting)

    def close(self) -> None:
        """Do nothing: there is no process."""


def content(file: str, version: int, *, suspicious: bool) -> str:
    """Write a version of a file: three headings, so that it has three passages at least."""
    odd = f" A {SUSPICIOUS} came by." if suspicious else ""
    parts = [f"# Part {n} of {file}\n\nThe key {file}v{version}p{n} opens door {n}.{odd}\n" for n in range(3)]
    return "\n".join(parts)


def scan(texts: Sequence[str]) -> list[str | None]:
    """Find passages with the suspicious word."""
    return ["it speaks of zebras" if SUSPICIOUS in text else None for text in texts]


def open_library(settings: KnowledgeSettings) -> Library:
    """Open a library with the doubles of both encoders."""
    library = Library(settings, ENCODERS[settings.embedding], scan)
    library._encoders.update(ENCODERS)
    library._workers = library._cutting = Here()  # a worker process takes longer to start than its child lives
    return library


def work(settings: KnowledgeSettings, journal: Path, folder: Path, seed: int, opened: Event) -> None:
    """Change the library at random until this process is killed."""
    rng = random.Random(seed)
    library = open_library(settings)
    opened.set()
    with journal.open("a", encoding="utf-8") as lines:
        while True:
            _change(library, rng, lines, folder)


def _change(library: Library, rng: random.Random, lines: Any, folder: Path) -> None:
    def say(**row: object) -> None:
        lines.write(json.dumps(row) + "\n")
        lines.flush()

    kept = [document for document in library.documents() if document.state in ("ready", "quarantined")]
    quarantined = [document for document in kept if document.state == "quarantined"]
    what = rng.choices(("add", "remove", "release", "reembed"), (6, 1.5, 2, 2.5))[0]
    if what == "add":
        file, version, suspicious = f"f{rng.randrange(FILES)}", rng.randrange(10**9), rng.random() < 0.3
        path = folder / f"{file}.md"
        path.write_text(content(file, version, suspicious=suspicious))
        change = {"what": what, "file": file, "version": version, "suspicious": suspicious}
        say(**change)
        library.add(path, source=f"{file}.md")
    elif what == "reembed":
        change = {"what": what}
        say(**change)
        library.reembed()
        library.settings = library.settings.model_copy(
            update={"embedding": "two" if library.settings.embedding == "one" else "one"}
        )
    elif kept and what == "remove":
        chosen = rng.choice(kept)
        change = {"what": what, "file": chosen.source.removesuffix(".md"), "state": chosen.state}
        say(**change)
        library.remove(chosen.id)
    elif quarantined:
        chosen = rng.choice(quarantined)
        change = {"what": "release", "file": chosen.source.removesuffix(".md")}
        say(**change)
        library.release(chosen.id, "ada")
    else:
        return
    say(**change, done=True)
