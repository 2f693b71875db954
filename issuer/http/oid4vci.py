"""OpenID4VCI 1.0: metadata, token, nonce, credential and notification endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from clicid.codec.web import JSON_TYPE
from clicid.errors import RemoteError
from clicid.oid4vci import issuance_proof
from clicid.oid4vci.credential import (
    CredentialRequest,
    DeferredRequest,
    DeferredResponse,
    NotificationRequest,
)
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.token import BEARER, PresentedToken, authorization, parse_request
from issuer.http.access import ANYONE, WALLET
from issuer.http.bodies import Message
from issuer.http.services import Services, Use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.oid4vci.credential import CredentialResponse
    from clicid.oid4vci.encryption import AnswerEncryption

routes: Final = APIRouter(prefix="/oid4vci", tags=["OpenID4VCI"])
proofs: Final = APIRouter(tags=["OpenID4VCI"])

_NO_STORE: Final = {"Cache-Control": "no-store"}


def _presented(request: Request) -> PresentedToken:
    scheme, value = authorization(request.headers.get("authorization"))
    if scheme != BEARER:
        raise RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token", "Authorization", "no bound tokens here")
    return PresentedToken(value)


def _answer(body: Mapping[str, Any]) -> JSONResponse:
    return JSONResponse(dict(body), headers=_NO_STORE)


@routes.post("/token", **ANYONE)
def token(use: Use, body: Message) -> Response:
    """An access token for a pre-authorized code and its transaction code (section 6)."""
    return _answer(use.granting.token(parse_request(body)).to_wire())


@routes.post("/nonce", **ANYONE)
def nonce(use: Use) -> Response:
    """A fresh nonce for a key proof (section 7)."""
    return _answer(use.issuing.nonce().to_wire())


@routes.post("/credential", **WALLET)
def credential(request: Request, use: Use, body: Message) -> Response:
    """A credential for a proved key (section 8)."""
    access_token = _presented(request)
    plain, encrypted = use.encryption.open(body, request.headers.get("content-type", ""))
    asked = CredentialRequest.parse(plain)
    made = use.issuing.credential(access_token, asked, encrypted=encrypted)
    return _issued(use, made, asked.answer_encryption)


@routes.post("/deferred_credential", **WALLET)
def deferred_credential(request: Request, use: Use, body: Message) -> Response:
    """What could not be issued when it was asked for (section 9)."""
    access_token = _presented(request)
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
    access_token = _presented(request)
    use.issuing.notification(access_token, NotificationRequest.parse(body))


@proofs.post(issuance_proof.PATH, **ANYONE)
def inclusion_proof(use: Use, body: Message) -> Response:
    """That a credential was issued before a block, for whoever knows its digest; 404 until it is final."""
    proof = use.issuing.inclusion_proof(issuance_proof.read_request(body))
    return Response(issuance_proof.write_answer(proof), media_type=JSON_TYPE, headers=_NO_STORE)
