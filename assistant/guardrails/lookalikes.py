"""Letters that look like others, figures that stand for letters, and letters set apart: put back into plain words."""

import re
import unicodedata
from collections.abc import Iterator

from assistant.guardrails.hidden import thin
from assistant.guardrails.telltales import KNOWN, TELLING

_TWINS = (
    ("авекмнорстухіїјѕԁһԛԝӏёгпьигядшҽօսոհցզӕ", "abekmhopctyxiijsdhqwlernbunrdwe" + "ounhgqe"),
    ("АВЕКМНОРСТУХІЇЈЅԀҺԚԜӀЁГПИЯДШ", "ABEKMHOPCTYXIIJSDHQWIERNNRAW"),
    ("αβγδεζηικλμνορστυχωϲϳ", "abydeznikluvopotuxwcj"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
    ("ᎪᏴᏟᎠᎬᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ", "ABCDEHJKLMPRSTVWZ"),
)
TWINS = {ord(one): other for ones, others in _TWINS for one, other in zip(ones, others, strict=True)}
"""Letters of other alphabets, each with the Latin one that it looks like."""
_ODD = str.maketrans("ɑɡɩʟʙɢʜɪɴʀʏᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜰꜱɐɔǝɟɥᴉɾʞɯɹʇʌʎ", "agilbghinryacdejkmoptuvwzfsacefhijkmrtvy") | {
    first + number: chr(ord("A") + number) for first in (0x1F150, 0x1F170) for number in range(26)
}
"""Small capitals, letters upside down, and letters in circles and squares: Latin wherever they stand."""

_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MARKED = re.compile(f"(?<=[A-Za-z])[{_MARKS}]+")
_SPELT = re.compile(r"[\w\u24b6-\u24e9\U0001f130-\U0001f189]+")
_SUSPECT = re.compile(
    f"[{''.join(map(chr, TWINS.keys() | _ODD.keys()))}\u2100-\u214f\u249c-\u24e9\uff21-\uff5a"
    "\U0001d400-\U0001d7ff\U0001f130-\U0001f189]|(?<=[A-Za-z])[\u0300-\u036f]|[À-ž][A-Za-z]{0,3}[À-ž]"
)
"""What there must be one of where letters look like others."""
_COMMON = re.compile("[\x00-\xbf\u2010-\u2027\u20ac]*")
"""Characters of most texts, none of which is suspect."""
_LATIN = re.compile("[A-Za-z]")

_FIGURES = str.maketrans("0345678@$€£|", "oeasgtbasell")
_ONES = ("i", "l")
_SIGNS = "0-9@$€£|!"
_FIGURED = re.compile(rf"(?<![A-Za-z{_SIGNS}])(?=[A-Za-z]{{0,20}}[{_SIGNS}])[A-Za-z{_SIGNS}]{{1,24}}")
_BOTH = re.compile(rf"[A-Za-z][{_SIGNS}]|[{_SIGNS}][A-Za-z]")
_ALONE = {"4": "a", "1": "i", "0": "o", "2": "to", "@": "a"}

_APART = re.compile(r"(?<![^\W_])[^\W_](?:[\W_]{1,3}[^\W_](?![^\W_])){2,400}+")
_GAPS = re.compile(r"[\W_]+")
_PARTED = re.compile(r"(?<![^\W_])[^\W\d_]{1,20}(?:[.\-_*·|~+'’\\/][^\W\d_]{1,20}){1,20}+(?![^\W_])")
_PARTING = re.compile(r"[.\-_*·|~+'’\\/](?<=[^\W\d_].)(?=[^\W\d_])")
"""A mark between letters, looked for from the mark on, of which few texts hold many."""
_SEPARATOR = re.compile(r"[.\-_*·|~+'’\\/]")
SPELT = 5
"""So many letters apart spell a word."""
LONGEST = 14
"""Letters of the longest word that is looked for in letters without gaps."""


def fold(text: str) -> str:
    """Return a text in which letters that look like Latin ones among Latin ones have become these."""
    if text.isascii():
        return text
    if _COMMON.fullmatch(text) or not _SUSPECT.search(text):
        return text
    plain = _SPELT.sub(_compatible, _MARKED.sub("", thin(text)))
    latin = sum(1 for _ in _LATIN.finditer(plain))
    mostly = 2 * latin > sum(1 for character in plain if character.isalpha())

    def word(match: re.Match[str]) -> str:
        written = match[0]
        if written.isascii():
            return written
        turned = written.translate(TWINS)
        known = turned.isascii() and (mostly or (len(turned) > 2 and _LATIN.search(written)))
        return turned if known else written

    return _SPELT.sub(word, plain)


def _compatible(match: re.Match[str]) -> str:
    word = match[0]
    return word if word.isascii() else unicodedata.normalize("NFKC", word).translate(_ODD)


def figures(text: str) -> str:
    """Return a text in which figures inside words have become the letters that they stand for: 1gn0r3, k1ll."""
    found = {match[0] for match in _FIGURED.finditer(text) if _BOTH.search(match[0])}
    known = {written: read for written in found if (read := _read(written))}
    if not known or (len(known) == 1 and len(next(iter(known.values()))) < 4):
        return text

    def word(match: re.Match[str]) -> str:
        written = match[0]
        if written in known:
            return known[written]
        if len(known) < 2:
            return written
        return written.translate(_FIGURES).replace("1", "i") if written in found else _ALONE.get(written, written)

    return _FIGURED.sub(word, text)


def _read(written: str) -> str | None:
    """Return the known word that letters and figures spell, if any."""
    bare = written.strip("!|").lower()
    if bare.isalpha() and bare in KNOWN:
        return None
    for one in _ONES:
        for form in (bare, written.lower()):
            read = form.translate(_FIGURES).replace("1", one).replace("!", one)
            if len(read) > 2 and read in KNOWN and read != form:
                return read
    return None


def together(text: str) -> str:
    """Return a text in which letters that stand apart have become words again: i g n o r e, b-o-m-b, ma.lware."""
    text = _APART.sub(lambda run: _joined(run[0]), text)
    return _PARTED.sub(_whole, text) if _PARTING.search(text) else text


def _joined(run: str) -> str:
    """Put a run of single letters together, where it is long or a known word; others are initials and the like."""
    gaps = _GAPS.findall(run)
    usual = max(set(gaps), key=gaps.count)
    letters = _GAPS.split(run)
    words = [letters[0]]
    for gap, letter in zip(gaps, letters[1:], strict=True):
        if gap == usual:
            words[-1] += letter
        else:
            words.append(letter)
    if len(words) == 1 and usual.isspace():
        words = list(_words(words[0]))
    known = any(len(word) > 2 and word.lower() in KNOWN for word in words)
    return " ".join(words) if known or max(map(len, words)) >= SPELT else run


def _words(letters: str) -> Iterator[str]:
    """Cut letters without gaps into known words, as few as there can be; what is none stays whole."""
    lowered = letters.lower()
    best: list[tuple[int, int]] = [(0, 0)]
    """At each letter: what the cheapest way to it costs, and where its last piece begins."""
    for end in range(1, len(lowered) + 1):
        ways = [(best[end - 1][0] + 6, end - 1)]
        for start in range(max(0, end - LONGEST), end):
            if lowered[start:end] in KNOWN:
                ways.append((best[start][0] + (2 if end - start > 2 else 4), start))
        best.append(min(ways))
    pieces: list[tuple[str, bool]] = []
    end = len(letters)
    while end:
        start = best[end][1]
        known = lowered[start:end] in KNOWN
        if pieces and not known and not pieces[-1][1]:
            pieces[-1] = (letters[start:end] + pieces[-1][0], False)
        else:
            pieces.append((letters[start:end], known))
        end = start
    return (piece for piece, _ in reversed(pieces))


def _whole(match: re.Match[str]) -> str:
    """Join the parts of a word, where they are a telling word together and not words by themselves."""
    joined = _SEPARATOR.sub("", match[0])
    parts = _SEPARATOR.split(match[0].lower())
    return joined if joined.lower() in TELLING and not all(part in KNOWN for part in parts) else match[0]
