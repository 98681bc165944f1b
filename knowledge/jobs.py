"""What is asked of the library to add, and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from knowledge.documents import DEFAULT_COLLECTION, Document
from knowledge.errors import KnowledgeError

Scan = Callable[[Sequence[str]], Sequence[str | None]]
"""Passages to why each is suspicious, or None where it is not."""


@dataclass(frozen=True, slots=True)
class Job:
    """A file, or a web page, to add."""

    path: Path | None = None
    url: str | None = None
    collection: str = DEFAULT_COLLECTION
    source: str | None = None
    """The name to know it by, where `path` is only a temporary copy of it."""
    password: str | None = None
    """Opens it where it is encrypted; not kept."""
    user: str | None = None
    """Who adds it; None is whoever runs this machine."""
    temporary: bool = False
    """Whether the file is deleted once it was added."""
    id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def name(self) -> str:
        """What to call it before it was read."""
        return self.source or self.url or str(self.path)

    @property
    def origin(self) -> str:
        """What a newer version has in common with it: the whole path, or the name given.

        A link is known by its own place, not by that of the file it leads to, which may lie outside of a folder.
        """
        path = self.path or Path()
        return self.source or self.url or storable(path.parent.resolve() / path.name)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job."""

    job: Job
    document: Document | None
    """As it is kept, failed ones too; None where nothing is kept of it."""
    error: KnowledgeError | None = None
    fresh: bool = False
    """Whether it was read anew; else its bytes were there already."""


Told = Callable[[Job, str, float], None]
"""Is told of a job what is done with it, and how much of that, from 0 to 1."""


def storable(path: Path) -> str:
    """Return a path as text that any database holds; bytes that are no letters are spelt, so that none are alike."""
    return str(path).encode(errors="backslashreplace").decode()
