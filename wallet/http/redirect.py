"""Where the person's browser comes back to from an issuer: this machine, for one visit (RFC 8252 7.3)."""

from __future__ import annotations

import hmac
import threading
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from clicid.codec.web import parse_form
from clicid.errors import LocalError, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

PATH: Final = "/callback"
_HOST: Final = "127.0.0.1"
_MAX_LINE: Final = 16_384
_WAIT_SECONDS: Final = 600.0
_PAGE: Final = (
    '<!doctype html><html lang="sv"><meta charset="utf-8"><title>ClicID</title>'
    "<p>Klart här. Gå tillbaka till plånboken."
    '<p lang="en">Done here. Go back to the wallet.</html>'
)


def open_browser(url: str, wait: float = 0.0) -> None:
    """Open an address in the person's browser; wait so many seconds at most until it has been started."""
    # A browser in a terminal takes the whole call, and would wait for us.
    thread = threading.Thread(target=webbrowser.open, args=(url,), name="browser", daemon=True)
    thread.start()
    thread.join(wait)


class _Quiet(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a visitor that went away is no news, and a trace would show the address with the code."""


class Loopback:
    """A `Browser` that opens the person's own, and listens on 127.0.0.1 until it comes back.

    Args:
        port: A port, where the issuer knows only one address; 0 for any that is free.
        tell: Shows the address to the person, whose browser may be on no screen of this machine's.
        wait: The most seconds until it comes back.

    Raises:
        LocalError: `wallet.port` if the port is taken.
    """

    def __init__(self, port: int, tell: Callable[[str], None], wait: float = _WAIT_SECONDS) -> None:
        self._tell = tell
        self._wait = wait
        self._state = self._came = ""
        try:
            self._server = _Quiet((_HOST, port), self._handler())
        except OSError as error:
            raise LocalError("wallet.port", str(port), error.strerror or "") from error
        self.redirect_uri = f"http://{_HOST}:{self._server.server_port}{PATH}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.server_close()

    def visit(self, url: str, state: str) -> str:
        """Open the issuer's page, and wait for this `state`. Raises Undecided `wallet.browser`."""
        self._state = state
        self._tell(url)
        open_browser(url)
        # By the clock: whoever sends much else does not make it end sooner.
        until = time.monotonic() + self._wait
        while not self._came and (left := until - time.monotonic()) > 0:
            self._server.timeout = min(1.0, left)
            self._server.handle_request()
        if not self._came:
            raise Undecided("wallet.browser")
        return self._came

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            """Takes the one address; who asks for another, by another name or without the state gets nothing.

            Any page in the browser, and any program here, can send something: it ends no issuance.
            """

            timeout = 5

            def do_GET(self) -> None:
                own = urlsplit(loopback.redirect_uri).netloc
                parts = urlsplit(self.path[:_MAX_LINE])
                if (
                    self.headers.get("host") != own
                    or parts.path != PATH
                    or not _has(parts.query, loopback._state)
                ):
                    self.send_error(404)
                    return
                loopback._came = f"{loopback.redirect_uri}?{parts.query}"
                body = _PAGE.encode()
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.send_header("cache-control", "no-store")
                self.send_header("referrer-policy", "no-referrer")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: the address has the code in it."""

        return Handler


def _has(query: str, state: str) -> bool:
    try:
        given = parse_form(query, max_bytes=_MAX_LINE).get("state", "")
    except Refused:
        return False
    return hmac.compare_digest(given.encode(), state.encode())


class Pasted:
    """A `Browser` somewhere else: the person opens the address there, and brings back where it ended.

    Args:
        redirect_uri: What the issuer knows as this wallet's.
        ask: Shows the address, and gives what was pasted.
    """

    def __init__(self, redirect_uri: str, ask: Callable[[str], str]) -> None:
        self.redirect_uri = redirect_uri
        self._ask = ask

    def visit(self, url: str, state: str) -> str:
        """The pasted address."""
        del state  # one that is wrong is the person's to be told
        return self._ask(url).strip()
