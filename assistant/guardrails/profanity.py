"""Make the list of unsuitable words out of two public ones, without the words that mean something else as well.

    python -m assistant.guardrails.profanity DATA_DIR

DATA_DIR holds `safety/profanity` (Surge AI, MIT) and `safety/blocklist` (LDNOOBW, CC BY 4.0). The list is stored in
heads/profanity.json: strong words, mild ones, which only children are spared, and such as are sexually explicit.
"""

import csv
import json
import sys
from pathlib import Path

from assistant.guardrails.classifier import HEADS
from assistant.guardrails.vocabulary import MOST, split

LIST = HEADS / "profanity.json"
STRONG_FROM = 1.6
"""From which mean rating (1 mild, 2 strong, 3 severe, by five people) a word is strong."""
ROOTS = frozenset(
    """
    fuck|shit|motherfucker|cunt|nigger|nigga|niggger|niggers|faggot|whore|slut|wank|bitch|twat|retard|retarded|kike
    skank|jizz|jiggaboo|paki|gook|wetback|raghead|towelhead|cock|dick|pussy|tranny|shemale|fudge packer|carpet muncher
    ass|arse|damn|bollocks|bastard|piss|douche|butt|turd|boobs|tits|titty|knob|jerk off|jack off|penis|scum|bellend
    beaner|slant eye|zipperhead|camel jockey|porch monkey|wop|spic|dago|darky|jailbait|pedophile|blowjob|milf|tosser
    """.replace("\n", "|").replace("    ", "").split("|")
) - {""}  # fmt: skip
"""The forms by which the first list sorts its words, as far as they are taken."""
AMBIGUOUS = HEADS / "ambiguous.json"
"""What of both lists means something else as well, is a name, or is the plain word for a part of the body."""
MILD = (
    "arse",
    "arses",
    "bastard",
    "bastards",
    "bollocks",
    "damn",
    "damned",
    "crap",
    "crappy",
    "tosser",
    "shit",
    "bitch",
)
"""Mild words of one meaning, or nearly so, that the lists sort elsewhere or do not have."""
PROFANE = frozenset(
    [
        "fuck",
        "fucking",
        "shit",
        "shitty",
        "cunt",
        "nigger",
        "nigga",
        "bitch",
        "bitches",
        "faggot",
        "whore",
        "slut",
        "twat",
        "wank",
        "kike",
    ]
)
"""Words of the second list that are not sexual, but strong or mild by the first one's rating."""


def derive(data: Path) -> dict[str, list[str]]:
    """Return the words by kind."""
    ambiguous = frozenset(json.loads(AMBIGUOUS.read_text(encoding="utf-8")))
    with (data / "safety/profanity/profanity_en.csv").open(encoding="utf-8", newline="") as file:
        rated = list(csv.DictReader(file))
    kinds: dict[str, set[str]] = {"strong": set(), "mild": set(MILD), "explicit": set()}
    for row in rated:
        word = row["text"].lower()
        if row["canonical_form_1"] in ROOTS and word not in ambiguous and _clear(word):
            kinds["strong" if float(row["severity_rating"]) >= STRONG_FROM else "mild"].add(word)
    for word in (data / "safety/blocklist/en").read_text(encoding="utf-8").lower().split("\n"):
        if word not in ambiguous | PROFANE and _clear(word):
            kinds["explicit"].add(word)
    kinds["explicit"] -= kinds["strong"] | kinds["mild"]
    kinds["mild"] -= kinds["strong"]
    return {kind: sorted(words) for kind, words in kinds.items()}


def _clear(word: str) -> bool:
    """Whether a word is long enough to be no abbreviation, and made of words at all."""
    return sum(character.isalnum() for character in word) >= 4 and len(split(word)) <= MOST


if __name__ == "__main__":
    LIST.write_text(json.dumps(derive(Path(sys.argv[1])), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
