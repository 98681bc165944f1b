"""Stretches of a text that are written in a code: base64, base32, hexadecimal, bits, Morse, and escapes."""

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from assistant.guardrails.telltales import KNOWN

MOST = 40
"""Stretches of one code that are read in one text."""
SHORT = 12
"""What is decoded and shorter than this must hold a known word, as so little may look like a text by chance."""
_WORD = re.compile(r"[a-z]+")

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,20000}+={0,2}(?![A-Za-z0-9+/])")
_PADDED = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{6,15}={1,2}(?![A-Za-z0-9+/=])")
_WRAPPED = re.compile(
    r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,200}+"
    r"(?:[ \t]{0,8}\r?\n[ \t>]{0,8}[A-Za-z0-9+/_-]{2,200}+(?![^\s=])){1,400}+={0,2}"
)
_BASE32 = re.compile(r"(?<![A-Za-z0-9])[A-Z2-7]{16,20000}+={0,6}(?![A-Za-z0-9])")
_HEXADECIMAL = re.compile(
    r"(?<![0-9A-Za-z])(?:0x|\\x)?[0-9a-fA-F]{2}(?:[ ,:;-]{0,2}(?:0x|\\x)?[0-9a-fA-F]{2}){3,9000}+"
)
_BITS = re.compile(r"(?<!\w)[01]{8}(?:[ ,]{0,2}[01]{8}){2,4000}+")
_NUMBER = r"(?:1[01]\d|12[0-6]|3[2-9]|[4-9]\d)(?!\d)"
_NUMBERS = re.compile(rf"(?<![\w.]){_NUMBER}(?:[ ,;]{{1,2}}{_NUMBER}){{5,4000}}+")
_MORSE = re.compile(r"(?<![\w.·•−–-])[.·•−–_-]{1,6}(?:[ /|]{1,4}[.·•−–_-]{1,6}){3,4000}+")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9+.~_-]){2,20000}+")
_PERCENTED = re.compile(r"%(?:4[1-9a-fA-F]|5[0-9aA]|6[1-9a-fA-F]|7[0-9aA])")
_ESCAPE = re.compile(r"\\u\{?00[2-7][0-9a-fA-F]\}?|\\x[2-7][0-9a-fA-F]|[Uu]\+00[2-7][0-9a-fA-F] ?|\\[01][0-7]{2}")
_ENTITY = re.compile(r"&#(?:x0{0,6}[2-7][0-9a-fA-F]|0{0,6}(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6]));?")
_MORSE_LETTERS = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
)
_MORSE_FIGURES = "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
_SIGNS = dict(zip(_MORSE_LETTERS.split(), "abcdefghijklmnopqrstuvwxyz", strict=True)) | dict(
    zip(_MORSE_FIGURES.split(), "0123456789", strict=True)
)
_DASHES = str.maketrans("·•−–_", "..---")


@dataclass(frozen=True, slots=True)
class Code:
    """One way to write a text, where it may begin, and how it is read; what it cannot read it answers with nothing."""

    name: str
    pattern: re.Pattern[str]
    read: Callable[[str], str]
    likely: Callable[[str, int], bool]
    """A quick look at what a text in this code cannot do without, and at the length of its longest word."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was written in a code."""

    code: str
    whole: str = field(repr=False)
    """The text with what was decoded in place of the code."""
    inner: str = field(repr=False)
    """What was decoded, by itself."""


def decode(text: str) -> Iterator[Decoded]:
    """Yield what a text says in each of the codes."""
    longest = max(map(len, text.split()), default=0)
    for code in CODES:
        if not code.likely(text, longest):
            continue
        found: list[str] = []

        def put(match: re.Match[str], code: Code = code, found: list[str] = found) -> str:
            inner = code.read(match[0]) if len(found) < MOST else ""
            if not inner:
                return match[0]
            found.append(inner)
            return inner

        whole = code.pattern.sub(put, text)
        if found:
            yield Decoded(code.name, whole, " ".join(found))
    if (escaped := _unescaped(text)) != text:
        yield Decoded("escapes", escaped, "")


