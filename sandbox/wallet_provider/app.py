"""The web application: what wallets ask, and what issuers and people read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException

from clicid.adapters.loopback import LoopbackOnly
from clicid.errors import Refused, RemoteError
from clicid.oid4vci import attesting
from clicid.oid4vci.attesting import Action, Wire
from clicid.status import token_list
from issuer.http.bodies import read_body
from sandbox.wallet_provider import pages

if TYPE_CHECKING:
    from sandbox.wallet_provider.service import WalletProviding

_LOG: Final = logging.getLogger("clicid.wallet_provider")
_NO_STORE: Final = {"Cache-Control": "no-store"}


def create_app(providing: WalletProviding) -> FastAPI:
    """The application of a provider."""
    # The pages that come with FastAPI load scripts from elsewhere.
    app = FastAPI(title="ClicID sandbox: wallet provider", version="1", docs_url=None, redoc_url=None)
    app.add_middleware(LoopbackOnly)
    app.add_exception_handler(StarletteHTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)

    @app.post("/challenge", tags=["wallets"])
    def challenge() -> JSONResponse:
        """A challenge for one request."""
        return JSONResponse({"challenge": providing.challenge()}, headers=_NO_STORE)

    for action in Action:
        _mount(app, providing, action)

    @app.get("/status/{number}", tags=["published"])
    def status(number: int) -> Response:
        """The status of what was attested (Token Status List 8.1)."""
        raw = providing.status_list(number)
        if raw is None:
            raise StarletteHTTPException(404)
        headers = {
            "Cache-Control": f"max-age={providing.settings.ttl_seconds}",
            "Access-Control-Allow-Origin": "*",
        }
        return Response(raw, media_type=token_list.MEDIA_TYPE, headers=headers)

    @app.get("/", tags=["published"], response_class=HTMLResponse)
    def about() -> HTMLResponse:
        """Who this is, for people: the `wallet_link` of attestations."""
        return HTMLResponse(pages.about(providing.settings))

    @app.get("/key-storage/software", tags=["published"], response_class=HTMLResponse)
    def software() -> HTMLResponse:
        """What the value of `key_storage` means, for people."""
        return HTMLResponse(pages.software(providing.settings))

    return app


def _mount(app: FastAPI, providing: WalletProviding, action: Action) -> None:
    async def asked(request: Request) -> Response:
        try:
            jwt = await read_body(request, attesting.MAX_REQUEST_BYTES)
            found = await run_in_threadpool(providing.answer, action, jwt)
        except RemoteError as fault:
            # What was wrong stays here; no key, code or challenge is in it.
            _LOG.info("%s refused: %s", action, fault.code)
            return JSONResponse({"error": fault.wire}, attesting.status(fault), _NO_STORE)
        except Refused:
            return JSONResponse({"error": Wire.INVALID_REQUEST}, 413, _NO_STORE)
        if found is None:
            return Response(status_code=204, headers=_NO_STORE)
        return JSONResponse(found.to_wire(), headers=_NO_STORE)

    app.add_api_route(
        f"/{action}",
        asked,
        methods=["POST"],
        tags=["wallets"],
        summary=_SUMMARIES[action],
        response_model=None,
    )


_SUMMARIES: Final = {
    Action.REGISTER: "Register a wallet that brings an enrolment code.",
    Action.ATTEST_CLIENT: "Attest a wallet with a key that it made for one authorization server.",
    Action.ATTEST_KEYS: "Attest keys to which credentials are to be bound.",
}


async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    _LOG.error("unexpected %s", type(error).__name__)
    return JSONResponse({"error": "server_error"}, 500, _NO_STORE)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, StarletteHTTPException) else 400
    return JSONResponse({"error": Wire.INVALID_REQUEST}, status, _NO_STORE)
