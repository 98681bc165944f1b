"""The registry: the adapters there are, and the pointer to the one that serves. It is a folder; no torch here.

adapters/
  serving.json          the pointer: {"name": ..., "history": [...]}, replaced atomically, so that whoever reads it
                        before an answer sees the old adapter or the new one and never half of either
  NAME/card.json        base, method, data, recipe, scores, decision, parent
  NAME/adapter_*        PEFT's adapter
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from finetune.errors import BadInput
from finetune.gate import Decision

State = Literal["candidate", "serving", "retired", "refused"]

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.IGNORECASE)
_CANNOT_SERVE = ("reward",)
_POINTER = "serving.json"


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of an adapter: where it comes from and how it was judged."""

    base: str
    """The model it was trained on, as the settings name it; it fits no other."""
    method: str
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    recipe: Mapping[str, Any] = field(default_factory=dict)
    dataset: Mapping[str, Any] = field(default_factory=dict)
    """Digest and counts of what it learnt from."""
    decision: Decision | None = None
    parent: str | None = None
    """The adapter that served when this one was judged."""

    def as_json(self) -> dict[str, Any]:
        """Return the card as a JSON object; the scores stand beside the decision that they led to."""
        row = {name: value for name, value in _shallow(self).items() if name != "decision"}
        judged = self.decision.as_json() if self.decision else None
        row["scores"] = judged.pop("scores") if judged else None
        return row | {"decision": judged}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Card":
        """Read what `as_json` wrote; keys unknown here are passed over."""
        known = {entry.name for entry in fields(cls)} - {"decision"}
        judged = row.get("decision")
        decision = Decision.from_json({**judged, "scores": row["scores"]}) if judged else None
        return cls(**{name: value for name, value in row.items() if name in known}, decision=decision)


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter in the registry."""

    name: str
    path: Path
    state: State
    card: Card

    def as_json(self) -> dict[str, Any]:
        """Return the card with name and state, as `show --json` prints it."""
        return {"name": self.name, "state": self.state, "path": str(self.path), **self.card.as_json()}


@dataclass(frozen=True, slots=True)
class _Pointer:
    """What serves; None stands for the base without an adapter."""

    name: str | None = None
    history: tuple[str | None, ...] = ()
    """What served before it and would again after a rollback, the latest last."""
    served: tuple[str, ...] = ()
    """All that ever served."""


def check_name(name: str) -> str:
    """Return a name that an adapter, and hence a run, may have; none of them leads out of its folder.

    Raises:
        BadInput: it is not one of them.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name!r} cannot name an adapter: use letters, digits, '.', '_' and '-', 64 at most")
    return name


