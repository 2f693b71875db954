"""The wallet's side: fetch the request object, post the answer (OpenID4VP 5.10, 8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from clicid.errors import RemoteError
from clicid.oid4vp.request_object import MEDIA_TYPE
from clicid.oid4vp.response import MAX_RESPONSE_BYTES
from verifier.http.problems import problem
from verifier.usecases import answering, asking

if TYPE_CHECKING:
    from verifier.usecases.service import Service


def router(service: Service) -> APIRouter:
    """The routes for wallets; the session's id and its secrets are what admits them."""
    routes = APIRouter(tags=["wallet"])

    def hand_out(session_id: str, wallet_nonce: str) -> Response:
        try:
            body = asking.hand_out(service, session_id, wallet_nonce)
        except RemoteError as error:
            return problem(404 if error.detail == "unknown request" else 400, error)
        return Response(body, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    @routes.get("/wallet/request/{session_id}")
    def request_by_get(session_id: str) -> Response:
        """The signed request object."""
        return hand_out(session_id, "")

    @routes.post("/wallet/request/{session_id}")
    def request_by_post(session_id: str, wallet_nonce: Annotated[str, Form(max_length=512)] = "") -> Response:
        """The signed request object, echoing the wallet's nonce."""
        return hand_out(session_id, wallet_nonce)

    @routes.post("/wallet/response/{session_id}")
    async def response(session_id: str, request: Request) -> Response:
        """The wallet's answer, once. Answers 200, with `redirect_uri` on the same device; 400 if refused."""
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MAX_RESPONSE_BYTES:
                return problem(413, RemoteError("invalid_request", "codec.size"))
        try:
            receipt = await run_in_threadpool(answering.take, service, session_id, bytes(raw))
        except RemoteError as error:
            return problem(404 if error.detail == "unknown request" else 400, error)
        return JSONResponse(receipt.to_wire(), 200, {"Cache-Control": "no-store"})

    return routes
