"""Tokens to text as they come, and where a stop string ends it."""

from typing import Any


class Detokenizer:
    """Turns tokens into text; a character made of several tokens, and what may begin a stop string, is held back."""

    def __init__(self, tokenizer: Any, stop: tuple[str, ...] = ()) -> None:
        self._tokenizer = tokenizer
        self._stop = tuple(string for string in stop if string)
        self._special = set(tokenizer.all_special_ids)
        self._tokens: list[int] = []
        self._read = 0
        self._shown = 0
        self._text = ""
        self._given = 0
        self.ended = False
        """Whether a stop string has been met; the text ends before it."""

    def add(self, token: int) -> str:
        """Take one more token and return the text that it settles, which may be empty."""
        if token in self._special or self.ended:
            return ""
        self._tokens.append(token)
        # The two windows share a prefix, so that the spacing which a decoder puts between tokens comes out right.
        before = self._tokenizer.decode(self._tokens[self._shown : self._read], clean_up_tokenization_spaces=False)
        after = self._tokenizer.decode(self._tokens[self._shown :], clean_up_tokenization_spaces=False)
        if after.endswith("\ufffd"):
            return ""
        self._shown, self._read = self._read, len(self._tokens)
        self._text += after[len(before) :]
        return self._give(self._settled())

    def rest(self) -> str:
        """Return what was still held back when the tokens ended."""
        if not self.ended and self._read < len(self._tokens):
            pending = self._tokenizer.decode(self._tokens[self._read :], clean_up_tokenization_spaces=False)
            self._text += pending.rstrip("\ufffd")
        return self._give(len(self._text))

    def _settled(self) -> int:
        found = [at for string in self._stop if (at := self._text.find(string)) >= 0]
        if found:
            self.ended = True
            self._text = self._text[: min(found)]
            return len(self._text)
        return len(self._text) - max((_overlap(self._text, string) for string in self._stop), default=0)

    def _give(self, end: int) -> str:
        piece = self._text[self._given : end]
        self._given = max(self._given, end)
        return piece


def _overlap(text: str, string: str) -> int:
    """Return how many characters at the end of the text may be the beginning of the string."""
    return next((n for n in range(min(len(string) - 1, len(text)), 0, -1) if text.endswith(string[:n])), 0)
