"""Elements of XML, whatever their name space."""

from collections.abc import Iterator
from typing import Any


def local(element: Any) -> str:
    """Return the name of an element without its name space."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Any, *names: str) -> list[Any]:
    """Return the elements directly inside of one, those of some names where any are given."""
    return [child for child in element if isinstance(child.tag, str) and (not names or local(child) in names)]


def child_of(element: Any, *names: str) -> Any:
    """Return the element at the end of a path of names, or None."""
    for name in names:
        element = next(iter(children(element, name)), None)
        if element is None:
            return None
    return element


def inner_text(element: Any) -> str:
    """Return all text inside of an element, on one line."""
    return "" if element is None else " ".join("".join(texts(element)).split())


def texts(element: Any) -> Iterator[str]:
    """Yield all text inside of an element, but none of entities; the parser bounds how deep it nests."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from texts(child)
        yield child.tail or ""
