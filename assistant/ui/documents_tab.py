"""The Documents tab: add in the background, find in the list, delete, review what is quarantined, share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import gradio as gr

from assistant.assembly import Assistant
from assistant.audit import note_added
from assistant.samples.make import HANDBOOK
from assistant.ui import listings
from assistant.ui.border import told
from assistant.ui.deletion import Deletion
from assistant.ui.personal import Personal
from assistant.ui.quarantine import Quarantine
from assistant.ui.sharing import Sharing
from knowledge.documents import DEFAULT_COLLECTION, Document
from knowledge.errors import KnowledgeError
from knowledge.ingestion import Progress
from knowledge.jobs import Job

TICK = 0.7
"""Seconds between two looks at how far what was added is, while there is something to look at."""
ANY = "Any state"
STATES = (ANY, "ready", "reading", "quarantined", "failed")
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class DocumentsTab(Personal):
    """Builds the tab and answers its clicks; what is added goes on when the page is closed."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._library = assistant.library
        self._deletion = Deletion(assistant)
        self._quarantine = Quarantine(assistant)
        self._sharing = Sharing(assistant)

    def build(self) -> None:
        """Lay the tab out and wire it; called inside of the page's Blocks."""
        upload, sample, fetch = self._lay_out_adding()
        self._progress = gr.HTML("", elem_id="progress")
        self._timer = gr.Timer(TICK, active=False)
        self._seen = gr.State(None)
        self._quarantine.build()
        refresh = self._lay_out_list()
        self._deletion.build()
        self._sharing.build()
        how = [self._collection, self._password]
        upload.upload(told(self._upload), [upload, *how], self.shown(), **QUIET)
        for event in (fetch.click, self._address.submit):
            event(told(self._fetch), [self._address, *how], [self._address, *self.shown()], **QUIET)
        sample.click(told(self._load_sample), self._collection, self.shown(), **QUIET)
        refresh.click(told(self.view), self.kept(), self.shown(), **QUIET)
        filters = [self._words, self._state]
        for part in filters:
            part.change(told(self._listed), filters, self._list, **QUIET)
        self._timer.tick(told(self._watch), [self._seen, *self.kept()], self.shown(), **QUIET)
        for panel in (self._deletion, self._quarantine, self._sharing):
            panel.wire(self.view, self.kept(), self.shown())

    def _lay_out_adding(self) -> tuple[gr.UploadButton, gr.Button, gr.Button]:
        gr.Markdown(
            "### Add documents\nPDF, Word, PowerPoint, Excel, OpenDocument, EPUB, web pages, e-mails, Markdown, code, "
            "pictures of text, and ZIP archives of these. Answers quote them, and nothing leaves this machine."
        )
        with gr.Row(equal_height=True, elem_id="adding"):
            self._collection = gr.Dropdown(
                [DEFAULT_COLLECTION], value=DEFAULT_COLLECTION, label="Collection", allow_custom_value=True,
                info="Choose one, or type the name of a new one", scale=3, elem_id="collection",
            )  # fmt: skip
            self._password = gr.Textbox(
                "", label="Password", type="password", info="Only for encrypted files; it is not kept", scale=2
            )
            with gr.Column(scale=2, min_width=200):
                upload = gr.UploadButton("Upload documents", file_count="multiple", variant="primary", elem_id="upload")
                sample = gr.Button("Load the sample handbook")
        with gr.Row(equal_height=True):
            self._address = gr.Textbox(
                "", label="Web page", placeholder="https://…", max_lines=1, scale=5, container=False, show_label=False,
                html_attributes=gr.InputHTMLAttributes(autocomplete="off"), elem_id="address",
            )  # fmt: skip
            fetch = gr.Button("Add the web page", scale=2, min_width=200)
        return upload, sample, fetch

    def _lay_out_list(self) -> gr.Button:
        with gr.Row(equal_height=True):
            gr.Markdown("### Documents", elem_id="documents-title")
            self._words = gr.Textbox(
                "", label="Filter", placeholder="Filter by title, file, collection or reason …", max_lines=1, scale=4,
                container=False, show_label=False, elem_id="filter",
            )  # fmt: skip
            self._state = gr.Dropdown(
                list(STATES), value=ANY, label="State", container=False, show_label=False, scale=1, min_width=140
            )
            refresh = gr.Button("Refresh", scale=1, min_width=100)
        self._list = gr.HTML("", elem_id="documents")
        return refresh

    def kept(self) -> list[Any]:
        """The components whose values a view goes by, and keeps where it can."""
        return [self._words, self._state, self._quarantine.open, self._deletion.chosen]

    def shown(self) -> list[Any]:
        """The components that a view of the documents sets."""
        own = [self._progress, self._timer, self._seen, self._list, self._collection]
        return [*own, *self._deletion.shown(), *self._quarantine.shown(), *self._sharing.shown()]

    def view(self, words: str, state: str, opened: str | None, chosen: Sequence[str] | None) -> Updates:
        """Show the documents as they are now.

        Args:
            words: what the listed documents must hold.
            state: which state they must be in.
            opened: the id of the quarantined document that is open.
            chosen: the ids of the documents that are chosen to be deleted.
        """
        documents = self._reader.documents()
        names = [c.name for c in self._reader.collections() if c.writable(self._user)]
        writable = [document for document in documents if document.collection in names]
        return {
            **self._progressed(self._jobs()),
            self._list: listings.documents(matching(documents, words, state), len(documents)),
            self._collection: gr.update(choices=sorted({DEFAULT_COLLECTION, *names})),
            **self._deletion.view(writable, chosen or []),
            **self._quarantine.view(writable, opened),
            **self._sharing.view(documents),
        }

    def _listed(self, words: str, state: str) -> str:
        documents = self._reader.documents()
        return listings.documents(matching(documents, words, state), len(documents))

    # Adding

    def _upload(self, files: Sequence[str] | None, collection: str | None, password: str | None) -> Updates:
        how: dict[str, Any] = {"password": password or None, "temporary": True}
        paths = [Path(file) for file in files or []]
        self._assistant.limits.types([path.name for path in paths])
        self._assistant.limits.uploads(self.caller, len(paths))
        return self._submit([self._job(collection, path=taken(path), source=path.name, **how) for path in paths])

    def _fetch(self, address: str, collection: str | None, _password: str | None) -> Updates:
        if not address.strip():
            return {self._address: ""}
        self._assistant.limits.uploads(self.caller, 1)
        return {self._address: "", **self._submit([self._job(collection, url=address.strip())])}

    def _load_sample(self, collection: str | None) -> Updates:
        files = sorted(path for path in HANDBOOK.iterdir() if path.is_file())
        return self._submit([self._job(collection, path=p, source=f"sample handbook/{p.name}") for p in files])

    def _job(self, collection: str | None, **what: Any) -> Job:
        return Job(collection=(collection or "").strip() or DEFAULT_COLLECTION, user=self._user, **what)

    def _submit(self, jobs: Sequence[Job]) -> Updates:
        if not self._library.ingestion.busy():
            self._library.ingestion.clear()
        note_added(self._assistant.store.audit, [(job.name, job.collection) for job in jobs], self._user)
        self._library.ingestion.submit(jobs)
        # Some may have come to their end already, so that the next look shows the list in any case.
        return {**self._progressed(self._jobs()), self._timer: gr.Timer(TICK, active=True), self._seen: None}

    # Progress

    def _jobs(self) -> list[Progress]:
        """List what is being added, or was last, by this user."""
        jobs = self._library.ingestion.progress()
        return [job for job in jobs if self._user is None or job.user == self._user]

    def _progressed(self, jobs: Sequence[Progress]) -> Updates:
        return {
            self._progress: listings.progress(jobs),
            self._timer: gr.Timer(TICK, active=any(not job.ended for job in jobs)),
            self._seen: _ended(jobs),
        }

    def _watch(self, seen: str | None, *kept: Any) -> Updates:
        """Show how far it is, and the list too where another file has come to its end since this page last looked."""
        jobs = self._jobs()
        if _ended(jobs) == seen:
            return self._progressed(jobs)
        try:
            return self.view(*kept)
        except KnowledgeError as error:
            gr.Warning(str(error))  # told once, and not at each tick until the documents can be listed again
            return self._progressed(jobs)


def taken(path: Path) -> Path:
    """Give an uploaded file a name of its own: the same file uploaded once more comes to lie where this one did."""
    return path.rename(path.with_name(f"{uuid4().hex}{path.suffix}"))


def _ended(jobs: Sequence[Progress]) -> str:
    """Tell how many have ended of how many."""
    return f"{sum(job.ended for job in jobs)}/{len(jobs)}"


def matching(documents: Sequence[Document], words: str, state: str) -> list[Document]:
    """Keep the documents that hold all these words and are in this state; the newest first."""
    wanted = words.casefold().split()
    return [
        document
        for document in reversed(documents)
        if state in (ANY, document.state) and all(word in _told(document) for word in wanted)
    ]


def _told(document: Document) -> str:
    return f"{document.title} {document.source} {document.collection} {document.reason or ''}".casefold()
