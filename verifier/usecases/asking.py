"""Creating a request, and handing out its request object: to a wallet that fetches it, or to a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from clicid.codec import base64url, shape, strict_json
from clicid.codec.web import web_url
from clicid.errors import LocalError, Refused, RemoteError
from clicid.oid4vp import transaction_data, verifier
from clicid.oid4vp.asker import Asker, Registered, over_asking
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request import RequestReference, ResponseMode, registration_info
from clicid.oid4vp.session import HandOut, ObjectFetched, Phase, Session
from clicid.oid4vp.transaction_data import TYPES, TransactionData
from clicid.trust.x5c import AKI

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.oid4vp.rules import RequestRules
    from clicid.trust.registration import Purpose
    from verifier.store import StoredSession
    from verifier.usecases.identity import Identity
    from verifier.usecases.service import Service

LIFE: Final = timedelta(minutes=10)
SIGNED: Final = "openid4vp-v1-signed"
UNSIGNED: Final = "openid4vp-v1-unsigned"
"""The protocols of the Digital Credentials API (OpenID4VP A.1)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants to ask for, and how.

    Args:
        query: A DCQL query (OpenID4VP 1.0, 6).
        purpose: The id of a purpose in the registration document.
        response_mode: How the answer comes back.
        identity: Under which name to ask; "" for the usual one.
        transaction_data: What is to be authorised, each object with `type` and `credential_ids`.
        return_to: Where the person's browser goes after the answer; "" for another device.
        origin: Of the page that asks by the Digital Credentials API; "" for none.
    """

    query: Json
    purpose: str
    response_mode: ResponseMode = ResponseMode.DIRECT_POST
    identity: str = ""
    transaction_data: tuple[Json, ...] = ()
    return_to: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Created:
    """A request that waits for a wallet.

    Args:
        session_id: Its name, 128 random bits.
        url: The link or QR code for the wallet; "" by the Digital Credentials API.
        expires_at: Seconds since 1970.
        beyond_registration: Claims that the registered purpose does not cover; wallets warn of them.
        digital: What a page gives to ``navigator.credentials.get``, an element of ``digital.requests``; empty
            for a link.
    """

    session_id: str
    url: str
    expires_at: int
    beyond_registration: tuple[str, ...]
    digital: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """A wish that this verifier can grant."""

    query: Query
    purpose: Purpose
    transaction_data: tuple[TransactionData, ...]
    beyond_registration: tuple[str, ...]


def check(service: Service, wish: Wish) -> Checked:
    """Return if the verifier can ask for this, and would accept an answer.

    Raises:
        Refused: `oid4vp.dcql`, `registration.purpose`, `oid4vp.transaction_data`; `oid4vp.unsupported` for a
            format, a kind of authority, a response mode or an identity that this verifier does not have.
    """
    query = Query.parse(wish.query)
    _check_supported(query, service.rules)
    if wish.response_mode not in service.rules.response_modes:
        known = ", ".join(sorted(service.rules.response_modes))
        raise Refused("oid4vp.unsupported", "/response_mode", f"answers come back by {known}")
    _identity(service, wish)
    purpose = service.registration.purpose(wish.purpose)
    asker = Asker(service.registration.identifier, Registered(service.registration, purpose))
    beyond = tuple("/".join(map(str, over.path)) for over in over_asking(query, asker))
    return Checked(query, purpose, _transactions(wish, query), beyond)


def create(service: Service, owner: str, wish: Wish, life: timedelta = LIFE) -> Created:
    """Begin a presentation for a client.

    Args:
        service: The verifier.
        owner: The client that alone may have the report.
        wish: What it wants.
        life: How long an answer is waited for.

    Raises:
        Refused: As `check`.
        LocalError: `oid4vp.request` for parameters that are no request.
    """
    checked, identity = check(service, wish), _identity(service, wish)
    by_browser = wish.response_mode.by_browser
    _check_origin(wish)
    session_id = base64url.encode(service.random(16))
    expires_at = int((service.clock() + life).timestamp())
    response_uri = "" if by_browser else f"{service.origin}/wallet/response/{session_id}"
    encrypted = wish.response_mode.encrypted
    session = verifier.create(
        checked.query,
        client_id=identity.client_id(response_uri, wish.origin),
        response_uri=response_uri,
        owner=owner,
        life=life,
        response_mode=wish.response_mode,
        recipient=service.answer_keys.make(session_id, expires_at) if encrypted else None,
        origin=wish.origin,
        transaction_data=checked.transaction_data,
        # Nobody can tell whose an unsigned request is: a registration in it would be anybody's.
        verifier_info=(registration_info(service.registration_json, wish.purpose),) if identity.signs else (),
        return_to=wish.return_to,
        formats=service.rules.readable(verifier.SUPPORTED_FORMATS),
        now=service.clock(),
        random=service.random,
    )
    service.store.add_session(session_id, owner, session.to_bytes(), expires_at)
    digital = _digital(service, session_id, session, identity) if by_browser else {}
    url = "" if by_browser else _link(service, session_id, session, identity)
    return Created(session_id, url, expires_at, checked.beyond_registration, digital)


def _check_origin(wish: Wish) -> None:
    by_browser = wish.response_mode.by_browser
    if by_browser != bool(wish.origin) or (by_browser and wish.return_to):
        raise Refused("oid4vp.request", "/origin", "a page asks from an origin, and is where it ends")
    if by_browser:
        parts = urlsplit(web_url(wish.origin, "/origin"))
        if f"{parts.scheme}://{parts.netloc}".lower() != wish.origin:
            raise Refused("oid4vp.request", "/origin", "scheme, host and port, as browsers write them")


def _link(service: Service, session_id: str, session: Session, identity: Identity) -> str:
    request = session.request
    if not identity.signs:
        return request.to_url()
    where = f"{service.origin}/wallet/request/{session_id}"
    return RequestReference(request.client_id, where, "post").to_url(service.rules.scheme)


def _digital(service: Service, session_id: str, session: Session, identity: Identity) -> dict[str, Json]:
    """A.3: signed it is a request object, else its parameters."""
    if not identity.signs:
        return {"protocol": UNSIGNED, "data": session.request.to_wire()}
    return {"protocol": SIGNED, "data": {"request": hand_out(service, session_id, "").decode("ascii")}}


def _identity(service: Service, wish: Wish) -> Identity:
    found = service.identities.get(wish.identity or service.identity)
    if found is None:
        known = ", ".join(service.identities)
        raise Refused("oid4vp.unsupported", "/identity", f"this verifier is called {known}")
    return found


def _transactions(wish: Wish, query: Query) -> tuple[TransactionData, ...]:
    """What no wallet may answer is not asked (8.5). A type that is not ours, only wallets can judge."""
    known = {credential.id for credential in query.credentials}
    found = []
    for place, item in enumerate(wish.transaction_data):
        where = f"/transaction_data/{place}"
        encoded = base64url.encode(strict_json.dumps(shape.as_object(item, where)))
        data = TransactionData.parse(encoded, where)
        if not known.issuperset(data.credential_ids):
            raise Refused(
                "oid4vp.transaction_data", f"{where}/credential_ids", "an id the query does not have"
            )
        found.append(data)
    transaction_data.check([data for data in found if data.type in TYPES], query, TYPES)
    return tuple(found)


def _check_supported(query: Query, rules: RequestRules) -> None:
    """What this verifier cannot read, or cannot tell of an issuer, it would refuse whoever showed it."""
    for place, credential in enumerate(query.credentials):
        if credential.format not in rules.readable(verifier.SUPPORTED_FORMATS):
            known = ", ".join(rules.readable(verifier.SUPPORTED_FORMATS))
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
    identity = _of(service, session)
    following, reply = verifier.step(session, ObjectFetched(wallet_nonce), now=now, random=service.random)
    if isinstance(reply, RemoteError):
        raise reply
    if not isinstance(reply, HandOut):
        raise LocalError("oid4vp.sequence", detail=type(reply).__name__)
    if following != session and service.store.replace_state(stored, following.to_bytes()) is None:
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="another call was first")
    return identity.signed(reply.request, service.keys, issued_at=now, expires_at=session.expires_at)


def _of(service: Service, session: Session) -> Identity:
    """The identity that a request was made under. One that is signed nowhere has no request object."""
    client_id = session.request.client_id
    for identity in service.identities.values():
        if identity.signs and (identity.prefix, identity.rest) == (client_id.prefix, client_id.rest):
            return identity
    raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="unknown request")


def phase(service: Service, session_id: str) -> Phase:
    """Where a request stands. Raises RemoteError as `find`."""
    return Session.from_bytes(find(service, session_id).state).phase


def check_owner(service: Service, session_id: str, owner: str) -> None:
    """Return if it is this client's. Raises RemoteError `access_denied`, and as `find`."""
    if find(service, session_id).client_id != owner:
        raise RemoteError(Wire.ACCESS_DENIED, "oid4vp.owner")


def find(service: Service, session_id: str) -> StoredSession:
    """The stored request, or a refusal that says no more than that there is none."""
    stored = service.store.session(session_id)
    if stored is None:
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.sequence", detail="unknown request")
    return stored
