"""Text turned letter by letter or word by word: rot13 and its like, backwards, pig Latin; told by its words."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase

from assistant.guardrails.telltales import KNOWN, PAIRS, REVERSED, TELLING

FEWEST = 2
"""Words that must become known ones, unless one of them is telling."""
SHARE = 0.3
"""Their share of the words beside each other that are not known as they stand."""
MOST = 60
"""Words of a line that is read from its end."""
Turn = Callable[[str], str]

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_PART = re.compile(r"[^\n:\"“”]+")
_PLAIN = re.compile(r"[a-z]{3,20}")
_PARTS = re.compile(r"[\n:\"“”]")


def _shifted(by: int) -> Turn:
    table = str.maketrans(
        ascii_lowercase + ascii_uppercase,
        "".join(letters[by:] + letters[:by] for letters in (ascii_lowercase, ascii_uppercase)),
    )
    return lambda text: text.translate(table)


def _mirrored(text: str) -> str:
    return text.translate(
        str.maketrans(ascii_lowercase + ascii_uppercase, ascii_lowercase[::-1] + ascii_uppercase[::-1])
    )


def _backwards(text: str) -> str:
    return text[::-1]


TURNS: dict[str, Turn] = {
    "rot13": _shifted(13),
    "backwards": _backwards,
    "atbash": _mirrored,
    **{f"letters moved by {by}": _shifted(by) for by in range(1, 26) if by != 13},
}
"""What undoes a cipher, by its name."""
SURE = ("rot13", "backwards", "atbash")
"""Of these a single telling word is enough; of all the others some word is bound to look like one."""


@cache
def _turned() -> dict[str, tuple[str, ...]]:
    """Return which turns make a known word of a word that is none; every turn is undone by one of the others."""
    found: dict[str, list[str]] = {}
    for name, undo in TURNS.items():
        redo = TURNS[f"letters moved by {26 - int(name.split()[-1])}"] if name.startswith("letters") else undo
        for word in KNOWN:
            if len(word) > 2 and (hidden := redo(word)) not in KNOWN:
                found.setdefault(hidden, []).append(name)
    return {word: tuple(names) for word, names in found.items()}


def undo(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name of a cipher, and the text with what was written in it undone."""
    lowered = text.lower()
    if _worth_it(lowered):
        turned = _turned()
        words = [match.span() for match in _WORD.finditer(lowered)]
        votes = {word: turned.get(lowered[slice(*word)], ()) for word in words}
        yield from _undone(text, _runs(lowered, words), votes)
    if (other := _last_first(text, lowered)) != text:
        yield "words backwards", other
    if (other := _pig_latin(text)) != text:
        yield "pig Latin", other


def _worth_it(lowered: str) -> bool:
    """Whether two words may be in the same cipher, or a telling one in a sure one."""
    turned = _turned()
    hits = turned.keys() & set(_PLAIN.findall(lowered))
    counted = Counter(name for word in hits for name in turned[word])
    return any(
        count >= FEWEST or (name in SURE and any(TURNS[name](word) in TELLING for word in hits))
        for name, count in counted.items()
    )


def _runs(lowered: str, words: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Return the runs of words beside each other of which none is known as it stands, within a line or quotation."""
    runs: list[list[tuple[int, int]]] = [[]]
    last = 0
    for start, end in words:
        if lowered[start:end] in KNOWN or _PARTS.search(lowered, last, start):
            runs.append([])
        if lowered[start:end] not in KNOWN:
            runs[-1].append((start, end))
        last = end
    return [run for run in runs if run]


def _undone(
    text: str, runs: Sequence[Sequence[tuple[int, int]]], votes: dict[tuple[int, int], tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """Yield the text once for each cipher in which a run of words is written."""
    places: dict[str, list[tuple[int, int]]] = {}
    for run in runs:
        counted = Counter(name for word in run for name in votes[word])
        for name, count in counted.most_common(2):
            if count >= max(FEWEST, SHARE * len(run)) or _sure(
                text, [word for word in run if name in votes[word]], name
            ):
                places.setdefault(name, []).append((run[0][0], run[-1][1]))
    for name, spans in places.items():
        yield name, _replaced(text, spans, TURNS[name])
        if name == "backwards":  # each word by itself, or all of the line
            yield name, _replaced(text, spans, lambda part: _WORD.sub(lambda word: word[0][::-1], part))


def _sure(text: str, run: Sequence[tuple[int, int]], name: str) -> bool:
    return name in SURE and any(TURNS[name](text[start:end].lower()) in TELLING for start, end in run)


def _replaced(text: str, spans: Sequence[tuple[int, int]], turn: Turn) -> str:
    pieces, last = [], 0
    for start, end in spans:
        pieces += [text[last:start], turn(text[start:end])]
        last = end
    return "".join([*pieces, text[last:]])


def _last_first(text: str, lowered: str) -> str:
    """Return a text whose lines are read from their last word, where only so its words follow each other."""
    words = lowered.split()
    if len(REVERSED.intersection(pairwise(words))) < FEWEST:
        return text
    return _PART.sub(lambda line: _turned_round(line[0]), text)


def _turned_round(line: str) -> str:
    words = line.split()
    bare = [word.strip(".,!?;").lower() for word in words]
    forwards = sum(pair in PAIRS for pair in pairwise(bare))
    backwards = sum(pair in REVERSED for pair in pairwise(bare))
    return " ".join(reversed(words)) if len(words) <= MOST and backwards >= 2 > forwards else line


def _pig_latin(text: str) -> str:
    """Return a text out of pig Latin, where most of its words are in it."""
    if text.count("ay") + text.count("AY") < 3:
        return text
    words = text.split()
    count = sum(word.strip(".,!?;:").lower().endswith("ay") for word in words[: 4 * MOST])
    if count < 3 or count < 0.6 * min(len(words), 4 * MOST):
        return text
    return " ".join(_out_of_pig_latin(word) for word in words)


def _out_of_pig_latin(word: str) -> str:
    bare = word.strip(".,!?;:").lower()
    if len(bare) < 4 or not bare.endswith("ay"):
        return word
    stem = bare[:-2].replace("-", "")
    ways = [stem[-moved:] + stem[:-moved] for moved in (1, 2, 3) if moved < len(stem)]
    ways += [stem[:-1], stem] if stem.endswith(("w", "y", "h")) else [stem]
    return next((way for way in ways if way in KNOWN), ways[0])
