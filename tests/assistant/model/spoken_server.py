"""A model server that says what it is told to: OpenAI's protocol as far as a chat needs it, and vLLM's own routes."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class SpokenServer:
    """Serves on a free port; `says` holds the pieces of each answer, or the status that it fails with."""

    def __init__(self) -> None:
        self.says: Any = ["Good ", "morning."]
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.models: list[dict[str, Any]] = [{"id": "spoken", "object": "model", "created": 0, "owned_by": "us"}]
        self.counts: int | None = None
        self.loads = 200, ""
        """The status, and the words, with which an adapter is loaded or not."""
        self.breaks = False
        """Whether it goes away after the first piece."""
        self.left = threading.Event()
        """Set when a reader is found to have left."""
        self.pause = 0.0
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for asked, body in self.asked if asked == path]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a handler can be given nothing but a class
        spoken = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                spoken.asked.append((self.path, {}))
                self._json(200, {"object": "list", "data": spoken.models})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                spoken.asked.append((self.path, body | {"key": self.headers.get("Authorization")}))
                if self.path == "/tokenize":
                    self._json(200 if spoken.counts else 404, {"count": spoken.counts})
                elif self.path == "/v1/load_lora_adapter":
                    self._json(spoken.loads[0], {"error": {"message": spoken.loads[1]}})
                elif isinstance(spoken.says, int):
                    self._json(spoken.says, {"error": {"message": "no such thing"}})
                else:
                    self._stream()

            def _json(self, status: int, body: dict[str, Any]) -> None:
                said = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def _stream(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                try:
                    for piece in spoken.says:
                        self._event({"content": piece})
                        if spoken.breaks:
                            self.wfile.write(b"data: {half an ev")
                            return
                        threading.Event().wait(spoken.pause)
                    self._event({}, "stop")
                    self.wfile.write(b"data: [DONE]\n\n")
                except OSError:
                    spoken.left.set()

            def _event(self, delta: dict[str, Any], reason: str | None = None) -> None:
                choice = {"index": 0, "delta": delta, "finish_reason": reason}
                row = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
                self.wfile.write(f"data: {json.dumps(row)}\n\n".encode())
                self.wfile.flush()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
