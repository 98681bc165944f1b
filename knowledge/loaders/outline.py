"""Marked-up text, element by element, made into headings, paragraphs, lists, and terms with what they mean."""

import re
from textwrap import dedent

from knowledge.documents import Content
from knowledge.loaders.draft import Draft

_BLOCKS = (
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure form h1 h2 "
    "h3 h4 h5 h6 header hr html legend li main ol p pre section summary table tbody td tfoot th thead tr ul"
)
BLOCKS = frozenset(_BLOCKS.split())
"""The elements of HTML that stand on lines of their own."""
_LISTS = ("ul", "ol", "dl")
_ITEMS = ("li", "dd", "dt")
_DEEPEST = 10
"""Levels of a list beyond which nothing is indented any further."""


class Outline:
    """Takes the start and the end of each element, and the text between, in the words of HTML."""

    def __init__(self) -> None:
        self._draft = Draft()
        self._open: list[str] = []
        self._counts: list[int | None] = []
        self._words: list[str] = []
        self._items: list[str] = []
        self._mark = ""
        self._term = ""
        self._lead = ""
        self._kept = 0
        self._inside = 0

    def start(self, name: str, number: int | None = None) -> None:
        """Begin an element; `number` is the first of an ordered list, or that of an item."""
        if name not in BLOCKS:
            return
        self._flush()
        if name in _LISTS:
            self._state_term()
            self._counts.append((number or 1) - 1 if name == "ol" else None)
        elif name == "li" and self._counts:
            counted = self._counts[-1]
            if counted is not None:
                self._counts[-1] = number or counted + 1
            self._mark = "- " if counted is None else f"{self._counts[-1]}. "
        elif name == "li":
            self._mark = "- "
        self._kept += name == "pre"
        self._inside += name in _ITEMS
        self._open.append(name)

    def end(self, name: str) -> None:
        """End an element that was begun."""
        if name not in BLOCKS:
            return
        self._flush()
        if name in _LISTS:
            self._state_term()
            self._counts.pop()
        self._kept -= name == "pre"
        self._inside -= name in _ITEMS
        self._open.pop()
        if name == "li":
            self._mark = ""
        if not self._inside and not self._counts:
            self._end_list()

    def text(self, words: str) -> None:
        """Add text to the element that is open; a vertical tab breaks the line."""
        self._words.append(words)

    def lead(self, words: str) -> None:
        """Put words before the next text, wherever that begins."""
        self._lead = words

    def content(self, title: str | None) -> Content:
        """Return what was read."""
        self._flush()
        self._end_list()
        return self._draft.content(title)

    def _flush(self) -> None:
        """Put the text met since the last start or end where it belongs."""
        words = "".join(self._words)
        self._words = []
        if not words.strip():
            return
        text = dedent(words.replace("\v", "\n").strip("\n")).rstrip() if self._kept else _folded(words)
        text, self._lead = f"{self._lead}{text}", ""
        owner = self._open[-1] if self._open else ""
        if re.fullmatch(r"h[1-6]", owner):
            self._state_term()
            self._end_list()
            self._draft.heading(int(owner[1]), text)
        elif owner == "dt":
            self._state_term()
            self._term = text
        elif self._counts or self._mark:
            self._put_item(text)
        else:
            self._draft.paragraph(text)

    def _put_item(self, text: str) -> None:
        """Add lines to the list: the first of an item after its mark, the others under it."""
        mark, self._mark = self._mark, ""
        if self._term:
            mark, self._term = f"{self._term.rstrip(':')}: ", ""
            gap = ""
        else:
            gap = "" if mark else "  "
        indent = "  " * max(0, min(len(self._counts), _DEEPEST) - 1)
        first, *others = text.split("\n")
        self._items.append(f"{indent}{gap}{mark}{first}")
        self._items += [f"{indent}  {other}" for other in others]

    def _state_term(self) -> None:
        """Put a term that nothing is said of."""
        if self._term:
            term, self._term = self._term, ""
            indent = "  " * max(0, min(len(self._counts), _DEEPEST) - 1)
            self._items.append(f"{indent}{term}")

    def _end_list(self) -> None:
        if self._items:
            items, self._items = self._items, []
            self._draft.paragraph("\n".join(items))


def _folded(words: str) -> str:
    lines = [" ".join(line.split()) for line in words.split("\v")]
    return "\n".join(line for line in lines if line)
