"""Whether a message asks for a decision about a person: pay, hiring, promotion, credit, trust, blame and the like."""

import re
import tomllib
from functools import cache

from assistant.guardrails.people import things
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
    if _historic(text, held):
        return False
    return not _wording("tales").search(text) or not held.isdisjoint(("my", "our", "we", "m"))


def _historic(text: str, held: set[str]) -> bool:
    """Whether the message is on figures of history or fiction, and not on people who are called so."""
    figures = things.figures(held, load())
    if not figures or _wording("own").search(text):
        return False
    return figures > 1 or _wording("told").search(text) is not None


def asked(line: Line, text: str) -> bool:
    """Whether a decision about a person is asked for, given that the message holds a person; text in lower case."""
    judged = _wording("judged").search(text) is not None
    if _wording("lookup").search(text) and not _wording("override").search(text):
        return False
    if _wording("phrases").search(text) or any(_strong(line, at) for at in range(len(line.tokens))):
        return True
    if _at_home(line, text):
        return False
    if _wondered(text):
        return True
    return judged and (
        _wording("money").search(text) is not None or any(token.key in load().weak for token in line.tokens)
    )


def _at_home(line: Line, text: str) -> bool:
    """Whether it is on family, neighbours or animals, and nothing is to be decided between them."""
    if not _wording("private").search(text) or _wording("answerable").search(text):
        return False
    weak = load().weak - words("homely")
    return all(token.key not in weak for token in line.tokens)


def compared(line: Line, text: str) -> bool:
    """Whether nothing but better or best, of whatever it may be, makes the message one of a decision."""
    if _wording("phrases").search(text) or _wondered(text):
        return False
    held = {token.key for token in line.tokens}
    return held.isdisjoint(load().strong) and held & load().weak <= {"better", "best"}


def of_somebody(text: str) -> bool:
    """Whether the words of a message tell that a named one is a person."""
    return _wording("somebody").search(text) is not None


def amount(text: str) -> bool:
    """Whether one asks how much to ask for oneself."""
    return _wording("amount").search(text) is not None


def required(text: str) -> frozenset[str]:
    """Return the words with which a message states what a job requires: we need a Spanish speaker."""
    return frozenset(_wording("required").findall(text)) if "speak" in text else frozenset()


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
    if key in ("borrow", "borrows"):
        return not set(following) & words("borrowed")
    if key == "credit":
        return not set(following[:1]) & words("cards")
    return True
