"""The form of the policy: a component for each key that has a plain value, made from the models of the settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_origin

import gradio as gr

from assistant.guardrails.keys import Key, Path, keys
from assistant.guardrails.settings import RailSettings

Updates = dict[Any, Any]
UNSET = ("as usual", "")
"""The choice of no word of its own for a name."""
GENERAL = "General"


@dataclass(frozen=True, slots=True)
class Entry:
    """One component, and the key whose value it shows; of a key that gives words to names, the name as well."""

    path: Path
    component: Any
    name: str = ""


class RulesForm:
    """Builds the components, fills them with a policy, and tells what was changed in them."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._sections: dict[str, Any] = {}

    def build(self) -> None:
        """Lay the form out: a section for all rails together, then one for each."""
        every = keys(RailSettings)
        self._section(GENERAL, "What holds for all rules.", [key for key in every if not key.table], ())
        for key in every:
            if key.table:
                self._section(key.name, key.about, keys(key.table), (key.name,))

    @property
    def components(self) -> list[Any]:
        """The components whose values `changes` takes, in its order."""
        return [entry.component for entry in self._entries]

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [*self.components, *self._sections.values()]

    def view(self, policy: RailSettings) -> Updates:
        """Fill the form with a policy; a rule that is off says so in its title."""
        values = policy.model_dump(mode="json")
        filled: Updates = {entry.component: _value(values, entry) for entry in self._entries}
        for name, section in self._sections.items():
            table = values.get(name)
            off = isinstance(table, dict) and table.get("on") is False
            filled[section] = gr.update(label=_title(name) + (" (off)" if off else ""))
        return filled

    def changes(self, policy: RailSettings, typed: Sequence[Any]) -> dict[Path, Any]:
        """Return the values that are other than the policy's, by key, as TOML has them."""
        values = policy.model_dump(mode="json")
        found: dict[Path, Any] = {}
        for entry, value in zip(self._entries, typed, strict=True):
            if value == _value(values, entry):
                continue
            if not entry.name:
                found[entry.path] = "" if value is None else value
                continue
            words = found.setdefault(entry.path, dict(_at(values, entry.path)))
            words.pop(entry.name, None)
            words |= {entry.name: value} if value else {}
        return found

    def _section(self, name: str, about: str, inner: Sequence[Key], path: Path) -> None:
        with gr.Accordion(_title(name), open=False, elem_id=f"rules-{name.lower()}") as self._sections[name]:
            gr.Markdown(about)
            with gr.Row():
                left = [key.name for key in inner if not (key.choices or self._add(key, (*path, key.name)))]
            for key in inner:
                self._add_choices(key, (*path, key.name))
            if left:
                named = ", ".join(f"`{one}`" for one in left)
                gr.Markdown(f"To be changed in the policy file, below: {named}.", elem_classes="quiet")

    def _add(self, key: Key, path: Path) -> bool:
        """Add what a key needs; False where it is too rich for a form."""
        component = _component(key, path)
        if component is not None:
            self._entries.append(Entry(path, component))
        return component is not None

    def _add_choices(self, key: Key, path: Path) -> None:
        """Add a choice for each name, where a key gives words to names."""
        if key.choices is None:
            return
        names, words = key.choices
        gr.Markdown(f"**{_title(key.name)}.** {key.about}")
        with gr.Row():
            for name in names:
                choice = gr.Dropdown([UNSET, *words], label=_title(name), min_width=140, elem_id=_id(path, name))
                self._entries.append(Entry(path, choice, name))


def _component(key: Key, path: Path) -> Any:
    how: dict[str, Any] = {"label": _title(key.name), "info": key.about, "elem_id": _id(path), "min_width": 240}
    if key.kind is bool:
        return gr.Checkbox(**how)
    if key.kind in (int, float):
        how["info"] = f"{key.about} {key.allowed}"
        return gr.Number(**how, precision=0 if key.kind is int else None, step=1 if key.kind is int else 0.05)
    if get_origin(key.kind) is Literal:
        return gr.Dropdown(list(key.options), **how)
    return gr.Textbox(**how, max_lines=4) if key.kind is str else None


def _value(values: Mapping[str, Any], entry: Entry) -> Any:
    found = _at(values, entry.path)
    return found.get(entry.name, "") if entry.name else found


def _at(values: Any, path: Path) -> Any:
    for name in path:
        values = values[name]
    return values


def _title(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _id(path: Path, name: str = "") -> str:
    return "-".join(("rule", *path, *([name] if name else []))).replace("_", "-")
