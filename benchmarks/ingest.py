"""Ingest against the embedder's own rate: python -m benchmarks.ingest FOLDER.

A folder is added to a new library, and then again with nothing changed. In the same run its passages are embedded once
more by the encoder alone, which sorts them by length: the rest is what reading, cutting and storing cost. What is
loaded once counts on neither side: the encoder; with a first small file the index and the processes that read and cut.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from benchmarks.machine import clock, lent
from knowledge.chunking import embedded_text
from knowledge.embeddings import EMBEDDED, Encoder
from knowledge.jobs import Job
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings
from knowledge.syncing import files

RESULTS = Path(__file__).parent / "results" / "ingest.json"


def main() -> None:
    """Measure and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    encoder = Encoder(EMBEDDED)
    encoder.encode(["warm"] * 64)
    with tempfile.TemporaryDirectory() as home:
        library = Library(KnowledgeSettings(home=Path(home)), encoder)
        starting = _timed(lambda: _start(library, Path(home)))
        begun = clock()
        first, passages, failed = _add(library, folder)
        lent_first, begun = lent(begun), clock()
        texts = [
            embedded_text(stored.lead, stored.passage.text)
            for document in library.documents()
            for stored in library.stored(document.id)
        ]
        alone = _timed(lambda: encoder.encode(texts))
        lent_alone = lent(begun)
        again, embedded, _ = _add(library, folder)
        library.close()
    figures = {
        "files": len(files(folder)),
        "failed": failed,
        "seconds_to_start": round(starting, 1),
        "passages": passages,
        "passages_per_second": round(passages / first, 1),
        "embedder_alone_per_second": round(len(texts) / alone, 1),
        "share_of_the_embedders_rate": round((passages / first) / (len(texts) / alone), 3),
        "share_of_the_cores_lent_to_others": [lent_first, lent_alone],
        "again_times_faster": round(first / again, 1),
        "again_passages_embedded": embedded,
    }
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def _add(library: Library, folder: Path) -> tuple[float, int, int]:
    """Return the seconds, how many passages were read anew, and how many files failed."""
    started = time.perf_counter()
    outcomes = list(library.add_all(Job(file) for file in files(folder)))
    seconds = time.perf_counter() - started
    fresh = sum(outcome.document.passages for outcome in outcomes if outcome.fresh and outcome.document)
    return seconds, fresh, sum(outcome.error is not None for outcome in outcomes)


def _start(library: Library, home: Path) -> None:
    """Add a small file, and remove it again."""
    file = home / "first.md"
    file.write_text("# First\n\nOne sentence.\n", encoding="utf-8")
    library.remove(library.add(file).id)


def _timed(work: object) -> float:
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
