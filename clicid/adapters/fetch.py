"""The one way out over HTTP: https only, public addresses only, no redirects, everything bounded.

A name is resolved once, every address it has is checked, and the connection goes to an address that
was checked: a second answer of the name server (DNS rebinding) is never asked for.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections import Counter
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import httpcore

from clicid.codec import strict_json
from clicid.codec.web import HttpAnswer
from clicid.errors import Refused, Undecided
from clicid.status.inflate import inflate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.codec.web import HttpRequest

MAX_BYTES: Final = 1 << 20
MAX_URL: Final = 8192
TIMEOUT: Final = 10.0
"""Seconds for each of connecting, writing, and waiting for the next bytes."""
TOTAL_TIMEOUT: Final = 30.0
"""Seconds for a whole answer, so that a trickle does not hold us."""

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses as a translator on the way reaches them (RFC 6052, section 2.1)."""
# Python counts these as global: a network's own translator (RFC 8215), addresses that only held an IPv4
# one (RFC 4291, 2.5.5.1), those of a site (RFC 3879), and those of protocols (RFC 6890).
_NOT_PUBLIC: Final = tuple(
    map(ipaddress.ip_network, ("64:ff9b:1::/48", "::/96", "fec0::/10", "192.0.0.0/24"))
)
_TIMEOUTS: Final = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `media_type` is lower-case and without parameters; header names are lower-case.

    Of what somebody else fetched, `at` is when, and `doubt` the code for which they do not accept by it.
    """

    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str]
    at: datetime | None = None
    doubt: str = ""


class Fetching(Protocol):
    """The way out, or what stands in its place."""

    def get(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """As `Fetcher.get`."""


def system_resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, by the system's resolver."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(row[4][0]) for row in rows]


class Fetcher:
    """Makes bounded requests and counts them per origin. Threads may share one.

    Args:
        allow_loopback_http: Whether this machine may be called, also by plain http (a sandbox).
        allow_private: Whether private addresses may be called, also by plain http: only for
            addresses that the operator configured, such as a chain node; never for a stranger's.
        max_bytes: Largest answer, before and after decompression.
        resolve: Host and port to addresses.
        tls: How servers are verified; the certificate authorities of certifi if left out.
    """

    def __init__(
        self,
        *,
        allow_loopback_http: bool = False,
        allow_private: bool = False,
        max_bytes: int = MAX_BYTES,
        resolve: Callable[[str, int], Iterable[str]] = system_resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback_http
        self._allow_private = allow_private
        self._max_bytes = max_bytes
        self.counts: Counter[str] = Counter()
        """Requests sent, by origin (scheme, host and port)."""
        self._lock = Lock()
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=20,
            keepalive_expiry=5.0,
            network_backend=_CheckedNetwork(
                resolve, allow_loopback=allow_loopback_http, allow_private=allow_private
            ),
        )

    def close(self) -> None:
        """Close kept connections."""
        self._pool.close()

    def get(
        self,
        url: str,
        *,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
    ) -> Fetched:
        """GET a URL.

        Args:
            url: https, or http where that is allowed.
            accept: Media types for the Accept header.
            headers: Others, such as Authorization.
            max_bytes: Largest answer, where it should differ from the Fetcher's.

        Raises:
            Refused: `fetch.url`, `fetch.address`, `fetch.redirect`, `fetch.content`, `fetch.size`.
            Undecided: `fetch.failed` if no whole answer came.
        """
        return self._send("GET", url, {"accept": accept, **(headers or {})}, None, max_bytes)

    def post_json(
        self,
        url: str,
        value: Json,
        *,
        accept: str = "application/json",
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
    ) -> Fetched:
        """POST application/json. Raises as `get`."""
        sent = {"accept": accept, "content-type": "application/json", **(headers or {})}
        return self._send("POST", url, sent, strict_json.dumps(value), max_bytes)

    def send(self, request: HttpRequest) -> HttpAnswer:
        """Send what a protocol core asks for. Raises as `get`."""
        headers = {"accept": request.accept}
        if request.content_type:
            headers["content-type"] = request.content_type
        if request.authorization:
            headers["authorization"] = request.authorization
        headers |= dict(request.headers)
        answer = self._send(request.method, request.url, headers, request.body or None, request.max_bytes)
        return HttpAnswer(answer.status, answer.media_type, answer.body, answer.headers)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, max_bytes: int | None
    ) -> Fetched:
        origin = self._check_url(url)
        sent = {"accept-encoding": "gzip", "user-agent": "clicid", **headers}
        with self._lock:
            self.counts[origin] += 1
        try:
            with self._pool.stream(
                method,
                url,
                headers=[(name.encode(), value.encode()) for name, value in sent.items()],
                content=content,
                extensions={"timeout": _TIMEOUTS},
            ) as answer:
                return _receive(answer, self._max_bytes if max_bytes is None else max_bytes)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Undecided("fetch.failed", origin, type(error).__name__) from error

    def _check_url(self, url: str) -> str:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise Refused("fetch.url", "", "malformed") from error
        if not url.isascii() or not url.isprintable() or " " in url or len(url) > MAX_URL:
            raise Refused("fetch.url", "", "characters that are not a URL's, or too many")
        if not parts.hostname or "@" in parts.netloc or "#" in url:
            raise Refused("fetch.url", "", "no host, a user name or a fragment")
        plain = self._allow_private or (self._allow_loopback and _is_loopback(parts.hostname))
        if parts.scheme != "https" and not (parts.scheme == "http" and plain):
            raise Refused("fetch.url", "", "https is wanted")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _receive(answer: httpcore.Response, most: int) -> Fetched:
    if 300 <= answer.status < 400:
        raise Refused("fetch.redirect", "", str(answer.status))
    headers = {name.decode("ascii").lower(): value.decode("latin-1") for name, value in answer.headers}
    body = _collect(answer.iter_stream(), most)
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding == "gzip":
        body = inflate(body, most=most, gzip=True, code="fetch.content", size_code="fetch.size")
    elif coding != "identity":
        raise Refused("fetch.content", "", "an encoding that was not asked for")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(answer.status, media_type, body, headers)


def _collect(chunks: Iterator[bytes], most: int) -> bytes:
    body = bytearray()
    end = time.monotonic() + TOTAL_TIMEOUT
    for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise Refused("fetch.size", "", f"more than {most} bytes")
        if time.monotonic() > end:
            raise Undecided("fetch.failed", "", "the answer takes too long")
    return bytes(body)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to addresses that were looked at, whatever the name server says next."""

    def __init__(
        self, resolve: Callable[[str, int], Iterable[str]], *, allow_loopback: bool, allow_private: bool
    ) -> None:
        self._resolve = resolve
        self._allow_loopback = allow_loopback
        self._allow_private = allow_private
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, refuse if any address may not be called, connect to the first that answers."""
        try:
            addresses = [ipaddress.ip_address(text) for text in dict.fromkeys(self._resolve(host, port))]
        except (OSError, ValueError) as error:
            raise httpcore.ConnectError("the name does not resolve") from error
        if not all(self._may_call(address) for address in addresses):
            raise Refused("fetch.address", host[:100], "not a public address")
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                return self._plain.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _may_call(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        if isinstance(address, ipaddress.IPv6Address):
            inner = address.ipv4_mapped or address.sixtofour
            if address in _NAT64:
                inner = ipaddress.IPv4Address(address.packed[12:])
            if inner is not None:
                return self._may_call(inner)
        if address.is_loopback:
            return self._allow_loopback or self._allow_private
        if address.is_multicast or address.is_unspecified or any(address in net for net in _NOT_PUBLIC):
            return False
        return address.is_global or (self._allow_private and address.is_private)
