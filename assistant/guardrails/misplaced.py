"""Questions and tasks that have nothing to do with the page they stand on: what a model takes for its own to answer.

"What is the capital of Brazil?" in the middle of an invoice is no command to anybody by its words alone; a handbook
holds questions and tasks as well. What tells is both: how it is put, and how little it has to do with what is around.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from assistant.guardrails.terms import Matrix

AROUND = 1500
"""Characters before and after a sentence in which its words are looked for."""
FEWEST, MOST = 3, 60
"""Words of a sentence that is looked at."""
LONGEST = 400
"""Its characters."""
STEM = 5
"""Letters by which two words count as the same."""

_LINE = re.compile(r"[^\n]+")
_END = re.compile(r"[.!?…]{1,3}[\"'”’)\]*_]{0,3}(?=\s|$)")
_OPENING = re.compile(r"[\s>*_#\"'“‘(\[\-•]{0,12}([A-Za-z][\w'’]{0,30})")
_FAQ = re.compile(r"\W{0,6}Q\d{0,3}[:.)]")
"""Whoever marks a question as one means to answer it."""
_STATEMENT = re.compile(
    r"[/&,]|\s[&/]|\s(?!(?:how|why|what|who|whom|whose|whether|if|when|where|which|that|me|us)\b)(?:[\w’'-]{1,30}\s){0,3}"
    r"(?:is|are|was|were|has|have|had|will|must|should|may|lets|allows|requires|needs|means|includes|provides|consists)\b"
)
"""What follows a word that looks like the verb of a task, where it is a noun: "Search is", "Test environments are"."""
_WORD = re.compile(r"[^\W\d_]{4,}")
_OURS = re.compile(r"\b(?:we|our|us|ours)\b", re.IGNORECASE)
_MINE = re.compile(r"\b(?:me|my)\b", re.IGNORECASE)
_YOURS = re.compile(r"\byou(?:r|rs|'re|’re)?\b", re.IGNORECASE)
_POINTS = re.compile(r"\b(?:this|these|those|below|above|here|next|listed)\b", re.IGNORECASE)
_LABEL = re.compile(r"\W{0,6}\w{1,20}(?: \w{1,20}){0,3}:")
_QUOTE = re.compile(r"[\"'“‘`]")
_MARKUP = re.compile(r"[\[\]<>{}|`*_#]|https?:")
_NAME = re.compile(r"\b[A-Z][a-z]+")
_BULLET = re.compile(r"\s{0,12}(?:[-+•◦]|\*(?!\*)|(?:\d{1,3}|[a-zA-Z])[.)]\s)")
_CODE = re.compile(
    r"[{};=]\s{0,4}$|^\s{4}|\(\)|^```|^(?:import|from|def|return|if|for|const|let|var)\b[^\n]{0,300}[:;)]"
)
_TASKS = """
act add advise analyse analyze answer argue arrange ask assess book brainstorm break build calculate call capture
categorize characterize check choose cite clarify classify collect combine come compare compile complete compose
compute conduct construct contrast convert correct count craft create critique debate debug decide declare decode
deduce define deliver demonstrate derive describe design detail determine develop devise diagnose differentiate
discuss display distinguish do draft draw edit elaborate enumerate estimate evaluate examine explain explore express
fill find fix forecast formulate gather generate get give guess guide help highlight identify illustrate imagine
implement improve include infer inform integrate interpret invent investigate justify lay let let's list locate look
make mention name narrate organise organize outline paint paraphrase perform picture pick plan play please predict
prepare present pretend print produce propose prove provide put quote rank rate read recite recommend refactor
rephrase research respond retell retrieve reveal reverse review revise rewrite run say schedule search select send set
share show simplify simulate sing sketch solve sort speak specify spell state suggest sum summarise summarize supply
talk teach tell test think transform translate turn use verify visualize walk weigh write
"""
TASKS = frozenset(_TASKS.split())
"""Verbs with which a task begins."""
_ASKED = """
what what's whats who who's whom whose when when's where where's why how how's which is are am was were do does did can
could will would should shall may might have has had isn't aren't don't doesn't didn't can't couldn't won't wouldn't
shouldn't i'd i'm i've i if in on at to for of from with by
"""
ASKS = frozenset(_ASKED.split())
"""Words with which a question begins."""
_STOP = """
about above after again also another because been before being below between both could does doing down during each
either else ever every from further have having here hers herself himself into itself just like made make many more
most much must myself need neither never next none only other ours over same shall should since some such than that
their theirs them themselves then there these they this those through under until upon used using very want well were
what when where which while whom whose will with within without would your yours yourself please explain describe
provide write give tell show draft list find create suggest recommend compose develop difference example examples
following simple main work works
"""
_STOPPED = frozenset(_STOP.split())
KINDS = ("none", "table", "heading", "bullet", "code", "quote", "prose")
"""What a line is; none stands for no line at all, before the first and after the last."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question or task, where it stands, and the signs by which one tells whether it belongs there."""

    start: int
    end: int
    signs: Matrix = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """Where a sentence stands: of which line it is, which of its sentences, of how many."""

    start: int
    end: int
    line: int
    number: int
    of: int
    question: bool


