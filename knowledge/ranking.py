"""Ranking: how full-text queries are written and rankings joined. Pure functions."""

import re
from collections.abc import Sequence

RRF_K = 60
"""Cormack, Clarke and Büttcher 2009: how much lower ranks count."""

_STOP_WORDS = (
    "a about after all also am an and any are as at be because been before being but by can could did do does doing "
    "for from had has have having he her here hers him his how i if in into is it its just me my no nor not of on or "
    "our ours she should so some such than that the their them then there these they this those to too us very was "
    "we were what when where which while who whom whose why will with would you your yours"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())


def fuse(rankings: Sequence[Sequence[str]], k: int = RRF_K) -> list[tuple[str, float]]:
    """Join rankings of ids by reciprocal rank fusion, best first; a tie falls to the earlier ranking."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            scores[name] = scores.get(name, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


def words(text: str) -> list[str]:
    """Return the different words of a question in order, without those that say nothing of its subject."""
    found = list(dict.fromkeys(re.findall(r"\w+", text.lower())))
    return [word for word in found if word not in STOP_WORDS] or found


def match_query(question: str) -> str:
    """Write a question as an FTS5 query: any of its words, each quoted, so that nothing in it is syntax."""
    return " OR ".join(f'"{word}"' for word in words(question))
