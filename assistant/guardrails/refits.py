"""The refits of a home, and which of them is in force. It is a folder.

heads/
  in-force.json         the pointer: {"name": ..., "history": [...]}, replaced atomically
  NAME/card.json        what went in, the figures before and after, when
  NAME/RAIL.npz         the correction of the head of that rail
"""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.guardrails.correction import Correction

SHIPPED = "shipped"
"""The name of the heads as they come with the product."""
_POINTER = "in-force.json"
_NAME = re.compile(r"[a-z0-9-]{1,64}")


def in_force(heads: Path | None) -> str:
    """Say which heads the rails use: the name of a refit, or `shipped`. Quick enough to be asked before each answer."""
    if heads is None:
        return SHIPPED
    found = _pointer(heads)[-1:]
    return found[0] if found and (heads / found[0] / "card.json").exists() else SHIPPED


def folder(heads: Path | None) -> Path | None:
    """Return the folder of the refit that is in force, None where none is."""
    name = in_force(heads)
    return None if heads is None or name == SHIPPED else heads / name


def card(heads: Path) -> dict[str, Any] | None:
    """Return the card of the refit that is in force, None where none is."""
    found = folder(heads)
    if found is None:
        return None
    read: dict[str, Any] = json.loads((found / "card.json").read_text(encoding="utf-8"))
    return read


def store(heads: Path, corrections: Mapping[str, Correction], written: Mapping[str, Any]) -> str:
    """Store a refit with its card, put it into force, and return its name."""
    heads.mkdir(parents=True, exist_ok=True)
    made = datetime.now(UTC)
    name = made.strftime("refit-%Y%m%d-%H%M%S-%f")
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=heads))
    for rail, correction in corrections.items():
        correction.save(draft / f"{rail}.npz")
    text = {"name": name, "created": made.isoformat(timespec="seconds"), **written}
    (draft / "card.json").write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.rename(heads / name)
    _point(heads, [*_pointer(heads), name])
    return name


def undo(heads: Path) -> str:
    """Go back to the heads that were in force before the last refit, and return their name.

    Nothing is left to undo where the shipped ones are in force; then they stay.
    """
    _point(heads, _pointer(heads)[:-1])
    return in_force(heads)


def _pointer(heads: Path) -> list[str]:
    """Read the names of the refits that came into force one after the other, the last of which is."""
    try:
        stored = json.loads((heads / _POINTER).read_text(encoding="utf-8"))
        names = [*stored["history"], stored["name"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [name for name in names if isinstance(name, str) and _NAME.fullmatch(name)]


def _point(heads: Path, names: list[str]) -> None:
    if not names:
        (heads / _POINTER).unlink(missing_ok=True)
        return
    draft = heads / f".pointer-{os.getpid()}"
    draft.write_text(json.dumps({"name": names[-1], "history": names[:-1]}), encoding="utf-8")
    draft.replace(heads / _POINTER)
