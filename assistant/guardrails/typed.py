"""What a person types beside a question: comments, corrections and titles, masked as questions are."""

from collections.abc import Sequence

from assistant.errors import BadInput
from assistant.guardrails.rails import Context, Rails, check
from assistant.guardrails.restoring import Originals
from assistant.turns import Turn


def masked(
    rails: Rails,
    text: str,
    turn: Turn | None = None,
    originals: Originals | None = None,
    turns: Sequence[Turn] = (),
) -> str:
    """Mask the personal data in a text.

    Args:
        rails: those of the policy; the one that masks is run.
        text: what was typed; of blanks nothing is left.
        turn: what it is about: a datum of its question has the same placeholder here.
        originals: what its placeholders stand for, as far as it is known; what is masked now is added.
        turns: all of its conversation: a placeholder of theirs is given to nothing else.

    Raises:
        BadInput: the rail that masks is broken, so that the text cannot be kept.
    """
    if not text.strip():
        return ""
    masking = [rail for rail in rails.input if rail.name == "privacy"]
    known = originals.of(turn.conversation_id, turn.position) if turn and originals else ()
    context = Context("input", rails.audience, said=said(turns), originals=known, seconds=rails.seconds)
    checked = check(masking, text.encode("utf-8", "replace").decode().strip(), context)
    if checked.stopped:
        raise BadInput(checked.reason or "this text could not be checked for personal data, so it was not kept")
    if turn and originals:
        originals.remember(turn.conversation_id, turn.position, checked.originals)
    return checked.text


def said(turns: Sequence[Turn]) -> tuple[str, ...]:
    """List what was said in some turns and about them, as it is kept."""
    ratings = [turn.rating for turn in turns if turn.rating]
    words = [text for rating in ratings for text in (rating.comment, rating.correction) if text]
    return (*(text for turn in turns for text in (turn.question, turn.answer)), *words)
