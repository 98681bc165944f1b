"""The sheet of an adapter: its figures beside those of base and current, the verdict, and what it answers otherwise."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from finetune.errors import BadInput
from finetune.evaluation.results import Answered
from finetune.evaluation.scoring import Evidence
from finetune.evaluation.sheet_page import page
from finetune.evaluation.texts import overlap
from finetune.gate import Decision

SHOWN = 10
"""How many of the answers that changed most are shown side by side."""
FILE = "sheet.json"


@dataclass(frozen=True, slots=True)
class Changed:
    """A prompt that current and candidate answer otherwise."""

    question: str
    """The last message of the prompt, passages included."""
    turn_id: str | None
    """The turn that was held out; None where the prompt is one of the sets."""
    before: str
    after: str
    overlap: float
    """Token F1 of the two answers; 0 where they share no word."""

    @property
    def shown(self) -> tuple[str, str, str]:
        """Question and answers, as the page takes them."""
        return self.question, self.before, self.after


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown of how an adapter was judged."""

    name: str
    decision: Decision
    answers: tuple[Changed, ...] = ()
    """The answers that changed most, those first that share the least."""

    def as_json(self) -> dict[str, Any]:
        """Return the sheet as a JSON object."""
        return {"name": self.name, **self.decision.as_json(), "answers": [asdict(one) for one in self.answers]}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Sheet":
        """Read what `as_json` wrote."""
        return cls(row["name"], Decision.from_json(row), tuple(Changed(**one) for one in row["answers"]))


def build(name: str, evidence: Evidence, decision: Decision) -> Sheet:
    """Put together what the sheet of an adapter shows."""
    pairs = zip(evidence.current.answers, evidence.candidate.answers, strict=True)
    changed = sorted((_changed(before, after) for before, after in pairs), key=lambda one: one.overlap)
    return Sheet(name, decision, tuple(one for one in changed if one.before != one.after)[:SHOWN])


def write(folder: Path, sheet: Sheet) -> None:
    """Write the sheet into a folder: sheet.json for machines, sheet.html for people."""
    told = json.dumps(sheet.as_json(), ensure_ascii=False, indent=2)
    shown = page(sheet.name, sheet.decision, [one.shown for one in sheet.answers])
    for file, text in ((FILE, told), ("sheet.html", shown)):
        scratch = folder / f".{file}"
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(folder / file)


def read(folder: Path) -> Sheet:
    """Read the sheet that was written into a folder.

    Raises:
        BadInput: there is none, or it cannot be read.
    """
    try:
        return Sheet.from_json(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise BadInput(f"{folder.name} has no sheet: it was judged before there were any, or not at all") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"the sheet {folder / FILE} cannot be read") from error


def _changed(before: Answered, after: Answered) -> Changed:
    question = next((m["content"] for m in reversed(before.prompt) if m["role"] == "user"), "")
    return Changed(
        question, before.turn_id, before.answer, after.answer, round(overlap(after.answer, [before.answer]), 4)
    )