def _unescaped(text: str) -> str:
    """Undo the escapes of addresses, of programs and of HTML, where letters are written in them."""
    if "%" in text and sum(1 for _ in _PERCENTED.finditer(text)) >= 3:
        text = _PERCENT.sub(lambda match: unquote(match[0], errors="ignore"), text)
    if ("\\" in text or "+00" in text) and sum(1 for _ in _ESCAPE.finditer(text)) >= 3:
        text = _ESCAPE.sub(_character, text)
    if "&#" in text and sum(1 for _ in _ENTITY.finditer(text)) >= 3:
        text = _ENTITY.sub(lambda match: html.unescape(match[0].rstrip(";") + ";"), text)
    return text


def _character(match: re.Match[str]) -> str:
    digits = match[0].strip("\\uUxX+{} ")
    return chr(int(digits, 8 if match[0][1] in "01" else 16))


def _text(data: bytes) -> str:
    """Return what the bytes say, or nothing where they are no text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    seen = text.replace("\n", " ").replace("\r", " ").replace("\t", " ")
    if not seen.isprintable() or 10 * sum(c.isalpha() or c == " " for c in seen) < 6 * len(seen):
        return ""
    if len(text) < SHORT and not any(len(word) > 2 and word in KNOWN for word in _WORD.findall(text.lower())):
        return ""
    return text


def _from_base64(written: str) -> str:
    """Read base64 of either alphabet, also where its end is missing or its lines are wrapped."""
    if written.isalpha() and (written[1:].islower() or written.isupper()):
        return ""  # a word
    whole = re.sub(r"[\s>=]", "", written).replace("-", "+").replace("_", "/")
    whole = whole[: len(whole) - (len(whole) % 4 == 1)]
    try:
        return _text(base64.b64decode(whole + "=" * (-len(whole) % 4), validate=True))
    except (ValueError, binascii.Error):
        return ""


def _from_base32(written: str) -> str:
    whole = written.rstrip("=")
    try:
        return _text(base64.b32decode(whole + "=" * (-len(whole) % 8)))
    except (ValueError, binascii.Error):
        return ""


def _from_hexadecimal(written: str) -> str:
    return _text(bytes.fromhex(re.sub(r"0x|\\x|[ ,:;-]", "", written)))


def _from_bits(written: str) -> str:
    bits = re.sub(r"[ ,]", "", written)
    return _text(bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)))


def _from_numbers(written: str) -> str:
    return _text(bytes(int(number) for number in re.split(r"[ ,;]+", written)))


def _from_morse(written: str) -> str:
    signs = re.sub(r" {3,}| ?[/|]{1,3} ?", " / ", written.translate(_DASHES)).split()
    letters = "".join(" " if sign == "/" else _SIGNS.get(sign, "#") for sign in signs)
    return letters if "#" not in letters and len(set(letters)) >= 4 else ""


def _long(_: str, longest: int) -> bool:
    return longest >= 16


def _dotted(text: str, _: int) -> bool:
    seen = text if text.isascii() else text.translate(_DASHES)
    return ".-" in seen or "-." in seen


CODES = (
    Code("base64", _WRAPPED, _from_base64, lambda text, longest: longest >= 16 and "\n" in text),
    Code("base64", _BASE64, _from_base64, _long),
    Code("base64", _PADDED, _from_base64, lambda text, _: "=" in text),
    Code("base32", _BASE32, _from_base32, _long),
    Code("hexadecimal", _HEXADECIMAL, _from_hexadecimal, lambda text, _: "6" in text),
    Code("bits", _BITS, _from_bits, lambda text, _: "011" in text),
    Code("numbers", _NUMBERS, _from_numbers, lambda text, _: "32" in text),
    Code("Morse", _MORSE, _from_morse, _dotted),
)
"""All codes that stand for whole stretches; escapes stand for single characters."""
