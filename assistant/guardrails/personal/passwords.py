"""Passwords and keys that are told in a sentence, or given to a program on its command line."""

import re
from collections.abc import Iterator
from typing import Any

from assistant.guardrails.personal.recogniser import SURE, Recogniser, beside, patterns
from assistant.guardrails.personal.windows import Text, Window

_PASSWORD = r"pass(?:word|phrase|code|wort|wd)|kennwort|mot[ ]de[ ]passe|contrase[ñn]a|senha|(?<![^\W_])pwd?"
_KEY = (
    r"(?:api|access|secret|private|encryption|security|auth|refresh|wi-?fi|wlan|wpa2?|network|netzwerk|router)[ _-]?"
    r"(?:key|token|code|schlüssel)|client[ _-]?(?:secret|key)|(?<!\w)(?:secret|token)"
)
_OF = r"(?:[ ](?:for|of|to|on|at|für|vom|von|zum|zur|im|de|del|du|para|pour)(?:[ ][\w.'’@-]{1,30}){1,5}?)?"
_IS = r"[ ](?:is|was|lautet|ist|war|est|es|é)(?:[ ](?:now|still|jetzt))?(?=[ :=])"
_TOLD = re.compile(
    rf"(?:(?P<password>{_PASSWORD})|{_KEY})(?![^\W_])[\"'’`*_)]{{0,3}}{_OF}"
    rf"(?:{_IS}[ ]{{0,2}}(?P<colon>[:=])?|[ ]{{0,2}}(?P<sign>[:=]{{1,2}}>?))[*_]{{0,2}}[ ]{{0,3}}[\"'`“„«]{{0,3}}"
    r"(?=(?P<value>[^\s\"'`“”„«»<>]{4,200}))",
    re.I,
)
_AFTER = ".,;:?)]}*_"
"""Signs at the end that belong to the sentence."""
_REFERENCE = re.compile(
    r"[<{(\[/]|%[\w{(]|\$(?:[({]|[A-Za-z_]{2,60}\b)|&\w{1,10};|\w{1,12}://|[A-Za-z_][\w.]{0,80}\(|[\W_]+$"
)
"""Where a password is to be found, and not itself."""
_ABOUT = re.compile(
    r"\d{1,3}[-–/]\d{1,3}|\d{1,4}[-–][a-z]{2}.*|[\d.,]+%|[A-Z]{2,}-\d{1,4}|"
    r"(?:sha|md|aes|base|utf|rsa|http|oauth|bcrypt|argon|tls|ssl|wpa|2fa|mfa|v)[-_/]?\d?.{0,3}(?:$|[-–].*)",
    re.I,
)
"""What is said of passwords: how long, how hashed."""
_MARK = re.compile(r"[!#$%&*@^~+=|?\\€§]")
_ORDINARY = re.compile(r"[a-zß-öø-ÿ]+(?:-[a-zß-öø-ÿ]+)*")
_MIXED = re.compile(r"(?=.*[a-z])(?=.*.[A-Z]).{20}")
_GOES_ON = re.compile(r"[ ][a-zà-ÿ]{4}")
_WORDS = frozenset(
    (
        "none", "null", "true", "false", "string", "text", "bytes", "input", "hidden", "required", "optional",
        "default", "empty", "unset", "unknown", "password", "passwort", "passwd", "secret", "token", "username",
        "user", "encrypted", "hashed", "salted", "plain", "plaintext", "protected", "expired", "changed", "rotated",
        "reset", "revoked", "invalid", "incorrect", "wrong", "valid", "missing", "weak", "strong", "short", "long",
        "same", "this", "that", "these", "those", "your", "mine", "their", "here", "there", "what", "when", "where",
        "which", "whose", "with", "without", "from", "asks", "must", "should", "shall", "will", "would", "could",
        "cannot", "never", "always", "only", "contains", "stored", "kept", "saved", "generated", "please", "enter",
        "choose", "type", "give", "given", "sent", "forgotten", "lost", "following", "below", "above", "case", "read",
        "write", "self", "request", "config", "settings", "value", "field", "sensitive", "based", "minimum",
        "maximum", "least", "characters", "letters", "digits", "falsch", "abgelaufen", "siehe", "steht", "wird",
        "nicht", "bitte",
    )
)  # fmt: skip
"""Words that go on with a sentence, or stand in code in the place of a password."""

