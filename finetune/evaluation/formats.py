"""Whether an answer keeps to the form that was asked for, as code can tell (IFEval, Zhou et al. 2023). Pure."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_BULLET = re.compile(r"^\s*[-*•]\s+\S", re.MULTILINE)
_NUMBERED = re.compile(r"^\s*(\d+)[.)]\s+\S", re.MULTILINE)
_SENTENCE = re.compile(r"[^.!?]*\w[^.!?]*(?:[.!?]+|$)")
_FENCE = re.compile(r"^```(?:json)?\s*(.*?)\s*```$", re.DOTALL)


def keeps_to(answer: str, checks: Mapping[str, Any]) -> bool:
    """Say whether an answer passes all checks, each a name of `CHECKS` with its value; an empty answer passes none."""
    said = answer.strip()
    return bool(said) and all(CHECKS[name](said, value) for name, value in checks.items())


def _bullets(answer: str, count: int) -> bool:
    return len(_BULLET.findall(answer)) == count


def _numbered(answer: str, count: int) -> bool:
    return [int(number) for number in _NUMBERED.findall(answer)] == list(range(1, count + 1))


def _json(answer: str, keys: Sequence[str]) -> bool:
    fenced = _FENCE.match(answer)
    try:
        value = json.loads(fenced[1] if fenced else answer)
    except json.JSONDecodeError:
        return False
    return isinstance(value, dict) and set(value) == set(keys)


def _capitals(answer: str, wanted: bool) -> bool:
    return answer.isupper() is wanted


def _small(answer: str, wanted: bool) -> bool:
    return answer.islower() is wanted


def _without(answer: str, texts: Sequence[str]) -> bool:
    """Say whether an answer of at least three words holds none of the texts; less than that avoids anything."""
    return len(answer.split()) >= 3 and not any(text.casefold() in answer.casefold() for text in texts)


def _contains(answer: str, words: Sequence[str]) -> bool:
    return all(re.search(rf"\b{re.escape(word)}\b", answer, re.IGNORECASE) for word in words)


def _most_words(answer: str, count: int) -> bool:
    return len(answer.split()) <= count


def _least_words(answer: str, count: int) -> bool:
    return len(answer.split()) >= count


def _sentences(answer: str, count: int) -> bool:
    return len(_SENTENCE.findall(answer)) == count


def _begins(answer: str, text: str) -> bool:
    return answer.casefold().startswith(text.casefold())


def _ends(answer: str, text: str) -> bool:
    """Say whether an answer ends in a text; a full stop after it does not count."""
    return answer.casefold().endswith(text.casefold()) or answer.rstrip(".!, ").casefold().endswith(text.casefold())


def _one_of(answer: str, texts: Sequence[str]) -> bool:
    return answer.rstrip(".! ").casefold() in [text.casefold() for text in texts]


CHECKS: Mapping[str, Callable[[str, Any], bool]] = {
    "bullets": _bullets,
    "numbered": _numbered,
    "json": _json,
    "capitals": _capitals,
    "small": _small,
    "without": _without,
    "contains": _contains,
    "most_words": _most_words,
    "least_words": _least_words,
    "sentences": _sentences,
    "begins": _begins,
    "ends": _ends,
    "one_of": _one_of,
}
"""The checks there are; each takes the answer without space around it, and the value that the row gives."""
