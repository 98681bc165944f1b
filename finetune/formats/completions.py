"""TRL's rows of a prompt and its answers: prompt-completion, preference and unpaired, as texts or messages. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from finetune.errors import BadInput
from finetune.examples import Message, RatedAnswer
from finetune.formats import answers, columns, messages, transcripts


def fits(row: Mapping[str, Any]) -> bool:
    """Whether a row looks like a prompt and its completion."""
    # With a rating or a correction beside them they are named columns, which know what to do with these
    return "prompt" in row and "completion" in row and "rating" not in row and "correction" not in row


def read(row: Mapping[str, Any], where: str) -> list[RatedAnswer]:
    """Read a prompt and its completion, with its thumb where there is a label.

    Raises:
        BadInput: it cannot be learnt from.
    """
    messages.refuse_media(row)
    prompt = messages.prompt(row["prompt"], row.get("system"))
    said = row["completion"]
    if "label" in row:
        return answers.thumbed(where, prompt, _text(said), row["label"])
    completion = [Message(role="assistant", content=_text(said))] if isinstance(said, str) else messages.parse(said)
    whole = [*prompt, *completion]
    learnt = [place for place in range(len(prompt), len(whole)) if whole[place]["role"] == "assistant"]
    return answers.demonstrated(where, whole, learnt)


def fits_preference(row: Mapping[str, Any]) -> bool:
    """Whether a row looks like two answers to a prompt."""
    return ("chosen" in row and "rejected" in row) or "preferred_output" in row


def read_preference(row: Mapping[str, Any], where: str) -> list[RatedAnswer]:
    """Read two answers to a prompt that is given (TRL, OpenAI), or that both begin with.

    Raises:
        BadInput: it cannot be learnt from, or the two are not on the same prompt.
    """
    messages.refuse_media(row)
    if "preferred_output" in row:
        asked = row.get("input")
        prompt = messages.prompt(asked.get("messages") if isinstance(asked, Mapping) else None)
        chosen, rejected = row["preferred_output"], row.get("non_preferred_output")
        return answers.compared(where, prompt, messages.answer(chosen), messages.answer(rejected))
    chosen, rejected = _whole(row["chosen"]), _whole(row["rejected"])
    if chosen is not None and rejected is not None:
        return _parted(where, chosen, rejected, row.get("system"))
    asked, better, worse = row.get("prompt", row.get("messages")), row["chosen"], row["rejected"]
    if asked is None:
        asked, better, worse = _apart(better, worse)
    return answers.compared(where, messages.prompt(asked, row.get("system")), _text(better), _text(worse))


def fits_text(row: Mapping[str, Any]) -> bool:
    """Whether a row is one text."""
    return "text" in row and columns.guess(row) is None


def read_text(row: Mapping[str, Any], where: str) -> list[RatedAnswer]:
    """Read a conversation written out as one text.

    Raises:
        BadInput: the text is no conversation.
    """
    said = transcripts.parse(row["text"]) if isinstance(row["text"], str) else None
    if said is None:
        raise BadInput("a text alone is no prompt with its answer: name them so, or learn from the texts by `pretrain`")
    return answers.demonstrated(where, said)


def _whole(value: object) -> list[Message] | None:
    """Return a conversation with its prompt, or None if the value is an answer alone."""
    if isinstance(value, str):
        return transcripts.parse(value)
    if not isinstance(value, Sequence):
        return None
    found = messages.parse(value)
    return None if found[0]["role"] == "assistant" else found


def _parted(where: str, chosen: list[Message], rejected: list[Message], system: object) -> list[RatedAnswer]:
    if chosen[:-1] != rejected[:-1]:
        raise BadInput("chosen and rejected part before their last message: only the last answer may differ")
    prompt = messages.prompt(chosen[:-1], system)
    return answers.compared(where, prompt, messages.answer(chosen[-1:]), messages.answer(rejected[-1:]))


def _apart(chosen: object, rejected: object) -> tuple[str, str, str]:
    """Part two texts where they part, before the word in which they do, as TRL does."""
    if not isinstance(chosen, str) or not isinstance(rejected, str):
        raise BadInput("chosen and rejected must be conversations with the prompt, or there must be a prompt")
    same = next(
        (place for place, (one, two) in enumerate(zip(chosen, rejected, strict=False)) if one != two),
        min(len(chosen), len(rejected)),
    )
    place = chosen.rfind(" ", 0, same) + 1
    if not chosen[:place].strip():
        raise BadInput("there is no prompt: give it as prompt, or let chosen and rejected begin with it")
    return chosen[:place].strip(), chosen[place:], rejected[place:]


def _text(value: object) -> str:
    # A completion written to follow its prompt begins with the blank between them
    return messages.answer(value).removeprefix(" ")
