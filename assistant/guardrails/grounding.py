"""Which passage supports each sentence of an answer, and how well. It marks; it never refuses."""

import re
from collections.abc import Sequence

import numpy as np

from assistant.guardrails.encoder import Encoder
from assistant.guardrails.rails import Context, Span, Verdict
from assistant.turns import Support

MEANING = 0.5
"""How much the likeness of meaning counts; the share of words found in the passage counts the rest."""
UNFOUND = 0.25
"""What a sentence's score is multiplied by where one of its numbers stands in no passage."""
FEWEST = 3
"""A sentence of fewer words with meaning claims nothing that could be supported; a number counts for one."""

_SENTENCE = re.compile(
    r"[^\s.!?。！？\n](?:[^.!?。！？\n]|[.!?](?=[^\s\"')\]\[]))*[.!?。！？]*[\"')\]]*(?:\s*\[\d{1,3}\])*"
)
_MARKER = re.compile(r"\[(\d{1,3})\]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SAID = re.compile(r"\w")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_FREQUENT = """
the and for are but not you all any can had her was one our out has have his how its may new now old see two
who did she use that this with from they will been were what when your said each which their there would about
could other into than then them these some only also such more most very just over must should does is it of
to in on at by an as or if be no we he so do up my me us am
"""
_FEW = frozenset(_FREQUENT.split())
_SPELLED = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty
"""
_NUMERALS = {word: str(number) for number, word in enumerate(_SPELLED.split())}
_DECLINES = re.compile(
    r"\b(?:do(?:es)? not|don't|doesn't|cannot|can't|could not|couldn't|not|no)\b.{0,40}"
    r"\b(?:know|say|hold|contain|mention|find|found|answer|information|documents?|passages?|sources?)\b",
    re.I,
)


def support(answer: str, passages: Sequence[str], encoder: Encoder) -> list[Support]:
    """Score each sentence that claims something against all passages."""
    claims = [(start, end) for start, end in sentences(answer) if _claims(answer[start:end])]
    if not claims:
        return []
    if not passages:
        return [Support(answer[start:end], start, end, None, 0.0) for start, end in claims]
    parts = [(number, passage[a:b]) for number, passage in enumerate(passages) for a, b in _parts(passage)]
    texts = [_MARKER.sub("", answer[start:end]) for start, end in claims]
    vectors = encoder([*texts, *(text for _, text in parts)])
    cosines = vectors[: len(texts)] @ vectors[len(texts) :].T
    numbers = _numbers(" ".join(passages))
    owners = np.array([number for number, _ in parts])
    found = []
    for (start, end), text, row in zip(claims, texts, cosines, strict=True):
        meanings = [float(row[owners == number].max(initial=0.0)) for number in range(len(passages))]
        scores = [
            MEANING * meaning + (1 - MEANING) * coverage(text, passage)
            for meaning, passage in zip(meanings, passages, strict=True)
        ]
        best = int(np.argmax(scores))
        score = max(0.0, min(1.0, scores[best])) * (1.0 if _numbers(text) <= numbers else UNFOUND)
        found.append(Support(answer[start:end], start, end, best + 1, score))
    return found


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where each sentence starts and ends, its citation markers included."""
    return [match.span() for match in _SENTENCE.finditer(text) if _SAID.search(_MARKER.sub("", match[0]))]


def coverage(sentence: str, passage: str) -> float:
    """Return the share of the sentence's words, by their stems, that the passage holds."""
    wanted = _stems(sentence)
    return len(wanted & _stems(passage)) / len(wanted) if wanted else 1.0


def _stems(text: str) -> set[str]:
    return {word[:6].rstrip("s") for word in _WORD.findall(text.lower()) if len(word) > 2 and word not in _FEW}


def _numbers(text: str) -> set[str]:
    """Return all numbers, without separators of thousands; small ones may be written as words."""
    written = {_NUMERALS[word] for word in _WORD.findall(text.lower()) if word in _NUMERALS}
    return {re.sub(r"[,.](?=\d{3}\b)", "", number) for number in _NUMBER.findall(_MARKER.sub("", text))} | written - {
        "1"
    }


def _claims(sentence: str) -> bool:
    enough = FEWEST - 1 if _NUMBER.search(_MARKER.sub("", sentence)) else FEWEST
    asks = _MARKER.sub("", sentence).rstrip().endswith("?")
    return not asks and len(_stems(sentence)) >= enough and not _DECLINES.search(sentence)


def _parts(passage: str) -> list[tuple[int, int]]:
    """The sentences of a passage, and it as a whole, for a claim may rest on one or on several."""
    return [(0, len(passage)), *sentences(passage)]


class Grounding:
    """Flag an answer of which a sentence is supported by no passage."""

    name = "grounding"
    whole = True

    def __init__(self, encoder: Encoder, threshold: float) -> None:
        self._encoder = encoder
        self._threshold = threshold

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge an answer that was built from passages; one built without them is none of this rail's business."""
        if not context.passages or context.side != "output":
            return Verdict("allow", text, self.name)
        weak = [one for one in support(text, context.passages, self._encoder) if one.score < self._threshold]
        if not weak:
            return Verdict("allow", text, self.name)
        spans = tuple(Span(one.start, one.end, "unsupported") for one in weak)
        reason = "No passage supports the sentences that are marked."
        return Verdict("flag", text, self.name, "unsupported", 1 - min(one.score for one in weak), reason, spans)
