"""What can be told from the text of an answer alone: overlap with the right one, abstention, repetition. Pure."""

import re
import string
from collections import Counter
from collections.abc import Sequence

ABSTENTION = "The documents do not hold the answer"
"""How the assistant says that its passages do not hold the answer; whatever contains it is an abstention."""

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_MARKER = re.compile(r"\[\d+\]")
_NUMBER = re.compile(r"(?<![\w.,])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def abstained(answer: str) -> bool:
    """Say whether an answer is an abstention."""
    return ABSTENTION.casefold() in answer.casefold()


def overlap(answer: str, right: Sequence[str]) -> float:
    """Return the token F1 of an answer with the right one that it is nearest to (SQuAD's, Rajpurkar et al. 2016)."""
    return max((_f1(_normal(answer), _normal(one)) for one in right), default=0.0)


def repetition(answer: str, size: int = 4) -> float:
    """Return the share of the sequences of `size` words that occurred before in the same answer."""
    words = answer.casefold().split()
    sequences = [tuple(words[start : start + size]) for start in range(len(words) - size + 1)]
    return 1 - len(set(sequences)) / len(sequences) if sequences else 0.0


def variety(answers: Sequence[str]) -> float:
    """Return the share of answers that are unlike all others; abstentions do not count.

    One answer for everything gives 0, an answer of its own for each prompt 1.
    """
    shares = variety_of_each(answers)
    return sum(shares.values()) / len(shares) if shares else 1.0


def variety_of_each(answers: Sequence[str]) -> dict[int, float]:
    """Return what each answer adds to the variety, by its number; their mean is the variety of all.

    An answer that n of N share gives (N / n - 1) / (N - 1), so that the mean is (different ones - 1) / (N - 1).
    """
    said = {number: " ".join(_normal(answer)) for number, answer in enumerate(answers) if not abstained(answer)}
    if len(said) < 2:
        return {}
    shared = Counter(said.values())
    return {number: (len(said) / shared[text] - 1) / (len(said) - 1) for number, text in said.items()}


def holds(answer: str, right: Sequence[str]) -> bool:
    """Say whether one of the right answers stands in an answer, as whole words; case and articles do not count."""
    said = f" {' '.join(_normal(answer))} "
    return any(f" {' '.join(_normal(one))} " in said for one in right)


def last_number(answer: str) -> float | None:
    """Return the last number in an answer, which is where a sum ends; citations are none."""
    found = _NUMBER.findall(_MARKER.sub(" ", answer))
    return float(found[-1].replace(",", "")) if found else None


def _normal(text: str) -> list[str]:
    return _ARTICLES.sub(" ", _MARKER.sub(" ", text).casefold().translate(_PUNCTUATION)).split()


def _f1(said: list[str], right: list[str]) -> float:
    common = sum((Counter(said) & Counter(right)).values())
    return 2 * common / (len(said) + len(right)) if common else 0.0
