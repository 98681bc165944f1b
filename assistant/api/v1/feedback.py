"""Feedback: what somebody thinks of an answer, from which the assistant learns."""

from typing import Annotated, Any, Literal

from pydantic import Field

from assistant.api.callers import Caller, caller
from assistant.api.v1 import shapes
from assistant.api.v1.asking import Asked, Name, Text
from assistant.api.v1.problems import Problem, responses
from assistant.assembly import Assistant
from assistant.errors import BadInput
from assistant.turns import Rating, Turn

Good = Literal["correct", "clear", "well sourced"]
Bad = Literal["wrong", "not in the documents", "wrong source", "too long", "too short", "unsafe", "should have refused"]
"""The reasons of `turns.REASONS`, which a test holds alike."""
Long = Annotated[Text, Field(max_length=20_000)]


class Opinion(Asked):
    """What is said of an answer, whatever the thumb."""

    turn_id: Name
    """As the answer named it."""
    comment: Long | None = None
    correction: Long | None = None
    """The answer that should have been given."""


class Up(Opinion):
    """A good answer."""

    thumb: Literal["up"]
    reasons: Annotated[tuple[Good, ...], Field(max_length=20)] = ()


class Down(Opinion):
    """A bad answer."""

    thumb: Literal["down"]
    reasons: Annotated[tuple[Bad, ...], Field(max_length=20)] = ()


class Withdrawal(Asked):
    """A rating is taken back."""

    turn_id: Name
    thumb: Literal["none"]


Feedback = Annotated[Up | Down | Withdrawal, Field(discriminator="thumb")]


def router(assistant: Assistant) -> Any:
    """Build the route /feedback."""
    from fastapi import APIRouter, Request

    routes = APIRouter(tags=["feedback"])

    @routes.post("/feedback", responses=responses(shapes.Rated, 400, 404, 413))
    def rate(request: Request, given: Feedback) -> dict[str, Any]:
        """Set, change or take back the rating of an answer; personal data in its words is masked before it is kept."""
        turn = _turn(assistant, caller(request), given.turn_id)
        rating = None
        if not isinstance(given, Withdrawal):
            reasons = tuple(dict.fromkeys(given.reasons))
            rating = Rating(given.thumb, reasons, given.comment or None, given.correction or None)
        return _row(assistant.engine.rate(turn.id, rating))

    return routes


def _turn(assistant: Assistant, who: Caller, turn_id: str) -> Turn:
    """Return an answer of a program's conversation that the caller may see."""
    store = assistant.store
    missing = Problem(404, "there is no such answer: turn_id is a field of each message", "turn_id")
    try:
        turn = store.turn(turn_id, who.owner)
    except BadInput as error:
        raise missing from error
    conversation = store.conversation(turn.conversation_id)
    if conversation is None or conversation.origin != "api":
        raise missing
    if turn.id in assistant.access(who.user).forbidden(store.turns(turn.conversation_id)):
        raise missing
    return turn


def _row(turn: Turn) -> dict[str, Any]:
    rating = turn.rating
    return {
        "object": "feedback",
        "turn_id": turn.id,
        "thumb": rating.thumb if rating else "none",
        "reasons": list(rating.reasons) if rating else [],
        "comment": rating.comment if rating else None,
        "correction": rating.correction if rating else None,
    }