_VARIABLE = (
    r"(?<![A-Za-z0-9_])(?=[A-Z0-9_]{0,60}(?:SECRET|TOKEN|PASSW|PASS[ =_]|KEY|PWD))[A-Z][A-Z0-9_]{2,80}"
    r"(?:[ ]?[:=][ ]?|[ ])[\"'`]?\K(?=[^\s\"'`]{0,200}\d)(?=[^\s\"'`]{0,200}[A-Za-z])[A-Za-z0-9+/=_~.-]{24,250}"
)
_HIDDEN = r"(?![<{(*]|\$[({A-Za-z_])"
COMMANDS = {
    "user of curl": rf"\b(?:curl|wget|https?|xh)[ ][^\n]{{0,200}}?(?<=\s)(?:-u|--user)[ =]?[\"']?[^\s:\"'<>]{{1,60}}:\K"
    rf"{_HIDDEN}[^\s\"'<>]{{3,200}}",
    "password of a database": rf"\b(?:mysql|mysqldump|mysqladmin)[ ](?:[^\n]{{0,200}}?[ ])??-p[\"']?\K{_HIDDEN}"
    r"[^\s\"'<>-][^\s\"'<>]{3,200}",
    "sshpass": rf"\bsshpass[ ]-p[ ]?[\"']?\K{_HIDDEN}[^\s\"'<>]{{4,200}}",
}
_NAMES = ("pass", "kennwort", "contrase", "senha", "pw", "key", "secret", "token", "schlüssel")
_OPENS = re.compile(rf"\w{{1,12}}[\"'’`*_)]{{0,3}}{_OF}(?:{_IS}|[ ]{{0,2}}[:=])")
_SET = re.compile(r"[A-Z0-9_]{2,60}(?:[ ]?[:=][ ]?|[ ])[\"'`]?\S{24}")
_BEFORE, _BEHIND = 64, 440
_PROGRAMS = ("curl", "wget", "mysql", "sshpass")


def recognisers() -> Iterator[Recogniser]:
    """Yield the recognisers of passwords in sentences and commands."""
    yield Recogniser("KEY", Told(), _told)
    yield Recogniser("KEY", patterns("KEY", {"variable": _VARIABLE}), _told)
    yield Recogniser("KEY", patterns("KEY", COMMANDS), beside(_PROGRAMS, 8, 480))


def _told(text: Text) -> list[Window]:
    """Look where the name of a password is followed by what may be one."""
    places = text.places(_NAMES)
    opened = (place for place in places if _OPENS.match(text.low, place) or _SET.match(text.text, place))
    return list(text.merged(opened, _BEFORE, _BEHIND))


class Told:
    """Finds what is said to be a password or key, in the form of a recogniser of Presidio's."""

    supported_entities = ("KEY",)

    def analyze(self, text: str, entities: Any, artifacts: Any) -> Iterator[Any]:
        """Find the passwords."""
        from presidio_analyzer import RecognizerResult

        for found in _TOLD.finditer(text):
            value = found["value"].rstrip(_AFTER)
            sign = found["colon"] or found["sign"] or ""
            if "=" in sign:
                value = re.split("[,;]", value, maxsplit=1)[0]
            start = found.start("value")
            after = text[start + len(value) : start + len(value) + 6]
            if _secret(value, sign, after) if found["password"] else _token(value):
                yield RecognizerResult("KEY", start, start + len(value), SURE)


def _secret(value: str, sign: str, after: str) -> bool:
    """Whether it may be a password; after a mere verb only what no word of the language is."""
    if _REFERENCE.match(value) or _ABOUT.fullmatch(value):
        return False
    word = value.rstrip("!")
    if any(map(str.isdigit, word)):
        return len(value) >= (4 if sign else 6)
    if _MARK.search(word):
        return len(value) >= 6
    if sign and len(word) >= 4 and _ORDINARY.fullmatch(word):
        return _WORDS.isdisjoint(word.split("-")) and (sign != ":" or not _GOES_ON.match(after))
    return _MIXED.match(word) is not None


def _token(value: str) -> bool:
    """Whether it may be a key: such have letters and digits."""
    if len(value) < 8 or _REFERENCE.match(value) or _ABOUT.fullmatch(value):
        return False
    lettered = any(map(str.isalpha, value)) and any(map(str.isdigit, value))
    return lettered or _MIXED.match(value) is not None
