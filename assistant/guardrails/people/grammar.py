"""What is said of persons that no decision may rest on is taken out: rules over a letter for each word.

The letters: N a person's name, h a subject pronoun, P woman or man, Q women or men, K a relation, R a role, G a group,
y an age, T what hangs on a person, V what tells a group by a verb, b a form of be, a an article, t another determiner,
W who, & a conjunction, S a subordinator, j an adverb of degree, v a verb, f another small word, x all else; signs stand
for themselves, all that end a sentence as a full stop.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping
from itertools import pairwise

from assistant.guardrails.people import phrases
from assistant.guardrails.people.lexicon import Lexicon, by_word, kinds, load, words
from assistant.guardrails.people.pronouns import singular
from assistant.guardrails.people.tokens import Line, Token

_SIGNS = {
    **{sign: sign for sign in ",()-/"},
    **dict.fromkeys(".?!;:", "."),
    **dict.fromkeys("–—", "-"),
}
_DOERS = ("er", "or", "ist", "ian", "eer", "ant", "man", "woman")
"""Endings of words for what somebody does."""
_HELD = {"citizen": "G", "national": "G", "native": "G", "passport": "G", "speaker": "G", "one": "R", "ones": "R"}
"""What these words are after a group."""
PERSON = "person"

HANGS, TELLS = "[Ty]{0,20}", "j{0,2}V{1,20}"
ATT = r"(?:j{0,2}[Gy]{1,9}(?:(?:(?:[,/]&?|&)j{0,2}|j{1,2})[Gy]{1,9}){0,4})"
NP = rf"(?:[at]?(?:{ATT}[PK]?|j{{0,2}}[PK]){HANGS})"
ITEM = rf"(?:{NP}|T{HANGS})"
ITEMS = rf"(?:{ITEM}(?:(?:,&?|&){ITEM}){{0,4}})"
SAID = rf"(?:(?:bj{{0,2}}{ITEMS}|{TELLS})(?:,?&(?:bj{{0,2}}{ITEMS}|{ITEM}|{TELLS})){{0,3}})"
_END = r"(?=[.,;)]|$)"

_IS = re.compile(rf"s(?=[aGyTj])(?={ITEMS}(?:[.,;&)]|$))")
"""A 's after a name that is short for is."""
_OWN = re.compile(rf"(?:^|(?<=\.))(?:ib|I)j{{0,2}}{ITEMS}\.")
"""I'm a woman, as a sentence of its own."""
DROPPED = tuple(
    re.compile(rule)
    for rule in (
        rf"(?<=[TGy])W{SAID}(?=[,.)])",
        rf"\((?:{ITEMS}|W?{SAID}|[Gy]{{1,20}})\)",
        rf"(?<=[NRPKo]),W{SAID}(?:,|(?=[.)]|$))",
        rf"(?<=[NRPKo])(?:,{ITEMS}(?:,&?{ITEMS}){{0,2}})(?:,|(?=[.)&]|$))",
        rf"(?<=[NRPKo])-(?:{ITEMS}|W?{SAID})(?:-|(?=[.)]|$))",
        rf"(?<=W)b{ITEMS},?&(?=[vbV])",
        rf"(?<=W){TELLS},?&(?=[vb])",
        rf"(?<=[NRPK])W{SAID}",
        r",j{0,2}y{1,9}(?=[.,;)]|$)",
        rf"(?:^|(?<=\.))j?S(?:(?:h|N)?{SAID}|{NP}),",
        rf",?j?S(?:(?:h|N)?{SAID}|{NP}){_END}",
        rf",?&(?:h|N)?{SAID}{_END}",
        rf"(?:(?<=^h)|(?<=\.h)|(?<=[NRPKW]))b{ITEMS},?&(?=h?[vbV])",
        rf"(?:(?<=[hNRPKW])){TELLS},?&h?(?=[vb])",
        rf"(?<=b){ATT}{HANGS},?&(?=[^vbhN.,])",
        rf",h{SAID}{_END}",
        rf"(?:^|(?<=\.))h{SAID}\.",
        rf"{ATT},?(?=[PKRN])",
        rf"(?<=[at]){ATT}(?=x{{1,3}}[PKR])",
        rf"(?<=[at]x){ATT}(?=x{{0,3}}[PKR])",
        r"b[at]x{1,3}(?P<only>T{1,20})",
        r"(?<=[NRPKo])[Ty]{1,20}",
        r"P(?=R)",
    )
)
"""What is dropped, in this order, each rule as long as it finds anything."""
REPLACED = tuple(
    (re.compile(rule), text)
    for rule, text in (
        (rf"(?<=a){ATT}{HANGS}(?=[fat.,&Wbv)S-]|$)", PERSON),
        (rf"(?<=[at]x){ATT}{HANGS}(?=[fat.,&Wbv)S-]|$)", PERSON),
        (rf"(?<=t){ATT}{HANGS}(?=[fat.,&Wbv)S-]|$)", PERSON),
        (rf"(?<=b)j?(?:{ATT}|T){HANGS}(?=[f.,&Wv)S-]|$)", f"a {PERSON}"),
        (rf"(?:(?<=[NhRKP])|(?<=[NRKP],)){TELLS}", f"is a {PERSON}"),
    )
)


