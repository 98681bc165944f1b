"""What an answer may be given from: the collections and documents that whoever asks can choose among."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.ui.chat_layout import ALL, Parts
from knowledge.reader import Reader


def offered(parts: Parts, reader: Reader, collections: Sequence[str], chosen: str | None) -> dict[Any, Any]:
    """Offer the collections and documents that there are now; what was chosen stays chosen where it still is.

    Args:
        parts: the components of the tab.
        reader: the documents as whoever asks may see them.
        collections: those that were chosen.
        chosen: the id of the one document that was chosen to be read.
    """
    names = [collection.name for collection in reader.collections()]
    ready = [document for document in reader.documents() if document.state == "ready"]
    documents = sorted((f"{d.title} ({Path(d.source).name})", d.id) for d in ready)
    there = chosen if chosen in {document.id for document in ready} else ""
    kept = [name for name in collections if name in names]
    return {
        parts.collections: gr.update(choices=names, value=kept, visible=len(names) > 1),
        parts.document: gr.update(choices=[ALL, *documents], value=there),
    }
