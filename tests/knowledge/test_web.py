"""Pages are fetched within limits, and from nowhere that is not meant; against a real server."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from knowledge import web
from knowledge.errors import BadInput
from knowledge.web import fetch, is_public


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        if path.startswith("/to/"):
            return self.answer(302, {"Location": path.removeprefix("/to/")})
        if path == "/nowhere":
            return self.answer(302, {})
        if path == "/loop":
            return self.answer(302, {"Location": "/loop"})
        if path == "/endless":
            return self.answer_without_end()
        pages = {
            "/": ("text/html; charset=utf-8", b"<h1>Hello</h1>"),
            "/page.php": ("text/html", b"<p>Hi"),
            "/code.py": ("text/plain", b"x = 1"),
            "/film": ("video/mp4", b"..."),
            "/large": ("text/plain", b"a" * (2 * 2**20)),
            "/packed": ("text/plain", gzip.compress(b"a" * (2 * 2**20))),
            "/host": ("text/plain", self.headers["Host"].encode()),
            "/file": ("application/octet-stream", b"%PDF-"),
        }
        if path not in pages:
            return self.answer(404, {})
        kind, body = pages[path]
        headers = {"Content-Type": kind, "Content-Length": str(len(body))}
        if path == "/packed":
            headers["Content-Encoding"] = "gzip"
        if path == "/file":
            headers["Content-Disposition"] = 'attachment; filename="../plan.pdf"'
        return self.answer(200, headers, body)

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def answer_without_end(self):
        self.answer(200, {"Content-Type": "text/plain"})
        with suppress(OSError):
            while True:
                self.wfile.write(b"a" * 10)
                time.sleep(0.05)

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def get(url: str) -> web.Fetched:
    return fetch(url, megabytes=1, allow_private=True)


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", "127.0.0.1.html"), ("/page.php?x=1", "page.php.html"), ("/code.py", "code.py"), ("/file", "plan.pdf")],
)
def test_a_file_is_named_after_its_address_with_the_suffix_of_its_type(site, path, name):
    assert get(site + path).name == name


def test_redirects_are_followed_to_where_they_lead(site):
    found = get(f"{site}/to//to//")
    assert (found.data, found.url) == (b"<h1>Hello</h1>", f"{site}/")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/loop", "leads on more than 5 times"),
        ("/film", "video/mp4, which is not read"),
        ("/large", "larger than 1 MB"),
        ("/packed", "larger than 1 MB"),
        ("/none", "no such page"),
        ("/to/file:///etc/passwd", "no address of the web"),
        ("/to/http://[::1", "Invalid URL in location header"),
        ("/nowhere", "the server answers 302"),
    ],
)
def test_what_cannot_be_had_is_refused_in_one_line(site, path, told):
    with pytest.raises(BadInput, match=told) as error:
        get(site + path)
    assert "\n" not in str(error.value)


def test_a_page_without_end_is_given_up(site, monkeypatch):
    monkeypatch.setattr(web, "SECONDS", 0.5)
    begun = time.monotonic()
    with pytest.raises(BadInput, match="took more than"):
        get(f"{site}/endless")
    assert time.monotonic() - begun < 5


def test_private_addresses_are_refused_unless_allowed(site):
    with pytest.raises(BadInput, match="private network"):
        fetch(site, megabytes=1)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_no_way_to_write_this_machine_gets_through(host):
    with pytest.raises(BadInput, match="private network"):
        fetch(f"http://{host}:9/", megabytes=1)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("::7f00:1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_public_addresses_are_told_from_others(address, public):
    assert is_public(address) is public


def test_a_name_is_resolved_once_and_the_connection_goes_there(site, monkeypatch):
    port = int(site.rpartition(":")[2])
    real = socket.getaddrinfo
    asked = []

    def resolve(host, *rest, **named):
        if host == "rebinding.example":
            asked.append(host)
            assert len(asked) == 1
            host = "127.0.0.1"
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert get(f"http://rebinding.example:{port}/host").data == f"rebinding.example:{port}".encode()
    assert asked == ["rebinding.example"]


def test_a_name_with_one_private_address_among_others_is_refused(monkeypatch):
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *rest, **named: addresses)
    with pytest.raises(BadInput, match="private network"):
        fetch("http://mixed.example/", megabytes=1)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://a.b", "no address of the web"),
        ("words", "no address"),
        ("https://u:p@a.b", "password"),
        ("https://xn--/", "no address"),
        ("https://two\nlines/", "no address"),
    ],
)
def test_addresses_of_other_kinds_are_refused_in_one_line(url, told):
    with pytest.raises(BadInput, match=told) as error:
        fetch(url, megabytes=1)
    assert "\n" not in str(error.value)