def classify(line: Line) -> None:
    """Give each word its letter."""
    for token in line.tokens:
        if token.kind != "N":
            token.kind = _kind(token.key) if token.text[0].isalnum() else _SIGNS.get(token.text, "x")


def elaborate(line: Line, lexicon: Lexicon, required: frozenset[str] = frozenset()) -> None:
    """Give the words of phrases that tell a group their letters, but for languages that are required."""
    _phrases(line, lexicon.group_phrases, "G")
    _phrases(line, lexicon.place_phrases, "L")
    if required:
        _keep(line, required)
    for before, token in pairwise(line.tokens):
        if token.key == "'s":
            token.kind = "b" if before.kind in "hW" or before.key in ("it", "that") else "s"
        elif before.kind == "G" and token.key in _HELD:
            token.kind = _HELD[token.key]
        elif (
            before.kind == "G" and token.kind == "x" and token.key.endswith(_DOERS) and token.key not in words("things")
        ):
            token.kind = "R"
        elif before.kind == "&" and token.kind == "x" and token.key.endswith("s") and not token.key.endswith("ss"):
            token.kind = "v"
    _patterns(line)
    for match in _IS.finditer(line.kinds):
        line.tokens[match.start()] = Token.new("is", " ", *_place(line, match.start()), "b")


def _keep(line: Line, languages: frozenset[str]) -> None:
    """Let the words for speakers of some languages tell no group."""
    for at, token in enumerate(line.tokens):
        after = line.tokens[at + 1].key if at + 1 < len(line.tokens) else ""
        language, dash, _ = token.key.partition("-speaking")
        if language in languages and (dash or after in ("speaker", "speakers", "speaking")):
            token.kind = "x"


def drop_own(line: Line) -> bool:
    """Drop the sentences in which the one who asks tells a group of theirs: I'm a woman."""
    own = {"i": "i", "'m": "b", "am": "b", "im": "I"}
    kinds = "".join(own.get(token.key, token.kind) for token in line.tokens)
    found = [match.span() for match in _OWN.finditer(kinds)]
    for first, last in reversed(found):
        line.drop(first, last)
    return bool(found)


def _place(line: Line, at: int) -> tuple[int, int]:
    return line.tokens[at].start, line.tokens[at].end


@by_word
def _kind(key: str) -> str:
    lexicon = load()
    if key in words("subject") or key == "they":
        return "h"
    if kind := kinds().get(key):
        return kind
    if both := lexicon.both(key):
        return _relation(both)
    return _meaning(key, lexicon)


def _meaning(key: str, lexicon: Lexicon) -> str:
    if lexicon.group(key):
        return "G"
    if key in lexicon.places:
        return "L"
    if key in lexicon.roles or (key.endswith("s") and key[:-1] in lexicon.roles):
        return "R"
    return "v" if key in words("third") or (key.endswith("ed") and len(key) > 4) else "x"


def _relation(neutral: str) -> str:
    if neutral == "person":
        return "P"
    if neutral == "people":
        return "Q"
    kin = "parent child spouse partner sibling grandparent grandchild relative godparent godchild"
    return "K" if neutral.removeprefix("ex-").removesuffix("-in-law") in kin.split() else "R"


def _phrases(line: Line, known: Mapping[str, tuple[tuple[str, ...], ...]], kind: str) -> None:
    keys = [token.key for token in line.tokens]
    for at in [at for at, key in enumerate(keys) if key in known]:
        for phrase in known[keys[at]]:
            if tuple(keys[at : at + len(phrase)]) == phrase:
                for inner in line.tokens[at : at + len(phrase)]:
                    inner.kind = kind
                break


