"""The recognisers of personal data and secrets: Presidio's, and our own in Presidio's form. No network is used."""

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from assistant.guardrails.personal import accounts, addresses, contacts, credentials, identities, names, passwords
from assistant.guardrails.personal.recogniser import Recogniser, Where
from assistant.guardrails.personal.windows import SIX, Text, Window, plain

LOOKS = 4
NEAR = 64
"""Characters around what was found that are looked at again."""
_GONE = "\n"
"""What stands in the place of what was found when a text is looked at again."""


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data in a text: where, and of which kind."""

    start: int
    end: int
    label: str

    def moved(self, by: int) -> "Found":
        """Return it further on in a longer text."""
        return Found(self.start + by, self.end + by, self.label)


class Recognisers:
    """All recognisers that the policy asks for."""

    def __init__(self, labels: Sequence[str], regions: Sequence[str], name_model: str = "") -> None:
        # Presidio logs what it could not validate, and that is what people wrote.
        logging.getLogger("presidio-analyzer").disabled = True
        kinds: dict[str, Callable[[], Iterator[Recogniser]]] = {
            "KEY": lambda: chain(credentials.recognisers(), passwords.recognisers()),
            "CARD IBAN BANK IP": accounts.recognisers,
            "SSN ID BIRTH": identities.recognisers,
            "EMAIL PHONE": lambda: contacts.recognisers(regions),
            "ADDRESS": addresses.recognisers,
            "NAME": lambda: names.recognisers(name_model),
        }
        wanted = [built for kind, built in kinds.items() if set(kind.split()) & set(labels)]
        found = chain.from_iterable(built() for built in wanted)
        self._recognisers: dict[Where, list[Recogniser]] = {}
        for recogniser in found:
            if recogniser.label in labels:
                self._recognisers.setdefault(recogniser.where, []).append(recogniser)

    def find(self, text: str) -> list[Found]:
        """Return what was found, in order, without overlaps.

        Around what was found it is looked again with that taken out: of two numbers side by side one may hide the
        other.
        """
        text = plain(text)
        fresh, hidden = self._once(text)
        found = fresh
        for _ in range(LOOKS):
            text = _without(text, fresh)
            looks = [self._again(text, *stretch) for stretch in _beside(text, fresh, hidden)]
            fresh, hidden = [one for look in looks for one in look[0]], [one for look in looks for one in look[1]]
            if not fresh:
                break
            found = sorted([*found, *fresh], key=lambda one: one.start)
        return found

    def _once(self, text: str) -> tuple[list[Found], list[Found]]:
        """Look once, and return what was found and what it hides.

        The surer of two that overlap is kept, then the longer, then the one that is looked for first.
        """
        looked = Text(text)
        found = []
        for where, recognisers in self._recognisers.items():
            if windows := list(where(looked)):
                found += [Found(*at, one.label) for one in recognisers for at in one.find(looked, windows)]
        kept: list[Found] = []
        hidden: list[Found] = []
        for one in sorted(found, key=lambda f: (f.start, f.start - f.end)):
            if not kept or one.start >= kept[-1].end:
                kept.append(one)
            elif _weight(one) > _weight(kept[-1]):
                hidden.append(kept[-1])
                kept[-1] = one
            elif one.end > kept[-1].end:
                hidden.append(one)
        return kept, hidden

    def _again(self, text: str, start: int, end: int) -> tuple[list[Found], list[Found]]:
        """Look at a stretch of a text; what reaches its border may go on beyond it, and so is left."""
        kept, hidden = ([one.moved(start) for one in found] for found in self._once(text[start:end]))
        whole = [one for one in kept if (one.start > start or start == 0) and (one.end < end or end == len(text))]
        return whole, hidden


def _weight(one: Found) -> tuple[bool, int]:
    """Any number may be a telephone number; what has a check digit or a form of its own is not one by chance."""
    return one.label != "PHONE", one.end - one.start


def _beside(text: str, found: Sequence[Found], hidden: Sequence[Found]) -> list[Window]:
    """Return the stretches around what was found that still hold numbers, or what was hidden by it."""
    places = [place for one in found for place in range(one.start, one.end, NEAR)]
    starts = sorted(one.start for one in hidden)
    return [
        (start, end)
        for start, end in Text(text).merged(places, NEAR, 2 * NEAR)
        if SIX.search(text, start, end) or bisect_left(starts, start) < bisect_left(starts, end)
    ]


def _without(text: str, found: Sequence[Found]) -> str:
    parts, at = [], 0
    for one in found:
        parts += [text[at : one.start], _GONE * (one.end - one.start)]
        at = one.end
    return "".join([*parts, text[at:]])
