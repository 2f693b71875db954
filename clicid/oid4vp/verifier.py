"""The verifier's side of OpenID4VP as a state machine without I/O.

`step` takes the stored state of a presentation and an event, and gives the next state and a reply.
The application stores the state by compare-and-set before it acts on the reply: that is what makes
an answer, and the handing out of its claims, happen once.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.codec.web import encode_form, web_url
from clicid.errors import LocalError, Refused, RemoteError
from clicid.oid4vp.client_metadata import ClientMetadata
from clicid.oid4vp.errors import PresentationRefused, Wire
from clicid.oid4vp.request import AuthorizationRequest, ResponseMode
from clicid.oid4vp.response import ErrorResponse, ResponseReceipt
from clicid.oid4vp.session import (
    OUT_OF_PLACE,
    TRANSITIONS,
    Check,
    Concluded,
    Event,
    HandOut,
    HandOver,
    Noted,
    NotYet,
    ObjectFetched,
    Phase,
    Reply,
    ReportAsked,
    ResponsePosted,
    Session,
    Verdict,
)
from clicid.securing import jwe
from clicid.securing.data_integrity import ECDSA_SD_2023, EDDSA_RDFC_2022

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.oid4vp.client_id import ClientId
    from clicid.oid4vp.dcql import Query
    from clicid.oid4vp.request import VerifierInfo
    from clicid.oid4vp.transaction_data import TransactionData
    from clicid.securing.jwe import Recipient

# Ed25519 by both its names: annex B.3.4 wants the fully-specified one (RFC 9864), and wallets know the older.
_JOSE: Final[list[Json]] = ["ES256", "ES384", "Ed25519", "EdDSA", "ES256K"]

SUPPORTED_FORMATS: Final[dict[str, Json]] = {
    "dc+sd-jwt": {
        "sd-jwt_alg_values": _JOSE,
        "kb-jwt_alg_values": _JOSE,
    },
    "ldp_vc": {
        "proof_type_values": ["DataIntegrityProof"],
        "cryptosuite_values": [EDDSA_RDFC_2022, ECDSA_SD_2023],
    },
    "jwt_vc_json": {"alg_values": _JOSE},
    "mso_mdoc": {
        "issuerauth_alg_values": [-7, -9, -35, -51, -8, -19],
        "deviceauth_alg_values": [-7, -9, -35, -51, -8, -19],
    },
}
"""What our verifier takes, as `vp_formats_supported` says it (OpenID4VP 11.1 and annex B)."""

_SECRET_BYTES: Final = 32


def create(
    query: Query,
    *,
    client_id: ClientId,
    response_uri: str,
    owner: str,
    life: timedelta,
    response_mode: ResponseMode = ResponseMode.DIRECT_POST,
    recipient: Recipient | None = None,
    origin: str = "",
    transaction_data: tuple[TransactionData, ...] = (),
    verifier_info: tuple[VerifierInfo, ...] = (),
    return_to: str = "",
    formats: Mapping[str, Json] = SUPPORTED_FORMATS,
    now: datetime,
    random: Callable[[int], bytes],
) -> Session:
    """Begin a presentation, with a nonce and a state of its own (256 bits each).

    Args:
        query: What to ask for.
        client_id: Who asks. Over the Digital Credentials API, of a request that is not signed: the origin,
            ``ClientId(ORIGIN, origin)``.
        response_uri: Where this session's answer is posted; may not serve another. "" over that API.
        owner: The client that will be given the report.
        life: How long an answer is waited for.
        response_mode: How the answer is returned.
        recipient: The key to encrypt it for, made for this session; None where it comes in the open.
        origin: Over the Digital Credentials API, that of the page that asks; "" otherwise.
        transaction_data: What is to be authorised.
        verifier_info: What to attach, such as `request.registration_info(...)`.
        return_to: Where to send the person's browser after the answer, on the same device.
        formats: What to say that is read, as `vp_formats_supported`.
        now: The time.
        random: So many random bytes.

    Raises:
        LocalError: `oid4vp.request` for parameters that are no request.
    """
    request = AuthorizationRequest(
        client_id=client_id,
        nonce=base64url.encode(random(_SECRET_BYTES)),
        response_uri=response_uri,
        query=query,
        response_mode=response_mode,
        # The browser brings the answer back to the page that asked: there it has no state (A.2).
        state="" if origin else base64url.encode(random(_SECRET_BYTES)),
        verifier_info=verifier_info,
        metadata=ClientMetadata(
            {**formats},
            () if recipient is None else (recipient,),
            () if recipient is None else tuple(jwe.ENCS),
        ),
        transaction_data=transaction_data,
        expected_origins=(origin,) if origin and client_id.signed else (),
        origin=origin,
    )
    try:
        request = AuthorizationRequest.parse(request.to_wire(), origin=origin)
        if request.recipient != recipient:
            raise LocalError("oid4vp.encryption", detail="a key without encryption")
        if return_to:
            web_url(return_to, "return_to")
    except Refused as fault:
        raise LocalError("oid4vp.request", fault.where, f"{fault.code} {fault.detail}".rstrip()) from fault
    # A request that is not signed travels in the link or by the page: there is no object to fetch.
    phase = Phase.CREATED if client_id.signed else Phase.HANDED_OUT
    return Session(phase, owner, request, (now + life).replace(microsecond=0), return_to)


def step(
    session: Session, event: Event, *, now: datetime, random: Callable[[int], bytes]
) -> tuple[Session, Reply]:
    """The next state and the reply. A wallet's or client's mistake is a reply, of type `RemoteError`.

    Raises:
        LocalError: `oid4vp.sequence` for an event of our own that does not fit the state.
    """
    allowed = TRANSITIONS.get((session.phase, type(event)))
    if allowed is None:
        return session, _out_of_place(session, event)
    following, reply = _react(session, event, now, random)
    if following.phase not in allowed:
        raise LocalError("oid4vp.sequence", detail=f"{session.phase} to {following.phase}")
    return following, reply


def _react(
    session: Session, event: Event, now: datetime, random: Callable[[int], bytes]
) -> tuple[Session, Reply]:
    outcome: tuple[Session, Reply]
    match event:
        case ObjectFetched():
            outcome = _hand_out(session, event, now)
        case ResponsePosted():
            outcome = _take(session, event, now, random)
        case Concluded():
            outcome = _conclude(session, event, random)
        case ReportAsked():
            outcome = _report(session, event, now)
        case _:  # TimePassed
            outcome = _expire(session, now), Noted()
    return outcome


def _out_of_place(session: Session, event: Event) -> RemoteError:
    detail = f"{type(event).__name__} in {session.phase}"
    answer = OUT_OF_PLACE.get(type(event))
    if answer is None:
        raise LocalError("oid4vp.sequence", detail=detail)
    return RemoteError(*answer, detail=detail)


def _expire(session: Session, now: datetime) -> Session:
    return session if now < session.expires_at else replace(session, phase=Phase.EXPIRED)


def _hand_out(session: Session, event: ObjectFetched, now: datetime) -> tuple[Session, Reply]:
    if _expire(session, now).phase is Phase.EXPIRED:
        return _expire(session, now), RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="expired")
    # The wallet's nonce is echoed and not kept: another fetch may bring another (5.10.1).
    request = replace(session.request, wallet_nonce=event.wallet_nonce)
    return replace(session, phase=Phase.HANDED_OUT), HandOut(request)


def _take(
    session: Session, event: ResponsePosted, now: datetime, random: Callable[[int], bytes]
) -> tuple[Session, Reply]:
    response = event.response
    if not hmac.compare_digest(response.state.encode(), session.request.state.encode()):
        # Somebody who has not seen the request must not be able to end the session.
        return session, RemoteError(Wire.INVALID_REQUEST, "oid4vp.response", "state")
    if _expire(session, now).phase is Phase.EXPIRED:
        return _expire(session, now), RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="expired")
    if isinstance(response, ErrorResponse):
        declined = replace(session, phase=Phase.DECLINED, code=response.error.value)
        return declined, ResponseReceipt(_onward(session, random)[0])
    return replace(session, phase=Phase.ANSWERED), Check(response)


def _conclude(session: Session, event: Concluded, random: Callable[[int], bytes]) -> tuple[Session, Reply]:
    following = replace(session, phase=Phase.CONCLUDED, verdict=event.verdict, code=event.code)
    address, digest = _onward(session, random)
    if event.verdict is Verdict.REFUSED:
        # Nothing was accepted that a code would have to guard.
        return following, PresentationRefused(event.code, address)
    return replace(following, response_code_digest=digest), ResponseReceipt(address)


def _onward(session: Session, random: Callable[[int], bytes]) -> tuple[str, str]:
    """Where the person's browser goes on, with a fresh code (8.2), and the code's digest; "" for neither."""
    if not session.return_to:
        return "", ""
    code = base64url.encode(random(_SECRET_BYTES))
    joint = "&" if "?" in session.return_to else "?"
    return f"{session.return_to}{joint}{encode_form({'response_code': code}).decode()}", _digest(code)


def _report(session: Session, event: ReportAsked, now: datetime) -> tuple[Session, Reply]:
    if event.owner != session.owner:
        return session, RemoteError(Wire.ACCESS_DENIED, "oid4vp.owner")
    if session.phase in (Phase.CREATED, Phase.HANDED_OUT, Phase.ANSWERED):
        waiting = _expire(session, now)
        return waiting, NotYet(waiting.phase)
    if session.phase is not Phase.CONCLUDED:
        return session, NotYet(session.phase)
    digest = session.response_code_digest
    if digest and not hmac.compare_digest(_digest(event.response_code), digest):
        # OpenID4VP 14.3: only the browser that the wallet sent back completes the session.
        return session, RemoteError(Wire.ACCESS_DENIED, "oid4vp.owner", "response_code")
    return replace(session, phase=Phase.COLLECTED), HandOver()


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