def _patterns(line: Line) -> None:
    """Mark the words of phrases that tell a group."""
    shown = {"N": "§", "G": "¤", "L": "¶"}
    shapes = [token.key if token.key in words("aged") else shown.get(token.kind, token.key) for token in line.tokens]
    starts, at = [], 0
    for word in shapes:
        starts.append(at)
        at += len(word) + 1
    text = " ".join(shapes)
    opened = [(first, kinds) for first, word in enumerate(shapes) if (kinds := phrases.opens(word))]
    for kind, pattern in phrases.patterns().items():
        last = 0
        for first, kinds in opened:
            match = pattern.match(text, starts[first]) if first >= last and kind in kinds else None
            if match is None:
                continue
            last = bisect_left(starts, match.end())
            hangs = kind == "V" and line.tokens[first].key.endswith("ing")
            for token in line.tokens[first:last]:
                if token.kind not in "VT":
                    token.kind = "T" if hangs else kind


def remove(line: Line, lexicon: Lexicon) -> None:
    """Take out what is said of persons, and put a word for both in the place of each gendered word."""
    _fields(line)
    kinds = line.kinds
    for rule in DROPPED:
        kinds = _drop_all(line, rule, kinds)
    for rule, text in REPLACED:
        for match in (found := list(rule.finditer(kinds)))[::-1]:
            line.put(match.start(), match.end(), text, "P")
        kinds = line.kinds if found else kinds
    for at, token in enumerate(line.tokens):
        both = lexicon.both(token.key) if token.kind != "N" else None
        if both and not _phrase_of_its_own(line, at):
            line.write(at, both)
    _titles(line)
    _articles(line)


def _fields(line: Line) -> None:
    """Drop what forms say of a person: Age: 45, or Marital status: married."""
    for at in reversed(range(1, len(line.tokens))):
        if at < len(line.tokens) and line.tokens[at].text in ":=" and line.tokens[at - 1].key in words("fields"):
            first, last = at - 1, at + 1
            while first and line.tokens[first].gap == " " and line.tokens[first - 1].key in words("field_words"):
                first -= 1
            while last < len(line.tokens) and not _closes(line, last):
                last += 1
            if last < len(line.tokens) and "\n" not in line.tokens[last].gap:
                last += 1
            while first and line.tokens[first - 1].text in "-•*" and line.begins(first - 1):
                first -= 1
            line.drop(first, last)


def _closes(line: Line, at: int) -> bool:
    token = line.tokens[at]
    if "\n" in token.gap or token.text in ",;|":
        return True
    return token.text == "." and (at + 1 == len(line.tokens) or line.tokens[at + 1].gap != "")


def _drop_all(line: Line, rule: re.Pattern[str], kinds: str) -> str:
    """Drop from the end on, so that what was found stays where it was; again for what that brought together.

    Returns the kinds of the words that are left.
    """
    for _ in range(3):
        found = [match.span("only" if "only" in rule.groupindex else 0) for match in rule.finditer(kinds)]
        for first, last in reversed(found):
            line.drop(first, last)
        if not found:
            break
        kinds = line.kinds
    return kinds


def _phrase_of_its_own(line: Line, at: int) -> bool:
    key = line.tokens[at].key
    before = line.tokens[at - 1].key if at else ""
    return (key == "guys" and before == "you") or (
        key in ("individual", "fellow") and before not in ("a", "an", "the", "this")
    )


def _titles(line: Line) -> None:
    for at in reversed(range(len(line.tokens))):
        if line.tokens[at].key in ("sir", "madam", "ma'am", "maam") and line.tokens[at].kind == "x":
            comma = at + 1 < len(line.tokens) and line.tokens[at + 1].text == ","
            line.drop(at, at + 2 if comma else at + 1)


_VOWEL = re.compile(r"(?!uni|use|usu|eu|one\b|once|ur[iao])[aeiou]|hono|hour|heir")


def _articles(line: Line) -> None:
    """Put a or an before what follows now."""
    for at, token in enumerate(line.tokens[:-1]):
        if token.key in ("a", "an") and token.kind == "a" and line.tokens[at + 1].text[0].isalpha():
            right = "an" if _VOWEL.match(line.tokens[at + 1].key) else "a"
            if token.key != right and not line.tokens[at + 1].text.isupper():
                line.write(at, right)


def personal(line: Line) -> bool:
    """Whether somebody in the line is a single person: a name, he or she."""
    return any(token.kind == "N" or token.key in singular() for token in line.tokens)
