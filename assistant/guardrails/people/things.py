"""What has a name and is no private person: products, companies, places, and figures of history and fiction."""

import tomllib
from collections.abc import Callable, Iterator
from functools import cache

from assistant.guardrails.people.lexicon import HERE, Lexicon, words
from assistant.guardrails.people.names import Mention
from assistant.guardrails.people.tokens import ENDS, Line

BETWEEN = 6
"""Words that may stand between two that are compared."""


@cache
def listed(part: str, name: str | None = None) -> frozenset[str]:
    """Return a part of things.toml, or one list of it."""
    lists = _read()[part]
    return frozenset(" ".join(lists.values() if name is None else [lists[name]]).split())


@cache
def _read() -> dict[str, dict[str, str]]:
    return tomllib.loads((HERE / "things.toml").read_text(encoding="utf-8"))


def figures(held: set[str], lexicon: Lexicon) -> int:
    """Return how many figures of history or fiction are among the words: 0, 1 where people bear their names too, or 2.

    None where somebody else is named.
    """
    borne = held & listed("figures", "borne")
    unique = held & listed("figures", "unique")
    if (not unique and len(borne) < 2) or any(lexicon.named(word) for word in held - borne - unique):
        return 0
    return 2 if unique else 1


class Things:
    """Which mentions of a line are of things; each is told by its list or by what it stands beside."""

    def __init__(self, line: Line, lexicon: Lexicon) -> None:
        self._tokens, self._line, self._lexicon = line.tokens, line, lexicon
        self._somebody = True

    def without(
        self, mentions: list[Mention], somebody: Callable[[], bool], compared: Callable[[], bool]
    ) -> list[Mention]:
        """Return the mentions of persons.

        `somebody` tells whether the words of the line are on a person, `compared` whether it does but compare.
        """
        kinds = {mention.first: self._kind(mention) for mention in mentions}
        if set(kinds.values()) <= {"person", "borne"}:
            return mentions
        self._somebody = somebody()
        person = "person" in kinds.values()
        if not person and not self._somebody and len(mentions) > 1 and compared():
            return [mention for mention in mentions if kinds[mention.first] == "borne"]
        things = self._things(mentions, kinds, person)
        return [mention for mention in mentions if mention.first not in things]

    def _things(self, mentions: list[Mention], kinds: dict[int, str], person: bool) -> set[int]:
        """Return where the mentions of things begin."""
        things = set()
        for chain in self._chains(mentions):
            kind = [kinds.get(at, "thing") for at, _ in chain]
            sure = "thing" in kind or (not self._somebody and (kind.count("shared") > 1 or self._used(chain[0][0])))
            for (at, _), one in zip(chain, kind, strict=True):
                alone = one == "shared" and not self._somebody and not self._named(self._tokens[at].key)
                beside = sure and (one == "shared" or (one == "unknown" and not person and not self._somebody))
                if one == "thing" or alone or beside:
                    things.add(at)
        return things

    def _kind(self, mention: Mention) -> str:
        """Return whether this is a thing, may be one, is unknown or a person."""
        keys = [token.key for token in self._tokens[mention.first : mention.last]]
        given = any(key in self._lexicon.given for key in keys)
        if self._venue(mention) or (keys[0] in listed("never") and not mention.titled and not given):
            return "thing"
        if len(keys) == 1 and keys[0] in listed("shared"):
            return "shared"
        if len(keys) > 1 or given or self._tokens[mention.first].text[0] == "<":
            return "person"
        return "borne" if self._named(keys[0]) else "unknown"

    def _named(self, key: str) -> bool:
        return key in self._lexicon.given or key in self._lexicon.surnames

    def _venue(self, mention: Mention) -> bool:
        """Whether this is the restaurant Da Mario, and not the restaurant Mario works for."""
        if mention.first < 2 or self._tokens[mention.first - 2].key not in ("the", "a", "our"):
            return False
        after = self._tokens[mention.last].key if mention.last < len(self._tokens) else "."
        return self._tokens[mention.first - 1].key in words("venues") and after in words("after_venues")

    def _used(self, at: int) -> bool:
        return at > 0 and self._tokens[at - 1].key in words("using")

    def _chains(self, mentions: list[Mention]) -> Iterator[list[tuple[int, int]]]:
        """Return what is compared or listed together, from where to where each of it stands."""
        places = {mention.first: mention.last for mention in mentions}
        inside = {at for first, last in places.items() for at in range(first, last)}
        for at, token in enumerate(self._tokens):
            if at not in inside and token.capital and token.key in listed("never") and not self._line.begins(at):
                places[at] = at + 1
        chain: list[tuple[int, int]] = []
        for place in sorted(places.items()):
            if chain and not self._joined(chain[-1][1], place[0]):
                yield chain
                chain = []
            chain.append(place)
        yield chain

    def _joined(self, after: int, before: int) -> bool:
        """Whether two are joined by what stands between them."""
        if before - after > BETWEEN:
            return False
        between = [token.key for token in self._tokens[after:before]]
        joins = words("joins")
        fills = all(key in joins or key in words("comparing") for key in between)
        return fills and not joins.isdisjoint(between) and ENDS.isdisjoint(between)
