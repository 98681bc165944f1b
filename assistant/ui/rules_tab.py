"""The Rules tab: each rail with what can be set of it, the policy file itself, and a text to try them on."""

from contextlib import AbstractContextManager
from html import escape
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.errors import BadInput
from assistant.guardrails.policy_text import commented
from assistant.guardrails.rails import SIDES, Context
from assistant.guardrails.settings import RailSettings
from assistant.guardrails.trial import judge
from assistant.store.audit import NOTE, Entry
from assistant.ui import verdicts
from assistant.ui.border import for_administrators
from assistant.ui.personal import Personal
from assistant.ui.rules_form import RulesForm

Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
READ_AS = {
    "input": "A question",
    "output": "An answer",
    "document": "A document",
    "passage": "A passage that was found",
}
AUDIENCES = [("As the policy says", ""), "child", "general", "adult"]
LOCKED = "Only whoever runs this machine can change the rules; this page is a user's."
SAVED = "The policy is saved. It counts from the next message on."


class RulesTab(Personal):
    """Builds the tab and answers its clicks; the policy is in its file, and what is shown is read from there."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._rails = assistant.rails
        self._log = assistant.store.audit
        self._form = RulesForm()

    @property
    def _locked(self) -> bool:
        """Whether whoever clicks may look at the rules, and no more."""
        return not self.caller.administrator

    def build(self) -> None:
        """Lay the tab out and wire it; called inside of the page's Blocks."""
        self._seen = gr.State("")
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=360):
                self._lay_out_rules()
            with gr.Column(scale=1, min_width=360, elem_id="trial"):
                self._lay_out_trial()
        self._lay_out_file()
        self._wire()

    def _lay_out_rules(self) -> None:
        gr.Markdown("### Rules")
        self._where = gr.HTML("", elem_id="policy-place")
        self._form.build()
        with gr.Row():
            self._save = gr.Button("Save the rules", variant="primary", interactive=not self._locked)
            self._reload = gr.Button("Reload")

    def _lay_out_trial(self) -> None:
        gr.Markdown("### Try a text\nSee what each rule says of it. Nothing of it is kept.")
        self._text = gr.Textbox("", label="Text to try", lines=4, max_lines=16, elem_id="trial-text")
        with gr.Row():
            sides = [(READ_AS[side], side) for side in SIDES]
            self._side = gr.Dropdown(sides, value="input", label="Read as", min_width=140)
            self._audience = gr.Dropdown(AUDIENCES, value="", label="For the audience", min_width=140)
        self._passages = gr.Textbox(
            "", label="Passages that the answer rests on", info="One a paragraph", lines=3, max_lines=12, visible=False
        )
        self._try = gr.Button("Try the text", variant="primary")
        self._said = gr.HTML(verdicts.table(None), elem_id="verdicts")

    def _lay_out_file(self) -> None:
        with gr.Accordion("The policy file", open=False, elem_id="policy-file"):
            gr.Markdown("All that can be set, lists and groups of users as well, each key with what it is for.")
            self._file = gr.Code("", language="python", label="policy.toml", lines=12, max_lines=30, wrap_lines=True)
            with gr.Row():
                self._save_file = gr.Button("Save the file", variant="primary", interactive=not self._locked)
                self._reset = gr.Button("Reset to defaults")

    def _wire(self) -> None:
        shown = self.shown()
        self._save.click(for_administrators(self._keep), [self._seen, *self._form.components], shown, **QUIET)
        self._reload.click(for_administrators(self.view), None, shown, **QUIET)
        self._save_file.click(for_administrators(self._keep_file), [self._seen, self._file], shown, **QUIET)
        self._reset.click(for_administrators(_defaults), None, self._file, **QUIET)
        self._side.input(for_administrators(_passages), self._side, self._passages, **QUIET)
        asked = [self._text, self._side, self._audience, self._passages]
        self._try.click(for_administrators(self._judge), asked, self._said, **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._where, self._seen, self._file, *self._form.shown()]

    def view(self) -> Updates:
        """Show the policy in force, and the file as it is now."""
        text, seen = self._rails.file.text()
        return {
            self._where: self._place(),
            self._seen: seen,
            self._file: text,
            **self._form.view(self._rails.settings),
        }

    def _place(self) -> str:
        """Say where the policy stands, and whether it is in force."""
        file = self._rails.file
        new = "" if file.path.exists() else " It is written with the first change."
        base = " Where it says nothing, <code>[rails]</code> of settings.toml holds." if file.base else ""
        problem = self._rails.problem
        wrong = f"<p id='policy-problem'><b>Not in force:</b> {escape(problem)}.</p>" if problem else ""
        locked = f"<p>{LOCKED}</p>" if self._locked else ""
        return f"<p>The policy file is <code>{escape(str(file.path))}</code>.{new}{base}</p>{locked}{wrong}"

    def _keep(self, seen: str, *typed: Any) -> Updates:
        changes = self._form.changes(self._rails.settings, typed)
        if not changes:
            gr.Info("Nothing was changed.")
            return self.view()
        with self._logged(", ".join(".".join(path) for path in changes)):
            self._rails.file.set(changes, seen)
        return self._kept()

    def _keep_file(self, seen: str, text: str | None) -> Updates:
        with self._logged("the file"):
            self._rails.file.save(text or "", seen)
        return self._kept()

    def _logged(self, what: str) -> AbstractContextManager[None]:
        """Log what is saved of the policy: if it cannot be, it is not saved."""
        if self._locked:
            raise BadInput(LOCKED)
        entry = Entry("review", NOTE, user=self._user, rule=f"policy saved: {what}", policy=self._rails.version)
        return self._log.around([entry])

    def _kept(self) -> Updates:
        if not self._rails.problem:
            gr.Info(SAVED)
        return self.view()

    def _judge(self, text: str, side: Any, audience: str, passages: str) -> str:
        if not text.strip():
            return verdicts.table(None)
        rails = self._rails()
        rests_on = tuple(filter(str.strip, passages.split("\n\n"))) if side == "output" else ()
        context = Context(side, audience or rails.audience_of(self._user), passages=rests_on, seconds=rails.seconds)
        return verdicts.table(*judge(rails, self._rails.settings, text, context))


def _passages(side: str) -> Any:
    return gr.update(visible=side == "output")


def _defaults() -> str:
    gr.Info("The box holds the defaults now: save the file to put them in force.")
    return commented(RailSettings())
