"""The Chat tab: conversations, the streamed answer, its sources, and the thumbs."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from assistant.appeals import appeal
from assistant.assembly import Assistant
from assistant.events import Delta, Done, Event, Found
from assistant.turns import Rating, Thumb, Turn
from assistant.ui import appealing, pinning, render, wishing
from assistant.ui.answer_row import controls
from assistant.ui.border import ERRORS, told
from assistant.ui.chat_layout import BEST_OF, Parts, lay_out
from assistant.ui.personal import Personal
from assistant.ui.sessions import Sessions
from assistant.ui.streams import Streams
from assistant.wishes import Wishes
from finetune import rewards

Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class ChatTab(Personal):
    """Builds the tab and answers its clicks; what is kept is in the store, what is shown is read from there."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._store = assistant.store
        self._engine = assistant.engine
        self._registry = assistant.registry
        self._rails = assistant.rails
        self._streams = Streams()
        self.sessions = Sessions()
        self.parts: Parts

    def build(self) -> None:
        """Lay the tab out and wire it; called inside of the page's Blocks."""
        self.parts, new, rename, delete, save = lay_out()
        self._wire_conversations(new, rename, delete)
        self._wire_answers()
        self._wire_ratings(save)

    # Which click does what

    def _wire_conversations(self, new: gr.Button, rename: gr.Button, delete: gr.Button) -> None:
        p, shown = self.parts, self.shown()
        new.click(told(self._new), None, shown, **QUIET)
        p.conversations.input(told(self._view), p.conversations, shown, **QUIET)
        for event in (rename.click, p.title.submit):
            event(told(self._rename), [p.conversations, p.title, p.selected], shown, **QUIET)
        delete.click(told(self._delete), p.conversations, shown, **QUIET)
        p.pinned.input(told(self._pin), [p.conversations, p.pinned, p.selected], shown, **QUIET)

    def _wire_answers(self) -> None:
        p, shown = self.parts, self.shown()
        for event in (p.send.click, p.message.submit):
            event(told(self._send), [p.message, p.conversations, *p.wishes()], shown, concurrency_limit=None, **QUIET)
        p.regenerate.click(told(self._regenerate), [p.selected, *p.wishes()], shown, concurrency_limit=None, **QUIET)
        p.best.click(told(self._best), [p.selected, *p.wishes()], shown, concurrency_limit=None, **QUIET)
        p.stop.click(told(self._stop), None, None, queue=False, **QUIET)
        p.chat.select(told(self._select), p.conversations, shown, **QUIET)
        p.previous.click(told(partial(self._step, by=-1)), p.selected, shown, **QUIET)
        p.next.click(told(partial(self._step, by=1)), p.selected, shown, **QUIET)

    def _wire_ratings(self, save: gr.Button) -> None:
        p, shown = self.parts, self.shown()
        p.good.click(told(partial(self._thumb, thumb="up")), p.selected, shown, **QUIET)
        p.bad.click(told(partial(self._thumb, thumb="down")), p.selected, shown, **QUIET)
        p.appeal.click(told(self._appeal), p.selected, shown, **QUIET)
        save.click(told(self._save), [p.selected, p.reasons, p.comment, p.correction], shown, **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view of a conversation sets."""
        return self.parts.shown()

    # What is shown

    @property
    def _threshold(self) -> float:
        """From which score on a sentence counts as supported, by the policy as it is now."""
        return self._rails.settings.grounding.threshold

    def opened(self, remembered: str | None) -> Updates:
        """Show the conversation that this browser had open last."""
        return self._view(remembered)

    def choices(self, collections: list[str] | None, chosen: str | None) -> Updates:
        """Offer the collections and documents that there are now; what was chosen stays chosen where it still is."""
        return wishing.offered(self.parts, self._reader, collections or [], chosen)

    def _places(self, conversation_id: str | None) -> list[tuple[Turn, list[str]]]:
        """List the shown turns of a conversation as this user may see them, each with the ids of its siblings."""
        if conversation_id:
            self._store.check_owner(conversation_id, self.caller.owner)
        access, originals = self._access(), self.sessions.current()
        forbidden = access.forbidden(self._store.turns(conversation_id or ""))
        places = self._store.siblings(conversation_id or "")
        return [(originals.shown(access.shown(turn, forbidden)), ids) for turn, ids in places]

    def _controls(self, selected: Turn | None, ids: list[str]) -> Updates:
        appeals = self._store.appeals.of_turn(selected.id) if selected else []
        rewarded = rewards.latest(self._registry, self._engine.serving.base) is not None
        return controls(self.parts, selected, ids, appeals, rewarded=rewarded)

    def _view(self, conversation_id: str | None, turn_id: str | None = None) -> Updates:
        """Show a conversation as it is stored, with one answer selected: the last one, where none is named."""
        conversations = self._store.conversations(user=self.caller.owner)
        conversation = next((one for one in conversations if one.id == conversation_id), None)
        conversation_id = conversation.id if conversation else None
        places = self._places(conversation_id)
        turns = [turn for turn, _ in places]
        selected, ids = next(((t, ids) for t, ids in places if t.id == turn_id), places[-1] if places else (None, []))
        return {
            self.parts.conversations: gr.update(
                choices=[(c.title, c.id) for c in conversations], value=conversation_id
            ),
            self.parts.title: conversation.title if conversation else "",
            self.parts.pinned: pinning.offered(self._registry, conversation),
            self.parts.chat: render.messages(turns, self._threshold),
            self.parts.send: gr.update(visible=True),
            self.parts.stop: gr.update(visible=False),
            self.parts.remembered: conversation_id,
            self.parts.selected: selected.id if selected else None,
            self.parts.sources: render.sources(selected),
            **self._controls(selected, ids),
        }

    def _turn(self, turn_id: str | None) -> Turn:
        """Return a turn out of a conversation of whoever clicks."""
        return self._store.turn(turn_id or "", self.caller.owner)

    # Conversations

    def _own(self, conversation_id: str | None) -> str:
        """Return a conversation of whoever clicks, begun where there is none yet."""
        if not conversation_id:
            return self._store.add_conversation(user=self.caller.owner).id
        self._store.check_owner(conversation_id, self.caller.owner)
        return conversation_id

    def _new(self) -> Updates:
        return self._view(None)

    def _rename(self, conversation_id: str | None, title: str, turn_id: str | None) -> Updates:
        if conversation_id:
            self._store.check_owner(conversation_id, self.caller.owner)
            self._store.rename(conversation_id, self._engine.masked(title))
        return self._view(conversation_id, turn_id)

    def _pin(self, conversation_id: str | None, value: str | None, turn_id: str | None) -> Updates:
        """Let one adapter answer in this conversation, which begins with it where there is none yet."""
        conversation_id = self._own(conversation_id)
        self._engine.pin(conversation_id, pinning.chosen(value))
        return self._view(conversation_id, turn_id)

    def _delete(self, conversation_id: str | None) -> Updates:
        if conversation_id:
            self._store.check_owner(conversation_id, self.caller.owner)
            self._store.delete(conversation_id)
            self.sessions.current().forget(conversation_id)
        return self._view(None)

    # Answers

    def _send(
        self,
        text: str,
        conversation_id: str | None,
        documents: bool,
        collections: list[str] | None,
        document: str | None,
        request: gr.Request,
    ) -> Iterator[Updates]:
        question = text.strip()
        if not question:
            yield {self.parts.message: ""}
            return
        conversation_id = self._own(conversation_id)
        wishes = self._wishes(documents, collections, document)
        writing = self._streams.begin(str(request.session_hash))
        with self._assistant.limits.answer(self.caller), writing as stop:  # from here on the answer before it is stored
            shown = render.messages([turn for turn, _ in self._places(conversation_id)], self._threshold)
            shown.append({"role": "user", "content": render.harmless(question)})
            events = self._engine.reply(conversation_id, question, replace(wishes, stop=stop))
            yield from self._written(conversation_id, shown, events, typed=text)

    def _regenerate(
        self,
        turn_id: str | None,
        documents: bool,
        collections: list[str] | None,
        document: str | None,
        request: gr.Request,
    ) -> Iterator[Updates]:
        yield from self._again(turn_id, self._wishes(documents, collections, document), request)

    def _best(
        self,
        turn_id: str | None,
        documents: bool,
        collections: list[str] | None,
        document: str | None,
        request: gr.Request,
    ) -> Iterator[Updates]:
        wishes = self._wishes(documents, collections, document)
        yield from self._again(turn_id, replace(wishes, best_of=BEST_OF), request)

    def _again(self, turn_id: str | None, wishes: Wishes, request: gr.Request) -> Iterator[Updates]:
        """Answer the question of the selected turn once more."""
        if turn_id is None:
            return
        turn = self._turn(turn_id)
        before = [t for t, _ in self._places(turn.conversation_id) if t.position < turn.position]
        shown = render.messages(before, self._threshold)
        shown.append({"role": "user", "content": render.harmless(self.sessions.current().shown(turn).question)})
        writing = self._streams.begin(str(request.session_hash))
        with self._assistant.limits.answer(self.caller), writing as stop:
            events = self._engine.regenerate(turn_id, replace(wishes, stop=stop))
            yield from self._written(turn.conversation_id, shown, events)

    def _wishes(self, documents: bool, collections: list[str] | None, document: str | None) -> Wishes:
        return Wishes(
            documents=documents,
            collections=tuple(collections) if collections else None,
            document=document or None,
            user=self._user,
            originals=self.sessions.current(),
        )

    def _written(
        self, conversation_id: str, shown: list[dict[str, Any]], events: Iterator[Event], typed: str = ""
    ) -> Iterator[Updates]:
        """Show an answer while it is written, and then as it is stored; where there is none, what was typed is back."""
        answer = ""
        ended = {self.parts.send: gr.update(visible=True), self.parts.stop: gr.update(visible=False)}
        turn_id = None
        yield {self.parts.message: "", self.parts.chat: [*shown, _waiting("Looking …")], **self.parts.busy()}
        try:
            for event in events:
                if isinstance(event, Found):
                    shown[-1] = {"role": "user", "content": render.harmless(event.shown.question)}
                    waiting = _waiting("Reading and writing …" if event.turn.sources else "Writing …")
                    yield {
                        self.parts.chat: [*shown, waiting],
                        self.parts.sources: render.sources(event.turn),
                        self.parts.rating: gr.update(visible=False),
                    }
                elif isinstance(event, Delta):
                    answer += event.text
                    yield {self.parts.chat: [*shown, {"role": "assistant", "content": render.harmless(answer)}]}
                elif isinstance(event, Done):
                    turn_id = event.turn.id
                    if event.turn.refusal:  # withdrawn at once, also where the view cannot be had
                        ended[self.parts.chat] = [*shown, {"role": "assistant", "content": render.answer(event.turn)}]
        except ERRORS as error:
            gr.Warning(str(error))
            ended[self.parts.message] = gr.update(value=typed)
        yield ended  # also where the view cannot be had, because the documents have gone away meanwhile
        yield ended | self._view(conversation_id, turn_id)

    def _stop(self, request: gr.Request) -> None:
        self._streams.stop(str(request.session_hash))

    def _select(self, conversation_id: str | None, event: gr.SelectData) -> Updates:
        """Select the answer that was clicked, or that to the question that was."""
        places = self._places(conversation_id)
        at = int(event.index[0] if isinstance(event.index, list | tuple) else event.index) // 2
        return self._view(conversation_id, places[at][0].id if at < len(places) else None)

    def _step(self, turn_id: str | None, by: int) -> Updates:
        """Show the sibling before or after the selected answer."""
        turn = self._turn(turn_id)
        ids = next(ids for shown, ids in self._store.siblings(turn.conversation_id) if shown.position == turn.position)
        wanted = ids[max(0, min(len(ids) - 1, ids.index(turn.id) + by))]
        self._store.show(wanted)
        return self._view(turn.conversation_id, wanted)

    # Ratings

    def _thumb(self, turn_id: str | None, thumb: Thumb) -> Updates:
        """Set the thumb, change it, or take it back where it is set already."""
        turn = self._turn(turn_id)
        same = turn.rating is not None and turn.rating.thumb == thumb
        correction = turn.rating.correction if turn.rating else None
        self._engine.rate(turn.id, None if same else Rating(thumb, correction=correction), self.sessions.current())
        return self._view(turn.conversation_id, turn.id)

    def _appeal(self, turn_id: str | None) -> Updates:
        """Hold against the selected answer that it should not have been refused, or that it should have been."""
        turn = self._turn(turn_id)
        filed = appeal(self._store, turn, self._user, self._engine.withdrawn)
        gr.Info(appealing.TOLD + ("" if filed.text else appealing.GONE))
        return self._view(turn.conversation_id, turn.id)

    def _save(self, turn_id: str | None, reasons: list[str], comment: str, correction: str) -> Updates:
        turn = self._turn(turn_id)
        thumb: Thumb = turn.rating.thumb if turn.rating else "down"
        rating = Rating(thumb, tuple(reasons), comment or None, correction or None)
        self._engine.rate(turn.id, rating, self.sessions.current())
        gr.Info("Thank you. The rating is kept.")
        return self._view(turn.conversation_id, turn.id)


def _waiting(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": f"*{text}*"}
