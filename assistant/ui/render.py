"""Turns, sources and scores as what the page shows. Pure functions; everything from outside is escaped here."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from assistant import retrieval
from assistant.presentation import link, picture, place
from assistant.turns import Citation, Source, Support, Turn

SUPPORTED = 0.45
"""Below it a sentence is marked as unsupported; the policy's own threshold is what the page passes."""
NAMED = 3
"""Of so many unsupported sentences the missing numbers, dates and names are told below the answer."""
NOTHING_NEAR = (
    f"**{retrieval.NOTHING_NEAR}** The passages that come nearest are listed under *Sources*, but they "
    "are not likely to hold the answer."
)
THUMBS = {"up": "Rated good", "down": "Rated bad"}
_WRAPPED = re.compile(r"(?<=[^\n]{50})\n(?=[^\W_])")
"""The end of a long line that the next one goes on from: it was wrapped, and says nothing."""
_FENCE = re.compile(r"^(`{3,}(?=[^`\n]*(?:\n|\Z))|~{3,})[^\n]*(?:\n.*?(?:^ {0,3}\1[~`]* *$|\Z)|\Z)", re.S | re.M)
"""A block of code that begins at the start of a line, just as the page's own reader of Markdown finds it."""
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_FIRST, _LAST, _CLOSE = 0xF0000, 0xFFFFD, "\ue001"
"""What stands for the marks of a sentence until everything else is escaped: a character for the beginning of each, and
one for the ends. They belong to nobody, and are taken out of everybody's text."""
_MARKS = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}{_CLOSE}]")


def messages(turns: Sequence[Turn], threshold: float = SUPPORTED) -> list[dict[str, Any]]:
    """Shape the shown turns as messages of the chat."""
    said = []
    for turn in turns:
        said.append({"role": "user", "content": harmless(turn.question)})
        said.append({"role": "assistant", "content": answer(turn, threshold)})
    return said


def answer(turn: Turn, threshold: float = SUPPORTED) -> str:
    """Show an answer as Markdown: its unsupported sentences marked, and below it what the reader should know."""
    if turn.refusal:
        rule = f"{turn.refusal.rail}: {turn.refusal.rule}"
        # Who speaks of hurting themselves is not to read first that they were refused.
        said = "" if turn.refusal.rule.startswith("self-harm") else "**Refused.** "
        return f"{said}{harmless(turn.refusal.reason)}\n\n<small>Rule: `{rule}`</small>"
    text = NOTHING_NEAR if turn.nearest else marked(turn.answer, turn.support, threshold) or "*(nothing was written)*"
    notice = (turn.notice or "").removeprefix(retrieval.NOTHING_NEAR if turn.nearest else "").strip()
    notes = [notice] if notice else []
    notes += ["Stopped."] if turn.stopped else []
    if "data-unsupported" in text:
        notes.append(_unsupported(turn.support, threshold))
    searched = [f"Searched for: {harmless(' '.join(turn.searched.split()))}"] if turn.searched else []
    rated = [THUMBS[turn.rating.thumb]] if turn.rating else []
    foot = " · ".join([*rated, *(escape(note) for note in notes), *searched])
    return f"{text}\n\n<small>{foot}</small>" if foot else text


def marked(text: str, support: Sequence[Support], threshold: float) -> str:
    """Underline the sentences that no passage supports; pointing at one tells why."""
    parts, end = [], 0
    weak = [one for one in support if one.score < threshold][: _LAST - _FIRST]
    for number, one in enumerate(weak):
        if one.start >= end:
            opened = chr(_FIRST + number)
            parts += [_MARKS.sub("", text[end : one.start]), opened, _MARKS.sub("", one.sentence), _CLOSE]
            end = one.end
    shown = harmless("".join([*parts, _MARKS.sub("", text[end:])]))
    return _MARKS.sub(lambda mark: "</u>" if mark[0] == _CLOSE else _opened(weak[ord(mark[0]) - _FIRST]), shown)


def _opened(one: Support) -> str:
    missing = f" In none: {one.missing}." if one.missing else ""
    why = f"No passage supports this (score {one.score:.2f}).{missing}"
    return f'<u data-unsupported title="{"".join(map(_entity, why))}">'


