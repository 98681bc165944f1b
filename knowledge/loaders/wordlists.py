"""The numbers that Word writes before headings and items of lists (ISO/IEC 29500-1, 17.9)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from knowledge.loaders.wordtext import W, flag, number, value

BULLET = "-"
_PLACE = re.compile(r"%(\d)")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(slots=True)
class _Level:
    start: int = 1
    kind: str = "decimal"
    text: str = ""
    legal: bool = False


@dataclass(slots=True)
class _List:
    """A list's levels, and how far each was counted; lists of one pattern count on."""

    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts headings and items as they come."""

    def __init__(self, root: Any, styled: Callable[[str], str | None]) -> None:
        """Read the lists.

        Args:
            root: of `numbering.xml`; None where there is none.
            styled: returns the id of the list that a style has.
        """
        patterns = {e.get(f"{W}abstractNumId"): e for e in root.iter(f"{W}abstractNum")} if root is not None else {}
        numbers = {e.get(f"{W}numId"): e for e in root.iter(f"{W}num")} if root is not None else {}
        self._patterns: dict[str, str] = {}
        self._lists: dict[str, _List] = {}
        self._restarts: dict[tuple[str, int], int] = {}
        for identifier, element in numbers.items():
            pattern = value(element, "abstractNumId") or ""
            link = value(patterns.get(pattern), "numStyleLink")
            linked = numbers.get(styled(link)) if link else None
            pattern = value(linked, "abstractNumId") or pattern
            self._patterns[identifier] = pattern
            if pattern not in self._lists:
                self._lists[pattern] = _List(_levels(patterns.get(pattern)))
            for override in element.iter(f"{W}lvlOverride"):
                start = value(override, "startOverride")
                if start is not None:
                    self._restarts[identifier, number(override.get(f"{W}ilvl"))] = number(start, 1)

    def label(self, identifier: str, depth: int) -> str:
        """Count an item of a list at a depth from 0, and return what stands before it; empty for nothing."""
        pattern = self._lists.get(self._patterns.get(identifier, ""))
        level = pattern.levels.get(depth) if pattern else None
        if pattern is None or level is None:
            return BULLET if identifier not in ("", "0") else ""
        restart = self._restarts.pop((identifier, depth), None)
        counts = pattern.counts
        counts[depth] = restart if restart is not None else counts.get(depth, level.start - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]
        if level.kind == "bullet":
            return BULLET
        return _PLACE.sub(lambda place: _count(pattern, int(place[1]) - 1, level), level.text).strip()


def _levels(pattern: Any) -> dict[int, _Level]:
    return {
        number(level.get(f"{W}ilvl")): _Level(
            number(value(level, "start"), 1),
            value(level, "numFmt") or "decimal",
            value(level, "lvlText") or "",
            flag(level, "isLgl"),
        )
        for level in (pattern.iter(f"{W}lvl") if pattern is not None else ())
    }


def _count(pattern: _List, depth: int, level: _Level) -> str:
    """Write how far a level was counted."""
    own = pattern.levels.get(depth, _Level())
    count = pattern.counts.get(depth, own.start)
    return _written(count, "decimal" if level.legal else own.kind)


def _written(count: int, kind: str) -> str:
    if kind in ("lowerLetter", "upperLetter") and count > 0:
        letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 % 10 + 1)
        return letters if kind == "lowerLetter" else letters.upper()
    if kind in ("lowerRoman", "upperRoman") and 0 < count < 4000:
        roman = _roman(count)
        return roman if kind == "lowerRoman" else roman.upper()
    if kind == "none":
        return ""
    return f"{count:02}" if kind == "decimalZero" else str(count)


def _roman(count: int) -> str:
    written = ""
    for worth, letters in _ROMAN:
        written += letters * (count // worth)
        count %= worth
    return written
