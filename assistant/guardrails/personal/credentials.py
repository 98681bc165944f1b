"""Keys, tokens and passwords: what opens a door for whoever holds it."""

from collections.abc import Iterator

from assistant.guardrails.personal.recogniser import Recogniser, Where, beside, matching, patterns
from assistant.guardrails.personal.windows import Text

_TOKEN = r"(?<![A-Za-z0-9_-])"
"""Where a token begins; one that goes on from another word is none."""
_BODY = r"-A-Za-z0-9_"
_LONGEST = 8000
"""Characters of the longest JSON web token that servers take."""

KEYS = {
    "AWS": (r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Z])", ("akia", "asia", "abia", "acca")),
    "GitHub": (
        r"(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255})",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    ),
    "GitLab": (
        rf"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[{_BODY}.]{{16,200}}",
        ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-"),
    ),
    "Slack": (rf"(?:xox[abceoprs]|xapp)-[{_BODY}.]{{10,350}}", ("xox", "xapp-")),
    "Slack or Teams hook": (
        r"https://(?:hooks\.slack\.com/(?:services|workflows)|[a-z0-9-]{1,60}\.webhook\.office\.com/webhookb2|"
        r"discord(?:app)?\.com/api/webhooks)/[A-Za-z0-9/_@-]{20,300}",
        ("hooks.slack.com", "webhook.office.com", "/api/webhooks/"),
    ),
    "Google": (
        rf"(?:AIza[{_BODY}]{{30,40}}|GOCSPX-[{_BODY}]{{20,40}}|ya29\.[{_BODY}.]{{20,300}})",
        ("aiza", "gocspx-", "ya29."),
    ),
    "OpenAI, Anthropic, OpenRouter": (rf"sk-[{_BODY}]{{20,250}}", ("sk-",)),
    "Stripe": (
        r"(?:[rsp]k_(?:live|test|prod)_[A-Za-z0-9]{10,250}|whsec_[A-Za-z0-9+/=]{20,100})",
        ("_live_", "_test_", "_prod_", "whsec_"),
    ),
    "Hugging Face": (r"(?:hf|api_org)_[A-Za-z0-9]{20,100}", ("hf_", "api_org_")),
    "npm, PyPI, RubyGems, crates": (
        rf"(?:npm_[A-Za-z0-9]{{30,60}}|pypi-[{_BODY}]{{40,300}}|rubygems_[a-f0-9]{{40,60}}|cio[A-Za-z0-9]{{32}}(?!\w))",
        ("npm_", "pypi-", "rubygems_", "cio"),
    ),
    "mail and messages": (
        rf"(?:SG\.[{_BODY}]{{16,32}}\.[{_BODY}]{{32,64}}|key-[0-9a-f]{{32}}|"
        rf"[0-9a-f]{{32}}-us\d{{1,2}}|\d{{8,10}}:AA[{_BODY}]{{32,34}})(?![{_BODY}])",
        ("sg.", "key-", "-us", ":aa"),
    ),
    "others by their first letters": (
        rf"(?:dop_v1_[a-f0-9]{{40,80}}|do[or]_v1_[a-f0-9]{{40,80}}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{{32,64}}|"
        rf"sq0(?:atp|csp)-[{_BODY}]{{22,50}}|EAAA[{_BODY}]{{40,80}}|hv[sbr]\.[{_BODY}]{{20,300}}|"
        rf"dapi[a-f0-9]{{32}}(?:-\d)?|gsk_[A-Za-z0-9]{{30,80}}|pplx-[A-Za-z0-9]{{30,80}}|xai-[{_BODY}]{{30,120}}|"
        rf"r8_[A-Za-z0-9]{{30,60}}|lin_api_[A-Za-z0-9]{{30,60}}|ntn_[A-Za-z0-9]{{30,60}}|secret_[A-Za-z0-9]{{40,60}}|"
        rf"figd_[{_BODY}]{{30,60}}|PMAK-[a-f0-9-]{{40,80}}|glsa_[{_BODY}]{{30,60}}|sntr[uys]_[A-Za-z0-9+/=_]{{30,300}}|"
        rf"NRAK-[A-Z0-9]{{20,40}}|dckr_pat_[{_BODY}]{{20,60}}|tskey-[a-z]{{3,8}}-[{_BODY}]{{16,80}}|"
        rf"age-secret-key-1[a-z0-9]{{50,64}}|AGE-SECRET-KEY-1[A-Z0-9]{{50,64}}|ATATT3[{_BODY}=]{{50,250}})",
        (
            "dop_", "doo_", "dor_", "shpat_", "shpca_", "shppa_", "shpss_", "sq0", "eaaa", "hvs.", "hvb.", "hvr.",
            "dapi", "gsk_", "pplx-", "xai-", "r8_", "lin_api_", "ntn_", "secret_", "figd_", "pmak-", "glsa_",
            "sntry", "nrak-", "dckr_pat_", "tskey-", "age-secret", "atatt3",
        ),
    ),
}  # fmt: skip
"""What the issuers of keys begin them with, and what to look for first, written small."""

