"""What a text says to a model though it does not look like it: without hidden characters, decoded, put right.

Each disguise is looked for in one quick pass, and undone only where it may be one. What comes out is read like any
other text; what comes out wrong reads like nothing, and does no harm.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from assistant.guardrails.ciphers import undo
from assistant.guardrails.encodings import decode
from assistant.guardrails.hidden import reveal, spell
from assistant.guardrails.lookalikes import figures, fold, together

DEEPEST = 3
"""How many disguises are taken off one after the other."""
MOST = 10
"""Readings of one text."""
ROOM = 4
"""Characters of all readings together, by those of the text."""
LEAST_ROOM = 4000
REMEMBERED = 256
"""Texts of which it is remembered that they are in no disguise: several rails ask."""
_bare: OrderedDict[bytes, None] = OrderedDict()
_OVERRIDDEN = re.compile("[\u202d\u202e]([^\u202c\n]{1,20000})")

LETTERS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("look-alike letters", fold),
    ("figures for letters", figures),
    ("letters set apart", together),
)
"""What changes letters one by one, wherever they stand."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it reads without a disguise."""

    code: str
    """Which disguise, in plain words: "base64"."""
    text: str = field(repr=False)


def readings(text: str) -> list[Reading]:
    """Return what else a text says, the likeliest first; for an ordinary text nothing.

    The readings of a text are bounded in number and length, so that what is disguised many times costs no more.
    """
    key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    if key in _bare:
        return []
    found = _readings(text)
    if not found:
        _bare[key] = None
        while len(_bare) > REMEMBERED:
            _bare.popitem(last=False)
    return found


def _readings(text: str) -> list[Reading]:
    clean = reveal(text)[0]
    room = max(LEAST_ROOM, ROOM * len(clean))
    found, known = [], {clean}
    waiting = [Reading("", clean)]
    for reading in _unseen(text):
        if reading.text not in known:
            known.add(reading.text)
            found.append(reading)
            waiting.append(reading)
    for _ in range(DEEPEST):
        deeper = []
        for outer in waiting:
            for reading in _taken_off(outer):
                cut = reading.text[:room].strip()
                if not cut or cut in known or len(found) >= MOST:
                    continue
                room -= len(cut)
                known.add(cut)
                deeper.append(Reading(reading.code, cut))
                found.append(deeper[-1])
        waiting = deeper
    return found


def _unseen(text: str) -> Iterator[Reading]:
    """Yield what is written in characters that cannot be seen, and what their direction turns round."""
    if text.isascii():
        return
    if secret := spell(text)[1] or reveal(text)[1]:
        yield Reading("hidden characters", secret)
    for match in _OVERRIDDEN.finditer(text):
        yield Reading("turned characters", reveal(match[1])[0][::-1])
        break


def _taken_off(outer: Reading) -> Iterator[Reading]:
    """Yield a text without each of the disguises that it may be in."""
    for name, change in LETTERS:
        if (changed := change(outer.text)) != outer.text:
            yield Reading(_named(outer, name), changed)
    for decoded in decode(outer.text):
        if len(decoded.inner.split()) > 1 and decoded.inner != decoded.whole:
            yield Reading(_named(outer, decoded.code), decoded.inner)
        yield Reading(_named(outer, decoded.code), decoded.whole)
    for name, undone in undo(outer.text):
        yield Reading(_named(outer, name), undone)


def _named(outer: Reading, name: str) -> str:
    return name if not outer.code or outer.code == name else f"{outer.code}, {name}"
