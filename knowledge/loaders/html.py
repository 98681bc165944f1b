"""HTML: what a reader would read, without scripts, menus and footers; tables keep their rows under their heads."""

import re
from typing import Any

from knowledge.documents import Content
from knowledge.loaders.draft import Draft
from knowledge.loaders.encodings import decode
from knowledge.loaders.options import Options
from knowledge.loaders.tables import rows_as_text

DROPPED = (
    "script, style, noscript, template, svg, iframe, nav, footer, button, select, dialog, [hidden], "
    "[role=navigation], [role=banner], [role=contentinfo], [style*='display:none'], [style*='display: none']"
)
_BLOCKS = (
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure form h1 h2 "
    "h3 h4 h5 h6 header html legend li main ol p pre section summary table tbody td tfoot th thead tr ul"
)
BLOCKS = frozenset(_BLOCKS.split())
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"\A<\?xml[^>]+encoding=[\"']([\w-]+)")


def load(data: bytes, options: Options) -> Content:
    """Read HTML with its headings; the title is the first heading of level 1, else the page's.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    from bs4 import BeautifulSoup

    declared = _CHARSET.search(data[:4096]) or _XML_CHARSET.search(data[:4096])
    text = decode(data, declared.group(1).decode() if declared else None)
    page = BeautifulSoup(re.sub(r"\A\s*<\?xml[^>]*\?>", "", text), "lxml")
    named = page.title.get_text(" ", strip=True) if page.title else ""
    for element in page.select(DROPPED):
        element.decompose()
    for table in page.find_all("table"):
        if not table.find("table"):
            _flatten(page, table)
    draft = Draft()
    body = page.find("main") or page.body or page
    _put_all(draft, body)
    first = body.find("h1")
    title = " ".join(first.get_text(" ").split()) if first else ""
    return draft.content(title or " ".join(named.split()) or None)


def _put_all(draft: Draft, body: Any) -> None:
    """Gather the strings of each block, without recursion: real pages nest deeper than Python does."""
    from bs4 import CData, Comment, Declaration, Doctype, NavigableString, ProcessingInstruction

    unseen = (Comment, CData, Declaration, Doctype, ProcessingInstruction)
    block: Any = None
    words: list[str] = []
    for element in body.descendants:
        if isinstance(element, NavigableString):
            if isinstance(element, unseen):
                continue
            owner = _block_of(element)
            if owner is not block:
                _put(draft, block, "".join(words))
                block, words = owner, []
            words.append(str(element))
        elif element.name == "br":
            words.append("\n" if element.find_parent("pre") else "\v")
    _put(draft, block, "".join(words))


def _block_of(element: Any) -> Any:
    owner = element.parent
    while owner.parent is not None and owner.name not in BLOCKS:
        owner = owner.parent
    return owner


def _put(draft: Draft, block: Any, text: str) -> None:
    if block is None or not text.strip():
        return
    if block.name == "pre":
        draft.paragraph(text.replace("\v", "\n"))
        return
    lines = [" ".join(line.split()) for line in text.split("\v")]
    plain = "\n".join(line for line in lines if line)
    if re.fullmatch(r"h[1-6]", block.name):
        draft.heading(int(block.name[1]), plain)
    else:
        draft.paragraph(plain, item=block.name == "li")


def _flatten(page: Any, table: Any) -> None:
    """Put the rows of a table in its place, as text."""
    rows = [row.find_all(["td", "th"]) for row in table.find_all("tr")]
    cells = [[" ".join(cell.get_text(" ").split()) for cell in row] for row in rows]
    headed = bool(rows) and len(rows[0]) > 1 and all(cell.name == "th" for cell in rows[0])
    caption = " ".join(table.caption.get_text(" ").split()) if table.caption else ""
    flat = page.new_tag("pre")
    flat.string = "\n".join(filter(None, (caption, rows_as_text(cells, headed=headed))))
    table.replace_with(flat)
