"""The scan of documents: which passages hold commands to an assistant, and why one thinks so.

A document is data to the model; one that talks to the model is kept back until somebody has read it. Exact rules come
first. Three heads follow that read the words alone, so that the scan takes about a millisecond a passage and says the
same whatever the encoder is: one looks at each sentence (is it a command to an assistant?), one at whole stretches (is
it a text by which people take over an assistant?), one at questions and tasks (have they to do with this page?). They
stand beside each other because a handbook is full of commands to people, and a jailbreak of sentences that are
harmless one by one. What is in disguise is read without it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from assistant.guardrails.classifier import HEADS, NONE, Head
from assistant.guardrails.disguises import Reading, readings
from assistant.guardrails.hidden import plain, reveal, spell
from assistant.guardrails.misplaced import asked
from assistant.guardrails.patterns import IN_DOCUMENTS, Rule
from assistant.guardrails.terms import Matrix
from assistant.guardrails.windows import windows

SENTENCE = 0.6
"""From which score on a sentence is a command; chosen on companies that were not trained on (heads/MODEL_CARD.md)."""
STRETCH = 0.7
"""The same for a stretch of 110 words."""
TASK = 0.94
"""The same for a question or task, by its words and by how little it has to do with what is around it."""
WORDS = 4
"""A sentence of fewer says too little."""
LONGEST = 400
"""Characters of a sentence; what has no stops, as a table, is cut."""
QUOTED = 90
"""Characters of the words that a reason quotes."""
FIRST = "startofsentence "
"""Stands before each sentence that a head reads: whether it opens with a verb says much."""

_WRAPPED = re.compile(r"\n(?:(?<=[^\n.!?:;|]\n)[ \t]*(?=[a-z(,])|(?<=[^\n]{44}[^\n.!?:;|]\n)[ \t]*(?=[A-Za-z(]))")
"""The end of a line that goes on in the next: that begins small, or follows a line as long as wrapped ones are.

