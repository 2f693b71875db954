"""The wallet's side: fetch the request object, post the answer (OpenID4VP 5.10, 8.2)."""

from __future__ import annotations

import logging
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from clicid.codec import shape, strict_json
from clicid.codec.web import parse_form
from clicid.errors import RemoteError, answered_with
from clicid.oid4vp import errors
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request_object import MEDIA_TYPE
from clicid.oid4vp.response import MAX_RESPONSE_BYTES
from verifier.http.bodies import MAX_MESSAGE_BYTES
from verifier.http.clients import Parts, Use
from verifier.usecases import answering, asking

routes: Final = APIRouter(tags=["wallet"])

_MAX_NONCE: Final = 512
_LOG: Final = logging.getLogger("clicid.verifier")
_NO_STORE: Final = {"Cache-Control": "no-store"}


@routes.get("/wallet/request/{session_id}")
def request_by_get(use: Use, session_id: str) -> Response:
    """The signed request object."""
    return _hand_out(use, session_id, "")


@routes.post("/wallet/request/{session_id}")
async def request_by_post(use: Use, session_id: str, request: Request) -> Response:
    """The signed request object, echoing the wallet's nonce."""
    try:
        nonce = _wallet_nonce(await request.body())
    except RemoteError as error:
        return _refusal(error)
    return await run_in_threadpool(_hand_out, use, session_id, nonce)


def _wallet_nonce(raw: bytes) -> str:
    """5.10: of what a wallet says of itself nothing is used, but it has to be said rightly."""
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
        fields = parse_form(raw, max_bytes=MAX_MESSAGE_BYTES)
        if "wallet_metadata" in fields:
            shape.as_object(strict_json.loads(fields["wallet_metadata"], max_depth=12), "wallet_metadata")
        nonce = fields.get("wallet_nonce", "")
        return shape.as_text(nonce, "wallet_nonce", maximum=_MAX_NONCE) if nonce else ""


def _hand_out(use: Parts, session_id: str, wallet_nonce: str) -> Response:
    try:
        body = asking.hand_out(use.service, session_id, wallet_nonce)
    except RemoteError as error:
        return _refusal(error)
    return Response(body, media_type=MEDIA_TYPE, headers=_NO_STORE)


@routes.post("/wallet/response/{session_id}")
async def response(use: Use, session_id: str, request: Request) -> Response:
    """The wallet's answer, once. 200, with `redirect_uri` on the same device; 400 if it is refused."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_RESPONSE_BYTES:
            return _refusal(RemoteError(Wire.INVALID_REQUEST, "codec.size"), 413)
    try:
        receipt = await run_in_threadpool(answering.take, use.service, session_id, bytes(raw))
    except RemoteError as error:
        return _refusal(error)
    return JSONResponse(receipt.to_wire(), 200, _NO_STORE)


def _refusal(error: RemoteError, status: int = 0) -> Response:
    """What a wallet is told is the protocol's error; why stays in the client's report and in the log."""
    _LOG.info("wallet refused: %s", error.code)
    known = 404 if error.detail == "unknown request" else 400
    return JSONResponse(errors.to_wire(error), status or known, _NO_STORE)
