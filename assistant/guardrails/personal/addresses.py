"""Postal addresses: a street with a number, and what may follow it; and boxes at a post office. Presidio has none.

No more than four words come before the one that makes an address of them, and no more than three before one that makes
it longer: so many are held back of an answer that is being written.
"""

import re
from collections.abc import Iterator

from assistant.guardrails.personal.recogniser import Recogniser, beside, matching, patterns
from assistant.guardrails.personal.windows import Text, Window

_KIND = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Crescent|"
    r"Gardens|Close|Mews|Parade|Quay|Highway|Hwy|Parkway|Pkwy|Circle|Cir|Trail|Alley|Way|Row|Hill|Wharf|Esplanade)"
)
_NAME = r"(?:[A-ZÀ-Þ][\w'’-]{0,24}\.?|\d{1,3}(?:st|nd|rd|th)|of|the|and|de|la)"
_UNIT = r"(?:,?[ \n]{1,2}(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|Rm)\.?[ ]?|#[ ]?)[A-Za-z]?\d{1,5}[A-Za-z]?)"
_CITY = r"(?:[A-ZÀ-Þ][\w'’.-]{1,24}[ ]){0,1}[A-ZÀ-Þ][\w'’.-]{1,24}"
_STATE = r"[A-Z]{2}[ ](?:\d{5}(?:-\d{4})?(?!\d)|\d{1,4}\Z)"
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]?[ ]\d(?:[A-Z]{2}(?!\w)|[A-Z]?\Z)"
"""Codes; at the end of a text they may still be growing."""
_FIVE = r"\d{4,5}(?![\w.-]?\d)"
_PLACE = (
    rf"(?:,?[ \n]{{1,2}}{_CITY},?[ \n]{{1,2}}(?:{_STATE}|{_POSTCODE})|,?[ \n]{{1,2}}(?:{_STATE}|{_POSTCODE})|"
    rf",[ \n]{{0,2}}{_FIVE}[ ][A-ZÀ-Þ][\w'’-]{{1,24}})"
)
_NO = (
    r"(?:18F|Google|OneDrive|One|Minutes?|Mins?|Hours?|Days?|Weeks?|Months?|Years?|Best|Worst|Top|Most|Wall[ ]Street[ ]"
    r"Journal)\b"
)
ENGLISH = (
    rf"(?<![\w.,$€£#/:-])\d{{1,5}}[A-Za-z]?(?:[-/]\d{{1,4}}[A-Za-z]?)?,?[ ]"
    rf"(?:(?:[NSEW]|NE|NW|SE|SW|North|South|East|West)\.?[ ])?(?!{_NO})(?:{_NAME}[ ]){{1,4}}{_KIND}\b\.?"
    rf"(?![ ]\d)(?:[ ](?:NE|NW|SE|SW|[NSEW]|North|South|East|West)\b)?{_UNIT}?{_PLACE}?"
)
SMALL = (
    r"(?<![\w.,$€£#/:-])\d{1,5}[a-z]?[ ](?!new|different|more|other|main\b.{0,9}s\b|major|busy|mile|block|minute|way)"
    r"[a-z]{4,20}[ ](?:street|avenue|road|boulevard)\b(?!s)"
)
"""One that is written small, with a single name: otherwise it is said of streets, and not which."""
_SUFFIX = (
    r"(?:stra(?:ß|ss)e|str\.|weg|allee|platz|gasse|damm|ufer|chaussee|pfad|steig|straat|laan|gracht|plein|gatan|vägen|"
    r"veien|katu|tie|gade|utca)"
)
GERMAN = (
    rf"(?<![\w-])(?:[A-ZÄÖÜ][\wäöüß]{{1,24}}[ -])?"
    rf"(?:[A-ZÄÖÜ][a-zà-ÿß]{{1,28}}{_SUFFIX}|(?:Stra(?:ß|ss)e|Str\.|Weg|Allee|Platz|Gasse|Ufer))"
    rf"(?:[ ](?:des|der|am)[ ][A-Z]\w{{1,20}})?[ ]\d{{1,4}}[ ]?(?:[a-h]\b)?(?:[-/]\d{{1,4}}[a-h]?)?"
    rf"(?![\w.]?\d|[ ]?%)"
    rf"(?:,?[ \n]{{1,2}}(?:D-)?{_FIVE}[ ][A-ZÀ-Þ][\w'’-]{{1,24}})?"
)
_ROMANCE = (
    r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Qq]uai|[Aa]llée|"
    r"Calle|Avenida|Paseo|Plaza|Via|Viale|Piazza|Rua|Corso)"
)
_SHORT = r"(?:de|du|des|la|le|les|da|do|dos|del|della|dei|los|las)[ ]|[dl]['’]"
_OF = rf"(?:{_SHORT}){{0,2}}"
ROMANCE = (
    rf"(?<![\w.,/-])(?:\d{{1,4}}(?:[ ]?(?:bis|ter))?,?[ ](?:rue|avenue|boulevard|chemin|quai|allée)[ ]{_OF}"
    rf"[A-ZÀ-Þ][\w'’-]{{1,24}}(?:[ -][A-ZÀ-Þ][\w'’-]{{1,24}}){{0,2}}|"
    rf"{_ROMANCE}[ ](?:{_OF}|(?:{_SHORT})?[A-ZÀ-Þ][\w'’-]{{1,24}}[ ])[A-ZÀ-Þ][\w'’-]{{1,24}},?"
    rf"[ ](?:n[.°º][ ]?)?\d{{1,4}}(?![\w.]?\d|[ ]?%))(?:,[ ]{_FIVE}[ ][A-ZÀ-Þ][\w'’-]{{1,24}})?"
)
BOX = (
    rf"(?i:(?<!\w)(?:P\.?[ ]?O\.?[ ]?Box|Post(?:al)?[ ]Box|Postfach|Postbus|Apartado|Casilla|Postboks|"
    rf"PSC[ ]\d{{1,5}},?[ ]Box)"
    rf"[ ]{{0,2}}(?:no\.?|nr\.?|#)?[ ]?(?:\d{{2}}(?:[ ]\d{{2}}){{1,3}}(?![ ]?\d)|\d{{1,7}}))(?![\w-]){_PLACE}?"
)
_SUFFIXES = (
    "straße ", "strasse ", "str. ", "weg ", "allee ", "platz ", "gasse ", "damm ", "ufer ", "chaussee ", "pfad ",
    "steig ", "straat ", "laan ", "gracht ", "plein ", "gatan ", "vägen ", "veien ", "katu ", "utca ",
)  # fmt: skip
_STREETS = (
    "rue ", "avenue ", "boulevard ", "chemin ", "quai ", "allée ", "calle ", "avenida ", "paseo ", "plaza ", "via ",
    "viale ", "piazza ", "rua ", "corso ",
)  # fmt: skip
_BOXES = (" box", "postfach", "postbus", "apartado", "casilla", "postboks")
_NUMBERED = re.compile(r"\d[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?,? (?:[A-ZÀ-Þ]|\d{1,3}(?:st|nd|rd|th)\b)")


def recognisers() -> Iterator[Recogniser]:
    """Yield the recognisers of addresses."""
    yield Recogniser("ADDRESS", patterns("ADDRESS", {"English": ENGLISH}), _numbered)
    small = matching(r"\d[a-z]? [a-z]{4}", beside(["street", "avenue", "road", "boulevard"], 32, 12))
    yield Recogniser("ADDRESS", patterns("ADDRESS", {"small": SMALL}), small)
    yield Recogniser("ADDRESS", patterns("ADDRESS", {"German": GERMAN}), matching(r"\s\d", beside(_SUFFIXES, 96, 72)))
    yield Recogniser("ADDRESS", patterns("ADDRESS", {"Romance": ROMANCE}), matching(r"\d", beside(_STREETS, 12, 128)))
    yield Recogniser("ADDRESS", patterns("ADDRESS", {"box": BOX}), matching(r"\d", beside(_BOXES, 16, 100)))


def _numbered(text: Text) -> Iterator[Window]:
    """Look where a number is followed by a name."""
    places = (match.start() for match in _NUMBERED.finditer(text.text))
    return text.merged(places, 12, 200)
