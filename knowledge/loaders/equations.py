"""Equations of Office files (OMML) as a line of text: `(a+b)/(2a)`, `x^2`, `sqrt(x)`."""

import re
from collections.abc import Callable
from typing import Any

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


def equation_text(math: Any) -> str:
    """Return an equation as a line, the way that it would be typed.

    Args:
        math: its element, `m:oMath` or any that it is made of.
    """
    return " ".join(_all(math).split())


def _all(element: Any) -> str:
    return "".join(_write(child) for child in element if isinstance(child.tag, str))


def _write(element: Any) -> str:
    name = element.tag.removeprefix(MATH)
    if element.tag.endswith("}t"):
        return element.text or ""
    if name in WRITERS:
        return WRITERS[name](element)
    return "" if name.endswith("Pr") else _all(element)


def _part(element: Any, name: str) -> str:
    found = element.find(f"{MATH}{name}")
    return _all(found).strip() if found is not None else ""


def _property(element: Any, name: str, default: str) -> str:
    found = element.find(f"{MATH}{element.tag.removeprefix(MATH)}Pr/{MATH}{name}")
    return found.get(f"{MATH}val", "") if found is not None else default


def _grouped(text: str) -> str:
    """Put brackets around what would not be read as one."""
    return text if len(text) == 1 or text.isalnum() or (text[:1] + text[-1:] == "()") else f"({text})"


def _fraction(element: Any) -> str:
    sign = " choose " if _property(element, "type", "bar") == "noBar" else "/"
    return f"{_grouped(_part(element, 'num'))}{sign}{_grouped(_part(element, 'den'))}"


def _raised(element: Any) -> str:
    below, above = _part(element, "sub"), _part(element, "sup")
    base = _part(element, "e")
    base = f"({base})" if re.search(r"[\s/+±×·-]", base) and _grouped(base) != base else base
    return base + (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")


def _sum(element: Any) -> str:
    below, above = _part(element, "sub"), _part(element, "sup")
    sign = _property(element, "chr", "∫")
    bounds = (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")
    return f"{sign}{bounds} {_part(element, 'e')}"


def _root(element: Any) -> str:
    degree = _part(element, "deg")
    return f"root({degree}, {_part(element, 'e')})" if degree else f"sqrt({_part(element, 'e')})"


def _bracketed(element: Any) -> str:
    inner = _property(element, "sepChr", "|").join(_all(part).strip() for part in element.findall(f"{MATH}e"))
    return f"{_property(element, 'begChr', '(')}{inner}{_property(element, 'endChr', ')')}"


def _matrix(element: Any) -> str:
    rows = (", ".join(_all(cell).strip() for cell in row.findall(f"{MATH}e")) for row in element.findall(f"{MATH}mr"))
    return f"[{'; '.join(rows)}]"


def _before(element: Any) -> str:
    return f"_{_grouped(_part(element, 'sub'))}^{_grouped(_part(element, 'sup'))} {_part(element, 'e')}"


WRITERS: dict[str, Callable[[Any], str]] = {
    "f": _fraction,
    "sSup": _raised,
    "sSub": _raised,
    "sSubSup": _raised,
    "sPre": _before,
    "nary": _sum,
    "rad": _root,
    "d": _bracketed,
    "m": _matrix,
    "eqArr": lambda element: "; ".join(_all(part).strip() for part in element.findall(f"{MATH}e")),
    "func": lambda element: f" {_part(element, 'fName')} {_grouped(_part(element, 'e'))}",
    "limLow": lambda element: f"{_part(element, 'e')}_{_grouped(_part(element, 'lim'))}",
    "limUpp": lambda element: f"{_part(element, 'e')}^{_grouped(_part(element, 'lim'))}",
    "acc": lambda element: _part(element, "e") + _property(element, "chr", "\u0302"),
}
