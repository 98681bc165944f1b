"""The web server: the page and its health, guarded by headers that keep every request on this machine."""

import logging
import os
import threading
from collections.abc import Awaitable, Callable
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
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
"""Gradio needs inline scripts; whatever a page or an answer holds, the browser fetches nothing from elsewhere."""


def application(assistant: Assistant, host: str, port: int) -> Any:
    """Build the ASGI application: the page at /, /documents, /sheet, programs at /v1, and the health."""
    import gradio
    from fastapi import FastAPI, Request, Response
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from assistant.api import health, sheets
    from assistant.api.callers import Caller
    from assistant.api.documents import problem, router
    from assistant.api.requests import Requests
    from assistant.api.v1 import app as programs
    from assistant.ui.page import CSS, build, theme

    app = FastAPI(title="Apprentice", docs_url=None, redoc_url=None, openapi_url=None)
    # A page elsewhere whose name is made to resolve to this machine must not read what is said here.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))
    reads_as = assistant.settings.chat.reads_as
    alone = Caller(reads_as, administrator=reads_as is None)

    @app.middleware("http")
    async def guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        request.state.caller = alone
        response = await answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    app.include_router(health.router(assistant))
    app.include_router(router(assistant))
    app.include_router(sheets.router(assistant))
    app.add_exception_handler(KnowledgeError, problem)
    engine = assistant.engine
    app.add_middleware(
        Requests, metrics=engine.metrics, running=engine.running, pseudonym=partial(_pseudonym, assistant.settings.home)
    )
    app.router.routes.append(programs.mounted(assistant))
    mounted: Any = gradio.mount_gradio_app(
        app, build(assistant), path="/", server_name=host, server_port=port, theme=theme(), css=CSS,
        footer_links=[], show_error=False, max_file_size="100mb", ssr_mode=False, pwa=False, mcp_server=False,
        enable_monitoring=False,
    )  # fmt: skip
    return mounted


def serve(assistant: Assistant, *, host: str, port: int) -> None:
    """Serve until interrupted; the model is loaded meanwhile, so that the page is there at once.

    Raises:
        BadInput: the address is not this machine's own, or the port is taken.
    """
    if host not in LOOPBACK:
        raise BadInput(
            f"{host} can be reached from other machines, and there is no sign-in yet: serve on 127.0.0.1 and put a "
            "proxy that asks for a password before it"
        )
    _refuse_taken(host, port)
    import uvicorn

    from assistant.stopping import LAST, Server

    threading.Thread(target=_warm, args=(assistant,), name="load the model", daemon=True).start()
    if assistant.library.outdated:
        threading.Thread(target=_reembed, args=(assistant,), name="embed anew", daemon=True).start()
    stop = threading.Event()
    _schedule(assistant, stop)
    config = uvicorn.Config(
        application(assistant, host, port),
        host=host,
        port=port,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=LAST,
    )
    server = Server(config, assistant.engine.running, assistant.settings.server.stop_seconds)
    print(f"Apprentice is at http://{host}:{port}  (Ctrl-C ends it)", flush=True)  # noqa: T201 - for whoever started it
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
        # Threads that wait do not spin: an answer is written a quarter faster while documents are embedded.
        "OMP_WAIT_POLICY": "PASSIVE",
    }.items():
        os.environ.setdefault(name, value)


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
