"""Where in a text that is still being written a match may be growing: half a card number, the beginning of an address.

The shapes below are those of everything that the rail of personal data masks; a rail that masks other things says for
itself where they may be growing. What fits none is taken back by the guard where it turns out to be masked after all.
"""

import re

NUMBERS = 80
"""Characters of a run of numbers: an IBAN written in groups has 42, a card number 23."""
STREET = 20
"""Characters of names at the end that are held back, as a street whose number comes behind it."""
LOCAL = 64
"""Characters of an e-mail address up to its @, and of what begins a key."""
ADDRESS = 320
"""Characters of an e-mail address."""
TOKEN = 2000
"""Characters of the first part of a JSON web token, which is known by the stop after it."""

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
WORD = re.compile(rf"[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}]+")
_NUMERIC = re.compile(r"[^\w\s]*\d[\W\d_]*|[A-Z0-9]{1,4}|[A-Z]{2}\d\d[A-Z0-9]*|[+\-()/.]+|\W?<[A-Z]+_\d+>\W?")
"""A number with its punctuation, a group of an IBAN, or what was masked as one."""
PLACEHOLDER = re.compile(r"<[A-Z]+_\d{1,6}>")
_OPENING = re.compile(r"-{3,5}[A-Z ]{0,40}-{0,5}$")
"""The first line of a private key, or the beginning of one."""
BIRTH = 80
"""Characters of a date of birth, with the word before it by which it is known as one."""
_BIRTH = re.compile(
    r"(?i)\b(?:born|birth ?(?:day|date)?|d\.?o\.?b|geboren|geb|geburtsdatum)\b[^\w\n]{0,4}"
    r"(?:(?:it['’]?s|is|was|on|the|am|ist) ){0,2}[\w./-]{0,10}(?:,? (?:of )?[\w.,/-]{0,10}){0,3}$"
)
"""Up to four words after it, of which a year may be the last."""
TOLD = 160
"""Characters of the words that call what comes behind them a password."""
_NAMED = re.compile(
    r"pass(?:word|phrase|code|wort|wd)|kennwort|wachtwoord|mot de passe|contrase[ñn]a|senha|\bpwd?\b|key|code|"
    r"schlüssel|secret|token",
    re.I,
)
_VERBS = (":", "=", ">", " is", " was", " lautet", " ist", " war", " est", " es", " é")
"""What stands between the two."""
_QUOTES = " \t\"'`“„«*_"
_OF = ("of", "the", "and", "de", "la")
_MARKS = frozenset("._%+'@:~-")
_HYPHENS = str.maketrans("‐‑‒–−", "-----")
_TELLING = re.compile(r"[\d._%+-]")
"""One of these stands in what is more than a word."""

_BEGINNING = re.compile(
    r"\s*(?:\*\*)?(?:A|According|After|All|Although|An|And|Any|Are|As|At|Based|Because|Before|Both|But|By|Can|Could|Did|"
    r"Do|Does|During|Each|Either|Every|Everyone|First|For|From|Generally|Good|Great|Had|Has|Have|He|Hello|Her|Here|Hi|His|"
    r"How|However|I|If|In|Is|It|Its|Let|Many|May|Most|My|Neither|Never|No|None|Not|Nothing|Of|On|Once|One|Only|Or|Our|"
    r"Please|She|Should|Since|So|Some|Sorry|Sure|Thank|Thanks|That|The|Their|There|These|They|This|Those|Three|To|Two|"
    r"Under|Unless|Until|Usually|We|Were|What|When|Where|Whether|Which|While|Who|Why|With|Without|Would|Yes|You|Your)"
    r"(?![^\s,!.'’:])|\s*(?:\*\*)?[A-Za-z][a-z]*(?=,? [a-z])"
)
"""A word with which answers begin and hardly a datum does, as Theodore's address would; or any before a plain word."""


def opened(text: str) -> int:
    """Return how many characters at the beginning of a growing text may be shown though hardly anything follows yet."""
    match = _BEGINNING.match(text)
    return match.end() if match else 0


def settle(text: str, at: int, floor: int) -> int:
    """Return how many characters of a growing text, `at` at most, no match can reach any more that is still growing.

    Args:
        text: what was written so far.
        at: where what is held back in any case begins.
        floor: up to where even a long word is held back that looks like nothing in particular.
    """
    text = text.translate(_HYPHENS)
    found = min(at, _word(text, floor), _numbers(text), _street(text), _opening(text), _birth(text), _told(text))
    around = max(0, found - 16)
    for match in PLACEHOLDER.finditer(text, around, min(len(text), found + 16)):
        if match.start() < found < match.end():
            return match.start()
    return found


def _word(text: str, floor: int) -> int:
    """Return where the word at the end begins, as far as it may be the beginning of a datum."""
    start, least = len(text), max(0, len(text) - TOKEN)
    while start > least and _latin(text[start - 1]):
        start -= 1
    if start >= floor:
        return start
    start = len(text)
    while start > least and _latin(text[start - 1]) and (text[start - 1].isalnum() or text[start - 1] in _MARKS):
        start -= 1
    return min(floor, start) if _may_be_a_datum(text[start:]) else floor


def _latin(character: str) -> bool:
    """Whether it is one of those that addresses and keys are made of, or punctuation."""
    return "!" <= character <= "~" or "À" <= character <= "ɏ"


def _may_be_a_datum(word: str) -> bool:
    if "@" in word:
        return len(word) <= ADDRESS
    if word.startswith("eyJ"):
        return True
    return len(word) <= LOCAL and _TELLING.search(word.strip("._-")) is not None


def _numbers(text: str) -> int:
    """Return where a run of numbers begins that reaches into the last two words: what follows may make one of them."""
    least = max(0, len(text) - 2 * NUMBERS)
    found = [match.span() for match in WORD.finditer(text, least)]
    if found and not numeric(text[slice(*found[-1])]):
        found.pop()
    begun = len(text)
    while found and len(text) - found[-1][0] <= NUMBERS and numeric(text[slice(*found[-1])]):
        begun = found.pop()[0]
    return begun


def numeric(word: str) -> bool:
    """Whether a word may be a part of a number that is written in groups."""
    return len(word) <= NUMBERS and _NUMERIC.fullmatch(word) is not None


def _street(text: str) -> int:
    """Return where names begin that reach to the end, or a number before such, as in an address."""
    least = max(0, len(text) - NUMBERS)
    begun = len(text)
    for match in reversed(list(WORD.finditer(text, least))):
        if match[0][0].isdigit() and match.end() < len(text.rstrip()):
            return match.start()
        if not match[0][0].isupper() and match[0] not in _OF:
            break
        if match[0][0].isupper() and len(text) - match.start() <= STREET:
            begun = match.start()
    return begun


def _told(text: str) -> int:
    """Return where the word at the end begins, if it is told as a password: it may be one from its last letter on."""
    begun = max(text.rfind(space, max(0, len(text) - TOKEN)) for space in " \n\t") + 1
    before = text[max(0, begun - TOLD) : begun].rstrip(_QUOTES)
    return begun if before.endswith(_VERBS) and _NAMED.search(before) else len(text)


def _opening(text: str) -> int:
    match = _OPENING.search(text, max(0, len(text) - 60))
    return match.start() if match else len(text)


def _birth(text: str) -> int:
    match = _BIRTH.search(text, max(0, len(text) - BIRTH))
    return match.start() if match else len(text)
