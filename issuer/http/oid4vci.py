"""OpenID4VCI 1.0: metadata, token, nonce, credential and notification endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from clicid.codec.web import JSON_TYPE
from clicid.oid4vci import client_attestation, dpop, issuance_proof
from clicid.oid4vci.credential import (
    CredentialRequest,
    DeferredRequest,
    DeferredResponse,
    NotificationRequest,
)
from clicid.oid4vci.token import BEARER, PresentedToken, authorization
from issuer.http.access import ANYONE, WALLET
from issuer.http.bodies import Message
from issuer.http.services import Services, Use, services
from issuer.usecases.authenticating import CHALLENGE, DPOP_NONCE, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from clicid.oid4vci.credential import CredentialResponse
    from clicid.oid4vci.encryption import AnswerEncryption


class _WithNonce(APIRoute):
    """A route whose answers bring the nonce for the next DPoP proof (RFC 9449 8.2, 9)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, and the nonce."""
        handler = super().get_route_handler()

        async def with_nonce(request: Request) -> Response:
            answer = await handler(request)
            answer.headers[dpop.NONCE_HEADER] = services(request).wallets.nonce(DPOP_NONCE)
            return answer

        return with_nonce


routes: Final = APIRouter(prefix="/oid4vci", tags=["OpenID4VCI"], route_class=_WithNonce)
proofs: Final = APIRouter(tags=["OpenID4VCI"])

_NO_STORE: Final = {"Cache-Control": "no-store"}
_PROVING: Final = tuple(
    name.lower() for name in (dpop.HEADER, client_attestation.HEADER, client_attestation.POP_HEADER)
)


def _sent(request: Request, use: Services) -> Sent:
    headers = {name: tuple(request.headers.getlist(name)) for name in _PROVING}
    # Under the address that we are known by, whatever stands before us (RFC 9449 4.3).
    return Sent(request.method, f"{use.identifier}{request.url.path}", headers)


def _presented(request: Request, use: Services) -> PresentedToken:
    scheme, value = authorization(request.headers.get("authorization"))
    return PresentedToken(value) if scheme == BEARER else use.wallets.presented(_sent(request, use), value)


def _answer(body: Mapping[str, Any]) -> JSONResponse:
    return JSONResponse(dict(body), headers=_NO_STORE)


@routes.get("/offers/{address}", **ANYONE)
def offer(use: Use, address: str) -> Response:
    """A credential offer by its address, for a short time and a few fetches (section 4.1.3)."""
    return _answer(use.offering.fetch(address))


@routes.post("/par", status_code=201, **ANYONE)
def push(request: Request, use: Use, body: Message) -> Response:
    """An authorization request is pushed (RFC 9126), to be opened at the authorization endpoint."""
    return JSONResponse(use.granting.push(body, _sent(request, use)).to_wire(), 201, _NO_STORE)


@routes.post("/challenge", **ANYONE)
def challenge(use: Use) -> Response:
    """A challenge for a wallet attestation's proof of possession."""
    return _answer({"attestation_challenge": use.wallets.nonce(CHALLENGE)})


@routes.post("/token", **ANYONE)
def token(request: Request, use: Use, body: Message) -> Response:
    """An access token for a code or a refresh token (section 6)."""
    return _answer(use.granting.token(body, _sent(request, use)).to_wire())


@routes.post("/nonce", **ANYONE)
def nonce(use: Use) -> Response:
    """A fresh nonce for a key proof (section 7)."""
    return _answer(use.issuing.nonce().to_wire())


@routes.post("/credential", **WALLET)
def credential(request: Request, use: Use, body: Message) -> Response:
    """A credential for a proved key (section 8)."""
    access_token = _presented(request, use)
    plain, encrypted = use.encryption.open(body, request.headers.get("content-type", ""))
    asked = CredentialRequest.parse(plain)
    made = use.issuing.credential(access_token, asked, encrypted=encrypted)
    return _issued(use, made, asked.answer_encryption)


@routes.post("/deferred_credential", **WALLET)
def deferred_credential(request: Request, use: Use, body: Message) -> Response:
    """What could not be issued when it was asked for (section 9)."""
    access_token = _presented(request, use)
    plain, encrypted = use.encryption.open(body, request.headers.get("content-type", ""))
    asked = DeferredRequest.parse(plain)
    made = use.issuing.deferred(access_token, asked, encrypted=encrypted)
    return _issued(use, made, asked.answer_encryption)


def _issued(
    use: Services, made: CredentialResponse | DeferredResponse, wanted: AnswerEncryption | None
) -> Response:
    body, media_type = use.encryption.answer(made, wanted)
    status = 202 if isinstance(made, DeferredResponse) else 200
    return Response(body, status, _NO_STORE, media_type)


@routes.post("/notification", status_code=204, **WALLET)
def notification(request: Request, use: Use, body: Message) -> None:
    """What became of credentials (section 11)."""
    access_token = _presented(request, use)
    use.issuing.notification(access_token, NotificationRequest.parse(body))


@proofs.post(issuance_proof.PATH, **ANYONE)
def inclusion_proof(use: Use, body: Message) -> Response:
    """That a credential was issued before a block, for whoever knows its digest; 404 until it is final."""
    proof = use.issuing.inclusion_proof(issuance_proof.read_request(body))
    return Response(issuance_proof.write_answer(proof), media_type=JSON_TYPE, headers=_NO_STORE)
