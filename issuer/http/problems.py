"""Errors as problem details (RFC 9457): a stable code, a sentence in both languages, and the place.

What the peer is told comes from the reason table; the engineer's detail goes to the log. A request's
own values are never repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from clicid.codec.accept import language
from clicid.errors import REASONS, ClicidError, RemoteError, Undecided
from clicid.oid4vci import client_attestation, dpop
from clicid.oid4vci import errors as wire
from issuer.http.refusals import HEADER
from issuer.logs import LOG, where_from
from issuer.usecases.authenticating import ALGS, CHALLENGE, DPOP_NONCE

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE: Final = "application/problem+json"

# The HTTP status of a code; of everything else 400, or 503 where we could not find out.
STATUS: Final[dict[str, int]] = {
    "block.refused": 403,
    "chip.challenge": 409,
    "chip.not_offered": 404,
    "codec.size": 413,
    "contact.address": 422,
    "contact.code_burnt": 422,
    "contact.code_expired": 422,
    "contact.code_wrong": 422,
    "document.animated": 415,
    "document.image_bomb": 413,
    "document.not_an_image": 415,
    "document.other_file": 415,
    "face.animated": 415,
    "face.image_bomb": 413,
    "face.not_an_image": 415,
    "face.other_file": 415,
    "http.body": 422,
    "http.method": 405,
    "http.media_type": 415,
    "http.not_found": 404,
    "http.token": 401,
    "http.unexpected": 500,
    "issuing.profile": 409,
    "issuing.barred": 409,
    "issuing.single_name": 409,
    "issuing.threshold": 409,
    "liveness.expired": 409,
    "liveness.frames": 422,
    "liveness.image_bomb": 413,
    "liveness.not_an_image": 415,
    "liveness.replayed": 409,
    "liveness.too_often": 429,
    "onboarding.changed": 409,
    "onboarding.face_search": 404,
    "mdoc.signer_expired": 503,
    "onboarding.language": 404,
    "onboarding.name_mismatch": 422,
    "onboarding.person_conflict": 409,
    "onboarding.policy_version": 409,
    "onboarding.too_many_tries": 409,
    "onboarding.too_often": 429,
    "onboarding.unknown": 404,
    "onboarding.wrong_step": 409,
    "operator.exists": 409,
    "operator.role": 403,
    "operator.token": 401,
    "operator.unknown": 404,
    "publication.owner_key": 409,
    "review.claimed": 409,
    "review.known": 409,
    "review.level": 409,
    "review.no_proposal": 409,
    "review.notes": 409,
    "review.proposed": 409,
    "review.same_person": 403,
    "review.unknown": 404,
    "revocation.count": 409,
    "revocation.final": 409,
    "revocation.selection": 422,
    "revocation.unknown": 404,
    "store.erased": 410,
    "store.full": 503,
}


_NONCES: Final[dict[str, tuple[str, str]]] = {
    wire.Wire.USE_DPOP_NONCE: (dpop.NONCE_HEADER, DPOP_NONCE),
    wire.Wire.USE_ATTESTATION_CHALLENGE: (client_attestation.CHALLENGE_HEADER, CHALLENGE),
}


class BadBodyError(HTTPException):
    """A body that strict parsing refused; FastAPI lets HTTP exceptions of a parser through."""

    def __init__(self, fault: ClicidError) -> None:
        super().__init__(400)
        self.fault = fault


def problem(request: Request, fault: ClicidError) -> JSONResponse:
    """The answer for an error of ours."""
    status = STATUS.get(fault.code, 503 if isinstance(fault, Undecided) else 400)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return respond(request, status, fault.code, fault.where, headers)


def respond(
    request: Request, status: int, code: str, where: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem of a code, its title in the language that the request prefers."""
    reason = REASONS[code]
    swedish = language(request.headers.get("accept-language", ""), ("en", "sv")) == "sv"
    body = {
        "type": f"urn:clicid:problem:{code}",
        "title": reason.sv if swedish else reason.en,
        "title_en": reason.en,
        "title_sv": reason.sv,
        "status": status,
        "code": code,
        "where": where,
    }
    return JSONResponse(
        body,
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def install(app: FastAPI) -> None:
    """Give an application these answers for everything that can be raised in it."""
    app.add_exception_handler(ClicidError, _clicid)
    app.add_exception_handler(StarletteHTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)


async def _clicid(request: Request, fault: Exception) -> Response:
    if not isinstance(fault, ClicidError):
        raise TypeError("not an error of ours")
    answer = _oauth(request, fault) if isinstance(fault, RemoteError) else problem(request, fault)
    answer.headers[HEADER] = request.app.state.services.refusals.note(request, fault)
    return answer


def _oauth(request: Request, fault: RemoteError) -> Response:
    authorization = request.headers.get("authorization")
    status = wire.status(fault, authorization)
    unnamed = fault.wire == wire.Wire.INVALID_TOKEN and not authorization
    answer = Response(status_code=status) if unnamed else JSONResponse(wire.to_wire(fault), status)
    answer.headers["Cache-Control"] = "no-store"
    if status in (401, 403) and fault.wire != wire.Wire.INVALID_CLIENT:
        for challenge in wire.challenges(fault, authorization, ALGS):
            answer.headers.append("WWW-Authenticate", challenge)
    if wanted := _NONCES.get(str(fault.wire)):
        header, purpose = wanted
        answer.headers[header] = request.app.state.services.wallets.nonce(purpose)
    return answer


async def _http(request: Request, fault: Exception) -> Response:
    if isinstance(fault, BadBodyError):
        return await _clicid(request, fault.fault)
    status = fault.status_code if isinstance(fault, StarletteHTTPException) else 500
    codes = {404: "http.not_found", 405: "http.method"}
    return respond(request, status, codes.get(status, "http.body"))


async def _invalid(request: Request, fault: Exception) -> JSONResponse:
    errors: list[dict[str, Any]] = list(fault.errors()) if isinstance(fault, RequestValidationError) else []
    where = "/" + "/".join(str(step) for step in errors[0]["loc"][1:]) if errors else ""
    return respond(request, 422, "http.body", where)


async def _unexpected(request: Request, fault: Exception) -> JSONResponse:
    LOG.error("unexpected %s", where_from(fault))
    return respond(request, 500, "http.unexpected")
