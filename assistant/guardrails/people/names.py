"""Where the names of persons stand: known names in any case, and unknown ones by their capital and by their place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.guardrails.people.lexicon import Lexicon, words
from assistant.guardrails.people.tokens import PLACEHOLDER, Line, Token

MOST = 6
"""Words of the longest name."""
_INITIAL = re.compile(r"[^\W\d_]\Z")


@dataclass(frozen=True, slots=True)
class Mention:
    """The words from `first` up to `last` that name a person; `keys` are those of them that tell who it is."""

    first: int
    last: int
    keys: tuple[str, ...]
    titled: int = 0
    """How many of these words are a title."""


class Names:
    """What the names of one message are."""

    def __init__(self, line: Line, lexicon: Lexicon) -> None:
        self._tokens = line.tokens
        self._line = line
        self._lexicon = lexicon
        letters = [token for token in line.tokens if token.text[0].isalpha() and len(token.text) > 1]
        loud = sum(token.text.isupper() for token in letters)
        self._cased = any(token.capital for token in letters) and loud * 2 < max(1, len(letters))
        self._possible = [at for at, token in enumerate(self._tokens) if self._worth_it(token)]
        self._seen: set[str] = set()

    def find(self) -> list[Mention]:
        """Return all mentions in order; a name that is one in one place is one wherever it has a capital."""
        found = list(self._once())
        self._seen = {key for mention in found for key in mention.keys}
        inside = {at for mention in found for at in range(mention.first, mention.last)}
        more = any(
            (t.capital or not self._cased) and t.key in self._seen and at not in inside
            for at, t in enumerate(self._tokens)
        )
        return list(self._once()) if more else found

    def _once(self) -> Iterator[Mention]:
        after = 0
        for at in self._possible:
            if at >= after and (mention := self._mention(at)):
                yield mention
                after = mention.last

    def _worth_it(self, token: Token) -> bool:
        """Whether a name may begin here: where capitals tell names, most words have none."""
        return (
            token.capital
            or not self._cased
            or token.key in self._lexicon.given
            or token.key in words("titles")
            or "-" in token.key
            or token.text[0] == "<"
        )

    def _mention(self, at: int) -> Mention | None:
        token = self._tokens[at]
        if token.kind == "N":
            return None
        if PLACEHOLDER.fullmatch(token.text):
            return Mention(at, at + 1, (token.key,))
        if not token.text[0].isalpha():
            return None
        start = self._after_title(at)
        if start > at or self._starts(at):
            last = self._end(start)
            keys = tuple(t.key for t in self._tokens[start:last] if len(t.key) > 1 and t.key not in words("particles"))
            return Mention(at, last, keys or (self._tokens[start].key,), start - at)
        return None

    def _after_title(self, at: int) -> int:
        """Return where the name begins to which a title belongs that stands here; else this place."""
        token = self._tokens[at]
        if token.key not in words("titles") and token.key not in words("callings"):
            return at
        after = at + 2 if self._key(at + 1) == "." else at + 1
        if after >= len(self._tokens) or "\n" in self._tokens[after].gap:
            return at
        name = self._tokens[after]
        if not name.text[0].isalpha() or name.key in words("never") or name.key in words("predicates"):
            return at
        if token.key in words("callings") or token.key in ("sir", "lady", "miss", "lord", "madam"):
            named = self._lexicon.named(name.key) or name.key in self._lexicon.surnames
            return after if token.capital and (name.capital or named) else at
        return after if name.capital or not self._lexicon.ordinary(name.key) or self._known(name.key) else at

    def _starts(self, at: int) -> bool:
        token = self._tokens[at]
        if (
            token.key in words("never")
            or token.key in words("titles")
            or (token.key in words("particles") and not token.capital)
        ):
            return False
        if self._before_institution(at):
            return False
        if self._lexicon.group(token.key) or token.key in self._lexicon.places:
            return self._named_like_a_place(at)
        if not self._cased or not token.capital:
            return self._small(at)
        if token.text[:2].isupper() and token.text[:2].isalpha() and len(token.text) > 1 and not self._known(token.key):
            return False
        return self._first_word(at) if self._line.begins(at) else self._inside(at)

    def _small(self, at: int) -> bool:
        """Whether a word without a capital, or where capitals tell nothing, names a person."""
        token = self._tokens[at]
        if self._lexicon.named(token.key):
            return not self._placed(at)
        if self._cased and not token.capital:
            return False
        if token.key in self._seen and self._line.begins(at) and token.key not in words("auxiliary"):
            return self._key(at + 1) not in words("objects")
        odd = token.key in self._lexicon.ambiguous or not self._lexicon.ordinary(token.key)
        return (
            odd and len(token.key) > 1 and token.text.replace("-", "").replace("'", "").isalpha() and self._awaited(at)
        )

    def _first_word(self, at: int) -> bool:
        """Whether the first word of a sentence names a person."""
        token = self._tokens[at]
        if token.key in self._seen:
            return True
        if self._lexicon.named(token.key):
            return True
        if self._known(token.key):
            after, then = self._key(at + 1), self._key(at + 2)
            return after in words("predicates") or (after == "," and self._lexicon.named(then)) or self._full(at + 1)
        if self._lexicon.ordinary(token.key) or not token.text.replace("-", "").replace("'", "").isalpha():
            return False
        after = self._key(at + 1)
        return after in words("predicates") or after in ",:(" or after.endswith(("s", "ed")) or self._full(at + 1)

    def _inside(self, at: int) -> bool:
        """Whether a word with a capital in the middle of a sentence names a person."""
        token, before = self._tokens[at], self._key(at - 1)
        if token.key in self._seen:
            return True
        if self._placed(at) or before in ("the", "a", "an") or self._abbreviated(at):
            return False
        if self._tokens[at - 1].capital and not self._line.begins(at - 1) and before not in self._lexicon.roles:
            return self._lexicon.named(token.key)
        if self._lexicon.ordinary(token.key) and not self._known(token.key):
            return self._awaited(at)
        return True

    def _abbreviated(self, at: int) -> bool:
        """Whether a single letter here belongs to an abbreviation, such as U.S., and not to a name."""
        if len(self._tokens[at].text) > 1:
            return False
        return self._key(at + 1) != "." or at + 2 >= len(self._tokens) or self._tokens[at + 2].gap != " "

    def _named_like_a_place(self, at: int) -> bool:
        """Whether a word that is also a group or a place names a person, such as Christian or Jordan."""
        token = self._tokens[at]
        if not self._known(token.key) or self._placed(at) or self._key(at - 1) in ("a", "an", "the", "("):
            return False
        after = self._key(at + 1)
        if after in self._lexicon.roles or after in self._lexicon.neutral or self._lexicon.group(after):
            return False
        if token.key in self._seen:
            return True
        if self._key(at - 1) in ("is", "was", "are", "be", "being") and after in (".", ",", "and", "but", "", "?"):
            return self._line.begins(at - 1)
        if token.capital and self._cased:
            return self._line.begins(at) is False or after in words("predicates")
        return self._awaited(at)

    def _awaited(self, at: int) -> bool:
        """Whether a person's name is what one waits for here."""
        before, after = self._key(at - 1), self._key(at + 1)
        if before in words("openers") and self._line.begins(at - 1):
            return after not in ("", ".", "?")
        if self._tokens[at].key in words("auxiliary"):
            return False
        if before in self._lexicon.roles or before in words("decisive"):
            return not self._tokens[at - 1].capital or self._line.begins(at - 1)
        if before in words("between") and self._tokens[at].capital and self._cased:
            return not self._tokens[at - 1].capital
        if before in words("openers") or self._line.begins(at):
            return after in words("predicates")
        if before in ("or", "and", "vs", "versus") and self._lexicon.named(self._key(at - 2)):
            final = after in ("", ".", "?", "!") and self._tokens[at].key in self._lexicon.ambiguous
            return final or not self._lexicon.ordinary(self._tokens[at].key)
        return after in ("or", "and") and self._lexicon.named(self._key(at + 2))

    def _placed(self, at: int) -> bool:
        """Whether a place is what one waits for here."""
        token, before, earlier = self._tokens[at], self._key(at - 1), self._key(at - 2)
        if token.key in self._lexicon.places and before in ("from", "in", "at", "near"):
            return True
        if before in words("located"):
            return earlier not in ("trust", "confidence", "believe", "faith", "interested", "disappointed")
        if before == "at":
            return earlier not in words("at_a_person")
        if before == "to" and earlier in words("to_a_place"):
            return True
        if before == "of" and earlier in words("of_a_place"):
            return not self._known(token.key)
        if before == "from":
            like = token.key in self._lexicon.places or not self._known(token.key)
            return like and (earlier in words("coming") or self._person_before(at - 2))
        return False

    def _person_before(self, at: int) -> bool:
        key = self._key(at)
        return (
            key in self._lexicon.roles or key in self._lexicon.neutral or self._lexicon.group(key) or self._known(key)
        )

    def _before_institution(self, at: int) -> bool:
        """Whether these capitals are of a company, a street or the like: Goldman Bank."""
        last = at + 1
        while last < min(len(self._tokens), at + 4) and self._tokens[last].capital and self._tokens[last].gap == " ":
            if self._tokens[last].key in words("institutions"):
                return True
            last += 1
        return False

    def _end(self, at: int) -> int:
        """Return where the name ends that begins here."""
        last = at + 1
        while last < len(self._tokens) and last - at < MOST:
            step = self._step(last)
            if not step:
                break
            last += step
        return last

    def _step(self, at: int) -> int:
        """Return how many words from here on still belong to the name before."""
        token = self._tokens[at]
        if token.text == "." and _INITIAL.match(self._tokens[at - 1].text) and not token.gap:
            return 1
        if token.gap != " " and token.gap != "\u00a0":
            return 0
        if token.key in words("endings"):
            return 1
        if token.key.startswith(("al-", "el-", "ar-", "as-", "ash-", "an-", "ibn-", "ben-")):
            return 1
        if token.key in words("particles") and self._belongs(at + 1):
            return 2
        if token.key in words("particles") and self._key(at + 1) in words("particles") and self._belongs(at + 2):
            return 3
        return int(self._belongs(at))

    def _belongs(self, at: int) -> bool:
        """Whether a word that follows a name is a part of it."""
        if at >= len(self._tokens) or "\n" in self._tokens[at].gap:
            return False
        token = self._tokens[at]
        if not token.text[0].isalpha() or token.key in words("never") or token.kind == "N":
            return False
        if _INITIAL.match(token.text):
            return token.capital and self._cased
        if self._cased and token.capital:
            return not self._heads_a_group(at) and not (token.text.isupper() and len(token.text) > 3)
        if self._lexicon.named(token.key):
            return True
        return token.key in self._lexicon.surnames and not self._lexicon.ordinary(token.key)

    def _full(self, at: int) -> bool:
        """Whether a word with a capital makes a full name of the word before, and is no ordinary one."""
        return self._belongs(at) and self._tokens[at].capital and not self._lexicon.ordinary(self._tokens[at].key)

    def _heads_a_group(self, at: int) -> bool:
        after = self._key(at + 1)
        return self._lexicon.group(self._tokens[at].key) and (
            after in self._lexicon.roles or after in self._lexicon.neutral
        )

    def _known(self, key: str) -> bool:
        known = key in self._lexicon.given or key in self._lexicon.surnames or key in self._lexicon.ambiguous
        return known or self._lexicon.named(key)

    def _key(self, at: int) -> str:
        return self._tokens[at].key if 0 <= at < len(self._tokens) else ""
