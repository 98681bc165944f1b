"""What of an answer, a document or a decision goes into the audit log, and the log as a file for others to read."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from assistant.errors import BadInput
from assistant.guardrails.rails import Checked, kept_verdicts
from assistant.guardrails.streaming import Judged, Passed
from assistant.store.audit import NOTE, AuditLog, Check, Entry, Row, Stage, Wanted

ALWAYS: tuple[Stage, ...] = ("input", "output")
"""The stages that are logged also where nothing was held against the text, so that each turn is in the log."""
LEFT = "reader left"
BROKEN = "broken off"
QUARANTINED, RELEASED = "quarantined", "released"
COLUMNS = tuple(entry.name for entry in fields(Row))
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True)
class Trail:
    """One answer while it is made: what all its rows in the log have in common."""

    turn_id: str
    user: str | None
    adapter: str | None
    policy: str
    began: float
    """By the clock that only measures."""

    def said(self, stage: Stage, checked: Checked, text: str) -> tuple[Entry, ...]:
        """Return what the rails said of a text: every verdict that did not simply allow, or one that all did.

        Args:
            stage: where they ran.
            checked: what they said.
            text: what they were given, of which only the hash is kept.
        """
        against = [verdict for verdict in checked.verdicts if verdict.action != "allow"]
        if not against and stage not in ALWAYS:
            return ()
        return tuple(
            self._entry(stage, v.action, text, rail=v.rail, rule=v.rule, score=round(v.score, 4))
            for v in against or [checked.verdict]
        )

    def kept(self, last: Judged | None, answer: str) -> tuple[Entry, ...]:
        """Return what is logged of an answer that is kept; where its reader left, also what the rails had said so far.

        Args:
            last: what the rails said last; of all of the answer, if its reader stayed.
            answer: as it is kept.
        """
        if isinstance(last, Passed):
            return self.said("output", last.checked, answer)
        so_far = self.said("output", last.checked, answer) if last and kept_verdicts(last.checked, "output") else ()
        return (*so_far, *self.ended(LEFT, answer))

    def ended(self, rule: str, text: str) -> tuple[Entry, ...]:
        """Return that an answer ended before the rails saw all of it; what was shown of it they had let through."""
        return (self._entry("output", "allow", text, rule=rule),)

    def _entry(self, stage: Stage, action: str, text: str, **why: Any) -> Entry:
        who: dict[str, Any] = {name: getattr(self, name) for name in ("turn_id", "user", "adapter", "policy")}
        return Entry(stage, action, text, **who, **why)


def note_quarantined(log: AuditLog, document_ids: Iterable[str], policy: str) -> None:
    """Log which documents are in quarantine, each once.

    They are scanned by processes that know no log, so that it is noticed when the list is looked at.
    """
    new = [one for one in document_ids if not any(log.rows(Wanted(document_id=one), newest=1))]
    log.append(
        [
            Entry("document", "flag", rail="injection", rule=QUARANTINED, policy=policy, document_id=document_id)
            for document_id in new
        ]
    )


def note_release(log: AuditLog, document_id: str, user: str | None, policy: str) -> None:
    """Log that somebody released a document from quarantine."""
    log.append([Entry("document", NOTE, rule=RELEASED, user=user, policy=policy, document_id=document_id)])


def note_added(log: AuditLog, added: Iterable[tuple[str, str]], user: str | None) -> None:
    """Log which files or pages somebody adds to which collections; of their names only hashes are kept."""
    log.append([Entry("document", NOTE, name, rule=f"added to {where[:64]}", user=user) for name, where in added])


def note_deleted(log: AuditLog, document_id: str, user: str | None) -> None:
    """Log that somebody deleted a document."""
    log.append([Entry("document", NOTE, rule="deleted", user=user, document_id=document_id)])


def promotion(log: AuditLog, rule: str, adapter: str | None, user: str | None) -> AbstractContextManager[None]:
    """Log that somebody changes what serves, together with doing it: `promoted`, or `rolled back` from an adapter."""
    return log.around([Entry("review", NOTE, user=user, rule=rule, adapter=adapter and adapter[:64])])


def moment(text: str | None, *, end: bool = False) -> str | None:
    """Read a date, or a date and time, as the log writes them; without a zone it is UTC.

    Args:
        text: ISO 8601.
        end: of a date alone, take the end of that day and not its beginning.

    Raises:
        BadInput: it is no date.
    """
    if not text or not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip())
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        if end and len(text.strip()) <= len("2026-01-31"):
            found += timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{text.strip()[:40]!r} is no date: write it as 2026-01-31, or 2026-01-31T14:30") from error
    return found.isoformat(timespec="microseconds")


def export(rows: Iterable[Row], file: Path) -> int:
    """Write rows as JSONL or CSV, by the ending of the file's name, and return their number.

    Raises:
        BadInput: the ending is another one, or the file cannot be written.
    """
    write = _FORMS.get(file.suffix.lower())
    if write is None:
        raise BadInput(f"{file.name} is neither .jsonl nor .csv: give the file one of these endings")
    try:
        with file.open("w", encoding="utf-8", newline="") as opened:
            return write(rows, opened)
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}") from error


def _jsonl(rows: Iterable[Row], file: TextIO) -> int:
    count = 0
    for row in rows:
        file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
        count += 1
    return count


def _csv(rows: Iterable[Row], file: TextIO) -> int:
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        writer.writerow([_cell(getattr(row, name)) for name in COLUMNS])
        count += 1
    return count


def _cell(value: Any) -> Any:
    """Put an apostrophe before what a spreadsheet would run."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


_FORMS: dict[str, Callable[[Iterable[Row], TextIO], int]] = {".jsonl": _jsonl, ".csv": _csv}


def told(check: Check) -> Iterator[str]:
    """Say in lines what a check of the log found."""
    if check.broken is None:
        rows = "1 row" if check.count == 1 else f"{check.count} rows"
        yield f"The log is whole: {rows}, the last of which has the hash {check.hash or '(none yet)'}."
        return
    yield f"The log is broken at row {check.broken}: {check.reason}."
    if check.anew:
        yield f"It is whole from row {check.anew} on, where it was begun anew."
