"""What passages hold for a sentence, in figures from 0 to 1: words found, in one place and in order, facts, meaning."""

import math
import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from assistant.guardrails.claims import bare, content, sentences, stem, words
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.facts import Fact, facts, offered, stated
from assistant.guardrails.names import german

Pair: TypeAlias = tuple[str, str]

FEATURES = (
    "held",  # the share of the sentence's words that one sentence of a passage holds, rare ones counting more
    "stretch",  # the longest run of the sentence's words that the best passage holds, as a share of it
    "meaning",  # the cosine of the sentence and the nearest of the places that hold most of its words
    "astray",  # the share of its facts that stand in the passages, but not in the best place
    "denied",  # whether one of the sentence and the best place denies what the other says in the same words
)
PLACES = 3
"""So many places of the passages are looked at closely for each sentence."""
POSTINGS = 64
"""A word that stands in more places than this tells them apart no better."""
LONGEST = 600
"""Characters of a sentence that are embedded; longer ones are lists."""
_DENIES = frozenset(
    ["not", "no", "never", "without", "nor", "neither", "nicht", "kein", "keine", "keinen", "nie", "no", "non", "nunca"]
)
_FILLS = frozenset(["a", "an", "any", "the", "do", "does", "did", "be", "been", "ever", "also"])
"""Words that come and go with a denial: do you, you do not; a fee, no fee."""
_JOINED = re.compile(r"\b(can)(?:not|['’]t)\b|n['’]t\b", re.I)


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of a passage, with what it and its neighbours hold."""

    passage: int
    text: str
    own: frozenset[str]
    near: frozenset[str]
    stated: frozenset[str]
    """What the three of them state, as `facts.offered`."""
    said: frozenset[Pair]
    denied: frozenset[Pair]
    """Neighbouring words, without what denies the second: (may, smoke) of both "may smoke" and "may not smoke"."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one sentence."""

    passage: int | None
    """The number of the passage that holds most of it, from 0; None where none holds anything."""
    missing: tuple[Fact, ...]
    """The numbers, dates and names that stand in no passage."""
    features: tuple[float, ...]
    """In the order of FEATURES."""


