"""A piece of an answer as the model gives it: text, and the probabilities of its tokens where they were asked for."""

from assistant.turns import Scored


class Piece(str):
    """The text that one more token settles, which may be empty."""

    __slots__ = ("scored",)
    scored: tuple[Scored, ...]

    def __new__(cls, text: str, scored: tuple[Scored, ...] = ()) -> "Piece":
        """Make a piece."""
        piece = super().__new__(cls, text)
        piece.scored = scored
        return piece
