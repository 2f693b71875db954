"""Bodies: none is read beyond what its route can have use for, and JSON is read strictly.

FastAPI reads forms and JSON whole before it looks at a token or anything else: without a cap every
stranger could fill the memory, or keep the parser busy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import HTTPException, Request
from fastapi.routing import APIRoute

from clicid.codec import strict_json
from clicid.oid4vp.response import MAX_RESPONSE_BYTES
from clicid.vc_api import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_MESSAGE_BYTES: Final = 1 << 16
_ANSWERS: Final = "/wallet/response/"
_ANSWER: Final = "/answer"
"""How the addresses end to which a page hands in what it got by the Digital Credentials API."""
_VC_API: Final = ("/credentials/", "/presentations/")


class BodyCap:
    """Middleware that ends a request with 413 when its body grows too long.

    Args:
        app: What it stands before.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what it receives."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, got = _most(scope["path"]), 0

        async def counting() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > most:
                raise HTTPException(413)
            return message

        await self._app(scope, counting, send)


def _most(path: str) -> int:
    """More than a route reads, where it has a problem of its own to tell when a body is too long."""
    if path.startswith(_ANSWERS) or path.endswith(_ANSWER):
        return 2 * MAX_RESPONSE_BYTES
    if path.startswith(_VC_API):
        return 2 * messages.MAX_BYTES
    return MAX_MESSAGE_BYTES


class StrictRequest(Request):
    """A request whose JSON has no duplicate keys, no NaN and no lone surrogates."""

    async def json(self) -> Any:
        """The body as JSON; FastAPI answers 400 for what is refused."""
        most = MAX_RESPONSE_BYTES if self.url.path.endswith(_ANSWER) else MAX_MESSAGE_BYTES
        return strict_json.loads(await self.body(), max_bytes=most)


class StrictRoute(APIRoute):
    """A route that reads JSON strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, over a strict request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict
