"""One line a request, and how many there were by the caller's product.

A line has time, method, route (the pattern, not the path: ids stay out), status, milliseconds and the
product of the User-Agent header. So anyone can count how often verifiers call: never.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG: Final = logging.getLogger("clicid.access")
_PRODUCT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_MAX_PRODUCTS: Final = 1000


class Traffic:
    """Counts requests by product."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, product: str) -> None:
        """One more request of a product; beyond a thousand products all others count as one."""
        with self._lock:
            known = product in self._counts or len(self._counts) < _MAX_PRODUCTS
            self._counts[product if known else "other"] += 1

    def counts(self) -> dict[str, int]:
        """Requests since the start, by product."""
        with self._lock:
            return dict(sorted(self._counts.items()))


def product_of(user_agent: str) -> str:
    """The first product token of a User-Agent header (RFC 9110 10.1.5), without its version."""
    found = _PRODUCT.match(user_agent.split("/", maxsplit=1)[0].split(" ", maxsplit=1)[0])
    return found[0] if found else "unknown"


class AccessLog:
    """Middleware that counts and writes the line.

    Args:
        app: What it stands before.
        traffic: Where it counts.
        secure: Whether people come to it by https: then their browsers never come by anything else.
    """

    def __init__(self, app: ASGIApp, traffic: Traffic, *, secure: bool = False) -> None:
        self._app = app
        self._traffic = traffic
        self._headers = (*_HEADERS, *((_SECURE,) if secure else ()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        product = product_of(headers.get(b"user-agent", b"").decode("latin-1"))
        self._traffic.add(product)
        status, start = 500, time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = scope.get("route")
            line = {
                "at": int(time.time()),
                "method": scope["method"],
                "route": getattr(route, "path", "none"),
                "status": status,
                "ms": round((time.perf_counter() - start) * 1000, 1),
                "agent": product,
            }
            LOG.info("%s", json.dumps(line))


_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
# A year (RFC 6797 6.1; FAPI 2.0 Security Profile 5.2.3). In the open it must not be sent (RFC 6797 7.2).
_SECURE: Final = (b"strict-transport-security", b"max-age=31536000")
