"""What becomes of every file of a folder of many formats: read, or refused with a reason; how long, and no crash.

Run: python -m benchmarks.formats DIR [--json]. Writes benchmarks/results/formats.json: numbers for each kind, no names.
"""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from knowledge.errors import UnreadableFile, UnsupportedFormat
from knowledge.loaders.options import Options
from knowledge.loaders.workers import Workers

RESULTS = Path(__file__).parent / "results" / "formats.json"
FAILURES = ("crash", "is damaged (", "unlike others of its kind", "takes longer than", "needs more than")
"""Words of refusals that tell of a reader that failed, not of a file that cannot be read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    kind: str
    file: str
    seconds: float
    reason: str | None = None
    """Why it was refused."""
    characters: int = 0
    notes: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """What became of the files of one kind."""

    files: int
    read: int
    refused: int
    """With a reason that says what to do."""
    failed: int
    """Refused as a reader crashed, threw, took too long or too much memory."""
    empty: int
    """Read, but to no text."""
    with_notes: int
    """Read, but for parts that are named."""
    seconds_max: float
    characters: int


def main() -> None:
    """Read all files, print the table and the refusals, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    files = sorted(p for p in arguments.folder.rglob("*") if p.is_file() and not p.name.startswith("_LICENCE"))
    workers = Workers(arguments.workers)
    outcomes = [_read(workers, arguments.folder, file) for file in files]
    workers.close()
    kinds = {kind: _sum(o for o in outcomes if o.kind == kind) for kind in sorted({o.kind for o in outcomes})}
    figures = {
        "set": "test files of docling, markitdown and pypdf",
        "command": "python -m benchmarks.formats DIR",
        "all": asdict(_sum(outcomes)),
        "kinds": {kind: asdict(found) for kind, found in kinds.items()},
    }
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(figures))
        return
    _print(kinds, outcomes)


def _read(workers: Workers, folder: Path, file: Path) -> Outcome:
    kind = file.suffix.lower() or "none"
    name = str(file.relative_to(folder))
    began = time.perf_counter()
    try:
        content = workers.read(file, Options())
    except (UnreadableFile, UnsupportedFormat) as error:
        return Outcome(kind, name, time.perf_counter() - began, str(error))
    seconds = time.perf_counter() - began
    return Outcome(kind, name, seconds, None, len("".join(content.text.split())), len(content.notes))


def _sum(outcomes: Iterable[Outcome]) -> Kind:
    every = list(outcomes)
    read = [o for o in every if o.reason is None]
    failed = [o for o in every if o.reason and any(words in o.reason for words in FAILURES)]
    return Kind(
        files=len(every),
        read=len(read),
        refused=len(every) - len(read) - len(failed),
        failed=len(failed),
        empty=sum(not o.characters for o in read),
        with_notes=sum(o.notes > 0 for o in read),
        seconds_max=round(max(o.seconds for o in every), 2),
        characters=sum(o.characters for o in read),
    )


def _print(kinds: dict[str, Kind], outcomes: Sequence[Outcome]) -> None:
    columns = ("files", "read", "refused", "failed", "empty", "with_notes", "seconds_max")
    print(f"{'kind':10}" + "".join(f"{column:>13}" for column in columns))
    for kind, found in [*kinds.items(), ("all", _sum(outcomes))]:
        print(f"{kind:10}" + "".join(f"{getattr(found, column):>13}" for column in columns))
    for outcome in outcomes:
        if outcome.reason:
            print(f"refused: {outcome.file}: {outcome.reason}")


if __name__ == "__main__":
    main()
