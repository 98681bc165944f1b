"""Follow-ups: a question that points back at an earlier one is given the words that it points at. Pure functions.

The rules look for words that stand for something said before ("it", "those", "that one"), for openings that go on with
it ("and for part-timers?"), and for questions that name nothing at all ("how long?"). A question that names what it is
about comes out unchanged: where in doubt it is left alone, as the words of another subject cost more than they bring.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge.stems import STOP_WORDS

RICH = 6
"""A question that names more things than this can be searched as it is."""
LONG = 500
"""A question of more characters, too; a longer one that was asked before counts from its beginning."""
REACH = 4
"""How many questions back the subject is looked for."""

_WORD = re.compile(r"[\w'-]+")
_VAGUE_TEXT = (
    "tell give please more details detail explain get got need want like know let say said mean means meant much many "
    "long often else same instead one ones other another possible work works use used find look also still even ok "
    "okay yes thanks thank really actually exactly anything something someone anyone thing things way ways case kind "
    "sort example take takes last lasts happen happens happened go goes make makes made apply applies now then must"
)
_VAGUE = frozenset(_VAGUE_TEXT.split())
_AUXILIARIES_TEXT = (
    "is are was were do does did can could will would should shall may might must has have had isn't aren't wasn't "
    "doesn't don't didn't can't won't what's how's"
)
_AUXILIARIES = frozenset(_AUXILIARIES_TEXT.split())
_OPENING = re.compile(r"(?:and|or|what about|how about|same for)\b|(?:no\W+)?i mean(?:t)?\b")
_ASKS = re.compile(r"\b(?:why|how|when|where|who|what|which)\b")
_CLAUSE = re.compile(
    r"[,;:.?!()]|\b(?:and|or|but|if|when|whenever|while|before|after|because|that|which|who|whom|whose|since|until|"
    r"unless|where|as|than|though|although|whether|once)\b"
)
_FIRST = re.compile(r"\A\W*(?:and|so|but|or|then|if|when|who|which|where|what|as|that)\b")
# An "it" that stands for nothing: "is it possible to ...", "how long does it take to ...".
_EMPTY_IT = re.compile(
    r"\bit (?:\w+ )?(?:be |been )?(?:possible|true|right|wrong|safe|legal|illegal|fine|ok|okay|necessary|worth|better|"
    r"best|good|bad|allowed|important|easy|easier|hard|harder|difficult|common|normal|time|advisable|acceptable|"
    r"mandatory|required|compulsory|known|said|believed|thought|estimated|determined|since|matter|seem|seems|appear|"
    r"rain\w*|snow\w*|cold|hot|warm|sunny|late|early|(?:show|shows|called|like|mean|means) (?:to|for|when|if|in|that))"
    r"\b|\bit (?:\w+ ){0,3}(?:take|takes|took|taking|cost|costs)\b.*\b(?:to|for)\b|"
    r"\b(?:is|was|come|year is|time is) it (?:that|for|in)\b"
)
_HERE_AND_NOW_TEXT = (
    "year years week weeks month months day days morning evening night afternoon quarter time weekend summer winter "
    "minute moment point date company office site app website page system organisation organization country "
    "who that of with in which where"
)
_HERE_AND_NOW = frozenset(_HERE_AND_NOW_TEXT.split())
_WHICH_ONE = re.compile(r"\bwhich ones?\b|\b(?:do|does|did|is|are|was|about|for) (?:that|the other|the same) one\b")
_TO_SOMEBODY_TEXT = "i i'm my me you your"
_TO_SOMEBODY = frozenset(_TO_SOMEBODY_TEXT.split())


@dataclass(frozen=True, slots=True)
class _Pointer:
    """A word that may point back, and what stands around it."""

    word: str
    before: str
    """What of the question stands before it, in small letters but for the first word of a conjunction."""
    following: str
    """The next word."""
    named: bool
    """Whether a name stands before it."""
    things: int
    """How many things the whole question names."""

    @property
    def nothing_before(self) -> bool:
        return not things(self.before)

    @property
    def one_clause(self) -> bool:
        return not _CLAUSE.search(_FIRST.sub("", self.before, count=1))

    @property
    def inverted(self) -> bool:
        """Whether it follows an auxiliary, as the subject of a question does."""
        words = _WORD.findall(self.before)
        return bool(words) and words[-1] in _AUXILIARIES


def standalone(question: str, earlier: Sequence[str]) -> str:
    """Put the words that a follow-up points at before it; return any other question as it is.

    Args:
        question: what is asked now.
        earlier: what was asked before it, oldest first.
    """
    if len(question) > LONG:
        return question
    before = [text[:LONG] for text in earlier if things(text[:LONG])][-REACH:]
    if not before or not refers(question):
        return question
    named: list[str] = []
    for text in reversed(before):
        pointing = refers(text)
        if not pointing or _OPENING.match(_plain(text)):
            named = things(text) + named
        if not pointing:
            break
    subject = " ".join(dict.fromkeys(named or things(before[-1])))
    return f"{subject}: {question.strip()}"


def refers(question: str) -> bool:
    """Tell whether a question points back at something that it does not name."""
    plain = _plain(question)
    count = len(things(plain))
    if count == 0:
        return _names_nothing(plain)
    opening = _OPENING.match(plain)
    if opening and count <= _room(plain, opening):
        return True
    if count > RICH:
        return False
    return bool(_WHICH_ONE.search(plain)) or any(_RULES[p.word](p) for p in _pointers(question.strip(), count))


def things(text: str) -> list[str]:
    """Return the words of a text that name something."""
    found = re.findall(r"\w+", text)
    return [w for w in found if w.lower() not in STOP_WORDS | _VAGUE and (len(w) > 1 or w.isdigit())]


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split()).lstrip(" -–—.,\"'")


def _room(plain: str, opening: re.Match[str]) -> int:
    """Return how many things may be named after such words: "and who pays?" goes on, "and who pays for trains?" not."""
    if "i mean" in opening.group():
        return RICH
    return 1 if _ASKS.search(plain, opening.end()) else 3


def _names_nothing(plain: str) -> bool:
    """Tell whether it is a question for all that, as "how long?" and "why is that?"; "thank you" is none."""
    words = _WORD.findall(plain)
    asks = "?" in plain or bool(re.match(r"(?:why|how|when|where|who|what|which|since|tell|more)\b", plain))
    short = len(words) <= 4 and not _TO_SOMEBODY & set(words)
    points = bool({"it", "that", "this", "they", "them", "those", "these"} & set(words)) and not _EMPTY_IT.search(plain)
    return bool(words) and asks and (short or points or words[:3] == ["tell", "me", "more"])


def _pointers(question: str, count: int) -> list[_Pointer]:
    text = question.replace("’", "'")
    names = [name.start() for name in re.finditer(r"(?<=[\w,] )(?!I\b)[A-Z]\w*", text)]
    found = []
    for match in _WORD.finditer(text):
        word = match.group().lower().split("'")[0]
        if word in _RULES and not (word == "it" and _EMPTY_IT.search(text.lower())):
            following = next(iter(_WORD.findall(text[match.end() :].lower())), "")
            named = any(start < match.start() for start in names)
            found.append(_Pointer(word, text[: match.start()].lower(), following, named, count))
    return found


def _thing(p: _Pointer) -> bool:
    """Judge "it": as the subject of the only clause, or its last word, it stands for something outside of it."""
    if not p.one_clause:
        return False
    return p.nothing_before or (p.inverted and p.things <= 4) or (not p.following and p.things <= 4)


def _people(p: _Pointer) -> bool:
    """Judge "they", "he", "she": in "when did they film it in Rome" nobody is meant."""
    return p.one_clause and not p.named and p.things <= 2 and (p.nothing_before or p.inverted)


def _object(p: _Pointer) -> bool:
    return (
        p.one_clause and not p.named and (p.nothing_before or (not p.following and p.word == "them" and p.things <= 4))
    )


def _owner(p: _Pointer) -> bool:
    return p.one_clause and p.nothing_before and not p.named and p.things <= 3


def _that(p: _Pointer) -> bool:
    last = not p.following and len(things(p.before)) <= 2
    return bool(_WORD.findall(p.before)) and (last or (p.one_clause and p.nothing_before and p.inverted))


def _these(p: _Pointer) -> bool:
    here = p.following in _HERE_AND_NOW
    return not here and p.one_clause and p.things <= 4 and len(things(p.before)) <= 2


_RULES: dict[str, Callable[[_Pointer], bool]] = {
    "it": _thing, "they": _people, "he": _people, "she": _people, "them": _object, "him": _object, "her": _owner,
    "its": _owner, "their": _owner, "his": _owner, "hers": _owner, "theirs": _owner, "that": _that,
    "this": _these, "these": _these, "those": _these,
}  # fmt: skip
