"""Single sign-on by OpenID Connect: the code flow with PKCE, state and nonce (OpenID Connect Core 3.1, RFC 7636)."""

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from assistant.accounts.settings import OidcSettings
from assistant.errors import BadInput, NotAllowed
from assistant.store.users import ROLES, Role

SECONDS = 10.0
"""How long the provider may take to answer."""
OPEN_FOR = 600.0
"""Seconds in which somebody comes back from the provider."""
MOST = 1000
"""Sign-ins that are under way at once; the oldest is forgotten first."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that are believed: by a key of the provider's own, never `none` and never a shared secret."""
LEEWAY = 60
"""Seconds by which the clocks may differ."""
FAILED = "Single sign-on did not succeed: try again, and tell your administrator if it stays so."


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that is under way."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    back: str
    """The address that the provider sends people back to."""
    at: float


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for."""

    name: str
    subject: str
    """Who they are there, whatever they are called."""
    role: Role


class Provider:
    """A provider of identities, found out about by its address."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._begun: OrderedDict[str, Begun] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, back: str) -> tuple[Begun, str]:
        """Begin a sign-in, and return it with the address at the provider where it goes on.

        Raises:
            BadInput: the provider cannot be asked.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = Begun(state, nonce, verifier, back, time.monotonic())
        address = prepare_grant_uri(
            self._found("authorization_endpoint"),
            self._settings.client_id,
            "code",
            redirect_uri=back,
            scope="openid profile email",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        with self._lock:
            self._begun[state] = begun
            while len(self._begun) > MOST:
                self._begun.popitem(last=False)
        return begun, str(address)

    def finish(self, state: str, code: str) -> Person:
        """Return who came back from the provider with a code.

        Raises:
            BadInput: it was not begun here, took too long, or what the provider says does not hold.
            NotAllowed: nothing gives them a role here.
        """
        with self._lock:
            begun = self._begun.pop(state, None)  # each may come back once
        if begun is None or time.monotonic() - begun.at > OPEN_FOR:
            raise BadInput(FAILED)
        claims = self._claims(self._token(begun, code), begun)
        name, subject = claims.get(self._settings.name_claim), claims["sub"]
        if not isinstance(name, str) or not name.strip():
            raise BadInput(f"Your provider does not say your name (claim {self._settings.name_claim}).")
        return Person(name, f"{self._settings.issuer}#{subject}", self._role(claims))

    def _role(self, claims: dict[str, Any]) -> Role:
        said = claims.get(self._settings.role_claim)
        values = said if isinstance(said, list) else [said]
        given = {self._settings.roles[one] for one in values if isinstance(one, str) and one in self._settings.roles}
        role = next((role for role in reversed(ROLES) if role in given), self._settings.default_role)
        if role is None:
            raise NotAllowed("You may not come in here: ask your administrator for the group that may.")
        return role

    def _token(self, begun: Begun, code: str) -> str:
        """Exchange the code for an ID token."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun.back,
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
            "code_verifier": begun.verifier,
        }
        token = _asked("POST", self._found("token_endpoint"), data=form).get("id_token")
        if not isinstance(token, str):
            raise BadInput(FAILED)
        return token

    def _claims(self, token: str, begun: Begun) -> dict[str, Any]:
        """Return what an ID token says, if it was signed by the provider, for us, now, and for this very sign-in."""
        settings = self._settings
        try:
            keys = KeySet.import_key_set(_asked("GET", self._found("jwks_uri")))  # type: ignore[arg-type]
            found = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            options = {
                "iss": {"essential": True, "value": settings.issuer},
                "aud": {"essential": True, "value": settings.client_id},
            }
            expected = {"nonce": begun.nonce, "client_id": settings.client_id}
            claims = CodeIDToken(found.claims, found.header, options, expected)
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise BadInput(FAILED) from error
        return dict(claims)

    def _found(self, what: str) -> str:
        """Return an address that the provider tells of itself (OpenID Connect Discovery 1.0)."""
        issuer = self._settings.issuer
        told = _asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        address = told.get(what)
        if told.get("issuer") != issuer or not isinstance(address, str):
            raise BadInput(FAILED)
        return _safe(address)


def _asked(method: str, address: str, **how: Any) -> dict[str, Any]:
    try:
        answer = httpx.request(method, _safe(address), timeout=SECONDS, follow_redirects=False, **how)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise BadInput(FAILED) from error
    if not isinstance(found, dict):
        raise BadInput(FAILED)
    return found


def _safe(address: str) -> str:
    """Return an address that is asked by https, or on this very machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        return address
    raise BadInput("the provider of single sign-on must be asked by https: see [oidc] issuer in settings.toml")
