"""Alpaca: instruction, input, output, history and system as in LLaMA-Factory, context and response as in Dolly."""

from collections.abc import Mapping
from typing import Any

from finetune.errors import BadInput
from finetune.examples import Message, RatedAnswer
from finetune.formats import answers, messages

INPUTS = ("input", "context")
OUTPUTS = ("output", "response")
LABELS = ("kto_tag", "rating")


def fits(row: Mapping[str, Any]) -> bool:
    """Whether a row looks like an instruction with what follows it."""
    return "instruction" in row and any(key in row for key in (*OUTPUTS, "chosen", "instances"))


def read(row: Mapping[str, Any], where: str) -> list[RatedAnswer]:
    """Read an instruction with its answer, its two answers, or the answers to its instances (Self-Instruct).

    Raises:
        BadInput: it cannot be learnt from.
    """
    messages.refuse_media(row)
    if "instances" in row:
        return _instances(row, where)
    prompt = _prompt(row, _first(row, INPUTS))
    if "chosen" in row:
        return answers.compared(where, prompt, messages.answer(row["chosen"]), messages.answer(row.get("rejected")))
    said = messages.answer(_first(row, OUTPUTS))
    labelled = [row[key] for key in LABELS if key in row]
    if labelled:
        return answers.thumbed(where, prompt, said, labelled[0])
    return answers.demonstrated(where, [*prompt, Message(role="assistant", content=said)])


def _instances(row: Mapping[str, Any], where: str) -> list[RatedAnswer]:
    instances = row["instances"]
    if not isinstance(instances, list) or not instances or not all(isinstance(one, Mapping) for one in instances):
        raise BadInput("instances must be a list of objects with input and output, and not an empty one")
    found = []
    for number, one in enumerate(instances):
        said = messages.answer(one.get("output"))
        prompt = tuple(_prompt(row, one.get("input")))
        found.append(RatedAnswer(f"{where}#{number}", where, prompt, said, "up"))
    return found


def _prompt(row: Mapping[str, Any], given: object) -> list[Message]:
    parts = [row["instruction"], given if given is not None else ""]
    if not all(isinstance(part, str) for part in parts):
        raise BadInput("instruction and input must be texts")
    asked = Message(role="user", content="\n".join(part for part in parts if part))
    prompt = messages.with_system([*_history(row.get("history")), asked], row.get("system"))
    messages.check(prompt)
    return prompt


def _history(value: object) -> list[Message]:
    turns = value if isinstance(value, list) else []
    if not all(isinstance(turn, (list, tuple)) and len(turn) == 2 for turn in turns):
        raise BadInput("history must be a list of pairs of a question and its answer")
    found = []
    for asked, said in turns:
        found += [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
    return messages.parse(found) if found else []


def _first(row: Mapping[str, Any], keys: tuple[str, ...]) -> object:
    return next((row[key] for key in keys if key in row), None)
