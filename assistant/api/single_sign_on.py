"""Single sign-on: to the provider, and back with its word for who somebody is."""

import hmac
from typing import Any

from assistant.accounts.oidc import FAILED, Person, Provider
from assistant.accounts.settings import OidcSettings
from assistant.api.authentication import Door
from assistant.api.cookies import FORM, SESSION, name, put, take_back
from assistant.api.sign_in_page import HEADERS, Form, sign_in_page
from assistant.errors import AssistantError, BadInput, NotAllowed
from assistant.store.tokens import fresh
from assistant.store.users import User

SECONDS = 600.0
"""Seconds in which somebody comes back."""
TAKEN = "There is a user of your name here already who is not you: tell your administrator."


def router(door: Door, settings: OidcSettings) -> Any:
    """Build the routes under /signin/oidc."""
    from fastapi import APIRouter, Request
    from fastapi.responses import HTMLResponse, RedirectResponse, Response

    routes = APIRouter()
    provider = Provider(settings)

    def failed(request: Request, why: str) -> Response:
        token = fresh()
        answer = HTMLResponse(sign_in_page(Form(token, problem=why, provider=settings.label)), 400, HEADERS)
        put(answer, FORM, token, SECONDS, secure=door.secure(request.scope))
        return answer

    @routes.get("/signin/oidc")
    def away(request: Request) -> Response:
        secure = door.secure(request.scope)
        back = str(request.url.replace(scheme="https" if secure else "http", path="/signin/oidc/back", query=""))
        try:
            begun, address = provider.begin(back)
        except AssistantError as error:
            return failed(request, str(error))
        answer = RedirectResponse(address, 303, HEADERS)
        put(answer, FORM, begun.state, SECONDS, secure=secure)
        return answer

    @routes.get("/signin/oidc/back")
    def back(request: Request, state: str = "", code: str = "") -> Response:
        secure = door.secure(request.scope)
        kept = request.cookies.get(name(FORM, secure=secure), "")
        if not state or not hmac.compare_digest(kept.encode(), state.encode()):
            return failed(request, FAILED)  # begun by another browser: whoever it was must not be signed in here
        try:
            token = door.signing.begin(_user(door, provider.finish(state, code)))
        except AssistantError as error:
            return failed(request, str(error))
        answer = RedirectResponse("/", 303, HEADERS)
        put(answer, SESSION, token, door.signing.lasts.total_seconds(), secure=secure)
        take_back(answer, FORM, secure=secure)
        return answer

    return routes


def _user(door: Door, person: Person) -> User:
    """Return the user that somebody is here, made at their first sign-in, with the role that the provider gives.

    Raises:
        BadInput: their name will not do, or is somebody else's here.
        NotAllowed: they are kept out.
    """
    users = door.signing.accounts.users
    user = users.find(person.name) or users.add(person.name, person.role, None)
    if user.by_password or not users.bind(user.name, person.subject):
        raise BadInput(TAKEN)
    if user.disabled:
        raise NotAllowed("You are kept out here: tell your administrator.")
    return user if user.role == person.role else users.set_role(user.name, person.role)