TWILIO = rf"{_TOKEN}(?:AC|SK)[0-9a-f]{{32}}(?!\w)"

CALLED = {
    "bearer": r"(?i:\b(?:bearer|basic))[ ]{1,3}\K(?=[^\s\"']{0,400}[\d=])[A-Za-z0-9._~+/-]{16,2000}=*",
    "Azure": r"(?i:\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|sig))=\K[A-Za-z0-9%+/_-]{20,200}={0,2}",
    "assigned": r"(?i:(?:password|passwd|passphrase|pwd|passcode|passwort|api[_ -]?key|secret[_ -]?key|access[_ -]?key|"
    r"client[_ -]?secret|auth[_ -]?token|access[_ -]?token|secret|token))\b"
    r"[\"']?[ ]{0,3}(?:[:=]|=>|\bis\b(?=[ ]{1,3}[\"'`]))[ ]{0,3}[\"'`]?\K"
    r"(?=[^\s\"',;`]{0,200}[\d!#$%&*@])(?![<{%&(]|\$(?:[({]|[A-Za-z_]{2,60}\b))[^\s\"',;`<]{6,200}(?<![).\]*])",
}
"""What is called a key or password and follows at once."""
_CALLED = (
    "bearer",
    "basic ",
    "passw",
    "passphrase",
    "passcode",
    "pwd",
    "key",
    "secret",
    "token",
    "sharedaccess",
    "sig=",
)

WEB_TOKEN = (
    rf"{_TOKEN}eyJ[A-Za-z0-9_-]{{8,{_LONGEST // 2}}}\.[A-Za-z0-9_-]{{8,{_LONGEST}}}(?:\.[A-Za-z0-9_-]{{0,1000}})?"
)
IN_ADDRESS = (
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/:@\"'<>]{0,100}:\K(?![<$*{%])[^\s/@\"'<>]{3,200}(?=@)"
)
"""The password in the address of a database, a broker or a page."""
PRIVATE = (
    r"(?s)-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?=\s{0,8}(?:\Z|[A-Z][A-Za-z-]{1,30}: |[A-Za-z0-9+/=]{1,15}\Z|[A-Za-z0-9+/=]{16}))"
    r"(?:(?!-----END).)*+(?:-----END [A-Z0-9 ]{0,30}(?:PRIVATE KEY(?: BLOCK)?)?-{0,5})?"
)
"""A private key with all of its lines, up to the end of the text where its own end is missing."""


def recognisers() -> Iterator[Recogniser]:
    """Yield the recognisers of keys and tokens."""
    yield Recogniser("KEY", patterns("KEY", {"private key": PRIVATE}), _from("-----begin "))
    yield Recogniser("KEY", patterns("KEY", {"JSON web token": WEB_TOKEN}), _token("eyj"))
    for name, (pattern, words) in KEYS.items():
        yield Recogniser("KEY", patterns("KEY", {name: _TOKEN + pattern}), beside(words, 64, 400))
    yield Recogniser("KEY", patterns("KEY", {"Twilio": TWILIO}), matching(r"(?:AC|SK)[0-9a-f]{30}", Text.digits))
    yield Recogniser("KEY", patterns("KEY", {"in an address": IN_ADDRESS}), beside(["://"], 64, 400))
    yield Recogniser("KEY", patterns("KEY", CALLED), beside(_CALLED, 8, 440))


def _token(word: str) -> Where:
    return beside([word], 1, 2 * _LONGEST)


def _from(word: str) -> Where:
    """Look from a word on, up to the end of the text."""

    def where(text: Text) -> list[tuple[int, int]]:
        start = text.low.find(word)
        return [(start, len(text.text))] if start >= 0 else []

    return where
