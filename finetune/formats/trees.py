"""Trees of conversations as OpenAssistant publishes them: every answer with the replies to it, ranked. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from finetune.errors import BadInput
from finetune.examples import Message, RatedAnswer
from finetune.formats import messages


def fits(row: Mapping[str, Any]) -> bool:
    """Whether a row looks like a tree."""
    return isinstance(row.get("prompt"), Mapping) and "replies" in row["prompt"]


def read(row: Mapping[str, Any], where: str) -> list[RatedAnswer]:
    """Read a tree: of the ranked answers to a prompt the first is liked and the others not; a lone answer is liked.

    What was deleted, or failed its review, is left out with all that follows it.

    Raises:
        BadInput: there is no answer in it, or it is no tree.
    """
    found: list[RatedAnswer] = []
    _walk(row["prompt"], [], where, found)
    if not found:
        raise BadInput("there is no answer in this tree: leave it out")
    return found


def _walk(node: Mapping[str, Any], before: Sequence[Message], where: str, found: list[RatedAnswer]) -> None:
    """Add what the branch below a message holds to what was found."""
    said = [*before, messages.message(node)]
    replies = [reply for reply in _replies(node) if _counts(reply)]
    if said[-1]["role"] == "user":
        messages.check(said)
        ranked = sorted((one for one in replies if isinstance(one.get("rank"), int)), key=_rank)
        for place, reply in enumerate(ranked or replies[:1]):
            name, answer = f"{where}#{len(found)}", messages.answer(reply)
            found.append(RatedAnswer(name, where, tuple(said), answer, "down" if place else "up"))
    for reply in replies:
        _walk(reply, said, where, found)


def _replies(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    replies = node.get("replies") or []
    if not isinstance(replies, list) or not all(isinstance(reply, Mapping) for reply in replies):
        raise BadInput("replies must be a list of messages")
    return replies


def _counts(reply: Mapping[str, Any]) -> bool:
    return not reply.get("deleted") and reply.get("review_result") is not False


def _rank(reply: Mapping[str, Any]) -> int:
    return int(reply["rank"])
