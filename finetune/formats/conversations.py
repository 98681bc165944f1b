"""Conversations: `messages` of role and content (TRL, OpenAI), `conversations` of from and value (ShareGPT). Pure.

Both come also as LLaMA-Factory has them: with `chosen` and `rejected` last answers, or with a thumb on the last one.
"""

from collections.abc import Mapping
from typing import Any

from finetune.errors import BadInput
from finetune.examples import RatedAnswer
from finetune.formats import answers, messages

LABELS = ("label", "kto_tag")


def fits(row: Mapping[str, Any]) -> bool:
    """Whether a row looks like a conversation."""
    return "messages" in row


def fits_sharegpt(row: Mapping[str, Any]) -> bool:
    """Whether a row looks like a conversation of ShareGPT's."""
    return "conversations" in row


def read(row: Mapping[str, Any], where: str) -> list[RatedAnswer]:
    """Read a conversation, of which every answer counts, or the last one if it is compared or has a thumb.

    An answer with OpenAI's `"weight": 0` is not learnt from.

    Raises:
        BadInput: it cannot be learnt from.
    """
    messages.refuse_media(row)
    raw = row["messages"] if "messages" in row else row["conversations"]
    if "chosen" in row:
        prompt = messages.prompt(raw, row.get("system"))
        return answers.compared(where, prompt, messages.answer(row["chosen"]), messages.answer(row.get("rejected")))
    said = messages.with_system(messages.parse(raw), row.get("system"))
    labelled = [row[key] for key in LABELS if key in row]
    if labelled:
        return answers.thumbed(where, messages.prompt(said[:-1]), messages.answer(said[-1:]), labelled[0])
    added = len(said) - len(raw)
    answered = [place for place, one in enumerate(said) if one["role"] == "assistant"]
    learnt = [place for place in answered if raw[place - added].get("weight") != 0]
    if answered and not learnt:
        raise BadInput("all answers have weight 0: there is nothing to learn from")
    return answers.demonstrated(where, said, learnt)
