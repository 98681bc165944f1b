"""Signing in and out, and changing one's password: forms that carry a token, so that no other site can send them."""

import hashlib
import hmac
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.api.authentication import Door
from assistant.api.callers import caller
from assistant.api.cookies import FORM, SESSION, name, put, take_back
from assistant.api.sign_in_page import HEADERS, Form, account_page, sign_in_page
from assistant.errors import BadInput
from assistant.store.tokens import fresh

LONGEST = 8192
"""Bytes of a form."""
SECONDS = 3600.0
"""Seconds in which a form that was opened can be sent."""
OLD = "This form was open for too long: try again."


class Forms:
    """The forms of one server, and what they do."""

    def __init__(self, door: Door, provider: str = "") -> None:
        """Take the parts.

        Args:
            door: who may come in.
            provider: what the button of single sign-on says; empty for none.
        """
        self._door = door
        self._signing = door.signing
        self._provider = provider

    def show_sign_in(self, request: Request) -> Response:
        """Show the form to sign in, where anybody has to."""
        if self._door.is_open():
            return RedirectResponse("/", 303)
        return self._asked(request, request.query_params.get("next", "/"))

    async def sign_in(self, request: Request) -> Response:
        """Begin a session, and go where somebody wanted to; or show the form again with what was wrong."""
        form = await _form(request)
        typed, to = form.get("name", ""), form.get("next", "/")
        kept = request.cookies.get(name(FORM, secure=self._secure(request)), "")
        if not kept or not hmac.compare_digest(kept.encode(), form.get("token", "").encode()):
            return self._asked(request, to, typed, OLD)
        try:
            password = form.get("password", "")
            token = await run_in_threadpool(self._signing.sign_in, typed, password, _address(request))
        except BadInput as error:
            return self._asked(request, to, typed, str(error))
        if before := self._door.token(request):
            await run_in_threadpool(self._signing.end, before)
        return self._entered(request, token, local(to))

    async def sign_out(self, request: Request) -> Response:
        """End the session whose page sent the form; the browser forgets what the page kept in it."""
        if token := self._own(request, await _form(request)):
            await run_in_threadpool(self._signing.end, token)
        answer = RedirectResponse("/signin", 303, HEADERS | {"Clear-Site-Data": '"storage"'})
        take_back(answer, SESSION, secure=self._secure(request))
        return answer

    def show_account(self, request: Request, problem: str = "") -> Response:
        """Show who is signed in."""
        token = self._door.token(request) or ""
        found = self._signing.find(token)
        if found is None:
            return RedirectResponse("/", 303)
        page = account_page(caller(request), form_token(token), problem, by_password=found.by_password)
        return HTMLResponse(page, 400 if problem else 200, HEADERS)

    async def change_password(self, request: Request) -> Response:
        """Give whoever is signed in another password, and a new session in place of all they had."""
        form = await _form(request)
        if not self._own(request, form):
            return await run_in_threadpool(self.show_account, request, OLD)
        words = form.get("password", ""), form.get("new", "")
        try:
            user = caller(request).user or ""
            token = await run_in_threadpool(self._signing.change, user, *words, _address(request))
        except BadInput as error:
            return await run_in_threadpool(self.show_account, request, f"{str(error)[:1].upper()}{str(error)[1:]}")
        return self._entered(request, token, "/account")

    def _asked(self, request: Request, to: str, typed: str = "", problem: str = "") -> Response:
        token = fresh()
        form = Form(token, local(to), typed, problem, self._provider)
        answer = HTMLResponse(sign_in_page(form), 400 if problem else 200, HEADERS)
        put(answer, FORM, token, SECONDS, secure=self._secure(request))
        return answer

    def _entered(self, request: Request, token: str, to: str) -> Response:
        answer = RedirectResponse(to, 303, HEADERS)
        put(answer, SESSION, token, self._signing.lasts.total_seconds(), secure=self._secure(request))
        take_back(answer, FORM, secure=self._secure(request))
        return answer

    def _own(self, request: Request, form: dict[str, str]) -> str:
        """Return the token of the session whose page sent a form; empty where it was another one."""
        token = self._door.token(request) or ""
        given = form.get("token", "").encode()
        return token if token and hmac.compare_digest(given, form_token(token).encode()) else ""

    def _secure(self, request: Request) -> bool:
        return self._door.secure(request.scope)


def router(door: Door, provider: str = "") -> Any:
    """Build the routes /signin, /signout and /account; `provider` is what the button of single sign-on says, if any."""
    from fastapi import APIRouter

    routes, forms = APIRouter(), Forms(door, provider)
    for path, endpoint, method in (
        ("/signin", forms.show_sign_in, "GET"),
        ("/signin", forms.sign_in, "POST"),
        ("/signout", forms.sign_out, "POST"),
        ("/account", forms.show_account, "GET"),
        ("/account", forms.change_password, "POST"),
    ):
        routes.add_route(path, endpoint, methods=[method])
    return routes


def local(to: str) -> str:
    """Return where to go after signing in: a path of this server, whatever was asked for."""
    inside = to.startswith("/") and not to.startswith(("//", "/\\", "/signin")) and to.isprintable()
    return to if inside else "/"


def form_token(session: str) -> str:
    """Return what a form of somebody who is signed in carries: known to their own pages alone."""
    return hashlib.sha256(f"form:{session}".encode()).hexdigest()


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _form(request: Request) -> dict[str, str]:
    """Read a form; what is too long to be one of ours counts as empty."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > LONGEST:
        return {}
    async with request.form(max_files=0, max_fields=10) as form:
        return {key: value for key, value in form.items() if isinstance(value, str)}
