"""The registry: the adapters there are, and the pointer to the one that serves. It is a folder; no torch here.

adapters/
  serving.json          the pointer: what serves, what did before, what is flagged, and which trial is on
  trial.json            how the trial stands, as the chat last saw it
  NAME/card.json        base, method, data, recipe, scores, decision, parents, licence
  NAME/adapter_*        PEFT's adapter, or a whole model's files in its place
"""

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from finetune import pointer
from finetune.errors import BadInput
from finetune.gate import Decision
from finetune.pointer import Pointer

State = Literal["candidate", "serving", "retired", "refused", "flagged"]

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.IGNORECASE)
_CANNOT_SERVE = ("reward",)
_ADAPTER, _MODEL = "adapter_config.json", "config.json"
"""What tells PEFT's adapters, and whole models, from other folders."""


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
    parents: tuple[str, ...] = ()
    """The adapters that it was made out of: that it went on from, or that were merged into it."""
    licence: str | None = None
    """What it may be used under, where its base and data say so."""
    digest: str | None = None
    """Of what its base is made of, as `bases.digest` tells it: a folder may hold another model by now."""

    def as_json(self) -> dict[str, Any]:
        """Return the card as a JSON object; the scores stand beside the decision that they led to."""
        row = {name: value for name, value in _shallow(self).items() if name != "decision"}
        judged = self.decision.as_json() if self.decision else None
        row["scores"] = judged.pop("scores") if judged else None
        return row | {"decision": judged}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Card":
        """Read what `as_json` wrote; keys unknown here are passed over, and an older card's parent is its only one."""
        known = {entry.name for entry in fields(cls)} - {"decision", "parents"}
        judged, parent = row.get("decision"), row.get("parent")
        decision = Decision.from_json({**judged, "scores": row["scores"]}) if judged else None
        parents = tuple(row.get("parents", (parent,) if parent else ()))
        given = {name: value for name, value in row.items() if name in known}
        return cls(**given, decision=decision, parents=parents)


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter in the registry."""

    name: str
    path: Path
    state: State
    card: Card
    reason: str | None = None
    """Why it is flagged."""

    def as_json(self) -> dict[str, Any]:
        """Return the card with name and state, as `show --json` prints it."""
        row = {"name": self.name, "state": self.state, "reason": self.reason, "path": str(self.path)}
        return {**row, **self.card.as_json()}


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
        self.folder = adapters_dir

    def add(self, name: str, adapter: Path, card: Card) -> Adapter:
        """Copy an adapter's folder into the registry; it stays a candidate until it is promoted.

        A folder with a whole model is kept in the same way, and served by its path.

        Raises:
            BadInput: the name cannot be used or is taken, or the folder holds neither an adapter nor a model.
        """
        self.refuse_taken(name)
        target = self._path(name)
        if not any((adapter / file).exists() for file in (_ADAPTER, _MODEL)):
            raise BadInput(f"{adapter} holds no PEFT adapter (no {_ADAPTER}) and no model (no {_MODEL})")
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".adding-") as scratch:
            copy = Path(scratch) / name
            shutil.copytree(adapter, copy, ignore=shutil.ignore_patterns("checkpoint-*", "training_args.bin"))
            (copy / "card.json").write_text(json.dumps(card.as_json(), indent=2, ensure_ascii=False), encoding="utf-8")
            try:
                copy.rename(target)
            except OSError as error:  # another process was first
                raise BadInput(f"there is already an adapter {name}: choose another name") from error
        return self.get(name)

    def all(self) -> list[Adapter]:
        """List all adapters, the oldest first."""
        folders = sorted(self.folder.glob("*/card.json")) if self.folder.is_dir() else []
        names = [card.parent.name for card in folders if _NAME.fullmatch(card.parent.name)]
        now = self.pointer()
        return sorted(
            (self._read(name, now) for name in names), key=lambda adapter: (adapter.card.created, adapter.name)
        )

    def get(self, name: str) -> Adapter:
        """Return the adapter of that name.

        Raises:
            BadInput: there is none, or its card cannot be read.
        """
        return self._read(name, self.pointer())

    def pointer(self) -> Pointer:
        """Return what serves, what did, what is flagged and which trial is on, as they stand now."""
        return pointer.read(self.folder)

    def active(self, base: str | None = None, digest: str | None = None) -> Adapter | None:
        """Return the adapter that serves, or None where the base does; cheap enough to ask before each answer.

        Args:
            base: the model that serves; an adapter trained on another one counts as none.
            digest: of what that model is made of, None where it is not known.
        """
        now = self.pointer()
        if now.name is None:
            return None
        adapter = self._read(now.name, now)
        return None if misfit(adapter, base, digest) else adapter

    def promote(self, name: str, *, base: str | None = None, digest: str | None = None, force: bool = False) -> Adapter:
        """Let an adapter serve, from the next answer on; a trial that is on ends, as what it compares with is gone.

        Args:
            name: the adapter.
            base: the model that serves; an adapter trained on another one is refused.
            digest: of what that model is made of, None where it is not known.
            force: promote also what the gate refused or evidence was found against, and lift its flag.

        Raises:
            BadInput: there is no such adapter, it fits another base, it is of a kind that cannot serve, or it is
                refused or flagged and not forced.
        """
        with pointer.locked(self.folder) as now:
            adapter = self.suitable(name, base=base, digest=digest, force=force)
            if now.name != name:
                pointer.write(self.folder, now.broken_off(f"{name} was promoted").promoted(name))
        return replace(adapter, state="serving", reason=None)

    def suitable(
        self, name: str, *, base: str | None = None, digest: str | None = None, force: bool = False
    ) -> Adapter:
        """Return an adapter that may serve, as `promote` sees it.

        Raises:
            BadInput: it may not.
        """
        adapter = self.get(name)
        if problem := misfit(adapter, base, digest):
            raise BadInput(problem)
        if adapter.state in ("refused", "flagged") and not force:
            why = adapter.reason or "the gate did not let it through"
            raise BadInput(f"{name} is {adapter.state} ({why}): `promote {name} --force` lets it serve all the same")
        return adapter

    def rollback(self) -> Adapter | None:
        """Let the adapter before the present one serve again; None where that was the base without one.

        Raises:
            BadInput: nothing was ever promoted.
        """
        with pointer.locked(self.folder) as now:
            if not now.history:
                raise BadInput("there is nothing to roll back: the base model serves, without an adapter")
            pointer.write(self.folder, now.broken_off("what serves was rolled back").rolled_back())
        return self.active()

    def flag(self, name: str, reason: str) -> Adapter:
        """Withdraw an adapter on evidence: it serves no more, is never rolled back to, and its trial ends.

        Raises:
            BadInput: there is no such adapter.
        """
        with pointer.locked(self.folder) as now:
            self.get(name)
            if now.trial and name in (now.trial.name, now.trial.current):
                now = now.broken_off(f"{name} was withdrawn: {reason}")
            pointer.write(self.folder, now.withdrawn(name, reason))
        return self.get(name)

    def remove(self, name: str) -> None:
        """Delete an adapter.

        Raises:
            BadInput: there is no such adapter, it serves, or it is on trial.
        """
        with pointer.locked(self.folder) as now:
            adapter = self._read(name, now)
            if now.name == name:
                raise BadInput(f"{name} serves: roll back or promote another first")
            if now.trial and name == now.trial.name:
                raise BadInput(f"{name} is on trial: stop the trial first")
            pointer.write(self.folder, now.without(name))
            shutil.rmtree(adapter.path)

    def _read(self, name: str, now: Pointer) -> Adapter:
        path = self._path(name)
        try:
            card = Card.from_json(json.loads((path / "card.json").read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise BadInput(f"there is no adapter {name}: `python -m finetune list` names those there are") from error
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f"the card of adapter {name} cannot be read: {path / 'card.json'}") from error
        return Adapter(name, path, _state(name, card, now), card, now.flagged.get(name) if now.name != name else None)

    def refuse_taken(self, name: str) -> None:
        """Stop where a name cannot be used for a new adapter.

        Raises:
            BadInput: the name is taken, or no adapter can be called that.
        """
        if self._path(name).exists():
            raise BadInput(f"there is already an adapter {name}: choose another name, or remove that one")

    def _path(self, name: str) -> Path:
        return self.folder / check_name(name)


def misfit(adapter: Adapter, base: str | None = None, digest: str | None = None) -> str | None:
    """Say why an adapter cannot answer on a base, None where it can; what is None is not looked at."""
    name, card = adapter.name, adapter.card
    if card.method in _CANNOT_SERVE:
        return f"{name} is a {card.method} adapter: it scores answers and cannot give them"
    if not (adapter.path / _ADAPTER).exists():
        return f"{name} is a whole model: serve it with --model {adapter.path}"
    if base is not None and base != card.base:
        return f"{name} was trained on {card.base} and does not fit {base}"
    if digest is not None and card.digest is not None and digest != card.digest:
        return f"{name} was trained on another model that was called {card.base} then: train it anew"
    return None


def _state(name: str, card: Card, now: Pointer) -> State:
    if now.name == name:
        return "serving"
    if name in now.flagged:
        return "flagged"
    if name in now.served:
        return "retired"
    return "refused" if card.decision is not None and not card.decision.passed else "candidate"


def _shallow(card: Card) -> dict[str, Any]:
    """Return the fields as they are; `asdict` would turn the decision into dicts as well."""
    return {entry.name: getattr(card, entry.name) for entry in fields(card)}
