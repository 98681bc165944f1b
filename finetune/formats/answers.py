"""What a row says, as rated answers: something to follow, a better and a worse answer, or an answer with its thumb.

A row is one conversation, so that it is never split. Pure.
"""

import math
from collections.abc import Sequence

from finetune.errors import BadInput
from finetune.examples import Message, RatedAnswer
from finetune.formats import messages

UP = {"up", "1", "true", "yes", "good", "like", "liked", "+1", "positive", "thumbs up", "👍", "👍️"}
DOWN = {"down", "0", "false", "no", "bad", "dislike", "disliked", "-1", "negative", "thumbs down", "👎", "👎️"}
LONGEST_LABEL = 12


def demonstrated(where: str, said: Sequence[Message], learnt: Sequence[int] | None = None) -> list[RatedAnswer]:
    """Take the answers of a conversation as liked ones, each with all that came before it.

    Args:
        where: what names the row.
        said: the conversation, which must end with the assistant's message.
        learnt: the places of the answers that count, all where not given.

    Raises:
        BadInput: the conversation cannot be learnt from.
    """
    messages.check(said)
    if said[-1]["role"] != "assistant":
        raise BadInput("there is no answer to learn from; the last message must be the assistant's")
    places = [place for place, one in enumerate(said) if one["role"] == "assistant"] if learnt is None else learnt
    return [
        RatedAnswer(f"{where}#{place}", where, tuple(said[:place]), said[place]["content"], "up") for place in places
    ]


def compared(where: str, prompt: Sequence[Message], better: str, worse: str) -> list[RatedAnswer]:
    """Take two answers to a prompt as one that was disliked and its correction.

    As such they stay a pair: a liked and a disliked answer of their own would be paired with those of other rows on the
    same prompt as well, where A before B and B before C would end in B before A.

    Raises:
        BadInput: the two are the same.
    """
    if better == worse:
        raise BadInput("chosen and rejected are the same: leave the row out")
    return [RatedAnswer(f"{where}#0", where, tuple(prompt), worse, "down", correction=better)]


def thumbed(where: str, prompt: Sequence[Message], answer: str, label: object) -> list[RatedAnswer]:
    """Take an answer with its thumb.

    Raises:
        BadInput: the label is no thumb.
    """
    return [RatedAnswer(f"{where}#0", where, tuple(prompt), answer, "up" if liked(label) else "down")]


def liked(label: object) -> bool:
    """Tell a thumb up from one down: true, 1, up, yes, good, 👍, … and their opposites.

    Raises:
        BadInput: it is neither.
    """
    if isinstance(label, float) and math.isnan(label):
        raise BadInput("the label is NaN, not a number: give up or down, or leave the row out")
    said = str(int(label) if isinstance(label, float) and label.is_integer() else label).strip().lower()
    if said in UP or said in DOWN:
        return said in UP
    if not said or label is None:
        raise BadInput("there is no label: give up or down, or leave the row out")
    # A long one is no label but a text under the wrong name, and texts are not for error messages
    shown = repr(said) if len(said) <= LONGEST_LABEL else "the label"
    raise BadInput(f"{shown} is neither a thumb up nor one down: give up or down, true or false, 1 or 0")
