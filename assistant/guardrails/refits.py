"""The refits of a home, and which of them is in force. It is a folder.

heads/
  in-force.json         the pointer: {"name": ..., "history": [...]}, replaced atomically
  NAME/card.json        what went in, the figures before and after, when
  NAME/RAIL.npz         the correction of the head of that rail
  NAME/examples.jsonl   the company's own examples among what went in, to be learnt from again
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.guardrails.correction import Correction

SHIPPED = "shipped"
"""The name of the heads as they come with the product."""
Around = Callable[[str], AbstractContextManager[object]]
_POINTER, _CARD, _EXAMPLES = "in-force.json", "card.json", "examples.jsonl"
_NAME = re.compile(r"[a-z0-9-]{1,64}")


def in_force(heads: Path | None) -> str:
    """Say which heads the rails use: the name of a refit, or `shipped`. Quick enough to be asked before each answer."""
    if heads is None:
        return SHIPPED
    return _there(heads, _pointer(heads)[-1:])


def folder(heads: Path | None) -> Path | None:
    """Return the folder of the refit that is in force, None where none is."""
    name = in_force(heads)
    return None if heads is None or name == SHIPPED else heads / name


def fitting(heads: Path | None) -> str:
    """Return the name of the refit in force; `shipped` where all of its corrections are passed over as too old."""
    found = folder(heads)
    return found.name if found and any(map(Correction.fits, found.glob("*.npz"))) else SHIPPED


def card(heads: Path) -> dict[str, Any] | None:
    """Return the card of the refit that is in force, and which rails it is too old for; None where none is."""
    found = folder(heads)
    if found is None:
        return None
    return _card(found) | {"outdated": sorted(file.stem for file in found.glob("*.npz") if not Correction.fits(file))}


def examples(heads: Path) -> Path | None:
    """Return the file of the company's own examples that the refit in force has learnt, None where there are none."""
    found = folder(heads)
    file = found / _EXAMPLES if found else None
    return file if file and file.exists() else None


def store(
    heads: Path,
    corrections: Mapping[str, Correction],
    written: Mapping[str, Any],
    own: Sequence[Mapping[str, str]] = (),
    around: Around = nullcontext,
) -> str:
    """Store a refit, put it into force, and return its name.

    Args:
        heads: the folder of refits.
        corrections: by the name of their rail.
        written: what its card is to say.
        own: the company's own examples.
        around: what it is put into force within, by its name; where that fails, nothing is stored.
    """
    heads.mkdir(parents=True, exist_ok=True)
    made = datetime.now(UTC)
    name = made.strftime("refit-%Y%m%d-%H%M%S-%f")
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=heads))
    try:
        for rail, correction in corrections.items():
            correction.save(draft / f"{rail}.npz")
        text = {"name": name, "created": made.isoformat(timespec="seconds"), **written}
        (draft / _CARD).write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if own:
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in own)
            (draft / _EXAMPLES).write_text(lines, encoding="utf-8")
        with around(name):
            draft.rename(heads / name)
            _point(heads, [*_pointer(heads), name])
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return name


def undo(heads: Path) -> str:
    """Go back to the heads that were in force before the last refit, and return their name.

    Nothing is left to undo where the shipped ones are in force; then they stay.
    """
    _point(heads, _pointer(heads)[:-1])
    return in_force(heads)


def before(heads: Path) -> str:
    """Return the name of what `undo` would go back to."""
    return _there(heads, _pointer(heads)[-2:-1])


def forget(heads: Path, known: frozenset[str] | None = None) -> None:
    """Delete the refits that have learnt from an appeal whose text is no longer there; by default all.

    Args:
        heads: the folder of refits.
        known: the digests of the texts that are still there, as `digest` gives them.
    """
    learnt = {file.parent.name: _card(file.parent).get("learnt") for file in heads.glob(f"*/{_CARD}")}
    gone = {
        name for name, digests in learnt.items() if known is None or digests is None or not known.issuperset(digests)
    }
    _point(heads, [name for name in _pointer(heads) if name not in gone])
    for name in gone:
        shutil.rmtree(heads / name)


def digest(text: str) -> str:
    """Return what a card knows a text by."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def _there(heads: Path, found: Sequence[str]) -> str:
    return found[0] if found and (heads / found[0] / _CARD).exists() else SHIPPED


def _card(found: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((found / _CARD).read_text(encoding="utf-8"))
    return read


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
