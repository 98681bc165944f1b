"""python -m assistant policy: where the policy stands, what is in force, and whether a file would be right."""

import argparse
import json
from pathlib import Path

from assistant import settings
from assistant.errors import BadInput
from assistant.guardrails.policy_file import PolicyFile


def run(options: argparse.Namespace) -> int:
    """Check a file, write the policy's own, or print what is in force."""
    file = settings.policy_file(options.home)
    if options.check:
        return _check(file, options.check, as_json=options.json)
    if options.write:
        written = file.write()
        told = f"{file.path} is written" if written else f"{file.path} is there already, and stays as it is"
        print(json.dumps({"path": str(file.path), "written": written}) if options.json else told)
        return 0
    return _print(file, as_json=options.json)


def _check(file: PolicyFile, other: Path, *, as_json: bool) -> int:
    try:
        content = other.read_bytes()
    except OSError as error:
        raise BadInput(f"{other} cannot be read: {error.strerror or error}") from error
    policy = file.parse(content, other.name)
    print(policy.model_dump_json() if as_json else f"{other} is right")
    return 0


def _print(file: PolicyFile, *, as_json: bool) -> int:
    import tomlkit

    policy = file.read()
    if as_json:
        print(policy.model_dump_json())
        return 0
    there = "" if file.path.exists() else " (not there yet: `python -m assistant policy --write` writes it)"
    print(f"# {file.path}{there}\n")
    print(tomlkit.dumps(policy.model_dump(mode="json", exclude_none=True)), end="")
    return 0
