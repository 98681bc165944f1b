"""Answers with the passages read once are those of prompts read in whole."""

from benchmarks.shared_answers import answers
from finetune.evaluation.generation import generate
from finetune.examples import Message
from finetune.models import Loaded


def prompt(question: str) -> list[Message]:
    passages = "[1] Leave\nEveryone has 27 days of leave.\n\n[2] Travel\nA hotel may cost 100 euros."
    return [Message(role="user", content=f"{passages}\n\nQuestion: {question}")]


PROMPTS = [prompt(one) for one in ("How many days?", "What may a hotel cost me at most, and who pays?", "Why?")]


def test_answers_are_the_same_as_without_sharing(loaded: Loaded) -> None:
    expected = generate(loaded, PROMPTS, max_tokens=8)
    assert answers(loaded, [("same", one) for one in PROMPTS], max_tokens=8) == expected


def test_answers_come_in_the_order_of_the_prompts(loaded: Loaded) -> None:
    mixed = [("a", PROMPTS[0]), ("b", PROMPTS[1]), ("a", PROMPTS[2])]
    assert answers(loaded, mixed, max_tokens=8) == generate(loaded, PROMPTS, max_tokens=8)