class Passages:
    """Passages, read once for all sentences of an answer, also while it grows."""

    def __init__(self, texts: Sequence[str], encoder: Encoder, question: str = "") -> None:
        self._encoder = encoder
        self._places = [place for number, text in enumerate(texts) for place in _places(number, text)]
        self._stated = set[str]().union(offered(question), *(place.stated for place in self._places))
        self._german = german(texts)
        self._found: dict[str, list[int]] = {}
        for at, place in enumerate(self._places):
            for word in place.own:
                posted = self._found.setdefault(word, [])
                if len(posted) < POSTINGS:
                    posted.append(at)
        self._pairs = [set(pairwise(_stems(text))) for text in texts]
        self._weighed: dict[str, Evidence] = {}

    def weigh(self, said: Sequence[str]) -> list[Evidence]:
        """Weigh what speaks for each sentence, once; those not in a passage word for word are embedded."""
        sentences = [bare(sentence) for sentence in said]
        fresh = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._weighed]
        wanted = [{word: self._rarity(word) for word in set(content(sentence))} for sentence in fresh]
        chosen = [self._choose(words) for words in wanted]
        meanings = self._meanings(fresh, chosen)
        found = [self._evidence(*one) for one in zip(fresh, wanted, chosen, meanings, strict=True)]
        self._weighed |= zip(fresh, found, strict=True)
        return [self._weighed[sentence] for sentence in sentences]

    def _choose(self, wanted: Mapping[str, float]) -> list[int]:
        """Return the places that hold most of the words wanted, best first."""
        held: Counter[int] = Counter()
        for word, weight in wanted.items():
            for at in self._found.get(word, ()):
                held[at] += weight  # type: ignore[assignment]  # a counter of weights
        return sorted(held, key=lambda at: (-held[at], at))[:PLACES]

    def _rarity(self, word: str) -> float:
        """Return how much a word tells: one that most places hold tells little."""
        return math.log((len(self._places) + 2.0) / (len(self._found.get(word, ())) + 0.5))

    def _meanings(self, sentences: Sequence[str], chosen: Sequence[list[int]]) -> list[float]:
        """Return the cosine of each sentence and the nearest of its places; 1 for one that stands there as it is."""
        open_ = [n for n, places in enumerate(chosen) if places and not self._quoted(sentences[n], places)]
        meanings = [1.0 if places else 0.0 for places in chosen]
        if not open_:
            return meanings
        ats = sorted({at for n in open_ for at in chosen[n]})
        texts = [*(sentences[n] for n in open_), *(self._places[at].text for at in ats)]
        vectors = self._encoder([text[:LONGEST] for text in texts])
        row = {at: vectors[len(open_) + n] for n, at in enumerate(ats)}
        for n, at in enumerate(open_):
            meanings[at] = max(float(vectors[n] @ row[place]) for place in chosen[at])
        return meanings

    def _quoted(self, sentence: str, places: Sequence[int]) -> bool:
        """Whether a sentence is a run of words of one of these places."""
        said = f" {' '.join(words(sentence))} "
        return any(said in f" {' '.join(words(self._places[at].text))} " for at in places)

    def _evidence(self, sentence: str, wanted: Mapping[str, float], chosen: list[int], meaning: float) -> Evidence:
        found = facts(sentence, german=self._german)
        missing = tuple(fact for fact in found if not stated(fact, self._stated))
        if not chosen:
            return Evidence(None, missing, (0.0,) * len(FEATURES))
        place = max((self._places[at] for at in chosen), key=lambda place: _share(wanted, place.near))
        known = [fact for fact in found if fact not in missing]
        astray = sum(not stated(fact, place.stated) for fact in known) / len(known) if known else 0.0
        said, denied = _polarity(sentence)
        features = (
            max(_share(wanted, self._places[at].own) for at in chosen),
            self._stretch(sentence, place.passage),
            max(0.0, meaning),
            astray,
            float(not place.denied.isdisjoint(said) or not place.said.isdisjoint(denied)),
        )
        return Evidence(place.passage, missing, features)

    def _stretch(self, sentence: str, passage: int) -> float:
        """Return the longest run of pairs of neighbours that the passage holds too, as a share of all pairs."""
        pairs = list(pairwise(_stems(sentence)))
        longest = run = 0
        for pair in pairs:
            run = run + 1 if pair in self._pairs[passage] else 0
            longest = max(longest, run)
        return longest / len(pairs) if pairs else 1.0


def _places(number: int, text: str) -> Iterator[Place]:
    parts = [text[start:end] for start, end in sentences(text)] or [text]
    own = [frozenset(content(part)) for part in parts]
    facts = [frozenset(offered(part)) for part in parts]
    for at, part in enumerate(parts):
        around = slice(max(0, at - 1), at + 2)
        near, known = (frozenset[str]().union(*sets[around]) for sets in (own, facts))
        yield Place(number, part, own[at], near, known, *_polarity(part))


def _share(wanted: Mapping[str, float], held: Container[str]) -> float:
    whole = sum(wanted.values())
    return sum(weight for word, weight in wanted.items() if word in held) / whole if whole else 0.0


def _stems(text: str) -> list[str]:
    return [stem(word) for word in words(text)]


def _polarity(text: str) -> tuple[frozenset[Pair], frozenset[Pair]]:
    """Return the pairs of neighbours that a text says, and those that it denies; what it does both to is neither."""
    said: set[Pair] = set()
    denied: set[Pair] = set()
    before, denies = "", False
    for word in words(_JOINED.sub(_apart, text)):
        if word in _DENIES:
            denies = True
        elif word not in _FILLS:
            (denied if denies else said).add((before, stem(word)))
            before, denies = stem(word), False
    return frozenset(said - denied), frozenset(denied - said)


def _apart(joined: re.Match[str]) -> str:
    return f"{joined[1] or ''} not"
