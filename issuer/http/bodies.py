"""Reading bodies: capped before they are read, and JSON read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from clicid.codec import strict_json
from clicid.errors import Refused
from issuer.http import multipart
from issuer.http.problems import BadBodyError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Response

MAX_IMAGE: Final = 16 << 20
MAX_MESSAGE: Final = 1 << 18


async def read_body(request: Request, limit: int) -> bytes:
    """The body, refused with ``codec.size`` where it is longer than `limit` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Refused("codec.size", "body", f"more than {limit} bytes")
    return bytes(body)


async def read_image(request: Request) -> bytes:
    """The body of an upload."""
    return await read_body(request, MAX_IMAGE)


async def read_message(request: Request) -> bytes:
    """The body of a protocol message, parsed by the protocol core."""
    return await read_body(request, MAX_MESSAGE)


Image = Annotated[bytes, Depends(read_image)]
Message = Annotated[bytes, Depends(read_message)]


async def read_files(request: Request, limit: int, count: int) -> list[tuple[str, bytes]]:
    """The parts of a form (RFC 7578), each with the name of its field, in their order.

    Args:
        request: The request.
        limit: The most bytes of the whole body, which is refused before anything of it is parsed.
        count: The most parts.

    Raises:
        Refused: `http.media_type`, `codec.size`, `http.body`.
    """
    body = await read_body(request, limit)
    parts = multipart.parse(body, request.headers.get("content-type", ""), most=count)
    return [(part.name, part.body) for part in parts]


class StrictRequest(Request):
    """A request whose JSON has no duplicate keys, no NaN and no lone surrogates."""

    async def json(self) -> Any:
        """The body as JSON."""
        try:
            return strict_json.loads(await self.body(), max_bytes=MAX_MESSAGE)
        except Refused as fault:
            raise BadBodyError(fault) from None

    async def body(self) -> bytes:
        """The body, under its cap."""
        if not hasattr(self, "_body"):
            try:
                self._body = await read_body(self, MAX_MESSAGE)
            except Refused as fault:
                raise BadBodyError(fault) from None
        return self._body


class StrictRoute(APIRoute):
    """A route that reads JSON strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, over a strict request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict
