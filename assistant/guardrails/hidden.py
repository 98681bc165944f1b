"""Characters that people do not see but a model reads: zero width, tags, and such as turn the direction of writing."""

import re
import unicodedata

_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_FLAG = "\U0001f3f4"
"""The black flag, after which tags spell the name of a region and are meant to be there."""
_TURNS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_UNSEEN = re.compile("[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0]")
_JOINERS = re.compile(
    "(?<=[\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f])|^[\u200c\u200d]+|[\u200c\u200d]{2,}"
)
_SELECTORS = re.compile("[\ufe00-\ufe0f]{2,}|[\U000e0100-\U000e01ef]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def reveal(text: str) -> tuple[str, str]:
    """Return the text without hidden characters, and what was written in them, if anything.

    Joiners stay between letters that need them, as in Persian or in emoji, and marks of direction in text that is
    written from right to left; overrides of direction never stay.
    """
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


def plain(text: str) -> str:
    """Return the text in the plainest form of its characters, for rules to read: 𝐢𝐠𝐧𝐨𝐫𝐞 becomes ignore."""
    folded = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).split())
