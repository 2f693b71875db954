"""The VC API's issuing side, for the operator's own systems: OAuth 2 client credentials, short tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from clicid.adapters import oauth_routes, vc_api_routes
from issuer.http.access import MEMBER

if TYPE_CHECKING:
    from issuer.usecases.api_clients import Clients
    from issuer.usecases.vc_api import ComposedIssuing

_BEARER = HTTPBearer(scheme_name="client's access token", description="From /oauth2/token", auto_error=False)


def routes(issuing: ComposedIssuing, clients: Clients) -> APIRouter:
    """`POST /oauth2/token` and `POST /credentials/issue`."""
    found = APIRouter(tags=["VC API"])

    found.include_router(oauth_routes.token_routes(clients.clients, clients.token, _ANYONE))

    def allowed(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        clients.check(given.credentials if given else "")

    found.include_router(vc_api_routes.issuing(issuing, [Depends(allowed)], _ACCESS))
    return found


_ANYONE: Final[dict[str, Any]] = {MEMBER: "anyone"}
_ACCESS: Final[dict[str, Any]] = {MEMBER: "client"}
