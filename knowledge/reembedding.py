"""Another encoder: its vectors are built beside those that serve, and take their place when they are complete.

The catalogue says which passages lack a vector of the new generation, and nothing else is gone by: so a reembedding
that was broken off goes on where it was, and documents that came in meanwhile are not forgotten.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.rows import Generation, Pending
from knowledge.chunking import embedded_text
from knowledge.index import Index

SOME = 256
"""Passages embedded, and kept, at a time."""

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """An encoder, as far as it is needed here."""

    def stretches(self, text: str) -> list[str]:
        """Cut a text of any length into stretches that it can read."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that it can read, to unit length."""
        ...


def reembed(
    catalogue: Catalogue,
    index: Index,
    encoder_name: str,
    encoder: Embedder,
    on_progress: Callable[[float], None] | None = None,
) -> Generation:
    """Embed all passages by another encoder and let its vectors serve; return their generation.

    Until then the older vectors serve. Where the encoder serves already, only what is left of others is cleared away.

    Args:
        catalogue: whose passages.
        index: which follows the catalogue.
        encoder_name: as the settings name it.
        encoder: the encoder of this name.
        on_progress: is told the share of passages that are embedded, from 0 to 1.

    Raises:
        IndexUnavailable: the catalogue or the index cannot be written, or another encoder was chosen meanwhile.
    """
    generation = catalogue.begin_generation(encoder_name)
    sweep(catalogue, index)
    told = on_progress or (lambda share: None)
    while not catalogue.switch(generation.id):
        pending = catalogue.unembedded(generation.id, SOME)
        _put(catalogue, index, generation, pending, encoder)
        told(catalogue.share(generation.id))
    clear(catalogue, index)
    told(1.0)
    return generation


def clear(catalogue: Catalogue, index: Index) -> None:
    """Clear away the vectors of generations that serve no more."""
    for generation in catalogue.dropped():
        index.drop(generation)
        catalogue.forget(generation)


def sweep(catalogue: Catalogue, index: Index) -> None:
    """Take out of the index what a reembedding that was broken off put in for passages that are gone since."""
    clear(catalogue, index)
    building = catalogue.building()
    if building is None:
        return
    there = {name.rpartition(":")[0] for name in index.ids(building.id) - catalogue.embedded_ids(building.id)}
    for document_id in there:
        if catalogue.document(document_id) is None:
            index.remove(document_id)


def _put(
    catalogue: Catalogue, index: Index, generation: Generation, pending: Sequence[Pending], encoder: Embedder
) -> None:
    """Embed passages, and put their vectors first into the index, then into the catalogue."""
    vectors = _embed([embedded_text(p.lead, p.text) for p in pending], encoder)
    for collection in {p.collection for p in pending}:
        places = [i for i, p in enumerate(pending) if p.collection == collection]
        some, own = [pending[i] for i in places], vectors[places]
        index.put(generation.id, collection, [p.document_id for p in some], [p.id for p in some], own)
        there = catalogue.put_vectors(generation.id, [p.id for p in some], own)
        # Whoever removed a document before this could not take out of the index what was not yet in it.
        for document_id in {p.document_id for p in some if p.id not in there}:
            index.remove(document_id)


def _embed(texts: Sequence[str], encoder: Embedder) -> Vectors:
    """Embed texts; one that is too long for the encoder becomes the mean of its stretches."""
    stretches = [encoder.stretches(text) for text in texts]
    vectors = encoder.encode([stretch for some in stretches for stretch in some])
    means = []
    first = 0
    for some in stretches:
        mean = vectors[first : first + len(some)].mean(axis=0)
        means.append(mean / max(float(np.linalg.norm(mean)), 1e-9))
        first += len(some)
    return np.stack(means) if means else np.zeros((0, 0), dtype=np.float32)
