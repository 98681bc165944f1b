"""How long the rows of a dataset are for a model, in tokens of its chat template. No torch here."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from finetune.examples import Message
from finetune.formats.card import Spread, spread
from finetune.formats.dataset import Dataset
from finetune.formats.rows import Problem

BATCH = 1000
"""Texts tokenised at once, which bounds the memory."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long the rows are, and which of them a model cannot take."""

    context: int | None
    """The tokens that the model reads at most, None where it does not say."""
    tokens: Spread
    problems: tuple[Problem, ...]
    """Rows that are too long, or that the chat template refuses."""

    def as_json(self) -> dict[str, Any]:
        """Return the lengths as a JSON object."""
        return asdict(self)


def measure(dataset: Dataset, tokenizer: Any, context: int | None) -> Lengths:
    """Count the tokens of every prompt with its answer, the longer of the two where it was corrected.

    Args:
        dataset: what is measured.
        tokenizer: the model's, with its chat template.
        context: the tokens that the model reads at most.
    """
    found: list[int] = []
    problems: list[Problem] = []
    for start in range(0, len(dataset.rows), BATCH):
        texts: list[tuple[int, str]] = []
        for row, line in zip(dataset.rows[start : start + BATCH], dataset.lines[start : start + BATCH], strict=True):
            said = max(row.answer, row.correction or "", key=len)
            text = _written(tokenizer, [*row.prompt, Message(role="assistant", content=said)], line)
            if isinstance(text, Problem):
                problems.append(text)
            else:
                texts.append((line, text))
        counted = _count(tokenizer, [text for _, text in texts])
        found += counted
        problems += _too_long([line for line, _ in texts], counted, context)
    return Lengths(context, spread(found), tuple(problems))


def _written(tokenizer: Any, messages: Sequence[Message], line: int) -> str | Problem:
    from jinja2 import TemplateError

    try:
        return str(tokenizer.apply_chat_template(list(messages), tokenize=False))
    except TemplateError as error:
        return Problem(line, f"the model's chat template refuses the conversation: {str(error).splitlines()[0]}")


def _count(tokenizer: Any, texts: Sequence[str]) -> list[int]:
    return [len(ids) for ids in tokenizer(list(texts), add_special_tokens=False)["input_ids"]] if texts else []


def _too_long(lines: Sequence[int], counted: Sequence[int], context: int | None) -> list[Problem]:
    return [
        Problem(line, f"{tokens} tokens, the model reads {context}: shorten the row or leave it out")
        for line, tokens in zip(lines, counted, strict=True)
        if context is not None and tokens > context
    ]
