"""The VC API's issuing side, for the operator's own systems: OAuth 2 client credentials, short-lived tokens.

A token is its client, its end, and a keyed hash of both: nothing is stored, and every process of the
application knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from clicid.adapters import oauth_clients, oauth_routes, vc_api_routes
from clicid.codec import base64url
from clicid.errors import Refused
from issuer.http.access import MEMBER

if TYPE_CHECKING:
    from issuer.config import ApiClient
    from issuer.usecases.environment import Environment
    from issuer.usecases.vc_api import ComposedIssuing

_KIND: Final = "vc-api token"
_BEARER = HTTPBearer(scheme_name="client's access token", description="From /oauth2/token", auto_error=False)


@dataclass(frozen=True, slots=True)
class Clients:
    """Who may call, and the tokens they are given.

    Args:
        env: Keys and time.
        clients: As the operator has written them down.
    """

    env: Environment
    clients: tuple[ApiClient, ...]

    def token(self, client_id: str) -> str:
        """A token that is good for ten minutes."""
        until = int(self.env.now().timestamp()) + oauth_clients.TOKEN_SECONDS
        said = f"{client_id}.{until}"
        return f"{said}.{base64url.encode(self.env.sealer.lookup(_KIND, said))}"

    def check(self, token: str) -> None:
        """Return if the token is ours, of a client that is still there, and not over.

        Raises:
            Refused: `http.token`.
        """
        said, _, proof = token.rpartition(".")
        client_id, _, until = said.rpartition(".")
        try:
            good = self.env.matches(_KIND, said, base64url.decode(proof, max_chars=64))
        except Refused as error:
            raise Refused("http.token") from error
        if not good or client_id not in {one.client_id for one in self.clients}:
            raise Refused("http.token")
        if int(until) <= self.env.now().timestamp():
            raise Refused("http.token", detail="over")


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
