"""A local holder service: the VC API's derive and prove, on loopback, for who has its secret."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse

from clicid.adapters import oauth_clients, oauth_routes, vc_api_routes
from clicid.adapters.loopback import LoopbackOnly
from clicid.codec import base64url
from clicid.errors import ClicidError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from wallet.usecases.vc_api import LocalHolding

CLIENT: Final = "wallet"


@dataclass(frozen=True, slots=True)
class OneClient:
    """The one client, by its secret's digest."""

    secret_sha256: str
    client_id: str = CLIENT


@dataclass(slots=True)
class Tokens:
    """Tokens of one run, in memory.

    Args:
        clock: The time.
        random: Secret random bytes.
    """

    clock: Callable[[], datetime]
    random: Callable[[int], bytes]
    _until: dict[str, float] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def give(self, _client_id: str) -> str:
        """A new one; those that are over are forgotten."""
        now = self.clock().timestamp()
        token = base64url.encode(self.random(32))
        with self._lock:
            kept = {one: until for one, until in self._until.items() if until > now}
            self._until = {**kept, token: now + oauth_clients.TOKEN_SECONDS}
        return token

    def check(self, authorization: Annotated[str, Header()] = "") -> None:
        """Refuse (`http.token`) a request without a token that is good now."""
        with self._lock:
            until = self._until.get(oauth_clients.bearer(authorization), 0.0)
        if until <= self.clock().timestamp():
            raise Refused("http.token")


def holder_app(
    holding: LocalHolding, secret: str, clock: Callable[[], datetime], random: Callable[[int], bytes]
) -> FastAPI:
    """The application.

    Args:
        holding: What it does.
        secret: Of the one client, whose id is ``wallet``.
        clock: The time.
        random: Secret random bytes.
    """
    app = FastAPI(title="ClicID wallet: holder service", version="1", docs_url=None, redoc_url=None)
    tokens = Tokens(clock, random)
    client = OneClient(hashlib.sha256(secret.encode()).hexdigest())
    app.add_middleware(LoopbackOnly)
    app.add_exception_handler(ClicidError, _problem)
    app.include_router(oauth_routes.token_routes([client], tokens.give))
    app.include_router(vc_api_routes.holding(holding, [Depends(tokens.check)]))
    return app


async def _problem(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ClicidError):
        raise TypeError("not an error of ours")
    return vc_api_routes.problem(error)
