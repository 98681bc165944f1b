"""Characters that people do not see but a model reads: zero width, tags, and such as turn the direction of writing."""

import re
import unicodedata

_TAG = "\U000e0000-\U000e007f"
_TURN = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
_NO_WIDTH = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0"
_JOINER = "\u200c\u200d"
_SELECTOR, _MORE_SELECTORS = "\ufe00-\ufe0f", "\U000e0100-\U000e01ef"
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_ANY = re.compile(f"[{_TAG}{_TURN}{_NO_WIDTH}{_JOINER}{_SELECTOR}{_MORE_SELECTORS}{_CONTROL}]")
"""Few texts hold one of these, and what holds none need not be looked through for each."""

_TAGS = re.compile(f"[{_TAG}]+")
_FLAG = "\U0001f3f4"
"""The black flag, after which tags spell the name of a region and are meant to be there."""
_TURNS = re.compile(f"[{_TURN}]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_UNSEEN = re.compile(f"[{_NO_WIDTH}]")
_JOINERS = re.compile(f"(?<=[\x00-\x7f])[{_JOINER}]+|[{_JOINER}]+(?=[\x00-\x7f])|^[{_JOINER}]+|[{_JOINER}]{{2,}}")
_SELECTORS = re.compile(f"[{_SELECTOR}]{{2,}}|[{_MORE_SELECTORS}]+")
_CONTROLS = re.compile(f"[{_CONTROL}]")

_BITS = re.compile("[\u200b-\u200d\u2060\u2062\u2063\ufeff]{16,}")
"""So many characters of no width in a row spell something; a few stand in many a text that was copied."""
_BYTES = re.compile(f"[{_SELECTOR}{_MORE_SELECTORS}]{{4,}}")

_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_HEAPS = re.compile(f"(?<=[{_MARKS}]{{4}})[{_MARKS}]+")

FIRST_MARK = "\u0300"
"""The first character that is put upon the one before it."""
_HIGH = re.compile(f"[{FIRST_MARK}-\U0010ffff]+")
FEWEST = 4
"""Tags that spell fewer letters than these are a slip."""


def reveal(text: str) -> tuple[str, str]:
    """Return the text without hidden characters, and what was written in them, if anything.

    Joiners stay between letters that need them, as in Persian or in emoji, and marks of direction in text that is
    written from right to left; overrides of direction never stay.
    """
    if not _ANY.search(text):
        return text, ""
    secret = []

    def tags(match: re.Match[str]) -> str:
        if match.start() > 0 and text[match.start() - 1] == _FLAG and len(match[0]) <= 7:
            return match[0]
        secret.append("".join(chr(ord(c) - 0xE0000) for c in match[0] if 0xE0020 <= ord(c) < 0xE007F))
        return ""

    clean = _TAGS.sub(tags, text)
    for unseen in (_UNSEEN, _SELECTORS, _CONTROLS, _JOINERS):
        clean = unseen.sub("", clean)
    turns = re.compile("[\u202d\u202e]") if _RIGHT_TO_LEFT.search(clean) else _TURNS
    return turns.sub("", clean), " ".join(filter(None, secret))


def thin(text: str) -> str:
    """Return a text in which no letter bears more than four marks: to sort thousands of them takes for ever."""
    return text if text.isascii() else _HEAPS.sub("", text)


def plain(text: str) -> str:
    """Return the text in the plainest form of its characters, for rules to read: 𝐢𝐠𝐧𝐨𝐫𝐞 becomes ignore."""
    folded = unicodedata.normalize("NFKD", thin(text))
    return " ".join(_HIGH.sub(_unmarked, folded).split())


def _unmarked(match: re.Match[str]) -> str:
    return "".join(c for c in match[0] if not unicodedata.combining(c))


def spell(text: str) -> tuple[int, str]:
    """Return how many characters of a text hide words, and these words, as far as they can be made out.

    Words are hidden in tags, as the bits of characters of no width, and as the bytes of variation selectors.
    """
    if not _ANY.search(text):
        return 0, ""
    secret = reveal(text)[1]
    secret = secret if len(secret) >= FEWEST else ""
    count = sum(len(match[0]) for match in _TAGS.finditer(text)) if secret else 0
    words = [secret] if secret else []
    for run in (match[0] for match in _BITS.finditer(text) if len(set(match[0])) > 1):
        count += len(run)
        words += [_bits(run)]
    for run in (match[0] for match in _BYTES.finditer(text)):
        count += len(run)
        words += [_readable(bytes(_byte(character) for character in run))]
    return count, " ".join(filter(None, words))


def _bits(run: str) -> str:
    """Read a run of two characters of no width as bits, either of them being the one."""
    for one in sorted(set(run)):
        bits = "".join("1" if character == one else "0" for character in run)
        for width in (8, 7):
            if read := _readable(bytes(int(bits[i : i + width], 2) for i in range(0, len(bits) - width + 1, width))):
                return read
    return ""


def _byte(selector: str) -> int:
    return ord(selector) - 0xFE00 if ord(selector) < 0xE0000 else ord(selector) - 0xE0100 + 16


def _readable(data: bytes) -> str:
    """Return what the bytes say, or nothing where they are no text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""
