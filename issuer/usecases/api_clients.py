"""The operator's own systems that may have credentials issued, and the tokens they are given.

A token is its client, its end, and a keyed hash of both: nothing is stored, and every process of the
application knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.adapters import oauth_clients
from clicid.codec import base64url
from clicid.errors import Refused

if TYPE_CHECKING:
    from issuer.settings import ApiClient
    from issuer.usecases.environment import Environment

_KIND: Final = "vc-api token"


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
