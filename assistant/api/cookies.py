"""The cookies of sign-in: not for scripts, not for other sites, and over https for this very host alone."""

from typing import Any

SESSION, FORM = "apprentice", "apprentice-form"


def name(of: str, *, secure: bool) -> str:
    """Return what a cookie is called; browsers take `__Host-` ones only over https, for this host and all its paths."""
    return f"__Host-{of}" if secure else of


def put(response: Any, of: str, value: str, seconds: float, *, secure: bool) -> None:
    """Let the browser keep a cookie for so long; Lax, so that links from e-mails and the provider lead in."""
    response.set_cookie(
        name(of, secure=secure), value, max_age=int(seconds), path="/", secure=secure, httponly=True, samesite="lax"
    )


def take_back(response: Any, of: str, *, secure: bool) -> None:
    """Let the browser forget a cookie."""
    put(response, of, "", 0, secure=secure)
