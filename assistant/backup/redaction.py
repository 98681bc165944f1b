"""Settings without secrets: keys, passwords and tokens do not go into a backup."""

import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tomlkit
from tomlkit.exceptions import TOMLKitError

_SECRET = re.compile(r"(?:^|_)(?:key|secret|password|token)$", re.IGNORECASE)

CERTIFICATE = "certificate_key"
"""The path of a file, which itself is not in the home."""


def redacted(file: Path) -> tuple[str, list[str]]:
    """Return the text of a settings file without its secrets, and the names of what was left out.

    A key is left out where its name ends in key, secret, password or token, or where its value is an address with a
    password in it. A file that is not TOML is left out as a whole: nobody knows what is a secret there.
    """
    try:
        parsed = tomlkit.parse(file.read_text(encoding="utf-8"))
    except (TOMLKitError, UnicodeDecodeError):
        return "", [file.name]
    left_out = _strip(parsed, "")
    return tomlkit.dumps(parsed), left_out


def _strip(table: MutableMapping[str, Any], above: str) -> list[str]:
    found = []
    for name in list(table):
        value = table[name]
        where = f"{above}{name}"
        if isinstance(value, MutableMapping):
            found += _strip(value, f"{where}.")
        elif (_SECRET.search(name) and name != CERTIFICATE) or (isinstance(value, str) and _has_password(value)):
            del table[name]
            found.append(where)
    return found


def _has_password(value: str) -> bool:
    try:
        return urlsplit(value).password is not None
    except ValueError:
        return False
