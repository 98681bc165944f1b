"""Text out of pictures, by Tesseract where it is installed."""

import shutil
import time
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from statistics import median
from typing import Any

from knowledge.documents import Box
from knowledge.errors import UnreadableFile
from knowledge.loaders.pdf_layout import Page
from knowledge.loaders.pdf_lines import line_of

DPI = 200
"""The resolution that pages are rendered in."""
SECONDS = 40
"""How long one file is read; what is left then is named."""
PICTURE = 20.0
"""Seconds for one picture."""
SURE = 75
"""The mean confidence, of 100, below which a picture is also tried turned."""
GUESSED = 20
"""The confidence below which a word is none."""
LANGUAGES = 6
"""The most languages that are looked for at once: each makes it slower."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A picture as a page of lines, and how sure Tesseract is of them, from 0 to 100."""

    page: Page
    confidence: float


def installed() -> str:
    """Return the languages that Tesseract knows here, joined by `+`; empty where there is no Tesseract."""
    return _languages() if shutil.which("tesseract") else ""


@cache
def _languages() -> str:
    import pytesseract

    known = [name for name in pytesseract.get_languages() if "/" not in name and name not in ("osd", "equ", "snum")]
    return "+".join(sorted(known, key=_first)[:LANGUAGES])


def _first(name: str) -> tuple[bool, str]:
    return name != "eng", name


class Clock:
    """How much time is left for a file."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return seconds; none or fewer when the time is up."""
        return self._end - time.monotonic()


def read(picture: Any, clock: Clock, *, turned: bool = True) -> Reading | None:
    """Read a Pillow picture, turned if it has to be and may; nothing where the time does not suffice.

    Raises:
        UnreadableFile: Tesseract fails at it.
    """
    reading = _attempt(picture, 0, clock)
    if reading is None or reading.confidence >= SURE or not turned:
        return reading
    # Where nothing looks like a word, it is no text that lies on its side.
    turns = _turns(picture, clock) if reading.page.lines else ()
    readings = [_attempt(picture, turn, clock) for turn in turns]
    return max([reading, *filter(None, readings)], key=lambda reading: reading.confidence)


def _attempt(picture: Any, turn: int, clock: Clock) -> Reading | None:
    """Read a picture that is turned clockwise by some degrees first."""
    import pytesseract

    upright = picture.rotate(-turn, expand=True) if turn else picture
    timeout = min(PICTURE, clock.left())
    if timeout <= 0:
        return None
    try:
        data = pytesseract.image_to_data(
            upright, lang=installed(), config=f"--dpi {DPI}", output_type=pytesseract.Output.DICT, timeout=timeout
        )
    except pytesseract.TesseractError as error:
        raise UnreadableFile("Tesseract fails at it: save it anew, or install Tesseract anew") from error
    except RuntimeError:  # how pytesseract says that the time is up
        return None
    return _reading(data, upright.size, turn)


def _turns(picture: Any, clock: Clock) -> tuple[int, ...]:
    """Return by how many degrees, clockwise, a picture may have to be turned to be upright."""
    import pytesseract

    timeout = min(PICTURE, clock.left())
    if timeout <= 0:
        return ()
    try:
        seen = pytesseract.image_to_osd(
            picture, config=f"--dpi {DPI}", output_type=pytesseract.Output.DICT, timeout=timeout
        )
    except (pytesseract.TesseractError, RuntimeError):  # too few letters to tell, or no data for it
        return 180, 90, 270
    turn = int(seen.get("rotate", 0))
    return (turn,) if turn else ()


def _reading(data: dict[str, list[Any]], size: tuple[int, int], turn: int) -> Reading:
    words = [i for i, text in enumerate(data["text"]) if str(text).strip() and float(data["conf"][i]) >= GUESSED]
    # Letters are of one size here: what Tesseract sees of it varies too much to tell headings by it.
    letters = median([data["height"][i] for i in words] or [1])
    lines = [
        line_of([(str(data["text"][i]).strip(), _box(data, i)) for i in line], float(letters))
        for _, line in groupby(words, key=lambda i: (data["block_num"][i], data["par_num"][i], data["line_num"][i]))
    ]
    sure = [float(data["conf"][i]) for i in words]
    return Reading(Page(lines, float(size[0]), float(size[1]), turn), sum(sure) / len(sure) if sure else 0.0)


def _box(data: dict[str, list[Any]], i: int) -> Box:
    left, top = data["left"][i], data["top"][i]
    return left, top, left + data["width"][i], top + data["height"][i]
