"""A message as words that know where they stood, so that they can be replaced one by one."""

import re
from dataclasses import dataclass, field

from assistant.guardrails.people.lexicon import by_word, fold

_APOSTROPHE = "'’‘ʼ"
_MARKS = "\u0300-\u036f"
TOKEN = re.compile(
    rf"<[A-Z]{{1,20}}_\d{{1,6}}>|[\w{_MARKS}]+(?:[{_APOSTROPHE}-][\w{_MARKS}]+)*|\S",
)
PLACEHOLDER = re.compile(r"<(?:NAME|PERSON)_\d{1,6}>")
_CLITIC = re.compile(rf"[{_APOSTROPHE}](?:s|re|ve|ll|d|m)$", re.IGNORECASE)
_RUN_TOGETHER = {"hes": 2, "shes": 3, "theyre": 4, "theyve": 4, "hed": 2, "theyd": 4, "whos": 3}
"""Words that were written without their apostrophe, and where it belongs."""
ENDS = frozenset(".?!:;\n•*")


@dataclass(slots=True)
class Token:
    """A word, a number or a sign: what it reads now, the space before it, and from where to where it stood."""

    text: str
    gap: str
    start: int
    end: int
    kind: str
    """One letter for what part it plays; see grammar.py."""
    key: str
    """The word, folded."""
    capital: bool
    """Whether it begins with a capital letter, or with one of a script that has none."""

    @classmethod
    def new(cls, text: str, gap: str, start: int, end: int, kind: str) -> "Token":
        """Make one for a word that was not in the message."""
        return cls(text, gap, start, end, kind, fold(text), _capital(text[0]))


@dataclass(slots=True)
class Line:
    """The words of a message in order, and what was taken out of it."""

    tokens: list[Token]
    gone: list[tuple[int, int]] = field(default_factory=list)
    """From where to where words stood that were dropped or replaced."""

    @property
    def kinds(self) -> str:
        """The kinds of all words, a letter for each."""
        return "".join(token.kind for token in self.tokens)

    def begins(self, at: int) -> bool:
        """Whether a word is the first of a sentence."""
        for place in range(at, max(-1, at - 4), -1):
            if place == 0 or "\n" in self.tokens[place].gap or self.tokens[place - 1].text in ENDS:
                return True
            if self.tokens[place - 1].text not in "\"“'([":
                return False
        return False

    def put(self, first: int, last: int, text: str, kind: str) -> None:
        """Replace the words from `first` up to `last` by one."""
        old = self.tokens[first:last]
        self.gone.append((old[0].start, old[-1].end))
        self.tokens[first:last] = [Token.new(text, old[0].gap, old[0].start, old[-1].end, kind)]

    def write(self, at: int, text: str) -> None:
        """Let a word read otherwise, with a capital where it had one."""
        token = self.tokens[at]
        if token.text[0].isupper() and (self.begins(at) or token.text.istitle()):
            text = text[0].upper() + text[1:]
        if text != token.text:
            self.gone.append((token.start, token.end))
            token.text, token.key = text, fold(text)

    def drop(self, first: int, last: int) -> None:
        """Take out the words from `first` up to `last`; what follows takes over their space and their capital."""
        old = self.tokens[first:last]
        heads = self.begins(first)
        self.gone.append((old[0].start, old[-1].end))
        del self.tokens[first:last]
        if first < len(self.tokens):
            after = self.tokens[first]
            worded = after.text[0].isalnum() or after.text in "([“\"'"
            if worded and (heads or old[0].text[0].isalnum()):
                after.gap = old[0].gap
            elif not worded:
                after.gap = "" if after.text in ".,?!;:)" else after.gap
            if heads and old[0].text[0].isupper() and after.text[0].islower():
                after.text = after.text[0].upper() + after.text[1:]

    def join(self) -> str:
        """Return the message as it reads now."""
        return "".join(token.gap + token.text for token in self.tokens)

    def spans(self) -> list[tuple[int, int]]:
        """Return what was replaced or taken out, in order, without overlaps."""
        merged: list[tuple[int, int]] = []
        for start, end in sorted(self.gone):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged


@by_word
def _seen(word: str) -> tuple[int, str, str, bool]:
    """Return how many characters a word has before its 's, 're and the like, these, folded, and if it has a capital."""
    bare = _RUN_TOGETHER.get(word.lower(), 0)
    if not bare:
        clitic = _CLITIC.search(word)
        bare = clitic.start() if clitic and clitic.start() else len(word)
    return bare, word[:bare], fold(word[:bare]), _capital(word[0])


def _capital(letter: str) -> bool:
    return letter.isupper() or (letter.isalpha() and not letter.islower())


def read(text: str) -> Line:
    """Cut a message into words and signs; 's, 're, 've, 'll, 'd and 'm are words of their own."""
    tokens: list[Token] = []
    at = 0
    for match in TOKEN.finditer(text):
        start, end = match.span()
        bare, word, key, capital = _seen(match[0])
        cut = start + bare
        tokens.append(Token(word, text[at:start], start, cut, "x", key, capital))
        if cut < end:
            short = fold(text[cut:end])
            tokens.append(Token.new(short if short[0] == "'" else f"'{short}", "", cut, end, "x"))
        at = end
    return Line(tokens)
