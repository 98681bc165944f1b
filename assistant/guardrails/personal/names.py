"""Names of people: by a spaCy model where one is installed, otherwise where a title or an introduction says so."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from assistant.errors import BadInput
from assistant.guardrails.personal.recogniser import SURE, Recogniser, beside, everywhere, patterns

MODELS = ("en_core_web_lg", "en_core_web_md", "en_core_web_sm", "xx_ent_wiki_sm")
"""spaCy's models that know names, the best first; the first that is installed is used where the policy names none."""
_PERSONS = ("PERSON", "PER")

_NAME = r"[A-ZÀ-Þ][a-zà-ÿ'’]{1,24}(?:-[A-ZÀ-Þ][a-zà-ÿ'’]{1,24})?"
_FULL = rf"{_NAME}(?:[ ](?:[A-Z]\.|(?:van|von|de|da|der|den|di|la|le|el|bin|al)(?:[ ](?:der|den|la))?|{_NAME})){{0,3}}"
NAMES = {
    "titled": rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herr|Frau|Mme|Sr|Sra|Signora?)\b\.?[ ]\K{_FULL}",
    "introduced": rf"(?i:\b(?:my name(?: is|['’]s)|i am called|call me|mein name ist|ich hei(?:ß|ss)e|je m['’]appelle))"
    rf"[ ]\K{_FULL}",
}
"""What follows a title, or an introduction."""
_BEFORE = (
    "mr",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "herr",
    "frau",
    "mme",
    "sr",
    "signor",
    "name",
    "call",
    "ich hei",
    "je m",
)


def recognisers(model: str = "") -> Iterator[Recogniser]:
    """Yield the recognisers of names.

    Args:
        model: a spaCy model that knows names, by its package or folder; empty for whichever is installed.
    """
    yield Recogniser("NAME", patterns("NAME", NAMES), beside(_BEFORE, 2, 96))
    if chosen := model or next((name for name in MODELS if find_spec(name)), ""):
        yield Recogniser("NAME", Entities(chosen), everywhere)


class Entities:
    """spaCy's names of people, in the form of a recogniser of Presidio's."""

    supported_entities = ("NAME",)

    def __init__(self, model: str) -> None:
        """Load the model.

        Raises:
            BadInput: there is no such model.
        """
        import spacy

        try:
            self._model = spacy.load(Path(model) if Path(model).is_dir() else model)
        except OSError as error:
            raise BadInput(f"there is no spaCy model {model!r}: install it, or name none") from error

    def analyze(self, text: str, entities: Any, artifacts: Any) -> Iterator[Any]:
        """Find the names of people."""
        from presidio_analyzer import RecognizerResult

        for found in self._model(text).ents:
            if found.label_ in _PERSONS:
                yield RecognizerResult("NAME", found.start_char, found.end_char, SURE)
