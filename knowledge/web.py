"""Web pages by address: fetched once, within limits of size, time and kind, and from no private network unless allowed.

The host is resolved where the connection is made, and the connection goes to the very address that was checked, so that
no name can point to one address when it is checked and to another when it is used (DNS rebinding).
"""

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from urllib.parse import unquote

import httpcore
import httpx

from knowledge.errors import BadInput
from knowledge.loaders import formats, media

SECONDS = 20.0
"""The time for all, redirects included."""
REDIRECTS = 5
LONGEST_NAME = 150
"""Characters of a file's name that are kept."""
_HEADERS = {"User-Agent": "Apprentice (document import)", "Accept-Encoding": "gzip, deflate"}
_ENCODINGS = ("", "identity", "gzip", "deflate")
"""Others could unpack a small piece to gigabytes at once."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_INNER = (ipaddress.IPv6Network("64:ff9b:1::/48"), ipaddress.IPv6Network("::/96"))
"""Addresses of IPv6 that lead into networks of IPv4 which cannot be told."""
_STATUS = {
    401: "it asks for a login: save the page in a browser and add the file",
    403: "it is not open to everybody: save the page in a browser and add the file",
    404: "there is no such page: check the address",
    410: "the page is gone: check the address",
    429: "the server is asked too often: try again later",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file from the web."""

    data: bytes
    name: str
    """With the suffix of its kind."""
    url: str
    """Where it was found, after all redirects."""


def fetch(url: str, *, megabytes: int, allow_private: bool = False) -> Fetched:
    """Fetch a page or a file of a kind that is read.

    Args:
        url: its address, http or https.
        megabytes: the most that it may have, unpacked.
        allow_private: whether it may stand on this machine or in a private network.

    Raises:
        BadInput: the address cannot be fetched, or is not allowed.
    """
    network = _Network(time.monotonic() + SECONDS, allow_private)
    with httpx.Client(transport=_Transport(network), trust_env=False, headers=_HEADERS, timeout=SECONDS) as client:
        place = _checked(url)
        for _ in range(REDIRECTS + 1):
            with _translated(place), client.stream("GET", place, follow_redirects=False) as response:
                if not response.has_redirect_location:
                    return _received(response, megabytes, network)
                place = _checked(str(place.join(response.headers["Location"])))
    raise BadInput(f"{url} cannot be fetched: it leads on more than {REDIRECTS} times: give the last address")


class _Network(httpcore.NetworkBackend):
    """Makes connections to addresses that are allowed, until the time is up."""

    def __init__(self, deadline: float, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            httpcore.ReadTimeout: there are none.
        """
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve a host, and connect to the first of its addresses that answers."""
        failure: Exception = httpcore.ConnectError("it has no address")
        for address in self._addresses(host, port):
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    address, port, self.left(), local_address, socket_options or ()
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self)
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("no such host") from error
        addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
        if not self._allow_private and not all(map(is_public, addresses)):
            raise BadInput(
                f"{host} is in a private network: allow private addresses if it is meant to be fetched from there"
            )
        return addresses


class _Stream(httpcore.NetworkStream):
    """A connection on which everything ends when the time is up."""

    def __init__(self, stream: httpcore.NetworkStream, network: _Network) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, at most so many bytes."""
        return self._stream.read(max_bytes, self._network.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self._stream.write(buffer, self._network.left())

    def close(self) -> None:
        """End the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Encrypt the connection, with the certificate checked against the host's name."""
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._network.left()), self._network)

    def get_extra_info(self, info: str) -> object:
        """Return what is known of the connection."""
        return self._stream.get_extra_info(info)


class _Transport(httpx.HTTPTransport):
    """httpx over a network of our own."""

    def __init__(self, network: _Network) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=httpx.create_ssl_context(), network_backend=network)


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the public internet, also where it is wrapped into another."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local or any(ip in network for network in _INNER):
            return False
    return ip.is_global and not ip.is_multicast


def _checked(url: str) -> httpx.URL:
    try:
        place = httpx.URL(url.strip())
        host = place.host
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise BadInput(f"{url!r} is no address: give one that begins with https://") from error
    if place.scheme not in ("http", "https") or not host:
        raise BadInput(f"{url} is no address of the web: give one that begins with http:// or https://")
    if place.userinfo:
        raise BadInput("the address holds a password: give it without, or save the page and add the file")
    return place


@contextmanager
def _translated(place: httpx.URL) -> Iterator[None]:
    try:
        yield
    except (httpx.TimeoutException, httpcore.TimeoutException) as error:  # the latter is of `left`, asked here too
        raise BadInput(f"{place} cannot be fetched: it took more than {SECONDS:g} seconds: try again later") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise BadInput(f"{place} cannot be fetched ({why}): check the address") from error


def _received(response: httpx.Response, megabytes: int, network: _Network) -> Fetched:
    place = response.url
    if response.status_code != 200:
        why = _STATUS.get(response.status_code, f"the server answers {response.status_code}: try again later")
        raise BadInput(f"{place} cannot be fetched: {why}")
    name = _name(response)
    if response.headers.get("Content-Encoding", "").strip().lower() not in _ENCODINGS:
        raise BadInput(
            f"{place} cannot be fetched: it is packed in a way that was not asked for: save it and add the file"
        )
    large = BadInput(f"{place} is larger than {megabytes} MB: save it, split it and add the parts")
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > megabytes * 2**20:
        raise large
    pieces = []
    size = 0
    for piece in response.iter_bytes():
        size += len(piece)
        if size > megabytes * 2**20:
            raise large
        pieces.append(piece)
        network.left()
    return Fetched(b"".join(pieces), name, str(place))


def _name(response: httpx.Response) -> str:
    """Return the name of a file, with a suffix that fits its content type.

    Raises:
        BadInput: files of this type are not read.
    """
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    named = _plain(_disposed(response) or unquote(response.url.path)) or response.url.host
    name = media.name_for(kind, named)
    if name is None:
        told = kind or "of no type"
        raise BadInput(f"{response.url} is {told}, which is not read: give the address of one of {formats.KINDS}")
    return name


def _disposed(response: httpx.Response) -> str:
    """Return the name that the server gives to the file."""
    header = Message()
    header["Content-Disposition"] = " ".join(response.headers.get("Content-Disposition", "").split())
    return header.get_filename() or ""


def _plain(path: str) -> str:
    """Return the last step of a path as a plain name."""
    name = re.sub(r"[\0-\x1f\x7f<>:\"|?*]", "", path.replace("\\", "/").rstrip("/").rpartition("/")[2]).strip(". ")
    stem, dot, suffix = name.rpartition(".")
    return f"{stem[:LONGEST_NAME]}{dot}{suffix}" if dot and len(suffix) < 10 else name[:LONGEST_NAME]
