"""The web server: who may come in, by what names, and what stands where; guarded by headers."""

import logging
import os
import threading
from functools import partial
from pathlib import Path
from typing import Any

from assistant.assembly import Assistant
from assistant.errors import BadInput, ModelUnavailable, StoreUnavailable
from assistant.guardrails.rails import Context, check
from assistant.scheduling import Schedule
from assistant.store.seals import Seals
from knowledge.errors import KnowledgeError

log = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::", "")
"""What is refused as long as nobody says by which names it is reached."""


def application(assistant: Assistant, host: str, port: int) -> Any:
    """Build the ASGI application: the page at /, /signin, /documents, /sheet, programs at /v1, and the health."""
    import gradio
    from fastapi import FastAPI

    from assistant.api import health, sheets, signing, single_sign_on
    from assistant.api.documents import problem, router
    from assistant.api.v1 import app as programs
    from assistant.ui.page import CSS, build, theme

    app = FastAPI(title="Apprentice", docs_url=None, redoc_url=None, openapi_url=None)
    door = _door(assistant, host)
    _guard(app, assistant, host, door)

    app.include_router(health.router(assistant))
    oidc = assistant.settings.oidc
    app.include_router(signing.router(door, oidc.label if oidc.issuer else ""))
    if oidc.issuer:
        app.include_router(single_sign_on.router(door, oidc))
    app.include_router(router(assistant))
    app.include_router(sheets.router(assistant))
    app.add_exception_handler(KnowledgeError, problem)
    app.router.routes.append(programs.mounted(assistant))
    mounted: Any = gradio.mount_gradio_app(
        app, build(assistant), path="/", server_name=host, server_port=port, theme=theme(), css=CSS,
        footer_links=[], show_error=False, max_file_size="100mb", ssr_mode=False, pwa=False, mcp_server=False,
        enable_monitoring=False, run_history=False,
    )  # fmt: skip
    return mounted


def _door(assistant: Assistant, host: str) -> Any:
    """Return what decides who may come in."""
    from assistant.accounts.signing import Signing
    from assistant.accounts.throttle import Throttle
    from assistant.api.authentication import Door

    server, store = assistant.settings.server, assistant.store
    signing = Signing(store.accounts, store.audit, server, Throttle())
    private = _private(assistant, host)
    return Door(signing, assistant.settings.chat.reads_as, private, https=server.https or bool(server.certificate))


def _guard(app: Any, assistant: Assistant, host: str, door: Any) -> None:
    """Let every request pass what guards the server; what is added last sees it first."""
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from assistant.api.authentication import Authentication
    from assistant.api.headers import SafeHeaders
    from assistant.api.limiting import Limiting
    from assistant.api.requests import Requests
    from assistant.api.same_origin import SameOrigin

    app.add_middleware(Limiting, limits=assistant.limits)
    app.add_middleware(Authentication, door=door)
    app.add_middleware(SameOrigin)
    # A page elsewhere whose name is made to resolve to this machine must not read what is said here.
    own = [] if host in EVERYWHERE else [host]
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, *assistant.settings.server.hosts, *own])
    app.add_middleware(SafeHeaders, https=door.https)
    engine, pseudonym = assistant.engine, partial(_pseudonym, assistant.settings.home)
    app.add_middleware(Requests, metrics=engine.metrics, running=engine.running, pseudonym=pseudonym)


def serve(assistant: Assistant, *, host: str, port: int) -> None:
    """Serve until interrupted; the model is loaded meanwhile, so that the page is there at once.

    Raises:
        BadInput: others can reach the address and there are no users, or the port is taken.
    """
    _refuse_strangers(assistant, host)
    _refuse_taken(host, port)
    import uvicorn

    from assistant.stopping import LAST, Server

    threading.Thread(target=_warm, args=(assistant,), name="load the model", daemon=True).start()
    if assistant.library.outdated:
        threading.Thread(target=_reembed, args=(assistant,), name="embed anew", daemon=True).start()
    stop = threading.Event()
    _schedule(assistant, stop)
    settings = assistant.settings.server
    config = uvicorn.Config(
        application(assistant, host, port),
        host=host,
        port=port,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=LAST,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        ssl_certfile=settings.certificate or None,
        ssl_keyfile=settings.certificate_key or None,
        server_header=False,
    )
    server = Server(config, assistant.engine.running, settings.stop_seconds)
    address = f"{'https' if settings.certificate else 'http'}://{host}:{port}"
    print(f"Apprentice is at {address}  (Ctrl-C ends it)", flush=True)  # noqa: T201 - for whoever started it
    try:
        server.run()
    finally:
        stop.set()


