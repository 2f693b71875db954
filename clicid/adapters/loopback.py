"""Services that only this machine reaches: what they bind, and the names under which they are asked."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from clicid.adapters.vc_api_routes import problem
from clicid.errors import LocalError, Refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

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
