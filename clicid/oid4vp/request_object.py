"""The signed request object (RFC 9101; OpenID4VP 5.8, 5.10), and who it shows to be asking."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape, strict_json
from clicid.codec.web import web_url
from clicid.errors import Refused, RemoteError, answered_with
from clicid.formats.base import Wanted
from clicid.oid4vp import signer, transaction_data
from clicid.oid4vp.asker import Asker, identify
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request import MAX_REQUEST_BYTES, MAX_STATE, AuthorizationRequest
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have
    from clicid.oid4vp.client_id import ClientId
    from clicid.oid4vp.rules import Terms
    from clicid.oid4vp.signer import Signer
    from clicid.securing.jws import PreparedJws, UnverifiedJws

TYP: Final = "oauth-authz-req+jwt"
MEDIA_TYPE: Final = "application/oauth-authz-req+jwt"
AUDIENCE: Final = "https://self-issued.me/v2"
"""The wallet's name where it is found without discovery (5.8)."""

_JWE_DOTS: Final = 4
_IN_HEADER: Final = ("client_id", "verifier_info")


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A request whose origin has been checked as far as its client identifier allows.

    `signed` is False for `redirect_uri`, and for a page's request that is not signed: nobody can
    authenticate those, and the person must be told. `asker` is unknown unless the chain names it.
    """

    request: AuthorizationRequest
    asker: Asker
    signed: bool


@dataclass(frozen=True, slots=True)
class Complaint:
    """A request that is wrong, by a client that is who it says: it may be told what the matter is (8.5).

    Args:
        fault: What is wrong; its `wire` is what the client is told.
        response_uri: Where; an address of the client's own.
        state: What the request has as its state, or "".
    """

    fault: RemoteError
    response_uri: str
    state: str


def prepare(
    request: AuthorizationRequest,
    *,
    alg: str,
    issued_at: datetime,
    expires_at: datetime,
    key_id: str = "",
    x5c: tuple[bytes, ...] = (),
    attestation: str = "",
) -> PreparedJws:
    """A request object up to its signature.

    It has no `iss`, which a wallet is to ignore (5.8), for there are wallets that hold it against `kid`.

    Args:
        request: What to ask. Its client identifier says which of the following must be there.
        alg: JOSE algorithm of the signing key.
        issued_at: The time.
        expires_at: When the request ends.
        key_id: DID URL of the key, or the name of a key that the client was registered with.
        x5c: The certificates of the key, DER, leaf first, without the authority that wallets know (5.9.3).
        attestation: The verifier attestation of the key.

    Raises:
        Refused: `keys.algorithm`.
    """
    header: dict[str, Json] = {"typ": TYP, "alg": alg}
    if key_id:
        header["kid"] = key_id
    if x5c:
        header["x5c"] = [base64.b64encode(der).decode() for der in x5c]
    if attestation:
        header["jwt"] = attestation
    payload: dict[str, Json] = {
        "aud": AUDIENCE,
        "iat": instant.to_numeric_date(issued_at),
        "exp": instant.to_numeric_date(expires_at),
        **request.to_wire(),
    }
    return jws.prepare(header, strict_json.dumps(payload))


def verify(
    raw: bytes,
    *,
    client_id: ClientId,
    wallet_nonce: str,
    have: Have,
    terms: Terms,
    now: datetime,
    origin: str = "",
) -> VerifiedRequest | Complaint | Wanted:
    """Check a request object, and find out who asks. Nothing is read from it before it is verified.

    1. It is a JWS of type `oauth-authz-req+jwt` (5.8) with an algorithm that the rules allow, from a client
       whose requests are signed.
    2. The key is the client's, in the way of its prefix (5.9.3; `signer.find`), and has signed it.
    3. The client identifier inside is that of the link (5.10.1), `aud` names a wallet found without
       discovery, it echoes the wallet's nonce, if the wallet sent one, and it is of now.
    4. Answers go where the client may have them sent (5.9.3, 14.3.1); over the Digital Credentials API, the
       page is one of `expected_origins` (A.2).
    5. Its parameters are a request that the rules allow, and that asks to authorise what can be shown.
       From here on the client may be told what is wrong.
    6. Who the chain says the client is; one that it does not know stays unknown.

    Args:
        raw: The body that was fetched.
        client_id: The client identifier of the link.
        wallet_nonce: What the wallet sent, or "".
        have: Material at hand.
        terms: On what terms the wallet listens.
        now: The time.
        origin: Over the Digital Credentials API, the page's; "" otherwise.

    Returns:
        The request, what is wrong with it and may be told, or what is wanted: the DID's record, then the
        registration.

    Raises:
        RemoteError: `invalid_request` or `invalid_client`: nobody may be told.
        Undecided: `did.unavailable`, `did.too_old`: the signature cannot be judged now.
    """
    if not client_id.signed:  # 1
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.unsigned", "client_id")
    unverified = _parse(raw, terms)
    found = signer.find(unverified.header, client_id, have, terms=terms, now=now)  # 2
    if isinstance(found, Wanted):
        return found
    with answered_with(Wire.INVALID_CLIENT, "oid4vp.asker_key"):
        payload = jws.verify(unverified, found.key)
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
        obj = shape.as_object(strict_json.loads(payload, max_bytes=MAX_REQUEST_BYTES))
        if origin:
            obj |= _beside(unverified.header, obj)
        _check_meant(obj, client_id, wallet_nonce, origin)  # 3
        _check_time(obj, terms, now, fresh=bool(wallet_nonce or origin))
        address, state = _check_place(obj, found, origin)  # 4
    try:
        request = _parameters(obj, found, terms, origin)  # 5
    except RemoteError as fault:
        if not address:
            raise
        return Complaint(fault, address, state)
    asker = identify(  # 6
        client_id,
        request.verifier_info,
        have,
        vouched_by=found.vouched_by,
        rules=terms.material,
        now=now,
    )
    return asker if isinstance(asker, Wanted) else VerifiedRequest(request, asker, signed=True)


def _parse(raw: bytes, terms: Terms) -> UnverifiedJws:
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
        if raw.count(b".") == _JWE_DOTS:
            raise RemoteError(
                Wire.INVALID_REQUEST, "oid4vp.unsupported", detail="an encrypted request object"
            )
        unverified = jws.parse(raw, typ=TYP, max_bytes=MAX_REQUEST_BYTES)
        if unverified.header["alg"] not in terms.request.algorithms:
            raise Refused("keys.algorithm", "/alg", "not one that is accepted for requests")
        return unverified


def _beside(header: Mapping[str, Json], obj: Mapping[str, Json]) -> dict[str, Json]:
    """Of a request by several clients, what each has signed by itself: in its header only (A.3.2.2)."""
    if "client_id" not in header:
        return {}
    for name in _IN_HEADER:
        if name in obj:
            raise Refused("oid4vp.request", f"/{name}", "in the header of a signature and in what all signed")
    return {name: header[name] for name in _IN_HEADER if name in header}


def _check_meant(obj: Mapping[str, Json], client_id: ClientId, wallet_nonce: str, origin: str) -> None:
    """Whether the client sent it to this wallet, and in answer to what the wallet sent."""
    if shape.text(obj, "client_id", maximum=2048) != str(client_id):
        raise RemoteError(Wire.INVALID_CLIENT, "oid4vp.client_id", "/client_id", "not that of the link")
    # A browser says to whom: an origin stands beside, and examples of A.3.2 have no audience.
    if ("aud" in obj or not origin) and shape.text(obj, "aud") != AUDIENCE:
        raise Refused("oid4vp.request", "/aud", "not for a wallet found without discovery")
    if (shape.optional_text(obj, "wallet_nonce", maximum=512) or "") != wallet_nonce:
        raise Refused("oid4vp.request", "/wallet_nonce", "not what the wallet sent")


def _check_time(obj: Mapping[str, Json], terms: Terms, now: datetime, *, fresh: bool) -> None:
    """Whether it is of now. RFC 9101 demands no `exp`: without one, `iat` must show it.

    `fresh` is a request that cannot be an old one: it has the wallet's nonce, or the browser brings it.
    """
    leeway, life = terms.material.leeway, terms.request.max_life
    issued_at, expires_at = (
        instant.from_numeric_date(obj[name], where=f"/{name}") if name in obj else None
        for name in ("iat", "exp")
    )
    if expires_at is not None and not now - leeway < expires_at <= now + life:
        raise Refused("oid4vp.request_time", "/exp")
    if issued_at is not None and issued_at > now + leeway:
        raise Refused("oid4vp.request_time", "/iat")
    if expires_at is None and not fresh and (issued_at is None or issued_at <= now - life):
        raise Refused("oid4vp.request_time", "/exp", "nothing shows that it is of now")


def _check_place(obj: Mapping[str, Json], found: Signer, origin: str) -> tuple[str, str]:
    """Where the answer goes, and the state; both "" where the browser brings it."""
    if origin:
        if origin not in shape.texts(obj, "expected_origins", minimum=1, maximum=16):
            raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.origin", "/expected_origins")
        if found.host and not found.vouched_by:
            # In a link the answer goes to that host and to no other; here nothing ties the page to the name.
            raise RemoteError(
                Wire.INVALID_CLIENT, "oid4vp.certificate", "/x5c", "a name without an authority"
            )
        return "", ""
    address = web_url(shape.text(obj, "response_uri"), "/response_uri")
    found.check_address(address)
    state = obj.get("state", "")
    return address, state if isinstance(state, str) and len(state) <= MAX_STATE else ""


def _parameters(obj: dict[str, Json], found: Signer, terms: Terms, origin: str) -> AuthorizationRequest:
    if found.metadata is not None and "client_metadata" in obj:
        raise RemoteError(
            Wire.INVALID_CLIENT,
            "oid4vp.request",
            "/client_metadata",
            "that of a registered client is known (8.5)",
        )
    request = AuthorizationRequest.parse(obj, origin=origin)
    if found.metadata is not None:
        request = replace(request, metadata=found.metadata)
    check_parameters(request, terms)
    return request


def check_parameters(request: AuthorizationRequest, terms: Terms) -> None:
    """Return if a request can be answered on these terms.

    Raises:
        RemoteError: `invalid_request`, `invalid_transaction_data`.
    """
    terms.request.check(request)
    transaction_data.check(request.transaction_data, request.query, terms.transactions)
