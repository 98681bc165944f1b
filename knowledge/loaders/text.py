"""Plain text, and source code with its functions and classes as headings; lines keep their numbers."""

import re

from knowledge.documents import Content, Section
from knowledge.loaders.encodings import decode
from knowledge.loaders.options import Options

NAMED = (
    ".py .pyi .js .mjs .cjs .ts .tsx .jsx .java .c .h .cc .cpp .cxx .hpp .cs .go .rs .rb .php .sh .bash .zsh .ps1 .bat "
    ".sql .kt .kts .swift .scala .r .jl .lua .pl .pm .dart .ex .exs .erl .hs .clj .groovy .vb .m .yaml .yml .toml "
    ".ini .cfg .conf .properties .env .css .scss .less .proto .graphql .tf .hcl .vue .svelte .gradle "
    ".cmake .mk .diff .patch"
)
CODE = frozenset(NAMED.split())
"""Suffixes of source code and configuration."""
_MODIFIERS = (
    r"(?:(?:export|default|public|private|protected|internal|static|final|abstract|sealed|async|pub(?:\([^)]*\))?|unsafe|"
    r"extern|inline|override|open|data|partial|virtual|const|suspend|declare)\s+)*"
)
_WORDS = (
    "def class func function fun fn struct enum interface trait impl type module namespace record object protocol "
    "extension message service rpc package sub proc macro_rules! mod union template defmodule defp resource variable "
    "typedef"
)
_KEYWORD = re.compile(rf"{_MODIFIERS}(?:{'|'.join(map(re.escape, _WORDS.split()))})\b[\s*(]*[\w$:<\"'\[(&]")
_CALLABLE = re.compile(
    r"(?:export\s+)?(?:const|let|var)\s+[\w$]+\s*=\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*(?::[^=]+)?=>|[\w$]+\s*=>)"
    r"|[\w$-]+\s*\(\)\s*\{|[\w$.]+\s*(?:<-|=)\s*function\s*\("
)
_C_FUNCTION = re.compile(r"[A-Za-z_][\w\s*&:<>,~\[\]]*[\s*&]~?[\w:~]+\s*\([^;]*(?:\)\s*(?:const)?\s*\{?|,)\s*$")
_SQL = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:temp\w*\s+|unique\s+)?(?:table|view|function|procedure|trigger|index)\b", re.I
)
_BLOCK = re.compile(r"\[\[?[^\]]+\]\]?\s*$|[A-Za-z_][\w.-]*:\s*(?:[|>&{#].*)?$")
"""A table of TOML or INI; a key of YAML that opens a block."""
_BLOCKY = (".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties")
_C_LIKE = (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".m")
LONGEST = 120
"""Characters of a line that are kept as a heading."""


def load(data: bytes, options: Options) -> Content:
    """Read plain text; it has no headings.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    text = decode(data)
    return Content(text, (Section(0, len(text), 0),), numbered=True)


def load_code(data: bytes, options: Options) -> Content:
    """Read source code or configuration: what is defined at the left margin begins a section with that line as heading.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    text = decode(data)
    suffix = "." + options.name.rpartition(".")[2].lower()
    sections: list[Section] = []
    start, heading = 0, ""
    at = 0
    for line in text.split("\n"):
        if line[:1].strip() and _defines(line, suffix):
            sections.append(_section(start, at, heading))
            start, heading = at, " ".join(line.split())[:LONGEST].rstrip("{:( ")
        at += len(line) + 1
    sections.append(_section(start, len(text), heading))
    return Content(text, tuple(section for section in sections if section.end > section.start), numbered=True)


def _section(start: int, end: int, heading: str) -> Section:
    """Return a section that holds its own first line, as code is read from there."""
    return Section(start, end, start, (heading,) if heading else (), 1 if heading else 0)


def _defines(line: str, suffix: str) -> bool:
    if suffix in _BLOCKY:
        return bool(_BLOCK.match(line))
    if suffix == ".sql":
        return bool(_SQL.match(line))
    return bool(
        _KEYWORD.match(line)
        or _CALLABLE.match(line)
        or (suffix in _C_LIKE and len(line) < 300 and _C_FUNCTION.match(line))
    )
