"""The Documents tab: upload with progress, list, delete; and the sample handbook in one click."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.samples.make import HANDBOOK
from assistant.ui import render
from assistant.ui.border import told
from knowledge.errors import KnowledgeError

TICK = 0.3
"""Seconds between two looks at how far an upload is."""
Updates = dict[Any, Any]


class DocumentsTab:
    """Builds the tab and answers its clicks."""

    def __init__(self, assistant: Assistant) -> None:
        self._library = assistant.library
        self._one_at_a_time = threading.Lock()
        self._list: gr.HTML
        self._progress: gr.HTML
        self._chosen: gr.Dropdown

    def build(self) -> None:
        """Lay the tab out; called inside of the page's Blocks."""
        gr.Markdown(
            "Markdown, text, HTML, PDF and Word documents. Answers quote them, and nothing leaves this machine."
        )
        with gr.Row():
            upload = gr.UploadButton("Upload documents", file_count="multiple", variant="primary", elem_id="upload")
            sample = gr.Button("Load the sample handbook")
            refresh = gr.Button("Refresh")
        self._progress = gr.HTML("", elem_id="progress")
        self._list = gr.HTML("", elem_id="documents")
        with gr.Row():
            self._chosen = gr.Dropdown([], label="Documents to delete", multiselect=True, filterable=True, scale=4)
            delete = gr.Button("Delete documents", variant="stop", scale=1)
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        upload.upload(self._upload, upload, self.shown(), concurrency_limit=None, **quiet)
        sample.click(self._load_sample, None, self.shown(), concurrency_limit=None, **quiet)
        refresh.click(told(self.view), None, self.shown(), **quiet)
        delete.click(told(self._delete), self._chosen, self.shown(), **quiet)

    def shown(self) -> list[Any]:
        """The components that a view of the documents sets."""
        return [self._progress, self._list, self._chosen]

    def view(self) -> Updates:
        """Show the documents as they are now."""
        documents = self._library.documents()
        choices = [(f"{d.title} ({Path(d.source).name})", d.id) for d in documents]
        return {self._list: render.documents(documents), self._chosen: gr.update(choices=choices, value=[])}

    def _upload(self, files: Sequence[str] | None) -> Iterator[Updates]:
        paths = [Path(file) for file in files or []]
        yield from self._add([(path, path.name) for path in paths])
        for path in paths:  # the library keeps its own copy, and deletes it with the document
            path.unlink(missing_ok=True)

    def _load_sample(self) -> Iterator[Updates]:
        files = sorted(path for path in HANDBOOK.iterdir() if path.is_file())
        yield from self._add([(path, f"sample handbook/{path.name}") for path in files])

    def _add(self, files: Sequence[tuple[Path, str]]) -> Iterator[Updates]:
        """Add the files in a thread of its own, and show again and again how far each of them is."""
        states = [(name, "waiting", 0.0) for _, name in files]

        def add_all() -> None:
            with self._one_at_a_time:
                for at, (path, name) in enumerate(files):
                    states[at] = self._add_one(path, name, states, at)

        with ThreadPoolExecutor(1, thread_name_prefix="upload") as pool:
            work: Future[None] = pool.submit(add_all)
            while not work.done():
                yield {self._progress: render.uploads(states)}
                threading.Event().wait(TICK)
        work.result()
        yield {self._progress: render.uploads(states), **self.view()}

    def _add_one(self, path: Path, name: str, states: list[tuple[str, str, float]], at: int) -> tuple[str, str, float]:
        def tell(stage: str, share: float) -> None:
            states[at] = (name, stage, share)

        try:
            document = self._library.add(path, on_progress=tell, source=name)
        except KnowledgeError as error:
            return name, str(error), 0.0
        return name, f"{document.state}, {document.passages} passages", 1.0

    def _delete(self, chosen: Sequence[str] | None) -> Updates:
        for document_id in chosen or []:
            self._library.remove(document_id)
        return {self._progress: "", **self.view()}
