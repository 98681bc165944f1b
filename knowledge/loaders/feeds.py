"""Feeds (RSS, Atom): each item is a section."""

from typing import Any

from knowledge.documents import Content
from knowledge.loaders import html
from knowledge.loaders.draft import Draft
from knowledge.loaders.nodes import child_of, children, inner_text, local, texts
from knowledge.loaders.options import Options

_WHO = ("author", "creator")
_WHEN = ("pubDate", "published", "updated", "date")
_WHAT = ("encoded", "content", "description", "summary")
"""The fuller first."""


def read(root: Any) -> Content:
    """Read a feed from its root element; its title is the feed's."""
    channel = child_of(root, "channel") if local(root) != "feed" else root
    channel = root if channel is None else channel
    draft = Draft()
    title = inner_text(child_of(channel, "title"))
    draft.heading(1, title)
    draft.paragraph(_prose(channel, ("description", "subtitle")))
    for item in [element for element in root.iter() if local(element) in ("item", "entry")]:
        draft.heading(2, inner_text(child_of(item, "title")) or "Untitled")
        facts = [_first(item, _WHEN), _first(item, _WHO)]
        draft.paragraph(", ".join(filter(None, facts)))
        draft.paragraph(_prose(item, _WHAT))
    return draft.content(title or None)


def _first(item: Any, names: tuple[str, ...]) -> str:
    return next((inner_text(child) for name in names for child in children(item, name) if inner_text(child)), "")


def _prose(item: Any, names: tuple[str, ...]) -> str:
    """Return what an item says; feeds pack HTML into it."""
    said = next((child for name in names for child in children(item, name) if inner_text(child)), None)
    if said is None:
        return ""
    packed = "".join(texts(said))
    return html.load(f"<body>{packed}</body>".encode(errors="replace"), Options()).text
