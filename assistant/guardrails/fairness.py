"""Decisions about a person: names, pronouns and groups are taken out, so that nobody is judged by them."""

import re
from dataclasses import dataclass

from assistant.guardrails.people import decisions, grammar, pronouns
from assistant.guardrails.people.lexicon import fold, load
from assistant.guardrails.people.names import Mention, Names
from assistant.guardrails.people.persons import number
from assistant.guardrails.people.things import Things
from assistant.guardrails.people.tokens import Line, Token, read
from assistant.guardrails.rails import Context, Span, Verdict

PLACED = re.compile(r"[A-Z]\d{0,4}")
"""What follows Person in a placeholder."""
REASON = (
    "This asks for a decision about a person. Names, pronouns and groups were taken out of what the model sees, so "
    "that the answer is the same for everybody; the names are put back into the answer."
)


@dataclass(frozen=True, slots=True)
class Fairness:
    """Show the model a question of pay, hiring, credit or blame without whom it is about; all other text as it is."""

    name: str = "fairness"
    whole: bool = False

    def __call__(self, text: str, context: Context) -> Verdict:
        """Neutralise the text, if it asks for a decision about a person."""
        neutral = neutralise(text) if context.side == "input" else None
        if neutral is None or neutral.text == text:
            return Verdict("allow", text, self.name)
        spans = tuple(Span(start, end, "person") for start, end in neutral.spans)
        return Verdict("mask", neutral.text, self.name, "person", 1.0, REASON, spans, originals=neutral.originals)


@dataclass(frozen=True, slots=True)
class Neutral:
    """A message without names, pronouns and groups, what was taken out, and whom each placeholder stands for."""

    text: str
    spans: tuple[tuple[int, int], ...]
    originals: tuple[tuple[str, str], ...]


def neutralise(text: str) -> Neutral | None:
    """Return a message with nothing in it that tells one person from another; None where no decision is asked for."""
    lowered = fold(text)
    if not decisions.topical(lowered):
        return None
    line = read(text)
    if not decisions.asked(line, lowered):
        return None
    lexicon = load()
    taken = _placeholders(line)
    mentions = Things(line, lexicon).without(
        Names(line, lexicon).find(),
        somebody=lambda: decisions.of_somebody(lowered),
        compared=lambda: decisions.compared(line, lowered),
    )
    originals = _replace(line, mentions, taken)
    grammar.classify(line)
    grammar.elaborate(line, lexicon, decisions.required(lowered))
    told = decisions.amount(lowered) and grammar.drop_own(line)
    if not told and not _wanted(line, lowered):
        return None
    grammar.remove(line, lexicon)
    pronouns.neutralise(line)
    return Neutral(line.join(), tuple(line.spans()), originals)


def _wanted(line: Line, text: str) -> bool:
    """Whether it is a single person that the decision is about, and no rule for all of a group."""
    if any(token.kind == "N" for token in line.tokens):
        return True
    own = re.search("o[GyPKR]|d(?:G+[PKR]|P)", _determined(line)) is not None
    anybody = re.search("ax{0,2}[GyPKR]", line.kinds) is not None or not grammar.personal(line)
    if decisions.about_rules(text) and anybody and not own:
        return False
    somebody = not set(line.kinds).isdisjoint("GyPKhTV")
    return own or grammar.personal(line) or (somebody and decisions.judged(text))


def _determined(line: Line) -> str:
    """Return the kinds of words, with o for my, our and this, and d for the."""
    own = {"my": "o", "our": "o", "this": "o", "the": "d"}
    return "".join(own.get(token.key, token.kind) for token in line.tokens)


def _replace(line: Line, mentions: list[Mention], taken: set[str]) -> tuple[tuple[str, str], ...]:
    """Put Person A and so on in the places of names; return what they stand for, each in its fullest form."""
    names = number(mentions, taken)
    originals: dict[str, str] = {}
    for mention, name in zip(reversed(mentions), reversed(names), strict=True):
        words = line.tokens[mention.first + mention.titled : mention.last]
        original = words[0].text + "".join(word.gap + word.text for word in words[1:])
        if len(original) >= len(originals.get(name, "")):
            originals[name] = original
        _own(line, mention.last)
        line.put(mention.first, mention.last, name, "N")
    return tuple(sorted(originals.items(), key=lambda pair: (len(pair[0]), pair[0])))


def _placeholders(line: Line) -> set[str]:
    """Make one word of each Person A that the message has already, and return them in lower case."""
    taken = set()
    for at in reversed(range(len(line.tokens) - 1)):
        one, two = line.tokens[at], line.tokens[at + 1]
        if one.text == "Person" and two.gap == " " and PLACED.fullmatch(two.text):
            line.tokens[at : at + 2] = [Token.new(f"Person {two.text}", one.gap, one.start, two.end, "N")]
            taken.add(f"person {two.key}")
    return taken


def _own(line: Line, after: int) -> None:
    """Write James' as James's, so that what belongs to a person looks the same whatever the name."""
    if after >= len(line.tokens) or not line.tokens[after - 1].key.endswith("s"):
        return
    token = line.tokens[after]
    spaced = after + 1 < len(line.tokens) and line.tokens[after + 1].gap == " "
    if token.key == "'" and not token.gap and spaced:
        token.text = token.key = "'s"