class Registry:
    """The adapters in one folder; several processes may use it at once."""

    def __init__(self, adapters_dir: Path) -> None:
        self._folder = adapters_dir

    def add(self, name: str, adapter: Path, card: Card) -> Adapter:
        """Copy an adapter's folder into the registry; it stays a candidate until it is promoted.

        Raises:
            BadInput: the name cannot be used or is taken, or the folder holds no adapter.
        """
        self.refuse_taken(name)
        target = self._path(name)
        if not (adapter / "adapter_config.json").exists():
            raise BadInput(f"{adapter} holds no PEFT adapter (no adapter_config.json)")
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".adding-") as scratch:
            copy = Path(scratch) / name
            shutil.copytree(adapter, copy, ignore=shutil.ignore_patterns("checkpoint-*", "training_args.bin"))
            (copy / "card.json").write_text(json.dumps(card.as_json(), indent=2, ensure_ascii=False), encoding="utf-8")
            copy.rename(target)
        return self.get(name)

    def all(self) -> list[Adapter]:
        """List all adapters, the oldest first."""
        folders = sorted(self._folder.glob("*/card.json")) if self._folder.is_dir() else []
        names = [card.parent.name for card in folders if _NAME.fullmatch(card.parent.name)]
        return sorted((self.get(name) for name in names), key=lambda adapter: (adapter.card.created, adapter.name))

    def get(self, name: str) -> Adapter:
        """Return the adapter of that name.

        Raises:
            BadInput: there is none, or its card cannot be read.
        """
        return self._read(name, self._pointer())

    def _read(self, name: str, pointer: _Pointer) -> Adapter:
        path = self._path(name)
        try:
            card = Card.from_json(json.loads((path / "card.json").read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise BadInput(f"there is no adapter {name}: `python -m finetune list` names those there are") from error
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f"the card of adapter {name} cannot be read: {path / 'card.json'}") from error
        return Adapter(name=name, path=path, state=_state(name, card, pointer), card=card)

    def active(self, base: str | None = None) -> Adapter | None:
        """Return the adapter that serves, or None where the base does; cheap enough to ask before each answer.

        Args:
            base: the model that serves; an adapter trained on another one counts as none.
        """
        pointer = self._pointer()
        if pointer.name is None:
            return None
        adapter = self._read(pointer.name, pointer)
        return adapter if base in (None, adapter.card.base) else None

    def promote(self, name: str, *, base: str | None = None) -> Adapter:
        """Let an adapter serve, from the next answer on.

        Args:
            name: the adapter.
            base: the model that serves; an adapter trained on another one is refused.

        Raises:
            BadInput: there is no such adapter, it fits another base, or it is of a kind that cannot serve.
        """
        adapter = self.get(name)
        if adapter.card.method in _CANNOT_SERVE:
            raise BadInput(f"{name} is a {adapter.card.method} adapter: it scores answers and cannot give them")
        if base is not None and base != adapter.card.base:
            raise BadInput(f"{name} was trained on {adapter.card.base} and does not fit {base}")
        pointer = self._pointer()
        if pointer.name != name:
            served = (*(earlier for earlier in pointer.served if earlier != name), name)
            self._point(_Pointer(name, (*pointer.history, pointer.name), served))
        return self.get(name)

    def rollback(self) -> Adapter | None:
        """Let the adapter before the present one serve again; None where that was the base without one.

        Raises:
            BadInput: nothing was ever promoted.
        """
        pointer = self._pointer()
        if not pointer.history:
            raise BadInput("there is nothing to roll back: the base model serves, without an adapter")
        self._point(_Pointer(pointer.history[-1], pointer.history[:-1], pointer.served))
        return self.active()

    def remove(self, name: str) -> None:
        """Delete an adapter.

        Raises:
            BadInput: there is no such adapter, or it serves.
        """
        adapter = self.get(name)
        pointer = self._pointer()
        if pointer.name == name:
            raise BadInput(f"{name} serves: roll back or promote another first")
        history = [earlier for earlier in pointer.history if earlier != name]
        changes = [now for now, later in pairwise([*history, pointer.name]) if now != later]
        self._point(_Pointer(pointer.name, tuple(changes), tuple(n for n in pointer.served if n != name)))
        shutil.rmtree(adapter.path)

    def refuse_taken(self, name: str) -> None:
        """Stop where a name cannot be used for a new adapter.

        Raises:
            BadInput: the name is taken, or no adapter can be called that.
        """
        if self._path(name).exists():
            raise BadInput(f"there is already an adapter {name}: choose another name, or remove that one")

    def _path(self, name: str) -> Path:
        return self._folder / check_name(name)

    def _pointer(self) -> _Pointer:
        path = self._folder / _POINTER
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            return _Pointer(row["name"], tuple(row["history"]), tuple(row["served"]))
        except FileNotFoundError:
            return _Pointer()
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{path} cannot be read: delete it to serve the base model") from error

    def _point(self, pointer: _Pointer) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / _POINTER
        with tempfile.NamedTemporaryFile(
            "w", dir=self._folder, prefix=".serving-", delete=False, encoding="utf-8"
        ) as scratch:
            json.dump(asdict(pointer), scratch)
            scratch.flush()
            os.fsync(scratch.fileno())
        Path(scratch.name).replace(path)


def _state(name: str, card: Card, pointer: _Pointer) -> State:
    if pointer.name == name:
        return "serving"
    if name in pointer.served:
        return "retired"
    return "refused" if card.decision is not None and not card.decision.passed else "candidate"


def _shallow(card: Card) -> dict[str, Any]:
    """Return the fields as they are; `asdict` would turn the decision into dicts as well."""
    return {entry.name: getattr(card, entry.name) for entry in fields(card)}
