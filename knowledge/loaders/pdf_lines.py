"""The lines of a page, with the cells that wide gaps cut them into; those of a PDF as PDFium finds them."""

import ctypes
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from knowledge.documents import Box

GAP = 0.7
"""Widths of white space, in sizes of the font, from which two words may stand in two cells."""
CUT = "\ufffe"
"""Stands in a word where a hyphen at the end of a line cuts it: see `pdf_hyphens`."""
_HYPHENS = frozenset(f"{CUT}\ufffd\x02")
"""How PDFium marks a hyphen at which a word goes on in the next line."""
_UNREADABLE = ("Cc", "Co")
"""The kinds of letters that only the file's own font has a shape for: bullets, where they stand alone."""
_HEAVY = re.compile(rb"bold|black|heavy|demi|cmbx")
_SPELT = {
    **{ligature: unicodedata.normalize("NFKC", ligature) for ligature in map(chr, range(0xFB00, 0xFB07))},
}


@dataclass(frozen=True, slots=True)
class Cell:
    """Words that stand close together; the box is in points of the page as it is shown, from the upper left corner."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Line:
    """A line, its cells in reading order."""

    cells: tuple[Cell, ...]
    size: float
    """Of the font, in points."""
    bold: bool = False

    @property
    def text(self) -> str:
        """The words of all cells."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def box(self) -> Box:
        """What all cells take up."""
        return around([cell.box for cell in self.cells])


def around(boxes: Sequence[Box]) -> Box:
    """Return the box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def read_lines(page: Any, *, roughly: bool = False) -> list[Line]:
    """Return the lines of a page in the order of its text layer; roughly, several times faster, without cells."""
    text = page.get_textpage()
    try:
        upright = upright_boxes(page)
        if roughly:
            return list(_rough_lines(text, upright))
        return [line for group in _lines(_characters(text, upright)) if (line := _line(text, group)) is not None]
    finally:
        text.close()


@dataclass(slots=True)
class _Word:
    """A word in the making; `first` is the number of its first character."""

    first: int
    letters: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)


_Character = tuple[int, str, Box | None]


def upright_boxes(page: Any) -> Callable[[float, float, float, float], Box]:
    """Return what turns a box of the page's own space into one of the page as it is shown."""
    left, bottom, right, top = page.get_bbox()
    turn = page.get_rotation() // 90 % 4

    def upright(x0: float, y0: float, x1: float, y1: float) -> Box:
        if turn == 0:
            return x0 - left, top - y1, x1 - left, top - y0
        if turn == 1:
            return y0 - bottom, x0 - left, y1 - bottom, x1 - left
        if turn == 2:
            return right - x1, y0 - bottom, right - x0, y1 - bottom
        return top - y1, right - x1, top - y0, right - x0

    return upright


def _characters(text: Any, upright: Callable[[float, float, float, float], Box]) -> Iterator[_Character]:
    """Yield each character with its number and, where it is seen, its box."""
    import pypdfium2.raw as pdfium

    handle = text.raw
    x0, x1, y0, y1 = (ctypes.c_double() for _ in range(4))
    left, right, bottom, top = map(ctypes.byref, (x0, x1, y0, y1))
    unicode, box = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetCharBox
    for i in range(text.count_chars()):
        code = unicode(handle, i)
        letter = chr(code) if 0 < code < 0x110000 else ""
        if letter.isspace():
            yield i, "\n" if letter == "\n" else " ", None
        elif letter and box(handle, i, left, right, bottom, top):
            yield i, letter, upright(x0.value, y0.value, x1.value, y1.value)


def _rough_lines(text: Any, upright: Callable[[float, float, float, float], Box]) -> Iterator[Line]:
    """Yield lines without a look at each of their characters."""
    import pypdfium2.raw as pdfium

    edges = [ctypes.c_double() for _ in range(4)]
    start = 0
    for line in text.get_text_range().split("\n"):
        words = " ".join(filter(None, (_spell(_Word(start, list(word))) for word in line.split())))
        boxes = []
        for i in range(pdfium.FPDFText_CountRects(text, start, len(line)) if words else 0):
            if pdfium.FPDFText_GetRect(text, i, *edges):
                left, top, right, bottom = (edge.value for edge in edges)
                boxes.append(upright(left, bottom, right, top))
        if boxes:
            yield Line((Cell(words, around(boxes)),), *_font(text, start + len(line) - len(line.lstrip())))
        start += len(line) + 1


