"""Whether a message asks for a decision about a person: pay, hiring, promotion, credit, trust, blame and the like."""

import re
import tomllib
from functools import cache

from assistant.guardrails.people.lexicon import HERE, load, words
from assistant.guardrails.people.tokens import Line


@cache
def _wording(name: str) -> re.Pattern[str]:
    """Return one of the patterns of topics.toml."""
    read = tomllib.loads((HERE / "topics.toml").read_text(encoding="utf-8"))
    return re.compile(read["wordings"][name].replace("\n", ""))


_WORD = re.compile(r"[^\W\d_]+")


def _wondered(text: str) -> bool:
    """Whether one asks what to do about somebody, and not for a present or a medicine."""
    return _wording("wondered").search(text) is not None and not _wording("care").search(text)


def topical(text: str) -> bool:
    """Whether the message, in lower case, holds a word that a decision may be made of; a quick look."""
    held = set(_WORD.findall(text))
    if load().strong.isdisjoint(held) and not _wording("phrases").search(text) and not _wondered(text):
        some = not load().weak.isdisjoint(held) or _wording("money").search(text) is not None
        if not (some and _wording("judged").search(text)):
            return False
    return not _wording("tales").search(text) or not held.isdisjoint(("my", "our", "we", "m"))


def asked(line: Line, text: str) -> bool:
    """Whether a decision about a person is asked for, given that the message holds a person; text in lower case."""
    judged = _wording("judged").search(text) is not None
    if _wording("lookup").search(text) and not _wording("override").search(text):
        return False
    if _wording("phrases").search(text) or any(_strong(line, at) for at in range(len(line.tokens))):
        return True
    if _wondered(text):
        return True
    return judged and (
        _wording("money").search(text) is not None or any(token.key in load().weak for token in line.tokens)
    )


def about_rules(text: str) -> bool:
    """Whether the message asks about rules that hold for a group."""
    return _wording("policy").search(text) is not None and not _wording("choice").search(text)


def judged(text: str) -> bool:
    """Whether a judgement is wanted."""
    return _wording("judged").search(text) is not None


def _strong(line: Line, at: int) -> bool:
    """Whether a word here is one of a decision, and not of a fire alarm or of raising a question."""
    key = line.tokens[at].key
    if key not in load().strong:
        return False
    following = [token.key for token in line.tokens[at + 1 : at + 4]]
    before = line.tokens[at - 1].key if at else ""
    if key == "fire":
        return before not in ("a", "the", "of", "on") and not set(following[:1]) & words("things_that_fire")
    if key in ("raise", "raises", "rise"):
        return not set(following) & words("raised")
    if key in ("pay", "paid"):
        return not set(following) & words("paid") and before not in (
            "maternity",
            "paternity",
            "parental",
            "sick",
            "holiday",
        )
    if key == "credit":
        return not set(following[:1]) & words("cards")
    return True
