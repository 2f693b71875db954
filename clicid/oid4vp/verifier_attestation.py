"""The verifier attestation: a JWT by which a trusted party vouches for a verifier's key (OpenID4VP 12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape, strict_json
from clicid.errors import Refused
from clicid.keys.confirmation import holder_key
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.oid4vp.rules import Attester
    from clicid.securing.jws import PreparedJws

TYP: Final = "verifier-attestation+jwt"

_MAX_BYTES: Final = 1 << 14
_MAX_NAME: Final = 2048
_MAX_URIS: Final = 64


@dataclass(frozen=True, slots=True)
class VerifiedAttestation:
    """What a trusted attester says.

    Args:
        subject: The verifier's client identifier, without prefix.
        key: The key that it must sign its requests with.
        attester: What the attester is called.
        redirect_uris: Where its answers may go, to the letter; None where the attester says nothing of it.
    """

    subject: str
    key: PublicKey
    attester: str
    redirect_uris: frozenset[str] | None


def prepare(
    subject: str,
    key: PublicKey,
    *,
    issuer: str,
    key_id: str,
    alg: str,
    issued_at: datetime,
    expires_at: datetime,
    redirect_uris: Sequence[str] = (),
) -> PreparedJws:
    """An attestation up to its signature.

    Args:
        subject: The verifier's client identifier, without prefix.
        key: Its key.
        issuer: Who attests.
        key_id: The `kid` of the attester's key.
        alg: JOSE algorithm of that key.
        issued_at: The time.
        expires_at: When it ends.
        redirect_uris: Where answers may go; empty to say nothing of it.

    Raises:
        Refused: `keys.algorithm`.
    """
    payload: dict[str, Json] = {
        "iss": issuer,
        "sub": subject,
        "iat": instant.to_numeric_date(issued_at),
        "exp": instant.to_numeric_date(expires_at),
        "cnf": {"jwk": key.to_jwk()},
    }
    if redirect_uris:
        payload["redirect_uris"] = [*redirect_uris]
    return jws.prepare({"typ": TYP, "alg": alg, "kid": key_id}, strict_json.dumps(payload))


def verify(
    text: str,
    attesters: Mapping[str, Attester],
    *,
    algorithms: Collection[str],
    leeway: timedelta,
    now: datetime,
) -> VerifiedAttestation:
    """Check an attestation.

    1. It is a JWS of type `verifier-attestation+jwt`, with an algorithm that is accepted.
    2. Its `iss` is a trusted attester, and a key of that attester's has signed it.
    3. It has begun (`nbf`, `iat`) and not ended (`exp`, which must be there).
    4. It has a subject, and binds a public key to it (`cnf`).

    Raises:
        Refused: `oid4vp.attestation`, `codec.*`, `securing.*`, `keys.*`.
    """
    unverified = jws.parse(text, typ=TYP, max_bytes=_MAX_BYTES)  # 1
    if unverified.header["alg"] not in algorithms:
        raise Refused("oid4vp.attestation", "/alg", "an algorithm that is not accepted")
    claims = shape.as_object(strict_json.loads(unverified.unverified_payload, max_bytes=_MAX_BYTES))
    attester = attesters.get(shape.text(claims, "iss", maximum=_MAX_NAME))  # 2
    if attester is None:
        raise Refused("oid4vp.attestation", "/iss", "by nobody who is trusted to attest")
    attester_key = attester.keys.get(shape.optional_text(unverified.header, "kid", maximum=_MAX_NAME) or "")
    if attester_key is None:
        raise Refused("oid4vp.attestation", "/kid", "not a key of the attester's")
    jws.verify(unverified, attester_key)
    _check_time(claims, leeway, now)  # 3
    key = holder_key(claims)  # 4
    if key is None:
        raise Refused("oid4vp.attestation", "/cnf", "missing")
    uris = (
        frozenset(shape.texts(claims, "redirect_uris", maximum=_MAX_URIS))
        if "redirect_uris" in claims
        else None
    )
    return VerifiedAttestation(shape.text(claims, "sub", maximum=_MAX_NAME), key, attester.name, uris)


def _check_time(claims: Mapping[str, Json], leeway: timedelta, now: datetime) -> None:
    ends = instant.from_numeric_date(shape.member(claims, "exp"), where="/exp")
    begins = [
        instant.from_numeric_date(claims[name], where=f"/{name}") for name in ("iat", "nbf") if name in claims
    ]
    if ends <= now - leeway or any(begin > now + leeway for begin in begins):
        raise Refused("oid4vp.attestation", "/exp", "outside its dates")
