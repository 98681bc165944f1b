"""The people who may come in, and their keys, on the command line: users add|list|remove|role|password|disable|key."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from getpass import getpass
from pathlib import Path
from typing import Any

ROLES = ("user", "reviewer", "administrator")
ASKED = "Password (12 characters at least, a sentence will do): "


def offer(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = add("users", _list, "Say who may come in: from the first user on, everybody has to sign in.")
    doing = parser.add_subparsers(metavar="add|list|remove|role|password|disable|enable|key", required=True)

    def offered(name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = doing.add_parser(name, help=text, description=text)
        made.set_defaults(command=command)
        _common(made)
        if name != "list":
            made.add_argument("name")
        return made

    added = offered("add", _add, "Add a user; the password is asked for, or read from standard input.")
    added.add_argument("--role", choices=ROLES, default="user")
    added.add_argument("--no-password", action="store_true", help="they sign in elsewhere: see [oidc] in the README")
    offered("list", _list, "List the users.")
    offered("remove", _remove, "Remove a user with their sessions and keys.")
    offered("role", _role, "Give a user another role; they are signed out.").add_argument("role", choices=ROLES)
    offered("password", _password, "Give a user another password; they are signed out.")
    offered("disable", _disable, "Keep a user out; they are signed out, and their keys do not work.")
    offered("enable", _enable, "Let a user in again.")
    _offer_keys(doing.add_parser("key", help="Make, list or revoke API keys.", description="API keys, for programs."))


def _offer_keys(parser: argparse.ArgumentParser) -> None:
    doing = parser.add_subparsers(metavar="add|list|revoke", required=True)
    added = doing.add_parser("add", help="Make a key of a user; it is shown once.")
    added.add_argument("name")
    added.add_argument("--scopes", nargs="+", required=True, metavar="SCOPE", help="chat, documents:read, …")
    added.add_argument("--days", type=int, metavar="N", help="after how many days it ends; never, where not given")
    listed = doing.add_parser("list", help="List the keys, of one user or of all.")
    listed.add_argument("name", nargs="?")
    revoked = doing.add_parser("revoke", help="Make a key useless.")
    revoked.add_argument("key", help="how it begins: ak_1a2b3c4d")
    for made, command in ((added, _add_key), (listed, _list_keys), (revoked, _revoke_key)):
        made.set_defaults(command=command)
        _common(made)


def _common(parser: argparse.ArgumentParser) -> None:
    # Given before or after the word that says what to do; what is not given after it must not undo what was before.
    parser.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="the folder that holds all state")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")


@contextmanager
def _accounts(options: argparse.Namespace) -> Iterator[Any]:
    from assistant import settings
    from assistant.store.store import Store

    with closing(Store(settings.load(home=options.home).chat.database)) as store:
        yield store.accounts


def _add(options: argparse.Namespace) -> int:
    from assistant.accounts.passwords import hashed
    from assistant.store.users import checked

    name = checked(options.name)
    with _accounts(options) as accounts:
        first = not accounts.users.any()
        kept = None if options.no_password else hashed(_typed())
        user = accounts.users.add(name, options.role, kept)
    if first and options.role != "administrator":
        print("nobody can set rules on the page yet: add somebody with --role administrator", file=sys.stderr)
    return _told(options, _row(user), f"{user.name} may come in, as {user.role}")


def _list(options: argparse.Namespace) -> int:
    with _accounts(options) as accounts:
        users = accounts.users.all()
    if options.json:
        print(json.dumps([_row(user) for user in users], ensure_ascii=False))
        return 0
    for user in users:
        state = "disabled" if user.disabled else "" if user.by_password else "no password here"
        print(f"{user.name:24}  {user.role:13}  {user.created_at[:10]}  {state}".rstrip())
    if not users:
        print("There are no users: on this machine the page is open, and on other addresses nothing is served.")
    return 0


def _remove(options: argparse.Namespace) -> int:
    with _accounts(options) as accounts:
        accounts.users.remove(options.name)
        last = not accounts.users.any()
    if last:
        print("that was the last user: on this machine the page is open now", file=sys.stderr)
    return _told(options, {"removed": options.name}, f"{options.name} is removed")


def _role(options: argparse.Namespace) -> int:
    with _accounts(options) as accounts:
        user = accounts.users.set_role(options.name, options.role)
    return _told(options, _row(user), f"{user.name} is {user.role} now")


def _password(options: argparse.Namespace) -> int:
    from assistant.accounts.passwords import hashed

    with _accounts(options) as accounts:
        accounts.users.one(options.name)
        user = accounts.users.set_password(options.name, hashed(_typed()))
    return _told(options, _row(user), f"{user.name} has another password, and signs in anew")


def _disable(options: argparse.Namespace) -> int:
    with _accounts(options) as accounts:
        user = accounts.users.disable(options.name)
    return _told(options, _row(user), f"{user.name} is kept out")


def _enable(options: argparse.Namespace) -> int:
    with _accounts(options) as accounts:
        user = accounts.users.disable(options.name, disabled=False)
    return _told(options, _row(user), f"{user.name} may come in again")


def _add_key(options: argparse.Namespace) -> int:
    scopes = [scope for given in options.scopes for scope in given.split(",") if scope]
    with _accounts(options) as accounts:
        user = accounts.users.one(options.name)
        key, text = accounts.keys.make(user.name, scopes, options.days)
    return _told(options, asdict(key) | {"key": text}, f"{text}\nIt is not shown again: keep it safe.")


def _list_keys(options: argparse.Namespace) -> int:
    with _accounts(options) as accounts:
        found = accounts.keys.all(options.name)
    if options.json:
        print(json.dumps([asdict(key) for key in found], ensure_ascii=False))
        return 0
    for key in found:
        until, used = (key.expires_at or "never")[:10], (key.used_at or "never")[:16]
        print(f"{key.id}  {key.user:24}  ends {until:10}  last used {used:16}  {', '.join(key.scopes)}")
    return 0


def _revoke_key(options: argparse.Namespace) -> int:
    with _accounts(options) as accounts:
        accounts.keys.revoke(options.key)
    return _told(options, {"revoked": options.key}, f"{options.key} is of no use any more")


def _typed() -> str:
    """Ask for a password twice; or read it from standard input, where that is no terminal."""
    from assistant.errors import BadInput

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass(ASKED)
    if password != getpass("The same once more: "):
        raise BadInput("the two passwords are not the same: try again")
    return password


def _row(user: Any) -> dict[str, Any]:
    return asdict(user)


def _told(options: argparse.Namespace, row: dict[str, Any], text: str) -> int:
    print(json.dumps(row, ensure_ascii=False) if options.json else text)
    return 0
