"""What is fit for the audience: no unsuitable subjects and words for children, no crude ones for the general public."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from assistant.guardrails.asking import asked
from assistant.guardrails.classifier import HEADS, NONE, Head, Score
from assistant.guardrails.disguises import readings
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.rails import Action, Context, Span, Verdict
from assistant.guardrails.vocabulary import Folded, Vocabulary, fold, mask

TOPICS = HEADS / "topics.json"
"""Subjects by the phrases that name them: `always`, or only where they are `asked` for; `fine` ones name others."""
PROFANITY = HEADS / "profanity.json"
DESPAIR = "despair"
ABOUT = {
    "drugs": "drugs and smoking",
    "alcohol": "alcohol",
    "gambling": "playing for money",
    "sex": "that",
    "weapons": "weapons and hurting others",
    "gore": "such cruel things",
    "dating": "dating",
    "horror": "things that frighten",
    "risk": "that, because it can be dangerous",
}
REQUEST = "I do not talk about {about} here. Please ask a grown-up you trust. I am happy to help with something else!"
WORDS = "The message was read without some words that are not for children."
EXPLICIT = "I do not answer messages with such words. Please ask in other words, or ask a grown-up you trust."
CARE = (
    "It sounds as if you feel really bad. You are not alone, and it is not your fault. Please talk to a grown-up you "
    "trust "
    "right now: a parent, a teacher, or somebody else who looks after you. You can also talk to people who help "
    "children, "
    "any time and in secret: find them at findahelpline.com. If you are in danger now, call the emergency number."
)
ANSWER = (
    "The answer was withdrawn, because it turned to things that are not for children. Please ask a grown-up you trust."
)
CRUDE = "The answer was withdrawn because of its language."
MASKED = "Some words were taken out of the answer, because they are not fit for everybody here."
HARD = "The answer is hard to read for a child: it reads like school grade {grade:.0f}."
MOST = 3
"""Crude words, or mentions of a subject, from which on an answer is withdrawn."""
NEAR = 60
"""Characters between what is asked for and the wish."""
UNLIKELY = 0.05
"""Below which score of the head a word that names such a subject names something else."""
LONG = 40
"""Words of an answer from which on its grade is told; that of a shorter one says little."""

_WISH = re.compile(
    r"\b(?:can|could|may|should|do) (?:i|we)\b|\bi(?:'d| would)? (?:want|like|love|need|wanna)\b|\bhow (?:do|can|to)\b"
    r"|\blet me\b|\bgive me\b|\btell me\b|\bshow me\b|\bwhere (?:can|do|to)\b|\bbest\b|\bcheap\w{0,4}\b|\brecipe\b"
    r"|\b(?:buy|sell|make|build|get|try|taste|drink|smoke|brew|mix|order|steal|sneak|load|play)\b",
)
_SELF = r"(?:myself|me|my (?:wrists?|arms?|legs?|body|own life|life))"
_SELF_HARM = re.compile(
    rf"\b(?:want(?:ed)?|going|wanna|like|wish|plan(?:ning)?|try(?:ing)?|think(?:ing)? (?:of|about)|feel like|how "
    rf"(?:do i|can i|to)"
    rf"|ways?|might|will|should i|keep|stop|urge) (?:to )?(?:kill(?:ing)?|hurt(?:ing)?|cut(?:ting)?|harm(?:ing)?"
    rf"|burn(?:ing)?"
    rf"|starv(?:e|ing)|end(?:ing)?|hang(?:ing)?|stab(?:bing)?) (?:my )?{_SELF}\b"
    r"|\b(?:kill|hang|harm|starve) myself\b|\bsuicid(?:e|al)\b|\bself[ -]?harm\w*"
    r"|\bend (?:my life|it all)\b|\b(?:want|wanna|going|ready|wish i (?:could|would)|better if i) (?:to )?(?:die|be "
    r"dead|disappear"
    r" forever|never wake up)\b|\bwish i (?:was|were) (?:dead|never born)\b|\b(?:do not|don'?t|dont) (?:want|wanna) "
    r"(?:to )?"
    r"(?:live|be alive|exist)\b|\bno ?(?:body|one) (?:would|will) (?:miss|care if) (?:me|i)\b|\bnobody (?:loves"
    r"|likes|wants) me\b"
    r"|\bi hate (?:my life|myself)\b|\bmake myself (?:throw up|vomit|sick)\b|\b(?:he|she|someone|somebody|uncle"
    r"|daddy|dad|mum|mom)"
    r" (?:\w+ )?(?:touches me|hits me|hurts me|beats me)\b",
)
_SELF_HARM_FINE = re.compile(r"\bsuicide squad\b|\bhang myself a\b|\bkill myself laughing\b|\bend it all together\b")
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_SENTENCE = re.compile(r"[.!?]+(?:\s|$)|\n+")
_SYLLABLE = re.compile(r"[aeiouy]+")
_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "a",
        "in",
        "is",
        "you",
        "that",
        "it",
        "for",
        "on",
        "are",
        "with",
        "as",
        "be",
        "at",
        "this",
        "have",
        "from",
        "or",
        "by",
        "not",
    ]
)


@dataclass(frozen=True, slots=True)
class Unfit:
    """A trained head that tells what is not for children, with the scores from which on it is believed."""

    head: Head
    encoder: Encoder
    threshold: float
    output_threshold: float


@dataclass(frozen=True, slots=True)
class Age:
    """Decline children's questions on what is not for them, and clean answers of what is not fit for the audience."""

    unfit: Unfit | None = None
    """Without it, lists of words alone tell what a text is about."""
    name: str = "age"
    whole: bool = False

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text, for children on both sides and for the general public on answers."""
        if context.audience == "adult" or (context.audience == "general" and context.side != "output"):
            return Verdict("allow", text, self.name)
        if context.side == "output":
            return self._answer(text, fold(text), child=context.audience == "child")
        found = self._request(text, fold(text))
        if not found.stopped:
            for reading in readings(text):
                seen = self._request(reading.text, fold(reading.text))
                if seen.stopped:
                    return replace(seen, text=text, rule=f"{seen.rule} ({reading.code})", spans=())
        return found

    def _request(self, text: str, folded: Folded) -> Verdict:
        if despair(folded.text):
            return Verdict("refuse", text, self.name, "self-harm", 1.0, CARE)
        score = asked(self.unfit.head, text, self.unfit.encoder) if self.unfit else Score(NONE, 1.0)
        if self.unfit and score.value >= self.unfit.threshold:
            return self._declined(text, score.label, score.value, Span(score.start, score.end, score.label))
        if score.value >= UNLIKELY and (place := _named(text, folded)):
            return self._declined(text, place.label, 1.0, place)
        spans = tuple(Span(*found) for found in _profanity().find(folded))
        if explicit := next((span for span in spans if span.label == "explicit"), None):
            return Verdict("refuse", text, self.name, "explicit", 1.0, EXPLICIT, (explicit,))
        if spans:
            return self._masked(text, spans, WORDS)
        return Verdict("allow", text, self.name, score=score.value if self.unfit else 0.0)

    def _declined(self, text: str, subject: str, score: float, place: Span) -> Verdict:
        if subject == DESPAIR:
            return Verdict("refuse", text, self.name, "self-harm", score, CARE, (place,))
        return Verdict("refuse", text, self.name, subject, score, REQUEST.format(about=ABOUT[subject]), (place,))

    def _answer(self, text: str, folded: Folded, *, child: bool) -> Verdict:
        spans = tuple(Span(*found) for found in _profanity().find(folded) if child or found[2] != "mild")
        if len(spans) >= MOST:
            return Verdict("refuse", text, self.name, spans[0].label, 1.0, ANSWER if child else CRUDE, spans)
        score = self._told(text, folded) if child else Score(NONE, 0.0)
        if score.label != NONE:
            return Verdict("refuse", text, self.name, score.label, score.value, ANSWER)
        if spans:
            return self._masked(text, spans, MASKED)
        return Verdict("allow", text, self.name, score=score.value)

    def _told(self, text: str, folded: Folded) -> Score:
        """Score what an answer is about; `none` where that is fit for children, or only mentioned."""
        subjects = [place for place in _topics().find(folded) if place[2].endswith(" always")]
        counted = Counter(label.partition(" ")[0] for _, _, label in subjects).most_common(1)
        if counted and counted[0][1] >= MOST:
            return Score(counted[0][0], 1.0)
        if not self.unfit:
            return Score(NONE, 0.0)
        score = self.unfit.head.score(text, self.unfit.encoder)
        return score if score.value >= self.unfit.output_threshold else Score(NONE, score.value)

    def _masked(self, text: str, spans: tuple[Span, ...], reason: str) -> Verdict:
        action: Action = "mask"
        clean = mask(text, [(span.start, span.end) for span in spans])
        return Verdict(action, clean, self.name, spans[0].label, 1.0, reason, spans)


@dataclass(frozen=True, slots=True)
class Reading:
    """Flag an answer to a child that is far too hard to read."""

    most: float = 9.0
    """The school grade from which on it is."""
    name: str = "reading"
    whole: bool = True

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the whole answer."""
        found = grade(text) if context.audience == "child" and context.side == "output" else None
        if found is None:
            return Verdict("allow", text, self.name)
        score = min(1.0, max(0.0, found / (2 * self.most)))
        if found <= self.most:
            return Verdict("allow", text, self.name, score=score)
        return Verdict("flag", text, self.name, "too hard", score, HARD.format(grade=found))


