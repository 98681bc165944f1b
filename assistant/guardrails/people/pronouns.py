"""He, she and the rest become they, and the verbs that hang on them follow."""

from functools import cache

from assistant.guardrails.people.lexicon import words
from assistant.guardrails.people.tokens import Line

PLURAL = {
    "is": "are", "was": "were", "has": "have", "does": "do", "goes": "go", "'s": "are",
    "isn't": "aren't", "wasn't": "weren't", "hasn't": "haven't", "doesn't": "don't",
    "isnt": "arent", "wasnt": "werent", "hasnt": "havent", "doesnt": "dont",
}  # fmt: skip
_FULL = {"'re": "are", "'ve": "have", "'ll": "will", "'m": "am"}

_SHAPES = ("able", "ible", "ful", "less", "ous", "ing", "ed", "ent", "ant")
_ENDS = frozenset('.,?!;:)]"”-–—/…')


@cache
def singular() -> frozenset[str]:
    """Return all that stand for one person."""
    return words("subject") | words("object") | words("owner") | (words("itself") - {"themselves"})


def neutralise(line: Line) -> None:
    """Replace the pronouns of all persons, each by what fits its place."""
    _merge(line)
    pronouns = singular() | words("always_owned") | words("itself") | {"they"}
    at = 0
    while at < len(line.tokens):
        key = line.tokens[at].key
        if key not in pronouns:
            pass
        elif key in words("subject") or key == "they":
            _subject(line, at)
        elif key in words("itself"):
            line.write(at, "themself")
        elif key in words("always_owned"):
            line.write(at, "their" if key != "hers" and _owns(line, at) else "theirs")
        elif key in words("owner") or key in words("object"):
            _other(line, at, key)
        at += 1


def _merge(line: Line) -> None:
    """Make one word of he/she, he or she, his or her, him/her, (s)he."""
    pairs = {("he", "she"): "he", ("his", "her"): "his", ("him", "her"): "him", ("himself", "herself"): "himself"}
    pairs |= {("his", "hers"): "hers"}
    both = pairs | {(b, a): word for (a, b), word in pairs.items()}
    for at in reversed([at for at, token in enumerate(line.tokens) if token.key in ("/", "or")]):
        if 0 < at < len(line.tokens) - 1:
            first, second = line.tokens[at - 1], line.tokens[at + 1]
            if text := both.get((first.key, second.key)):
                line.put(at - 1, at + 2, text.capitalize() if first.text[0].isupper() else text, "x")


def _other(line: Line, at: int, key: str) -> None:
    """Replace a pronoun that is no subject; her may own or be acted upon, and so him is judged by its place as well."""
    if _owns(line, at):
        line.write(at, "their")
    else:
        line.write(at, "theirs" if key == "his" else "them")


def _owns(line: Line, at: int) -> bool:
    """Whether what follows is something that belongs to the person."""
    if at + 1 >= len(line.tokens) or "\n" in line.tokens[at + 1].gap:
        return False
    after, before = line.tokens[at + 1], line.tokens[at - 1].key if at else ""
    if after.key in _ENDS or after.key in words("then_not_owned") or after.kind == "N":
        return False
    following = line.tokens[at + 2].key if at + 2 < len(line.tokens) else "."
    if after.key in words("later") and (following in _ENDS or following in ("and", "or", "but", "then")):
        return False
    if before in words("making") and after.key.endswith(_SHAPES):
        return False
    if before in words("giving"):
        return after.key not in words("given") and not after.text[0].isdigit() and after.text not in "$€£"
    return after.text[0].isalnum()


def _subject(line: Line, at: int) -> None:
    line.write(at, "they")
    _agree(line, at + 1)
    if at and line.tokens[at - 1].key in PLURAL and line.tokens[at - 1].key != "'s":
        line.write(at - 1, PLURAL[line.tokens[at - 1].key])
    elif at > 1 and line.tokens[at - 2].key in PLURAL and line.tokens[at - 1].key in ("not", "really", "also"):
        line.write(at - 2, PLURAL[line.tokens[at - 2].key])


def _agree(line: Line, at: int) -> None:
    """Put the verb right that follows, and the verbs that a conjunction adds to it."""
    verb = _after_adverbs(line, at)
    if verb >= len(line.tokens):
        return
    _plural(line, verb)
    for following in range(verb + 1, min(len(line.tokens), verb + 25)):
        key = line.tokens[following].key
        if key in (".", "?", "!", ";", ":") or line.tokens[following].kind == "N" or key in ("who", "which", "that"):
            return
        if key in ("and", "but", "or", "yet"):
            added = _after_adverbs(line, following + 1)
            if added < len(line.tokens) and line.tokens[added].key in PLURAL.keys() | words("third"):
                _plural(line, added)


def _after_adverbs(line: Line, at: int) -> int:
    while at < len(line.tokens) and (line.tokens[at].key in words("adverbs") or _manner(line.tokens[at].key)):
        at += 1
    return at


def _manner(key: str) -> bool:
    return key.endswith("ly") and key not in ("apply", "reply", "rely", "supply", "comply", "fly", "multiply", "family")


def _plural(line: Line, at: int) -> None:
    token = line.tokens[at]
    if token.key in _FULL or token.key == "'s":
        following = line.tokens[at + 1].key if at + 1 < len(line.tokens) else ""
        text = _FULL.get(token.key) or ("have" if following in words("done") else "are")
        token.gap = " "
        line.write(at, text)
    elif token.key in PLURAL:
        line.write(at, PLURAL[token.key])
    elif (
        (
            token.kind != "N"
            and token.key.isalpha()
            and token.key.endswith("s")
            and not token.key.endswith(("ss", "us", "is"))
        )
        and len(token.key) > 3
        and token.key not in words("stay")
    ):
        line.write(at, bare(token.key))


def bare(verb: str) -> str:
    """Return a verb of the third person without its ending."""
    if verb.endswith("ies") and len(verb) > 4:
        return f"{verb[:-3]}y"
    if verb.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return verb[:-2]
    return verb[:-1]