def _lines(characters: Iterator[_Character]) -> Iterator[list[_Word]]:
    """Gather words and lines; a word that a hyphen cuts stays whole in the line that it begins in."""
    words: list[_Word] = []
    within = cut = False
    for i, letter, box in characters:
        if box is None:
            if words and (letter == "\n" or cut):
                yield words
                words = []
            within = cut = False
        elif within and letter in _HYPHENS:
            words[-1].letters.append(CUT)
            cut = True
        else:
            if not within:
                if words and _elsewhere(words, box):
                    yield words
                    words = []
                words.append(_Word(i))
            cut = _add(words[-1], letter, box, cut)
            within = True
    if words:
        yield words


def _add(word: _Word, letter: str, box: Box, cut: bool) -> bool:
    """Add a letter; return whether it stands in the line after a hyphen, where the word's box does not go."""
    if cut and word.letters[-1] == CUT and _beside(word.boxes[-1], box):
        word.letters[-1] = "-"
        cut = False
    word.letters.append(letter)
    if not cut:
        word.boxes.append(box)
    return cut


def _elsewhere(words: Sequence[_Word], box: Box) -> bool:
    """Tell whether a letter is not in the line of the words before it, even if PDFium saw no new line."""
    left, top, right, bottom = around(words[-1].boxes)
    apart = max(box[1] - bottom, top - box[3])
    aside = max(box[0] - right, left - box[2])
    high = max(box[3] - box[1], bottom - top)
    first, last = words[0].boxes[0], words[-1].boxes[-1]
    level = abs(last[0] - first[0]) > abs(last[3] - first[3])  # not a line that runs up or down the page
    return apart > 0 and (aside > 2 * high or (level and apart > 0.4 * high))


def _beside(one: Box, other: Box) -> bool:
    """Tell whether two boxes stand at the same height."""
    return min(one[3], other[3]) > max(one[1], other[1]) and other[0] >= one[0]


def _line(text: Any, words: list[_Word]) -> Line | None:
    """Make a line of the words that are seen."""
    # The first word that is no bullet.
    told = next((word for word in words if any(letter.isalnum() for letter in word.letters)), words[0])
    size, bold = _font(text, told.first)
    spelt = [(_spell(word), around(word.boxes)) for word in words]
    found = [(letters, box) for letters, box in spelt if letters]
    if not found:
        return None
    return line_of(found, size, bold)


def line_of(words: Sequence[tuple[str, Box]], size: float, bold: bool = False) -> Line:
    """Make a line of words with their boxes, its cells in the order in which its script is read."""
    cells = [[words[0]]]
    for last, word in pairwise(words):
        apart = max(word[1][0] - last[1][2], last[1][0] - word[1][2])
        if apart > GAP * size:
            cells.append([])
        cells[-1].append(word)
    made = [Cell(" ".join(word for word, _ in cell), around([box for _, box in cell])) for cell in cells]
    if _right_to_left("".join(letters for letters, _ in words)):
        made.sort(key=lambda cell: -cell.box[2])
    return Line(tuple(made), size, bold)


def _font(text: Any, number: int) -> tuple[float, bool]:
    """Return the size of a character's font in points, and whether it is bold."""
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    scale = math.hypot(matrix.c, matrix.d) if pdfium.FPDFText_GetMatrix(text, number, matrix) else 1
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(text, number, name, 128, ctypes.c_int())
    heavy = pdfium.FPDFText_GetFontWeight(text, number) >= 600 or bool(_HEAVY.search(name.value.lower()))
    return max(1.0, pdfium.FPDFText_GetFontSize(text, number) * (scale or 1)), heavy


def _spell(word: _Word) -> str:
    """Return the letters of a word: those of one glyph in their order, ligatures as letters, bullets as bullets."""
    letters = word.letters
    for i in range(len(word.boxes) - 1, 0, -1):
        # PDFium reverses the letters of a glyph too where it reverses a line: lam and alef, for instance.
        if word.boxes[i] == word.boxes[i - 1] and _right_to_left(letters[i] + letters[i - 1]):
            letters[i - 1 : i + 1] = letters[i], letters[i - 1]
    text = "".join(letters).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")  # pairs come as two letters
    if len(text) == 1 and unicodedata.category(text) in _UNREADABLE:
        return "•"
    told = (CUT if letter in _HYPHENS else letter for letter in text)
    return "".join(_SPELT.get(letter, letter) for letter in told if unicodedata.category(letter) not in _UNREADABLE)


def _right_to_left(text: str) -> bool:
    """Tell whether most of the letters are written from right to left."""
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    return sum(kind in ("R", "AL") for kind in kinds) > sum(kind == "L" for kind in kinds)