@dataclass(frozen=True, slots=True)
class _Page:
    """A text with its lines, and where in it something is asked."""

    text: str
    lines: Sequence[tuple[int, int]]
    kinds: Sequence[str]
    """What each line is."""
    words: Mapping[str, Sequence[int]]
    """Where each stem stands, in order."""
    questions: Sequence[int]
    tasks: Sequence[int]

    def kind(self, number: int) -> str:
        """Return what a line is; none before the first and after the last."""
        return self.kinds[number] if 0 <= number < len(self.kinds) else "none"

    def ending(self, number: int) -> str:
        """Return the last character of a line; nothing before the first."""
        if number < 0:
            return ""
        start, end = self.lines[number]
        return self.text[max(start, end - LONGEST) : end].rstrip()[-1:]


def asked(text: str) -> list[Asked]:
    """Return the questions and tasks of a text, each a sentence within a line, with their signs."""
    lines = [match.span() for match in _LINE.finditer(text) if not match[0].isspace()]
    found = [one for number, (start, end) in enumerate(lines) for one in _sentences(text, number, start, end)]
    if not found:
        return []
    words: dict[str, list[int]] = defaultdict(list)
    for stem, at in _stems(text, 0, len(text)):
        words[stem].append(at)
    questions = [one.start for one in found if one.question]
    kinds = [_kind(text[start : min(end, start + LONGEST)]) for start, end in lines]
    page = _Page(text, lines, kinds, words, questions, [one.start for one in found if not one.question])
    return [Asked(one.start, one.end, _signs(page, one)) for one in found]


def _sentences(text: str, number: int, start: int, end: int) -> list[_Sentence]:
    """Return those sentences of one line that ask for something."""
    cuts = [start, *(match.end() for match in _END.finditer(text, start, end)), end]
    spans = []
    for first, last in pairwise(cuts):
        sentence = text[first:last]
        if bare := sentence.strip():
            begin = first + len(sentence) - len(sentence.lstrip())
            spans.append((begin, begin + len(bare)))
    found = []
    for place, (first, last) in enumerate(spans):
        form = _form(text[first:last]) if last - first <= LONGEST else None
        if form is not None and FEWEST <= len(text[first:last].split()) <= MOST:
            found.append(_Sentence(first, last, number, place, len(spans), form))
    return found


def _form(sentence: str) -> bool | None:
    """Return whether a sentence is a question; None where it is neither that nor a task."""
    opening = _OPENING.match(sentence)
    if not opening or not opening[1][0].isupper() or _FAQ.match(sentence):
        return None
    first = opening[1].lower().replace("’", "'")
    if sentence.rstrip("\"'”’)*_").endswith("?") and (first in ASKS or first in TASKS):
        return True
    return False if first in TASKS and not _STATEMENT.match(sentence, opening.end()) else None


def _signs(page: _Page, one: _Sentence) -> Matrix:
    sentence = page.text[one.start : one.end]
    kinds = [page.kind(one.line + step) for step in (0, -1, 1)]
    values = [
        *_relation(page, one),
        *_wording(sentence, question=one.question),
        *_standing(page, one),
        kinds[0] == "prose" and "table" in kinds[1:],
        kinds[0] == "prose" and "code" in kinds[1:],
        *(kind == name for kind in kinds for name in KINDS),
    ]
    return np.array(values, dtype=np.float32)


def _stems(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """Yield the beginnings of the words that say what a text is about, and where they stand."""
    for match in _WORD.finditer(text, start, end):
        if (word := match[0].lower()) not in _STOPPED:
            yield word[:STEM], match.start()


def _relation(page: _Page, one: _Sentence) -> list[float]:
    """Say how much a sentence has to do with what is around it."""
    own = {stem for stem, _ in _stems(page.text, one.start, one.end)}
    shared = sum(_occurs(page.words[stem], one) for stem in own)
    around = min(AROUND, one.start) + min(AROUND, len(page.text) - one.end)
    alone, question = one.of == 1, one.question
    share = shared / len(own) if own else 1.0
    return [
        1 - share,
        share == 0,
        min(4, len(own) - shared) / 4,
        min(4, len(own)) / 4,
        share == 0 and len(own) >= 2,
        not own,
        share == 0 and alone and question,
        share == 0 and alone and not question,
        min(1.0, around / 800),
        around < 100,
    ]


def _occurs(places: Sequence[int], one: _Sentence) -> bool:
    """Whether a stem stands near a sentence, outside of it."""
    before = bisect_left(places, one.start) - bisect_left(places, one.start - AROUND)
    return before > 0 or bisect_left(places, one.end + AROUND) > bisect_left(places, one.end)


def _wording(sentence: str, *, question: bool) -> list[float]:
    return [
        question,
        not question and sentence[-1] not in ".!",
        sentence[-1] == ".",
        sentence[-1] == ":",
        min(1.0, len(sentence.split()) / 25),
        *(pattern.search(sentence) is not None for pattern in (_OURS, _MINE, _YOURS, _POINTS, _QUOTE, _MARKUP)),
        _LABEL.match(sentence) is not None,
        _NAME.search(sentence, 1) is not None,
        min(1.0, len(_NAME.findall(sentence, 1)) / max(1, len(sentence.split()) - 1)),
    ]


def _standing(page: _Page, one: _Sentence) -> list[float]:
    """Say where a sentence stands on its line, and its line among the others."""
    first, last, alone = one.line == 0, one.line == len(page.lines) - 1, one.of == 1
    before = page.ending(one.line - 1)
    return [
        alone,
        one.number == 0,
        one.number == one.of - 1,
        first,
        last,
        first and alone,
        last and alone,
        first and last,
        before != "" and before in ".!?",
        before == ":",
        before != "" and before not in ".!?:",
        page.text[max(0, page.lines[one.line][0] - 2) : page.lines[one.line][0]] == "\n\n",
        _near(page.questions, one.start) / 3,
        _near(page.tasks, one.start) / 3,
    ]


def _near(places: Sequence[int], start: int) -> int:
    """Count what else is asked around a place, up to three."""
    found = bisect_right(places, start + AROUND) - bisect_left(places, start - AROUND)
    itself = bisect_right(places, start) - bisect_left(places, start)
    return min(3, found - itself)


def _kind(line: str) -> str:
    bare = line.strip()
    if not bare:
        return "none"
    if bare[0] == "|" or bare.count("|") >= 2 or bare.count("\t") >= 2:
        return "table"
    if bare[0] in "#>":
        return "heading" if bare[0] == "#" else "quote"
    if _BULLET.match(line):
        return "bullet"
    return "code" if _CODE.search(line) else "prose"
