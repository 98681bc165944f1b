"""Conversations written out as one text: `Human: … Assistant: …` as in HH-RLHF, `### Human: …` as in Guanaco. Pure."""

import re

from finetune.examples import Message

MARK = re.compile(r"(?:\A|\n\n)\s*(Human|Assistant):|(?:\A|\n)\s*### (Human|Assistant):")
ROLES = {"Human": "user", "Assistant": "assistant"}


def parse(text: str) -> list[Message] | None:
    """Take a text apart at its marks, or return None if it does not begin with one; an open last turn is left out."""
    marks = list(MARK.finditer(text))
    if not marks or text[: marks[0].start()].strip():
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    found = [
        Message(role=ROLES[mark[1] or mark[2]], content=text[mark.end() : end].strip())
        for mark, end in zip(marks, ends, strict=True)
    ]
    return found if found[-1]["content"] else found[:-1]
