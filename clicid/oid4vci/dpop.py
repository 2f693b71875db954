"""DPoP (RFC 9449): a request proves that its sender holds the key that an access token is bound to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from clicid.codec import base64url, instant, shape, strict_json, web
from clicid.errors import Refused, RemoteError, answered_with
from clicid.keys.public import PublicKey
from clicid.oid4vci import times
from clicid.oid4vci.errors import Wire
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.securing.jws import PreparedJws

TYP: Final = "dpop+jwt"
HEADER: Final = "DPoP"
NONCE_HEADER: Final = "DPoP-Nonce"

_MAX_PROOF_BYTES: Final = 1 << 13
_MAX_JTI: Final = 256
_MAX_NONCE: Final = 1024
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class VerifiedDpop:
    """A proof of possession for one request.

    Args:
        key: The key.
        jkt: Its RFC 7638 thumbprint, to which tokens are bound (`cnf.jkt`).
        jti: The proof's own id; whether it was here before, only the store can tell.
        nonce: The server's nonce in it, or ""; whether it is fresh, only the store can tell.
        until: How long the store must remember `jti`: after it, the proof is too old anyway.
    """

    key: PublicKey
    jkt: str
    jti: str
    nonce: str = field(repr=False)
    until: datetime


def prepare(
    key: PublicKey,
    *,
    alg: str,
    htm: str,
    htu: str,
    jti: str,
    now: datetime,
    access_token: str = "",
    nonce: str = "",
) -> PreparedJws:
    """A proof up to its signature (4.2).

    Args:
        key: The key whose possession is proved.
        alg: A JOSE algorithm that the server takes and the key is for.
        htm: The request's method.
        htu: Its URL; query and fragment are left out.
        jti: A fresh random value.
        now: The time.
        access_token: At a protected resource, the token that is sent.
        nonce: What the server last gave in `DPoP-Nonce`.
    """
    payload: dict[str, Json] = {
        "jti": jti,
        "htm": htm,
        "htu": htu.partition("#")[0].partition("?")[0],
        "iat": instant.to_numeric_date(now),
    }
    if access_token:
        payload["ath"] = _digest(access_token)
    if nonce:
        payload["nonce"] = nonce
    header: dict[str, Json] = {"typ": TYP, "alg": alg, "jwk": key.to_jwk()}
    return jws.prepare(header, strict_json.dumps(payload))


def verify(
    jwt: str,
    *,
    htm: str,
    htu: str,
    algs: Collection[str],
    now: datetime,
    max_age: timedelta,
    leeway: timedelta,
    access_token: str = "",
) -> VerifiedDpop:
    """Check the one `DPoP` header of a request (4.3).

    1. It is a JWS of type `dpop+jwt` (steps 2 to 4).
    2. Its algorithm is one accepted here; none and MACs are in no list (step 5).
    3. The signature is that of the public key in `jwk` (steps 6 and 7).
    4. `htm` and `htu` are this request's, but for its query and fragment (steps 8 and 9).
    5. `iat` lies in the window (step 11), and now in that of `nbf` and `exp`, if they are there.
    6. With an access token: `ath` is its digest (step 12). That the key is the token's, the caller checks.

    Nonce (step 10) and repetition (11.1) are the store's.

    Args:
        jwt: The header's value.
        htm: The request's method.
        htu: The request's URL, as its sender has it.
        algs: JOSE algorithms accepted.
        now: The time.
        max_age: The oldest `iat` accepted.
        leeway: How far `iat` may lie in the future, and beyond `max_age`.
        access_token: At a protected resource, the token that was sent.

    Raises:
        RemoteError: `invalid_dpop_proof`: `oid4vci.dpop`, `oid4vci.dpop_request`, `oid4vci.dpop_time`,
            `oid4vci.dpop_token`, `keys.signature`.
    """
    with answered_with(Wire.INVALID_DPOP_PROOF, "oid4vci.dpop"):
        unverified = jws.parse(jwt, typ=TYP, max_bytes=_MAX_PROOF_BYTES)  # 1
        if unverified.header["alg"] not in algs:  # 2
            raise Refused("keys.algorithm", "/alg", "not one that is accepted")
        key = PublicKey.from_jwk(shape.child(unverified.header, "jwk"), "/jwk")
    with answered_with(Wire.INVALID_DPOP_PROOF, "keys.signature"):
        raw = jws.verify(unverified, key)  # 3
    with answered_with(Wire.INVALID_DPOP_PROOF, "oid4vci.dpop"):
        payload = shape.as_object(strict_json.loads(raw, max_bytes=_MAX_PROOF_BYTES, max_depth=8))
        jti = shape.text(payload, "jti", maximum=_MAX_JTI)
        if shape.text(payload, "htm", maximum=16) != htm:  # 4
            raise RemoteError(Wire.INVALID_DPOP_PROOF, "oid4vci.dpop_request", "/htm")
        if _target(shape.text(payload, "htu")) != _target(htu.partition("#")[0].partition("?")[0]):
            raise RemoteError(Wire.INVALID_DPOP_PROOF, "oid4vci.dpop_request", "/htu")
        issued_at = instant.from_numeric_date(shape.member(payload, "iat"), where="/iat")
        if not now - max_age - leeway <= issued_at <= now + leeway:  # 5
            raise RemoteError(Wire.INVALID_DPOP_PROOF, "oid4vci.dpop_time", "/iat")
        if wrong := times.outside(payload, now, leeway):
            raise RemoteError(Wire.INVALID_DPOP_PROOF, "oid4vci.dpop_time", wrong)
        if access_token and shape.text(payload, "ath", maximum=64) != _digest(access_token):  # 6
            raise RemoteError(Wire.INVALID_DPOP_PROOF, "oid4vci.dpop_token", "/ath")
        nonce = shape.optional_text(payload, "nonce", maximum=_MAX_NONCE) or ""
    return VerifiedDpop(key, key.thumbprint(), jti, nonce, issued_at + max_age + leeway)


def _digest(access_token: str) -> str:
    return base64url.encode(hashlib.sha256(access_token.encode()).digest())


def _target(url: str) -> tuple[str, str, int | None, str]:
    """What of two URLs must be the same (RFC 3986 6.2.2.1, 6.2.3): case and default port tell nothing."""
    parts = urlsplit(web.web_url(url, "/htu", bare=True))
    port = parts.port or _PORTS.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port, parts.path or "/"
