"""The page to sign in on, and that of one's own account: plain HTML without scripts. Pure functions."""

import base64
import hashlib
from dataclasses import dataclass
from html import escape

from assistant.accounts.callers import Caller

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 22%, transparent); --green: #059669; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center;
       padding: 2rem 1rem; background: light-dark(#f8fafc, #0f172a); color: light-dark(#1e293b, #e2e8f0); }
main { width: 100%; max-width: 24rem; background: light-dark(#fff, #1e293b); border: 1px solid var(--line);
       border-radius: 12px; padding: 2rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 0; }
p { margin: 0 0 1rem; }
form + .quiet { margin-top: .75rem; }
.quiet { opacity: .75; }
.problem { border-left: 4px solid #dc2626; padding: .5rem .75rem; margin: 1rem 0;
           background: color-mix(in srgb, #dc2626 10%, transparent); }
label { display: block; font-size: .9rem; margin: 1rem 0 .25rem; }
input { width: 100%; font: inherit; color: inherit; padding: .55rem .7rem; border: 1px solid var(--line);
        border-radius: 8px; background: light-dark(#fff, #0f172a); }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--green); outline-offset: 2px; }
button, .button { display: block; width: 100%; margin-top: 1.25rem; font: inherit; font-weight: 600; cursor: pointer;
         text-align: center; text-decoration: none; padding: .6rem; border: 0; border-radius: 8px;
         background: #047857; color: #fff; }
.second { background: transparent; color: inherit; border: 1px solid var(--line); font-weight: 400; }
a { color: light-dark(#047857, #34d399); }
""".strip()
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers would not say either where the form was sent from
}
"""No script runs on these pages, and nothing is fetched for them."""


@dataclass(frozen=True, slots=True)
class Form:
    """What the sign-in form is filled with."""

    token: str
    """Shows that the form that is sent is the one that was given."""
    next: str = "/"
    """Where to go afterwards."""
    name: str = ""
    problem: str = ""
    provider: str = ""
    """What the button of single sign-on says; empty for none."""


def sign_in_page(form: Form) -> str:
    """Build the page to sign in on."""
    return _page(
        "Sign in",
        f"""<h1>Apprentice</h1><p class="quiet">Sign in to go on.</p>{_problem(form.problem)}
<form method="post" action="/signin">
<input type="hidden" name="token" value="{escape(form.token)}">
<input type="hidden" name="next" value="{escape(form.next)}">
<label for="name">Name</label>
<input id="name" name="name" value="{escape(form.name)}" autocomplete="username" autocapitalize="none"
 spellcheck="false" maxlength="200" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="512" required>
<button type="submit">Sign in</button>
</form>{_provider(form.provider)}""",
    )


def account_page(caller: Caller, token: str, problem: str = "", *, by_password: bool = True) -> str:
    """Build the page of somebody's own account."""
    role = "administrator" if caller.administrator else "reviewer" if caller.reviewer else "user"
    return _page(
        "Account",
        f"""<h1>{escape(caller.user or "")}</h1>
<p class="quiet">Signed in as {role}. <a href="/">Back to the chat</a></p>
{_problem(problem)}<form method="post" action="/signout"><input type="hidden" name="token" value="{escape(token)}">
<button type="submit">Sign out</button></form>{_password(token) if by_password else ""}""",
    )


def _password(token: str) -> str:
    return f"""<h2>Another password</h2>
<form method="post" action="/account"><input type="hidden" name="token" value="{escape(token)}">
<label for="old">Password so far</label>
<input id="old" name="password" type="password" autocomplete="current-password" maxlength="512" required>
<label for="new">New password, 12 characters at least</label>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="12" maxlength="512" required>
<button type="submit" class="second">Change the password</button></form>
<p class="quiet">You are signed out everywhere else then.</p>"""


def _problem(text: str) -> str:
    return f'<p class="problem" role="alert">{escape(text)}</p>' if text else ""


def _provider(label: str) -> str:
    return f'<a class="button second" href="/signin/oidc">{escape(label)}</a>' if label else ""


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Apprentice</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )
