"""Prompt lookup: answers quote their passages, so what followed the last words before is guessed to follow again.

The model checks a guess in the very pass that gives the next token, so a right one costs next to nothing (Saxena,
Prompt Lookup Decoding, 2023; Leviathan et al., Fast Inference from Transformers via Speculative Decoding, 2023).
"""

GRAM = 3
"""How many tokens in a row make a place in the text known again."""
FIRST, MOST = 4, 12
"""How many tokens are guessed at first, and at most."""
REST = 6
"""After a guess that was wrong from the start, so many tokens go by without one."""


class Lookup:
    """Finds in the tokens so far what may come next; learns how much of it to believe."""

    def __init__(self, tokens: list[int]) -> None:
        self._tokens: list[int] = []
        self._places: dict[tuple[int, ...], int] = {}
        self._length = FIRST
        self._resting = 0
        for token in tokens:
            self.add(token)

    def add(self, token: int) -> None:
        """Take the next token that is certain."""
        if len(self._tokens) >= GRAM:
            self._places[tuple(self._tokens[-GRAM:])] = len(self._tokens)
        self._tokens.append(token)
        self._resting = max(0, self._resting - 1)

    def guess(self, most: int) -> list[int]:
        """Return at most so many tokens that may come next."""
        if self._resting or most < 1:
            return []
        place = self._places.get(tuple(self._tokens[-GRAM:]))
        return [] if place is None else self._tokens[place : place + min(most, self._length)]

    def learn(self, guessed: int, right: int) -> None:
        """Hear how many of the guessed tokens were right."""
        if not guessed:
            return
        if right == guessed:
            self._length = min(MOST, 2 * self._length)
        elif right == 0:
            self._length = FIRST
            self._resting = REST
