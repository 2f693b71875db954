"""Creating a request, and handing out its signed request object to a wallet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.errors import LocalError, Refused, RemoteError
from clicid.oid4vp import request_object, verifier
from clicid.oid4vp.asker import Asker, Registered, over_asking
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request import RequestReference, registration_info
from clicid.oid4vp.session import HandOut, ObjectFetched, Session
from clicid.trust.x5c import AKI

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from verifier.store import StoredSession
    from verifier.usecases.service import Service

LIFE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Created:
    """A request that waits for a wallet.

    Args:
        session_id: Its name, 128 random bits.
        url: The link or QR code for the wallet.
        expires_at: Seconds since 1970.
        beyond_registration: Claims that the registered purpose does not cover; wallets warn of them.
    """

    session_id: str
    url: str
    expires_at: int
    beyond_registration: tuple[str, ...]


def create(service: Service, owner: str, query: Json, purpose: str, return_to: str) -> Created:
    """Begin a presentation for a client.

    Args:
        service: The verifier.
        owner: The client that alone may have the report.
        query: A DCQL query (OpenID4VP 1.0, 6).
        purpose: The id of a purpose in the registration document.
        return_to: Where the person's browser goes after the answer; empty for another device.

    Raises:
        Refused: `oid4vp.dcql`, `registration.purpose`; `oid4vp.unsupported` for a format that this
            verifier cannot read.
    """
    parsed = Query.parse(query)
    _check_supported(parsed)
    invoked = service.registration.purpose(purpose)
    asker = Asker(service.registration.identifier, Registered(service.registration, invoked))
    session_id = base64url.encode(service.random(16))
    session = verifier.create(
        parsed,
        client_id=service.client_id,
        response_uri=f"{service.origin}/wallet/response/{session_id}",
        owner=owner,
        life=LIFE,
        verifier_info=(registration_info(service.registration_json, purpose),),
        return_to=return_to,
        now=service.clock(),
        random=service.random,
    )
    expires_at = int(session.expires_at.timestamp())
    service.store.add_session(session_id, owner, session.to_bytes(), expires_at)
    reference = RequestReference(service.client_id, f"{service.origin}/wallet/request/{session_id}", "post")
    beyond = tuple("/".join(map(str, over.path)) for over in over_asking(parsed, asker))
    return Created(session_id, reference.to_url(), expires_at, beyond)


def _check_supported(query: Query) -> None:
    """What this verifier cannot read, or cannot tell of an issuer, it would refuse whoever showed it."""
    for place, credential in enumerate(query.credentials):
        if credential.format not in verifier.SUPPORTED_FORMATS:
            known = ", ".join(verifier.SUPPORTED_FORMATS)
            raise Refused(
                "oid4vp.unsupported", f"/credentials/{place}/format", f"this verifier reads {known}"
            )
        for index, trusted in enumerate(credential.trusted_authorities):
            if trusted.type != AKI:
                where = f"/credentials/{place}/trusted_authorities/{index}/type"
                raise Refused("oid4vp.unsupported", where, f"this verifier knows {AKI}")


def hand_out(service: Service, session_id: str, wallet_nonce: str) -> bytes:
    """The signed request object, as often as the wallet asks before it answers.

    Raises:
        RemoteError: `invalid_request` for an unknown, ended or expired request.
    """
    stored = find(service, session_id)
    now = service.clock()
    session = Session.from_bytes(stored.state)
    following, reply = verifier.step(session, ObjectFetched(wallet_nonce), now=now, random=service.random)
    if isinstance(reply, RemoteError):
        raise reply
    if not isinstance(reply, HandOut):
        raise LocalError("oid4vp.sequence", detail=type(reply).__name__)
    if following != session and service.store.replace_state(stored, following.to_bytes()) is None:
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="another call was first")
    prepared = request_object.prepare(
        reply.request,
        key_id=service.key_id,
        alg=service.algorithm,
        issued_at=now,
        expires_at=session.expires_at,
    )
    return prepared.complete(
        [service.keys.sign(service.key, one.message, one.alg) for one in prepared.to_be_signed]
    )


def find(service: Service, session_id: str) -> StoredSession:
    """The stored request, or a refusal that says no more than that there is none."""
    stored = service.store.session(session_id)
    if stored is None:
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="unknown request")
    return stored
