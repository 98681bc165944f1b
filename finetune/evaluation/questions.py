"""What a model still knows and can do without passages: common knowledge, sums, forms of answers. Greedy answers."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from finetune.evaluation.formats import keeps_to
from finetune.evaluation.generation import generate
from finetune.evaluation.intervals import Sample
from finetune.evaluation.sets import Sets
from finetune.evaluation.texts import holds, last_number
from finetune.examples import Message
from finetune.models import Loaded

CLOSED_TOKENS = 24
"""Where an answer is cut; the right ones are a few words long."""
SUM_TOKENS = 16
FORMAT_TOKENS = 64


class _Asked(Protocol):
    @property
    def messages(self) -> Sequence[Message]:
        """What is asked."""


Question = TypeVar("Question", bound=_Asked)


def measure(loaded: Loaded, sets: Sets) -> dict[str, Sample]:
    """Tell for each question, sum and instruction whether the answer is right."""
    return {
        "closed_book": _right(loaded, sets.closed_book, CLOSED_TOKENS, lambda q, answer: holds(answer, q.answers)),
        "arithmetic": _right(loaded, sets.arithmetic, SUM_TOKENS, lambda q, answer: last_number(answer) == q.number),
        "formats": _right(loaded, sets.formats, FORMAT_TOKENS, lambda q, answer: keeps_to(answer, q.checks)),
    }


def _right(
    loaded: Loaded, questions: Sequence[Question], tokens: int, judged: Callable[[Question, str], bool]
) -> Sample:
    answers = generate(loaded, [question.messages for question in questions], max_tokens=tokens)
    return Sample.of([judged(question, answer) for question, answer in zip(questions, answers, strict=True)])
