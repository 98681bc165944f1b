"""Messages under whatever names their roles and texts go, checked: who may follow whom, and nothing empty. Pure.

A row that cannot be used raises BadInput with what to do; the reader of the file adds the line.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from finetune.errors import BadInput
from finetune.examples import Message
from finetune.formats import transcripts
from finetune.formats.rows import shown

ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "model", "bot"), "assistant"),
}
TOOLS = {"tool", "function", "function_call", "observation", "tool_call", "tool_response", "ipython"}
MEDIA = ("image", "images", "video", "videos", "audio", "audios")


def parse(value: object) -> list[Message]:
    """Read a list of messages; a system message without a text is left out.

    Raises:
        BadInput: it is no such list, a role is unknown, or a content is not text.
    """
    if not isinstance(value, list) or not value:
        raise BadInput("messages must be a list of objects with role and content, and not an empty one")
    found = [message(item) for item in value]
    return found[1:] if found[0]["role"] == "system" and not found[0]["content"].strip() else found


def message(value: object) -> Message:
    """Read one message: `role` and `content`, or `from` and `value` as in ShareGPT, or `text` as in trees.

    Raises:
        BadInput: the role is unknown, or the content is not text.
    """
    if not isinstance(value, dict):
        raise BadInput("a message must be an object with role and content")
    role = value.get("role", value.get("from"))
    if not isinstance(role, str):
        raise BadInput("a message needs a role: system, user or assistant")
    if role in TOOLS or value.get("tool_calls") or value.get("function_call"):
        raise BadInput("calls of tools cannot be learnt from: leave conversations with them out")
    if role not in ROLES:
        raise BadInput(f"unknown role {shown([role])!r}: use system, user and assistant")
    content = next((value[key] for key in ("content", "value", "text") if key in value), None)
    return Message(role=ROLES[role], content=_text(content))


def prompt(value: object, system: object = None) -> list[Message]:
    """Read a prompt: messages that end with the user's, a transcript, or one question.

    Raises:
        BadInput: it is none of these, or cannot be followed by an answer.
    """
    if isinstance(value, str):
        found = transcripts.parse(value) or [Message(role="user", content=value)]
    else:
        found = parse(value)
    found = with_system(found, system)
    check(found)
    if found[-1]["role"] != "user":
        raise BadInput("the prompt must end with the user's message")
    return found


def answer(value: object) -> str:
    """Read an answer: a text, a message of the assistant, or a list of one such message.

    Raises:
        BadInput: it is none of these, or empty.
    """
    if isinstance(value, str):
        said = value
    else:
        found = parse([value] if isinstance(value, dict) else value)
        if len(found) != 1 or found[0]["role"] != "assistant":
            raise BadInput("an answer must be one message of the assistant")
        said = found[0]["content"]
    if not said.strip():
        raise BadInput("the answer is empty: leave the row out, or write one")
    return said


def with_system(messages: Sequence[Message], system: object) -> list[Message]:
    """Put a system message before the others where one is given beside them and none is among them.

    Raises:
        BadInput: it is given, and not a text.
    """
    if system is not None and not isinstance(system, str):
        raise BadInput("system must be a text")
    if not system or not system.strip() or (messages and messages[0]["role"] == "system"):
        return list(messages)
    return [Message(role="system", content=system), *messages]


def check(messages: Sequence[Message]) -> None:
    """See that a conversation can be put before a model.

    Raises:
        BadInput: the user does not begin, two of the same follow each other, or a message is empty.
    """
    said = messages[1:] if messages and messages[0]["role"] == "system" else messages
    if not said or said[0]["role"] != "user":
        raise BadInput("the conversation must begin with the user's message, after the system message if there is one")
    for before, after in pairwise(said):
        if after["role"] == "system":
            raise BadInput("a system message must come first")
        if after["role"] == before["role"]:
            raise BadInput(f"two messages of the {after['role']} follow each other: join them")
    if any(not one["content"].strip() for one in said):
        raise BadInput("a message is empty: leave the conversation out, or write one")


def refuse_media(row: Mapping[str, Any]) -> None:
    """Refuse a row that comes with pictures, sound or films.

    Raises:
        BadInput: it does.
    """
    if any(row.get(key) for key in MEDIA):
        raise BadInput("pictures, sound and films cannot be learnt from: leave such rows out")


def _text(content: object) -> str:
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        if any(part.get("type", "text") != "text" for part in content):
            raise BadInput("pictures, sound and films cannot be learnt from: leave such rows out")
        content = "\n".join(str(part.get("text", "")) for part in content)
    if not isinstance(content, str):
        raise BadInput("the content of a message must be text")
    return content
