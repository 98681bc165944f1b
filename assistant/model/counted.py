"""A stream of pieces that remembers when the first of them came and how many there were."""

import time
from collections.abc import Generator

from assistant.model.pieces import Piece
from assistant.turns import Scored


class Counted:
    """Counts the pieces of a stream."""

    def __init__(self, pieces: Generator[str, None, None]) -> None:
        self._pieces = pieces
        self.first: float | None = None
        self.count = 0
        self.text = ""
        """What the model has written so far, which may not be shown."""
        self.scored: tuple[Scored, ...] = ()
        """Its tokens with their probabilities, where those were asked for."""

    def stream(self) -> Generator[str, None, None]:
        """Yield the pieces; closing this closes the model's stream."""
        try:
            for piece in self._pieces:
                self.first = self.first or time.perf_counter()
                self.count += 1
                self.text += piece
                self.scored += piece.scored if isinstance(piece, Piece) else ()
                yield piece
        finally:
            self._pieces.close()
