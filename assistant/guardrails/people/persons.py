"""Who is who: mentions of one person get one placeholder."""

from assistant.guardrails.people.names import Mention

NAMESAKES = 50
"""How many who share a name with somebody are looked at, to see whether they are the same."""


def number(mentions: list[Mention], taken: set[str]) -> list[str]:
    """Return for each mention the placeholder of its person, Person A on, but for those that the message already has.

    Mentions that share a word are one person, unless both are full names of which only the surname is the same.
    """
    people: dict[tuple[str, ...], int] = {}
    by_key: dict[str, list[tuple[str, ...]]] = {}
    whose, count = [], 0
    for mention in mentions:
        known = (keys for key in mention.keys for keys in by_key.get(key, ())[:NAMESAKES] if _same(mention.keys, keys))
        same = next(known, None)
        if mention.keys not in people:
            people[mention.keys] = count if same is None else people[same]
            count += same is None
            for key in mention.keys:
                by_key.setdefault(key, []).append(mention.keys)
        whose.append(people[mention.keys])
    placeholders = [name for name in _placeholders(count + len(taken)) if name.lower() not in taken]
    return [placeholders[person] for person in whose]


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not set(one) & set(other):
        return False
    return len(one) < 2 or len(other) < 2 or one[0] == other[0] or one[-1] == other[0] or one[0] == other[-1]


def _placeholders(count: int) -> list[str]:
    letters = [chr(ord("A") + i) for i in range(26)]
    return [f"Person {letters[i % 26]}{i // 26 + 1 if i >= 26 else ''}" for i in range(count)]