def _unsupported(support: Sequence[Support], threshold: float) -> str:
    missing = dict.fromkeys(one.missing for one in support if one.score < threshold and one.missing)
    named = f" In none of them: {', '.join(list(missing)[:NAMED])}." if missing else ""
    return f"Underlined sentences are supported by no passage.{named}"


def harmless(text: str) -> str:
    """Keep Markdown, but let no HTML and no image through: an image would fetch something from elsewhere."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts += [_escaped(text[end : fence.start()]), _MARKS.sub("", fence[0])]
        end = fence.end()
    return "".join([*parts, _escaped(text[end:])])


def _escaped(text: str) -> str:
    """Escape what is no block of code; no backtick is left, so that nobody can read another beginning of code there."""
    parts = _SPAN.split(text)
    for found, shown in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        ("![", "!\\["),
        ("]:", "]&#58;"),
        ("`", "&#96;"),
        ("~~~", "~&#126;~"),
    ):
        parts[::2] = [part.replace(found, shown) for part in parts[::2]]
    parts[1::2] = [f"<code>{''.join(map(_entity, part))}</code>" for part in parts[1::2]]
    return "".join(parts)


def _entity(character: str) -> str:
    kept = character.isalnum() or character == " " or _MARKS.match(character)
    return character if kept else f"&#{ord(character)};"


def sources(turn: Turn | None) -> str:
    """Show the sources of an answer: those cited first and open, with the quoted passage marked in them."""
    if turn is not None and turn.nearest:
        head = "<p class='quiet'><b>Nearest passages.</b> None of them comes near enough to answer from.</p>"
        return "\n".join([head, *(_source(source, (), open_=False) for source in turn.nearest)])
    if turn is None or not turn.sources:
        return "<p class='quiet'>The passages that an answer rests on appear here.</p>"
    cited = {citation.marker for citation in turn.citations}
    ordered = sorted(turn.sources, key=lambda source: (source.marker not in cited, source.marker))
    return "\n".join(_source(source, turn.citations, open_=source.marker in cited) for source in ordered)


def _source(source: Source, citations: Sequence[Citation], *, open_: bool) -> str:
    if source.withheld:
        return f"<p class='source quiet'><b>[{source.marker}]</b> {escape(source.withheld)}</p>"
    own = [c for c in citations if c.marker == source.marker and c.document_id == source.document_id]
    where = place(source.location)
    head = f"<b>[{source.marker}] {escape(source.title)}</b>" + (f"<br><small>{escape(where)}</small>" if where else "")
    start, end = (own[0].start, own[0].end) if own else (source.start, source.end)
    opened = f"<a href='{escape(link(source.document_id, start, end))}' target='_blank' rel='noopener'>"
    return (
        f"<details class='source' {'open' if open_ else ''}><summary>{head}</summary>"
        f"<blockquote>{_highlighted(source, own)}</blockquote>"
        f"<p class='links'>{opened}Open the document</a></p>{_page(source, start, end)}</details>"
    )


def _page(source: Source, start: int, end: int) -> str:
    """Offer the picture of the page, which is fetched when it is looked at; pages of inner files have none."""
    page = source.location.get("page")
    if page is None or "part" in source.location:
        return ""
    address = escape(picture(source.document_id, int(page), start, end))
    return (
        f"<details class='page'><summary>Show page {int(page)}</summary>"
        f"<img src='{address}' loading='lazy' alt='Page {int(page)} with the passage marked'></details>"
    )


def _highlighted(source: Source, citations: Sequence[Citation]) -> str:
    parts, end = [], source.start
    for citation in sorted(citations, key=lambda c: c.start):
        if citation.start >= end:
            parts.append(escape(source.text[end - source.start : citation.start - source.start]))
            parts.append(f"<mark>{escape(citation.quote)}</mark>")
            end = citation.end
    parts.append(escape(source.text[end - source.start :]))
    return _WRAPPED.sub(" ", "".join(parts)).replace("\n", "<br>")
