"""Numbers that states give to people, and dates of birth.

Those with a form that hardly anything else has, or with such a form and a check digit, count by themselves; those that
are a mere run of digits count only where a word near them says what they are, because one order number in ten has the
right check digit by chance.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from assistant.guardrails.personal.recogniser import (
    LEAST_SCORE,
    SURE,
    Recogniser,
    Where,
    beside,
    cue,
    matching,
    patterns,
)
from assistant.guardrails.personal.windows import Text

_PRESIDIO = "presidio_analyzer.predefined_recognizers.country_specific"
_ID = r"\bids?\b|\bidentit|\bidentification"


@dataclass(frozen=True, slots=True)
class Identity:
    """One of Presidio's recognisers of a country's numbers, and when what it finds counts."""

    module: str
    name: str
    alone: str = ""
    """The forms that count by themselves; none where this is empty."""
    cue: str = ""
    """Words near a number that make any form count."""


IDENTITIES = (
    Identity("uk.uk_nino_recognizer", "UkNinoRecognizer", r"[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]", r"insur|\bni(?:no)?\b"),
    Identity("uk.uk_nhs_recognizer", "NhsRecognizer", "", r"\bnhs\b|health service"),
    Identity("uk.uk_driving_licence_recognizer", "UkDrivingLicenceRecognizer", r".*", r"licen[cs]e"),
    Identity("spain.es_nif_recognizer", "EsNifRecognizer", r"\d{8}-?[A-Z]", r"\bdni\b|\bnif\b"),
    Identity("spain.es_nie_recognizer", "EsNieRecognizer", r"[XYZ]\d{7}-?[A-Z]", r"\bnie\b"),
    Identity("italy.it_fiscal_code_recognizer", "ItFiscalCodeRecognizer", r".*", r"fiscale|fiscal code"),
    Identity("poland.pl_pesel_recognizer", "PlPeselRecognizer", "", rf"pesel|{_ID}"),
    Identity("germany.de_tax_id_recognizer", "DeTaxIdRecognizer", "", r"steuer|idnr|\btax|\btin\b"),
    Identity(
        "germany.de_social_security_recognizer", "DeSocialSecurityRecognizer", r"\d{8}[A-Z]\d{3}", r"versicherung"
    ),
    Identity("germany.de_id_card_recognizer", "DeIdCardRecognizer", "", rf"ausweis|{_ID}"),
    Identity("germany.de_passport_recognizer", "DePassportRecognizer", "", r"passport|reisepass|passnummer"),
    Identity("germany.de_health_insurance_recognizer", "DeHealthInsuranceRecognizer", "", r"krankenv|kvnr|insurance"),
    Identity("sweden.se_personnummer_recognizer", "SePersonnummerRecognizer", r"\d{6,8}[-+]\d{4}", rf"personnr|{_ID}"),
    Identity("finland.fi_personal_identity_code_recognizer", "FiPersonalIdentityCodeRecognizer", r".*", r"hetu"),
    Identity("korea.kr_rrn_recognizer", "KrRrnRecognizer", r"\d{6}-\d{7}", rf"resident|{_ID}"),
    Identity("korea.kr_frn_recognizer", "KrFrnRecognizer", r"\d{6}-\d{7}", rf"foreign|{_ID}"),
    Identity("india.in_aadhaar_recognizer", "InAadhaarRecognizer", r"\d{4}[- ]\d{4}[- ]\d{4}", r"aadhaa?r|uidai"),
    Identity("india.in_pan_recognizer", "InPanRecognizer", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", r"\bpan\b"),
    Identity("india.in_voter_recognizer", "InVoterRecognizer", "", r"voter|\bepic\b"),
    Identity("singapore.sg_fin_recognizer", "SgFinRecognizer", r"[STFG]\d{7}[A-Z]", r"nric|\bfin\b"),
    Identity("australia.au_tfn_recognizer", "AuTfnRecognizer", "", r"\btfn\b|tax file"),
    Identity("australia.au_abn_recognizer", "AuAbnRecognizer", "", r"\babn\b|business number"),
    Identity("australia.au_medicare_recognizer", "AuMedicareRecognizer", "", r"medicare"),
    Identity("canada.ca_sin_recognizer", "CaSinRecognizer", "", r"\bsin\b|social insurance"),
    Identity("south_africa.za_id_number_recognizer", "ZaIdNumberRecognizer", r".*", _ID),
    Identity("turkey.tr_national_id_recognizer", "TrNationalIdRecognizer", "", rf"kimlik|tckn|{_ID}"),
    Identity("thai.th_tnin_recognizer", "ThTninRecognizer", "", rf"\btnin\b|thai|{_ID}"),
    Identity("nigeria.ng_nin_recognizer", "NgNinRecognizer", "", rf"\bnin\b|{_ID}"),
    Identity("philippines.ph_umid_recognizer", "PhUmidRecognizer", "", r"\bumid\b|\bcrn\b"),
    Identity("us.us_itin_recognizer", "UsItinRecognizer", r"\d{3}[- ]\d\d[- ]\d{4}", r"\bitin\b|taxpayer"),
    Identity("us.us_mbi_recognizer", "UsMbiRecognizer", r"\w{4}-\w{3}-\w{4}", r"\bmbi\b|medicare"),
    Identity("us.us_npi_recognizer", "UsNpiRecognizer", "", r"\bnpi\b|provider id"),
)
_SSN = cue(r"\bssns?\b|social security", after=0)
_LETTERED = (
    r"\d(?:[^\w\n]{0,3}\d){5}|\d{4}(?<=[A-Za-z]{5}\d{4})[A-Za-z]|\d\d(?<=[A-Za-z]{6}\d\d)[A-Za-z]\d\d|"
    r"\d[A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d"
)
"""PAN, codice fiscale, MBI; the others have six digits in a row."""

CALLED = {
    "document": r"(?i)\b(?:passport|reisepass|driv(?:er|ing)(?:['’]?s)?[ ]licen[cs]e|licen[cs]e|permit|"
    r"(?:national|government|state|resident|citizen|voter|medicare|tax(?:payer)?)[ ]?(?:id|identification|identity)|"
    r"identity[ ](?:card|document)|id[ ]card|personalausweis|(?:tax|insurance|social[ ]insurance|passport|licen[cs]e))"
    r"(?:[ ](?:card|number|num|no|nr|id|code))?[.#]?(?:[ ](?:is|ist|number))?[ ]?[:=#]?[ ]{0,2}"
    r"\K(?=[A-Z0-9-]{0,12}\d[A-Z0-9-]{0,4}\d[A-Z0-9-]{0,4}\d)[A-Z0-9](?:-?[A-Z0-9]){4,18}(?![\w-])",
}
"""Numbers of papers that are called so, whatever their form."""
_PAPERS = ("passport", "reisepass", "licen", "permit", "identi", " id", "ausweis", "tax", "insurance")

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember)\.?"
)
_DATE = (
    rf"(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}[./-][ ]?\d{{1,2}}[./-][ ]?(?:\d{{4}}|\d\d)|"
    rf"\d{{1,2}}(?:st|nd|rd|th|\.)?(?:[ ]of)?[ ]{_MONTH},?[ ]\d{{4}}|{_MONTH}[ ]\d{{1,2}}(?:st|nd|rd|th)?,?[ ]\d{{4}})"
)
BIRTH = {
    "date": rf"(?i)\b(?:born|date[ ]of[ ]birth|d\.?o\.?b\.?|birth[ ]?da(?:te|y)|geboren|geb\.|geburtsdatum)"
    rf"[^\w\n]{{0,4}}(?:(?:it['’]?s|is|was|on|the|am|ist)[ ]){{0,2}}\K{_DATE}(?![\w-])",
}
"""Dates that are called dates of birth."""
_YEAR = re.compile(r"\d{4}")
_BIRTH = ("born", "birth", "d.o.b", "dob", "geb")


def recognisers() -> Iterator[Recogniser]:
    """Yield the recognisers of what states know people by."""
    from presidio_analyzer.predefined_recognizers.country_specific.us.us_ssn_recognizer import UsSsnRecognizer

    yield Recogniser("SSN", UsSsnRecognizer(), counts=_ssn)
    gate = matching(_LETTERED, Text.digits)
    for identity in IDENTITIES:
        yield _recogniser(identity, gate)
    yield Recogniser("ID", patterns("ID", CALLED), beside(_PAPERS, 24, 80))
    yield Recogniser("BIRTH", patterns("BIRTH", BIRTH), beside(_BIRTH, 16, 60), _living)


def _recogniser(identity: Identity, gate: Where) -> Recogniser:
    made: Any = getattr(import_module(f"{_PRESIDIO}.{identity.module}"), identity.name)
    alone = re.compile(identity.alone) if identity.alone else None
    near = cue(identity.cue)

    def counts(text: str, start: int, end: int, score: float) -> bool:
        if not _whole(text, start, end):
            return False
        if alone is not None and alone.fullmatch(text, start, end):
            return score >= SURE or not _checked(made)
        return near.near(text, start, end)

    return Recogniser("ID", made(patterns=_quick(made.PATTERNS)), gate, counts)


def _quick(patterns: Sequence[Any]) -> list[Any]:
    """Leave out those that look ahead without end, and the weak ones without a border where another has one."""
    found = [one for one in patterns if ".*" not in one.regex]
    return [one for one in found if r"\b" in one.regex or "(?<!" in one.regex] or found


def _checked(made: Any) -> bool:
    """Whether the recogniser has a check digit to verify, so that only what it is sure of counts."""
    return "validate_result" in vars(made)


def _whole(text: str, start: int, end: int) -> bool:
    """Whether no letter or digit goes on beside a find: some of Presidio's patterns look into longer numbers."""
    return not (text[max(0, start - 1) : start].isalnum() or text[end : end + 1].isalnum())


def _living(text: str, start: int, end: int, score: float) -> bool:
    """Whether a date is not one of history."""
    return not any(year < "1900" for year in _YEAR.findall(text, start, end))


def _ssn(text: str, start: int, end: int, score: float) -> bool:
    if text[end : end + 1] == "-" and text[end + 1 : end + 2].isdigit():
        return False  # of a longer number, as things have
    return score >= LEAST_SCORE or (_whole(text, start, end) and _SSN.near(text, start, end))