def quiet_libraries() -> None:
    """Tell the libraries to report nothing to anybody, and to share the cores; they read it when they are imported."""
    for name, value in {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "ANONYMIZED_TELEMETRY": "False",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": "false",
        # Threads that wait spin for some microseconds and then sleep: to wake them for each layer of each token would
        # cost a fifth of the tokens, and to let them spin on would cost what is embedded beside the answer.
        "OMP_WAIT_POLICY": "ACTIVE",
        "GOMP_SPINCOUNT": "10000",
    }.items():
        os.environ.setdefault(name, value)


def _private(assistant: Assistant, host: str) -> bool:
    """Tell whether nobody but this machine can reach an address, as far as the settings tell."""
    return host in LOOPBACK and assistant.settings.server.alone


def _refuse_strangers(assistant: Assistant, host: str) -> None:
    if _private(assistant, host):
        return
    settings = assistant.settings
    if not settings.oidc.issuer and not assistant.store.accounts.users.any():
        raise BadInput(
            f"{host or 'this address'} can be reached from other machines, and there are no users to sign in yet: run "
            "python -m assistant users add NAME --role administrator"
        )
    if host in EVERYWHERE and not settings.server.hosts:
        raise BadInput(
            "say by which names people reach it, in settings.toml: [server] hosts = ['chat.example.com'], or by "
            "APPRENTICE_SERVER_HOSTS='[\"chat.example.com\"]'"
        )
    if not (settings.server.https or settings.server.certificate):
        log.warning("Passwords go over the network as they are: put TLS before it, see [server] in the README")


def _refuse_taken(host: str, port: int) -> None:
    import socket

    if not 0 < port < 2**16:
        raise BadInput(f"there is no port {port}: choose one from 1 to 65535 with --port")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(f"port {port} is taken: end what uses it, or choose another with --port") from error


def _pseudonym(home: Path, user: str) -> str:
    """Return what the log calls a user: a digest under the key of the home, of which nobody guesses the name."""
    try:
        return Seals(home).digest("user", user)[:16]
    except StoreUnavailable:  # the key comes with the first answer
        return "unknown"


def _warm(assistant: Assistant) -> None:
    """Load what the first answer would wait for; that it cannot be loaded is told again with each answer."""
    try:
        check(assistant.rails().input, "warm", Context("input"))  # what the domain is about is learnt here, too
        assistant.library.embed(["warm"])
        assistant.engine.model.count([{"role": "user", "content": "warm"}])
    except (KnowledgeError, ModelUnavailable) as error:
        log.warning("%s", error)


def _schedule(assistant: Assistant, stop: threading.Event) -> None:
    """Let every run that is started here leave a core to the chat, and start those that are due until `stop` is set."""
    if assistant.settings.finetune.threads is None:
        os.environ.setdefault("APPRENTICE_FINETUNE_THREADS", str(max(1, (os.cpu_count() or 2) - 1)))
    if assistant.settings.improve.on:
        schedule = Schedule(assistant.settings, assistant.store)
        threading.Thread(target=schedule.keep, args=(stop,), name="improve", daemon=True).start()


def _reembed(assistant: Assistant) -> None:
    """Build the vectors of the encoder that is set now, while the older ones serve; what is done is kept."""
    try:
        name = assistant.library.reembed()
        log.warning("The documents are searched by the encoder %r now", name)
    except KnowledgeError as error:
        log.warning("The documents could not be embedded anew: %s", error)
