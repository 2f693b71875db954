"""The signed request object (RFC 9101; OpenID4VP 5.8, 5.10), and who it shows to be asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape, strict_json
from clicid.did.syntax import DidUrl
from clicid.errors import Refused, RemoteError, Undecided, answered_with
from clicid.formats.base import Outcome, Wanted
from clicid.formats.issuer import Keyed, issuer_key
from clicid.oid4vp.asker import Asker, identify
from clicid.oid4vp.client_id import DECENTRALIZED_IDENTIFIER
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request import MAX_REQUEST_BYTES, AuthorizationRequest
from clicid.securing import jws

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have, Rules
    from clicid.keys.public import PublicKey
    from clicid.oid4vp.client_id import ClientId
    from clicid.securing.jws import PreparedJws, UnverifiedJws

TYP: Final = "oauth-authz-req+jwt"
MEDIA_TYPE: Final = "application/oauth-authz-req+jwt"
AUDIENCE: Final = "https://self-issued.me/v2"
"""The wallet's name where it is found without discovery (5.8)."""

_MAX_LIFE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A request whose origin has been checked as far as its client identifier allows.

    `signed` is False for `redirect_uri`, whose requests nobody can authenticate: the person must
    be told. `asker` is unknown unless the chain names it.
    """

    request: AuthorizationRequest
    asker: Asker
    signed: bool


def prepare(
    request: AuthorizationRequest, *, key_id: str, alg: str, issued_at: datetime, expires_at: datetime
) -> PreparedJws:
    """A request object up to its signature.

    It has no `iss`, which a wallet is to ignore (5.8), for there are wallets that hold it against `kid`.

    Args:
        request: What to ask; its client identifier must be the DID of the key.
        key_id: DID URL of the verifier's signing key.
        alg: JOSE algorithm of that key.
        issued_at: The time.
        expires_at: When the request ends.

    Raises:
        Refused: `keys.algorithm`.
    """
    header: dict[str, Json] = {"typ": TYP, "alg": alg, "kid": key_id}
    payload: dict[str, Json] = {
        "aud": AUDIENCE,
        "iat": instant.to_numeric_date(issued_at),
        "exp": instant.to_numeric_date(expires_at),
        **request.to_wire(),
    }
    return jws.prepare(header, strict_json.dumps(payload))


def verify(
    raw: bytes, *, client_id: ClientId, wallet_nonce: str, have: Have, rules: Rules, now: datetime
) -> VerifiedRequest | Wanted:
    """Check a request object, and find out who asks. Nothing is read from it before it is verified.

    1. It is a JWS of type `oauth-authz-req+jwt` (5.8), from a client whose requests are signed.
    2. Its `kid` is a key of the DID in the client identifier of the link (5.9.3).
    3. That key is in the DID's document and in force, and the signature is that key's.
    4. Its parameters are a request, whose client identifier is that of the link (5.10.1).
    5. `aud` names a wallet found without discovery; `iat` and `exp` hold.
    6. It echoes the wallet's nonce, if the wallet sent one (5.10.1).
    7. Who the chain says the DID is; an asker that it does not know stays unknown.

    Args:
        raw: The body that was fetched.
        client_id: The client identifier of the link.
        wallet_nonce: What the wallet sent, or "".
        have: Material at hand.
        rules: Largest ages and leeway.
        now: The time.

    Returns:
        The request, or what is wanted: the DID's record, then its registration.

    Raises:
        RemoteError: `invalid_request` or `invalid_client`.
        Undecided: `did.unavailable`, `did.too_old`: the signature cannot be judged now.
    """
    if client_id.prefix != DECENTRALIZED_IDENTIFIER:
        raise RemoteError(Wire.INVALID_CLIENT, "oid4vp.unsigned", "client_id")
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
        unverified = jws.parse(raw, typ=TYP, max_bytes=MAX_REQUEST_BYTES)  # 1
    key = _asker_key(unverified, client_id.rest, have, rules, now)  # 2, 3
    if isinstance(key, Wanted):
        return key
    with answered_with(Wire.INVALID_CLIENT, "oid4vp.asker_key"):
        payload = jws.verify(unverified, key)  # 3
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
        obj = shape.as_object(strict_json.loads(payload, max_bytes=MAX_REQUEST_BYTES))
        request = AuthorizationRequest.parse(obj)  # 4
        if request.client_id != client_id:
            raise RemoteError(Wire.INVALID_CLIENT, "oid4vp.client_id", "/client_id", "not that of the link")
        if shape.text(obj, "aud") != AUDIENCE:  # 5
            raise Refused("oid4vp.request", "/aud", "not for a wallet found without discovery")
        _check_time(obj, rules.leeway, now)
        if request.wallet_nonce != wallet_nonce:  # 6
            raise Refused("oid4vp.request", "/wallet_nonce", "not what the wallet sent")
    asker = identify(client_id.rest, request.verifier_info, have, rules=rules, now=now)  # 7
    return asker if isinstance(asker, Wanted) else VerifiedRequest(request, asker, signed=True)


def _asker_key(
    unverified: UnverifiedJws, did: str, have: Have, rules: Rules, now: datetime
) -> PublicKey | Wanted:
    with answered_with(Wire.INVALID_CLIENT, "oid4vp.asker_key"):
        key_id = shape.text(unverified.header, "kid", maximum=2048)
        if str(DidUrl.parse(key_id, "/kid").did) != did:
            raise Refused("oid4vp.asker_key", "/kid", "not a key of the client identifier's DID")
    found = issuer_key(key_id, did, have, rules=rules, now=now)
    if isinstance(found, Wanted):
        return found
    if isinstance(found, Keyed):
        return found.key
    if found.outcome is Outcome.UNDECIDED:
        raise Undecided(found.code, "/kid", found.detail)
    raise RemoteError(Wire.INVALID_CLIENT, "oid4vp.asker_key", "/kid", found.code)


def _check_time(obj: dict[str, Json], leeway: timedelta, now: datetime) -> None:
    expires_at = instant.from_numeric_date(shape.member(obj, "exp"), where="/exp")
    issued_at = instant.from_numeric_date(obj.get("iat", 0), where="/iat")
    if expires_at <= now - leeway or issued_at > now + leeway or expires_at > now + _MAX_LIFE:
        raise Refused("oid4vp.request_time", "/exp")
