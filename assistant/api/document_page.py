"""A document as a page of its own: its text with the places it stood at, and one passage marked. Pure functions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from assistant.presentation import link, picture, place
from knowledge.documents import Document, Location, Passage

WINDOW = 150_000
"""How many characters of a document are shown at once, about."""
Span = tuple[int, int]
STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 6rem; }
header { border-bottom: 1px solid var(--line); margin-bottom: 1rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: .8rem; font-weight: 600; letter-spacing: .04em; margin: 2rem 0 .75rem; padding-top: .5rem;
     border-top: 1px solid var(--line); opacity: .75; }
.quiet { opacity: .75; font-size: .9rem; overflow-wrap: anywhere; }
.warning { border-left: 4px solid #d97706; padding: .5rem .75rem;
           background: color-mix(in srgb, #d97706 12%, transparent); }
.head { font-weight: 650; white-space: pre-wrap; margin: 1.1rem 0 .3rem; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; margin: 0 0 .6rem; overflow-wrap: anywhere; }
mark { background: #fde68a; color: #111; border-radius: 3px; padding: .1em .15em; scroll-margin-top: 30vh; }
section { max-width: 46rem; }
section.paged { max-width: none; display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 28rem); gap: 2rem; }
section.paged details { position: sticky; top: 1rem; align-self: start; }
@media (max-width: 60rem) { section.paged { display: block; } }
details { margin: 0 0 1rem; }
summary { cursor: pointer; font-size: .9rem; }
img { max-width: 100%; border: 1px solid var(--line); margin-top: .5rem; background: #fff; }
nav { display: flex; gap: 1.5rem; margin: 1.5rem 0; }
""".strip()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the text that is shown in one piece."""

    start: int
    end: int
    place: Location
    heading: bool
    """Whether it stands between passages: the line of a heading."""


def document_page(document: Document, text: str, passages: Sequence[Passage], marked: Span | None, at: int = 0) -> str:
    """Build the page.

    Args:
        document: what it is.
        text: its whole text.
        passages: its passages in order.
        marked: from where up to where to mark the text, if anywhere.
        at: where to begin in a text that is too long to be shown at once; not where something is marked.
    """
    windows = _windows(stretches(text, passages))
    wanted = marked[0] if marked else at
    number = max((n for n, window in enumerate(windows) if window[0].start <= wanted), default=0)
    shown = windows[number] if windows else []
    between = _between(document.id, windows, number)
    body = [_head(document), between, *_body(document.id, text, shown, marked), between]
    return _html(document.title, "\n".join(body))


def problem_page(message: str) -> str:
    """Build the page that says why there is nothing to see."""
    return _html("Document", f"<h1>Document</h1><p>{escape(message)}</p>")


def stretches(text: str, passages: Sequence[Passage]) -> list[Stretch]:
    """Cut the whole text into its passages and what stands between them, which goes with the passage after it."""
    found: list[Stretch] = []
    at = 0
    for passage in passages:
        if passage.start > at:
            found.append(Stretch(at, passage.start, passage.location, heading=True))
        if passage.end > max(at, passage.start):
            found.append(Stretch(max(at, passage.start), passage.end, passage.location, heading=False))
        at = max(at, passage.end)
    if at < len(text):
        last = passages[-1].location if passages else Location()
        found.append(Stretch(at, len(text), last, heading=False))
    return [stretch for stretch in found if text[stretch.start : stretch.end].strip()]


def _windows(found: Sequence[Stretch]) -> list[list[Stretch]]:
    """Group the stretches into what is shown at once."""
    windows: list[list[Stretch]] = []
    for stretch in found:
        if not windows or stretch.end - windows[-1][0].start > WINDOW:
            windows.append([])
        windows[-1].append(stretch)
    return windows


def _between(document_id: str, windows: Sequence[Sequence[Stretch]], number: int) -> str:
    """Link what comes before and after what is shown."""
    links = [
        f'<a href="{link(document_id)}?at={windows[other][0].start}">{words}</a>'
        for other, words in ((number - 1, "← Earlier"), (number + 1, "Later →"))
        if 0 <= other < len(windows)
    ]
    if not links:
        return ""
    return f"<nav><span class='quiet'>Part {number + 1} of {len(windows)}</span>{''.join(links)}</nav>"


def _head(document: Document) -> str:
    known = [f"Collection {document.collection}", document.source, f"added {document.added_at[:16].replace('T', ' ')}"]
    reason = f": {document.reason}" if document.reason else ""
    warning = "" if document.state == "ready" else f'<p class="warning">{escape(document.state + reason)}</p>'
    return (
        f'<header><h1>{escape(document.title)}</h1><p class="quiet">{escape(" · ".join(known))}</p>'
        f'<p><a href="{link(document.id)}/original" download>Download the original</a></p>{warning}</header>'
    )


def _body(document_id: str, text: str, shown: Sequence[Stretch], marked: Span | None) -> Iterator[str]:
    """Show what stands on one page, slide, sheet or part after the other, beside the picture of a page."""
    anchored = False
    for key, group in groupby(shown, key=lambda stretch: _key(stretch.place)):
        here = list(group)
        parts = []
        for stretch in here:
            inner, hit = _marked(text, stretch, marked, anchored)
            anchored = anchored or hit
            parts.append(f'<div class="{"head" if stretch.heading else "text"}">{inner}</div>')
        where = here[0].place
        beside = _picture(document_id, where, here, marked)
        kind = ' class="paged"' if beside else ""
        yield f"{_named(where) if any(key) else ''}<section{kind}><div>{''.join(parts)}</div>{beside}</section>"
    if not shown:
        yield '<p class="quiet">No text of it is kept.</p>'


def _named(where: Location) -> str:
    words = place(Location(page=where.page, slide=where.slide, sheet=where.sheet, part=where.part).as_json())
    return f"<h2>{escape(words[:1].upper() + words[1:])}</h2>"


def _picture(document_id: str, where: Location, here: Sequence[Stretch], marked: Span | None) -> str:
    """Offer the picture of a page, open where something is marked on it; pages of inner files have none."""
    if where.page is None or where.part is not None:
        return ""
    start, end = marked or (0, 0)
    hit = any(stretch.start < end and stretch.end > start for stretch in here)
    source = escape(picture(document_id, where.page, start, end))
    return (
        f"<details{' open' if hit else ''}><summary>Page {where.page} as a picture</summary>"
        f'<img src="{source}" loading="lazy" alt="Page {where.page}"></details>'
    )


def _key(where: Location) -> tuple[object, ...]:
    return (where.part, where.page, where.slide, where.sheet)


def _marked(text: str, stretch: Stretch, marked: Span | None, anchored: bool) -> tuple[str, bool]:
    """Escape a stretch with what is marked of it; the first mark on the page is the one that is scrolled to."""
    inside = text[stretch.start : stretch.end]
    lead = len(inside) - len(inside.lstrip("\n"))
    start, end = stretch.start + lead, stretch.start + len(inside.rstrip())
    first, last = (max(start, marked[0]), min(end, marked[1])) if marked else (0, 0)
    if first >= last:
        return escape(text[start:end]), False
    name = "" if anchored else ' id="passage"'
    return f"{escape(text[start:first])}<mark{name}>{escape(text[first:last])}</mark>{escape(text[last:end])}", True


def _html(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )
