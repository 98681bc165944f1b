"""Captions of films and calls (WebVTT, SRT): who says what, in paragraphs that begin with their time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders.draft import Draft
from knowledge.loaders.encodings import decode
from knowledge.loaders.options import Options

_TIMES = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,]\d{1,3}\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{2})[.,]\d{1,3}")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAGS = re.compile(r"</?(?:[bicuv]|ruby|rt|lang|font|\d{2}:\d{2})[^>]*>", re.IGNORECASE)
PAUSE = 10
"""Seconds of silence after which a paragraph begins."""
LONG = 600
"""Characters after which a paragraph ends with the next full stop."""


@dataclass(frozen=True, slots=True)
class _Cue:
    begins: int
    ends: int
    speaker: str
    text: str


def load(data: bytes, options: Options) -> Content:
    """Read captions; what one speaker says in one go is a paragraph.

    Raises:
        UnreadableFile: there are none in it.
    """
    draft = Draft()
    cues = list(_cues(decode(data)))
    if not cues:
        raise UnreadableFile("it holds no captions: export it again as .vtt or .srt")
    spoken: list[_Cue] = []
    for cue in cues:
        if spoken and _breaks(spoken, cue):
            _put(draft, spoken)
            spoken = []
        if not spoken or cue.text != spoken[-1].text:  # captions that roll say each line twice
            spoken.append(cue)
    _put(draft, spoken)
    return draft.content(None)


def _cues(text: str) -> Iterator[_Cue]:
    """Yield what is said under each time code; a cue may hold several voices."""
    for block in re.split(r"\n[^\S\n]*\n", text):
        times = _TIMES.search(block)
        if times is None:
            continue
        begins, ends = _seconds(times.groups()[:3]), _seconds(times.groups()[3:])
        said = block[times.end() :].partition("\n")[2]
        first, *voices = _VOICE.split(said)
        for speaker, words in [("", first), *zip(voices[::2], voices[1::2], strict=True)]:
            plain = " ".join(unescape(_TAGS.sub("", words)).split())
            if plain:
                yield _Cue(begins, ends, " ".join(unescape(speaker).split()), plain)


def _seconds(parts: Sequence[str | None]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in parts)
    return 3600 * hours + 60 * minutes + seconds


def _breaks(spoken: list[_Cue], cue: _Cue) -> bool:
    last = spoken[-1]
    full = sum(len(before.text) for before in spoken) > LONG and last.text.endswith((".", "!", "?", "…"))
    return cue.speaker != last.speaker or cue.begins - last.ends > PAUSE or full


def _put(draft: Draft, spoken: list[_Cue]) -> None:
    at = spoken[0].begins
    time = f"[{at // 3600}:{at // 60 % 60:02}:{at % 60:02}]"
    speaker = f"{spoken[0].speaker}: " if spoken[0].speaker else ""
    draft.paragraph(f"{time} {speaker}{' '.join(cue.text for cue in spoken)}")