Here and in `_ENDS` the look behind comes after the character that it looks from: `re` runs ahead to that character.
"""
_SPEAKS = re.compile(
    r"\b(?:you|your|yours|users?|answers?|respon\w+|repl(?:y|ies)|outputs?|summar\w+|assistants?|AIs?|GPT|ChatGPT|models?"
    r"|instructions?|prompts?|conversation|code|snippet|scripts?|function|lines|language|readers?)\b",
    re.IGNORECASE,
)
"""One of these stands in whatever speaks to an assistant; what has none of them the heads need not read."""
_ENDS = re.compile(r"\s(?:(?<=[.!?]\s)\s*|(?<=\n)\n*)")
_ALONE = re.compile(r"(?<=[^.!?\n:;|]\n)[ \t]{0,8}([A-Z\"'“‘][^\n]*[.!?][\"'”’)]{0,2})[ \t]{0,8}(?=\n|\Z)")

READS = {
    "forged roles": "holds the marks by which chat programs tell who speaks",
    "code to use": "asks to put code into an answer",
    "sending out": "asks to send secrets or what was said elsewhere",
    "task": "asks for something that has nothing to do with what it stands among",
    "stretch": "reads like an attempt to take over an assistant",
}
LIKE = "reads like instructions to an assistant"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a text is suspicious."""

    rule: str
    reason: str
    """Why, in plain words, to be read after the name of a document: "reads like …"."""
    score: float = 1.0
    """1 where an exact rule holds, else the head's, in [0, 1]."""
    place: tuple[int, int] | None = None
    """Where in the text without hidden characters, where it stands there in clear."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """The exact rules and the three heads, over texts of any length."""

    sentence: Head
    stretch: Head
    task: Head

    def suspect(self, text: str) -> Suspicion | None:
        """Return the first reason to take a text for one that commands an assistant."""
        count, secret = (0, "") if text.isascii() else spell(text)
        if count:
            what = f" that spell “{quote(secret)}”" if secret else ""
            return Suspicion("hidden words", f"holds text that cannot be seen ({count} hidden characters{what})")
        clean = reveal(text)[0]
        if found := self._judge(clean):
            return found
        return next(filter(None, (self._disguised(reading) for reading in readings(text))), None)

    def _disguised(self, reading: Reading) -> Suspicion | None:
        found = self._judge(reading.text)
        if found is None:
            return None
        reason = f"holds words in disguise ({reading.code}): it {found.reason}"
        return replace(found, rule=f"{found.rule} ({reading.code})", reason=reason, place=None)

    def _judge(self, text: str) -> Suspicion | None:
        return _by_rule(text) or self._by_head(text) or self._by_task(text)

    def _by_head(self, text: str) -> Suspicion | None:
        if not _SPEAKS.search(text):
            return None
        for kind, head, threshold, places in (
            ("sentence", self.sentence, SENTENCE, [*sentences(text), *alone(text)]),
            ("stretch", self.stretch, STRETCH, windows(text)),
        ):
            places = [(start, end) for start, end in places if _SPEAKS.search(text, start, end)]
            scores = score(head, [(FIRST if kind == "sentence" else "") + text[start:end] for start, end in places])
            if len(scores) and (highest := float(scores.max())) >= threshold:
                start, end = places[int(scores.argmax())]
                return Suspicion(kind, f"{READS.get(kind, LIKE)}: “{quote(text[start:end])}”", highest, (start, end))
        return None

    def _by_task(self, text: str) -> Suspicion | None:
        found = asked(text)
        if not found:
            return None
        signs = np.stack([one.signs for one in found])
        scores = score(self.task, [FIRST + text[one.start : one.end] for one in found], signs)
        if (highest := float(scores.max())) < TASK:
            return None
        one = found[int(scores.argmax())]
        reason = f"{READS['task']}: “{quote(text[one.start : one.end])}”"
        return Suspicion("task", reason, highest, (one.start, one.end))


def scan(texts: Sequence[str]) -> Sequence[str | None]:
    """Say of each passage why it is suspicious, in one line, or None; the entry point `apprentice.scan`.

    It goes by the words alone: what sentence vectors were found to add is in heads/MODEL_CARD.md.
    """
    return [found.reason if (found := suspect(text)) else None for text in texts]


def suspect(text: str) -> Suspicion | None:
    """Return the first reason to take a text of any length for one that commands an assistant."""
    return _scanner().suspect(text)


def quote(text: str) -> str:
    """Return the beginning of a text in one line, short enough for a reason."""
    words = " ".join(text.split())
    return words if len(words) <= QUOTED else f"{words[:QUOTED].rsplit(' ', 1)[0]} …"


def unwrapped(text: str) -> str:
    """Return a text of the same length in which lines that go on in the next one run on."""
    return _WRAPPED.sub(lambda end: " " * len(end[0]), text)


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where the sentences and lines of a text stand, as far as they are long enough to say something."""
    flat = unwrapped(text)
    stops = [0, *(at for match in _ENDS.finditer(flat) for at in match.span()), len(flat)]
    spans = []
    for start, end in zip(stops[::2], stops[1::2], strict=True):
        for first in range(start, end, LONGEST):
            last = min(first + LONGEST, end)
            if len(flat[first:last].split()) >= WORDS:
                spans.append((first, last))
    return spans


def alone(text: str) -> list[tuple[int, int]]:
    """Return where lines stand that are a sentence by themselves though the line before them seems to run on."""
    return [
        (match.start(1), match.end(1))
        for match in _ALONE.finditer(text)
        if match.end(1) - match.start(1) <= LONGEST and len(match[1].split()) >= WORDS
    ]


def _by_rule(text: str) -> Suspicion | None:
    for seen in (text,) if text.isascii() else (text, plain(text)):
        lowered = seen.lower()
        for rule in _rules():
            if match := rule.search(lowered, seen):
                reason = f"{READS.get(rule.name, LIKE)}: “{quote(match[0])}”"
                return Suspicion(rule.name, reason, 1.0, match.span() if seen is text else None)
    return None


def score(head: Head, texts: Sequence[str], signs: Matrix | None = None) -> Matrix:
    """Return how likely each text is what a head looks for, by its words and by other signs, where it knows any."""
    if not texts:
        return np.zeros(0, dtype=np.float32)
    rows = head.probabilities(texts, np.zeros((len(texts), 0), dtype=np.float32) if signs is None else signs)
    return np.asarray(1.0 - rows[:, head.labels.index(NONE)], dtype=np.float32)


@cache
def _rules() -> tuple[Rule, ...]:
    return tuple(Rule(name, pattern) for name, pattern in IN_DOCUMENTS.items())


@cache
def _scanner() -> Scanner:
    return Scanner(*(Head.load(HEADS / f"{name}.npz") for name in ("sentence", "stretch", "task")))
