"""The token endpoint for clients with a secret (RFC 6749 3.2, 4.4), as a FastAPI router."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from clicid.adapters import oauth_clients
from clicid.codec import web
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.adapters.oauth_clients import Client

_MAX_FORM: Final = 4096
_NO_STORE: Final = {"Cache-Control": "no-store"}


def token_routes(
    clients: Sequence[Client], give: Callable[[str], str], extra: Mapping[str, Any] | None = None
) -> APIRouter:
    """`POST /oauth2/token`.

    Args:
        clients: Who may have a token.
        give: A client's id to a new token of it.
        extra: Members of its own for the route's description.
    """
    routes = APIRouter(tags=["OAuth 2"])

    @routes.post("/oauth2/token", openapi_extra=dict(extra or {}))
    async def token(request: Request) -> Response:
        """An access token for a client's id and secret (RFC 6749 4.4), good for ten minutes."""
        try:
            form = web.parse_form(await _body(request), max_bytes=_MAX_FORM)
        except Refused:
            return JSONResponse({"error": "invalid_request"}, 400, _NO_STORE)
        inside = (form.get("client_id", ""), form.get("client_secret", ""))
        given = oauth_clients.basic(request.headers.get("authorization", "")) or inside
        if form.get("grant_type") != oauth_clients.GRANT:
            return JSONResponse({"error": "unsupported_grant_type"}, 400, _NO_STORE)
        if not oauth_clients.known(clients, *given):
            headers = _NO_STORE | {"WWW-Authenticate": "Basic"}
            return JSONResponse({"error": "invalid_client"}, 401, headers)
        answer = {
            "access_token": give(given[0]),
            "token_type": "Bearer",
            "expires_in": oauth_clients.TOKEN_SECONDS,
        }
        return JSONResponse(answer, 200, _NO_STORE)

    return routes


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            raise Refused("codec.size")
    return bytes(body)
