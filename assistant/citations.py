"""Where an answer stands in its sources, to the character. Pure functions."""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.guardrails.claims import bare, sentences
from assistant.turns import Citation, Source, Support

NUMBERED = re.compile(r"\[(\d{1,3})\]")
SUPPORTED = 0.6
"""From which score on a sentence without a marker is given that of the passage that supports it."""
_INVENTED = re.compile(r" +\[(\d{1,3})\](?=[.!?]*(?:\s|$))")
"""A marker at the end of a clause; `list[3]` is none."""
_PART = re.compile(r"(?:[^.!?\n]|[.!?](?=[^\s\"')\]])|(?<=[^\n]{40})\n(?=[^\W_]))+[.!?]*[\"')\]]*")
"""A sentence of a passage; it goes on over the end of a long line, which was only wrapped."""
_WORD = re.compile(r"\w+")
_FREQUENT = """
a an the is are was were be been of in on at to for from by with and or not no it its this that these those as
do does did has have had will would can could may must shall you your we our they their he she his her i my me
who what when where which how
"""
_PLAIN = frozenset(_FREQUENT.split())
"""Words that say nothing of what a sentence is about."""


def cite(answer: str, sources: Sequence[Source], support: Sequence[Support]) -> tuple[str, tuple[Citation, ...]]:
    """Put the answer's markers right and find what each of them cites.

    A marker of a source that does not exist is taken out; a sentence without a marker gets that of the passage which
    supports it.

    Args:
        answer: as the model wrote it.
        sources: what the model was given.
        support: which passage supports each sentence that claims something, from `grounding.support`.

    Returns:
        The answer, and its citations: one for each pair of marker and quoted sentence, in the answer's order.
    """
    known = {source.marker: source for source in sources}
    supported = {found.start: found.marker for found in support if found.score >= SUPPORTED}
    parts, cited, end = [], [], 0
    for start, stop in sentences(answer):
        sentence = answer[start:stop]
        markers = [int(marker) for marker in NUMBERED.findall(sentence)] or [supported.get(start) or 0]
        wanted = [marker for marker in markers if marker in known]
        parts += [answer[end:start], _marked(sentence, wanted)]
        end = stop
        cited += [_quote(bare(sentence), known[marker]) for marker in wanted]
    return "".join([*parts, answer[end:]]).strip(), tuple(cited)


def unmarked(answer: str) -> str:
    """Take the markers out of an answer that had no sources; code, and what lists its own references, stays."""
    if "`" in answer or re.search(r"^\s*\[\d{1,3}\]", answer, re.MULTILINE):
        return answer
    return _INVENTED.sub("", answer)


def place(answer: str, support: Sequence[Support]) -> tuple[Support, ...]:
    """Say anew where the sentences stand that were judged, after markers were put right: they moved."""
    judged = {bare(one.sentence): one for one in support}
    found = []
    for start, end in sentences(answer):
        sentence = answer[start:end]
        if one := judged.get(bare(sentence)):
            found.append(replace(one, sentence=sentence, start=start, end=end))
    return tuple(found)


def _marked(sentence: str, markers: Sequence[int]) -> str:
    """Return the sentence with exactly these markers, before its closing full stop as the model puts them."""
    said = bare(sentence)
    text = said.rstrip()
    close = re.search(r"[.!?]*$", text)
    at = close.start() if close else len(text)
    tags = "".join(f" [{marker}]" for marker in dict.fromkeys(markers))
    return text[:at] + tags + text[at:] + said[len(text) :]


def _quote(sentence: str, source: Source) -> Citation:
    """Quote the sentence of the source that holds most of the answer's words, the shortest of equals."""
    wanted = _words(sentence)
    parts = [m.span() for m in _PART.finditer(source.text) if _WORD.search(m.group())] or [(0, len(source.text))]
    start, end = max(parts, key=lambda span: (_share(wanted, source.text[slice(*span)]), span[0] - span[1]))
    start += len(source.text[start:end]) - len(source.text[start:end].lstrip())
    end = start + len(source.text[start:end].rstrip())
    return Citation(
        marker=source.marker,
        document_id=source.document_id,
        title=source.title,
        location=source.location,
        quote=source.text[start:end],
        start=source.start + start,
        end=source.start + end,
    )


def _share(wanted: set[str], text: str) -> float:
    """Return which share of the words wanted stands in the text; numbers count threefold."""
    weights = {word: 3.0 if word[0].isdigit() else 1.0 for word in wanted}
    there = _words(text)
    return sum(weight for word, weight in weights.items() if word in there) / max(1.0, sum(weights.values()))


def _words(text: str) -> set[str]:
    words = {word.lower() for word in _WORD.findall(text)}
    return words - _PLAIN or words
