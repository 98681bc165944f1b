"""Collections: who owns them, and who may read them."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.ui import listings
from assistant.ui.border import told
from assistant.ui.personal import Personal
from knowledge.documents import Collection, Document

EVERYBODY, SOME = "Everybody", "Only the owner and the readers named below"
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class Sharing(Personal):
    """A table of the collections, and fields to change one."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._library = assistant.library

    def build(self) -> None:
        """Lay it out."""
        with gr.Accordion("Collections: owners and readers", open=False, elem_id="sharing"):
            self._table = gr.HTML("", elem_id="collections")
            self._name = gr.Dropdown([], label="Collection to share", allow_custom_value=True, elem_id="to-share")
            self._filled = gr.State(None)
            # Shown with what is known of the chosen collection, so that nobody types into what is filled in later.
            with gr.Column(visible=False) as self._fields:
                self._owner = gr.Textbox(
                    "", label="Owner", info="May add, delete and share; empty: everybody may", max_lines=1
                )
                self._who = gr.Radio([EVERYBODY, SOME], value=EVERYBODY, label="Who may read it")
                self._readers = gr.Textbox("", label="Readers", info="Names of users, separated by commas", max_lines=3)
                self._save = gr.Button("Save the collection")

    def wire(self, view: Callable[..., Updates], kept: list[Any], shown: list[Any]) -> None:
        """Answer the clicks, with a fresh view of the tab after what changes it."""

        def save(name: str | None, owner: str, who: str, readers: str, *values: Any) -> Updates:
            self._library.put_collection(typed(name or "", owner, who, readers), user=self._user)
            gr.Info("The collection is saved.")
            return view(*values)

        fields = [self._owner, self._who, self._readers]
        self._name.change(told(self._fill), self._name, [self._filled, self._fields, *fields], **QUIET)
        # What is saved is the collection whose owner and readers were shown, whatever was chosen since.
        self._save.click(told(save), [self._filled, *fields, *kept], shown, **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._table, self._name]

    def view(self, documents: Sequence[Document]) -> Updates:
        """Show the collections that the user may read, and offer those that may be changed."""
        found = self._reader.collections()
        names = [document.collection for document in documents]
        return {
            self._table: listings.collections(found, names.count),
            self._name: gr.update(choices=[c.name for c in found if c.writable(self._user)]),
        }

    def _fill(self, name: str | None) -> tuple[str, Any, str, str, str]:
        name = (name or "").strip()
        known = next((c for c in self._reader.collections() if c.name == name), Collection(name))
        who = EVERYBODY if known.readers is None else SOME
        return name, gr.update(visible=bool(name)), known.owner or "", who, ", ".join(known.readers or ())


def typed(name: str, owner: str, who: str, readers: str) -> Collection:
    """Build a collection out of what was typed."""
    names = tuple(dict.fromkeys(filter(None, (part.strip() for part in readers.replace("\n", ",").split(",")))))
    return Collection(name.strip(), owner.strip() or None, None if who == EVERYBODY else names)
