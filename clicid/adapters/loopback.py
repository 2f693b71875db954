"""Services that only this machine reaches: what they bind, and the names under which they are asked."""

from __future__ import annotations

import contextlib
import ipaddress
import signal
from typing import TYPE_CHECKING, Final, NoReturn

import uvicorn

from clicid.adapters.vc_api_routes import problem
from clicid.errors import LocalError, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

_PATIENCE: Final = 3
"""Seconds that a connection may still take when it is told to end."""

_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


def check_loopback(host: str) -> None:
    """Refuse an address that is not this machine's own (`config.sandbox`); names are not looked up."""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise LocalError("config.sandbox", host, "it binds 127.0.0.1 or ::1 only")


class LoopbackOnly:
    """Middleware that refuses what was sent to another name than this machine's own.

    A page that makes a name of its own lead here (DNS rebinding) speaks to that name.

    Args:
        app: What it stands before.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its Host is loopback."""
        if scope["type"] == "http":
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            name, _, port = host.rpartition(":")
            if (name if port.isdigit() else host) not in _NAMES:
                await problem(Refused("http.host"))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def run(app: ASGIApp, host: str, port: int, *, tls: tuple[Path, Path] | None = None) -> None:
    """Serve until told to end (Ctrl-C, SIGTERM), and come back so that what was opened is closed.

    Args:
        app: The application.
        host: A loopback address.
        port: The port.
        tls: The files of a certificate and its key, or None for plain HTTP.

    Raises:
        LocalError: `config.sandbox` for another address.
    """
    check_loopback(host)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    certificate, key = tls or (None, None)
    # Uvicorn raises the signal again once it has ended: then it is ours.
    with contextlib.suppress(_ToldToEndError):
        uvicorn.run(
            app,
            host=host,
            port=port,
            log_level="warning",
            ssl_certfile=certificate,
            ssl_keyfile=key,
            timeout_graceful_shutdown=_PATIENCE,
        )


class _ToldToEndError(Exception):
    """By a signal."""


def _end(_number: int, _frame: object) -> NoReturn:
    raise _ToldToEndError