def despair(text: str) -> bool:
    """Whether a child speaks of hurting itself, of not wanting to live, or of being hurt; `text` in lower case."""
    return _SELF_HARM.search(text.replace("’", "'")) is not None and _SELF_HARM_FINE.search(text) is None


def grade(text: str) -> float | None:
    """Return the school grade of an English text (Kincaid et al. 1975); None where it is too short, or not English."""
    words = _WORD.findall(text)
    if len(words) <= LONG or sum(word.lower() in _ENGLISH for word in words) < len(words) / 8:
        return None
    sentences = max(1, sum(1 for part in _SENTENCE.split(text) if _WORD.search(part)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@lru_cache(maxsize=1 << 14)
def syllables(word: str) -> int:
    """Return about how many syllables an English word has, at least one."""
    word = word.lower()
    silent = word.endswith(("es", "ed")) or (word.endswith("e") and not word.endswith(("le", "ee", "ie")))
    return max(1, len(_SYLLABLE.findall(word)) - silent)


def _named(text: str, folded: Folded) -> Span | None:
    """Return where a subject is named that is not for children, if one is."""
    for start, end, topic in _topics().find(folded):
        kind, _, how = topic.partition(" ")
        if kind != "fine" and (how == "always" or _wished(folded.text, text, start, end)):
            return Span(start, end, kind)
    return None


def _wished(folded: str, text: str, start: int, end: int) -> bool:
    """Whether a wish stands near a place; the plain form of a text is about as long as the text."""
    room = NEAR + abs(len(folded) - len(text))
    return _WISH.search(folded[max(0, start - room) : end + room].replace("’", "'")) is not None


@cache
def _topics() -> Vocabulary:
    read = json.loads(TOPICS.read_text(encoding="utf-8"))
    return Vocabulary(dict(_phrases(read)))


def _phrases(read: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    for topic, kinds in read.items():
        for kind, phrases in kinds.items():
            label = "fine" if kind == "fine" else f"{topic} {kind}"
            yield from ((phrase, label) for phrase in phrases.split("|") if phrase)


@cache
def _profanity() -> Vocabulary:
    read: dict[str, list[str]] = json.loads(PROFANITY.read_text(encoding="utf-8"))
    return Vocabulary({word: kind for kind in ("mild", "strong", "explicit") for word in read[kind]})
