"""The scan of passages: which is installed, and where the processes that cut documents find it."""

from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import entry_points
from pkgutil import resolve_name

from knowledge.errors import BadInput
from knowledge.jobs import Scan

GROUP = "apprentice.scan"
"""The group of entry points under which a scan may be installed."""


def installed() -> Scan | None:
    """Return the scan that is installed beside this package; None where there is none."""
    found = [entry.load() for entry in entry_points(group=GROUP)]
    return found[0] if found else None


def address(scan: Scan) -> str:
    """Return the name of a scan as `module:name`.

    Raises:
        BadInput: it is no function of a module that another process could load.
    """
    module = str(scan.__module__)
    name = f"{module}:{getattr(scan, '__qualname__', type(scan).__qualname__)}"
    with suppress(ImportError, AttributeError, ValueError):
        if module != "__main__" and resolve_name(name) is scan:
            return name
    raise BadInput(f"the scan {name} is no function of a module: name one, as other processes call it")


def nothing(texts: Sequence[str]) -> list[None]:
    """Find nothing suspicious: the scan for texts that are trusted."""
    return [None] * len(texts)
