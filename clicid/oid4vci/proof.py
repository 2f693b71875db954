"""The `jwt` key proof (OpenID4VCI 8.2.1.1, annex F.1 and F.4): a wallet shows that it holds a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from clicid.codec import instant, shape, strict_json
from clicid.did import jwk as did_jwk
from clicid.did import key as did_key
from clicid.did import peer as did_peer
from clicid.did.document import Relationship
from clicid.did.syntax import DidUrl
from clicid.errors import Refused, RemoteError, answered_with
from clicid.keys.public import PublicKey
from clicid.oid4vci.errors import Wire
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.securing.jws import PreparedJws, UnverifiedJws

TYP: Final = "openid4vci-proof+jwt"
BindingMethod: TypeAlias = Literal["jwk", "did:key", "did:jwk"]

_MAX_PROOF_BYTES: Final = 1 << 15
_MAX_NONCE: Final = 1024
# DID methods whose document is in the identifier: finding the key asks nobody.
_METHODS: Final = {"key": did_key.document, "jwk": did_jwk.document, "peer": did_peer.document}


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """A key whose possession was proved; `did` is the DID that it authenticates, "" for a bare `jwk`.

    `nonce` is the c_nonce in the proof; whether it is fresh, only the store can tell.
    """

    holder: PublicKey
    did: str
    nonce: str = field(repr=False)


def prepare(
    key: PublicKey, *, alg: str, binding: BindingMethod, issuer: str, nonce: str, now: datetime
) -> PreparedJws:
    """A proof up to its signature, for anonymous access (so without `iss`).

    Args:
        key: The key to be bound.
        alg: The JOSE algorithm, one that the issuer takes and the key is for.
        binding: How the issuer wants the key named.
        issuer: The credential issuer's identifier.
        nonce: The c_nonce, or "" where the issuer has no nonce endpoint.
        now: The time.
    """
    header: dict[str, Json] = {"typ": TYP, "alg": alg}
    if binding == "jwk":
        header["jwk"] = key.to_jwk()
    elif binding == "did:key":
        header["kid"] = did_key.document(did_key.create(key)).methods[0].id
    else:
        header["kid"] = did_jwk.document(did_jwk.create(key)).methods[0].id
    payload: dict[str, Json] = {"aud": issuer, "iat": instant.to_numeric_date(now)}
    if nonce:
        payload["nonce"] = nonce
    return jws.prepare(header, strict_json.dumps(payload))


def verify(
    jwt: str,
    *,
    issuer: str,
    algs: Collection[str],
    binding_methods: Collection[str],
    max_age: timedelta,
    leeway: timedelta,
    now: datetime,
) -> VerifiedProof:
    """Check one proof (F.4).

    1. It is a JWS of type `openid4vci-proof+jwt` (F.1).
    2. Its algorithm is one that the configuration lists; none and MACs are in no list.
    3. The header names exactly one public key, as `jwk` or by a DID URL in `kid`.
    4. The signature is that key's.
    5. `aud` is this issuer, and `iss` is absent, as access was anonymous (F.1).
    6. `iat` lies in the window.
    7. A `nonce` is there; the store then tells whether it is fresh.

    Args:
        jwt: The proof.
        issuer: Our identifier.
        algs: JOSE algorithms accepted.
        binding_methods: Ways to name a key that are accepted: ``jwk``, ``cose_key``, ``did:key``,
            ``did:jwk``, ``did:peer``.
        max_age: The oldest `iat` accepted.
        leeway: How far `iat` may lie in the future, and beyond `max_age`.
        now: The time.

    Raises:
        RemoteError: `invalid_proof`, for each step with its own reason.
    """
    with answered_with(Wire.INVALID_PROOF, "oid4vci.proof_header"):
        unverified = jws.parse(jwt, typ=TYP, max_bytes=_MAX_PROOF_BYTES)  # 1
        if unverified.header["alg"] not in algs:  # 2
            raise Refused("keys.algorithm", "/alg", "not one that the configuration lists")
        holder, did = _holder(unverified, binding_methods)  # 3
    with answered_with(Wire.INVALID_PROOF, "keys.signature"):
        verified = jws.verify(unverified, holder)  # 4
    with answered_with(Wire.INVALID_PROOF, "oid4vci.proof_payload"):
        payload = shape.as_object(strict_json.loads(verified, max_bytes=_MAX_PROOF_BYTES, max_depth=8))
        if shape.text(payload, "aud") != issuer:  # 5
            raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_audience", "/aud")
        if "iss" in payload:
            raise Refused("codec.shape", "/iss", "must be absent")
        issued_at = instant.from_numeric_date(shape.member(payload, "iat"), where="/iat")
        if not now - max_age - leeway <= issued_at <= now + leeway:  # 6
            raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_time", "/iat")
        if "nonce" not in payload:  # 7
            raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_nonce", "/nonce")
        return VerifiedProof(holder, did, shape.text(payload, "nonce", maximum=_MAX_NONCE))


def _holder(unverified: UnverifiedJws, binding_methods: Collection[str]) -> tuple[PublicKey, str]:
    header = unverified.header
    if [name for name in ("jwk", "kid", "x5c", "trust_chain") if name in header] == ["jwk"]:
        # A `cose_key` is bound in the credential; a JWT names it as a JWK all the same.
        if not {"jwk", "cose_key"}.intersection(binding_methods):
            raise Refused("oid4vci.proof_header", "/jwk", "not a binding method of the configuration")
        return PublicKey.from_jwk(shape.child(header, "jwk"), "/jwk"), ""
    if any(name in header for name in ("jwk", "x5c", "trust_chain")):
        raise Refused("oid4vci.proof_header", detail="exactly one of jwk and kid")
    url = DidUrl.parse(shape.text(header, "kid", maximum=2048), "/kid")
    method = url.did.method
    if f"did:{method}" not in binding_methods or method not in _METHODS:
        raise Refused("oid4vci.proof_header", "/kid", "not a binding method of the configuration")
    found = _METHODS[method](str(url.did)).method(str(url))
    if found is None or Relationship.AUTHENTICATION not in found.relationships:
        raise Refused("oid4vci.proof_header", "/kid", "the DID has no such key")
    return found.key, str(url.did)


def verify_all(
    jwts: tuple[str, ...],
    *,
    issuer: str,
    algs: Collection[str],
    binding_methods: Collection[str],
    max_age: timedelta,
    leeway: timedelta,
    now: datetime,
) -> tuple[VerifiedProof, ...]:
    """Check all proofs of a request: at least one, different keys, one nonce among them (8.2).

    Raises:
        RemoteError: `invalid_proof`.
    """
    if not jwts:
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_missing", "/proofs")
    proofs = tuple(
        verify(
            jwt,
            issuer=issuer,
            algs=algs,
            binding_methods=binding_methods,
            max_age=max_age,
            leeway=leeway,
            now=now,
        )
        for jwt in jwts
    )
    if len({proof.nonce for proof in proofs}) != 1:
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_nonce", "/proofs/jwt", "several nonces")
    if len({proof.holder.to_multikey() for proof in proofs}) != len(proofs):
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_header", "/proofs/jwt", "one key twice")
    return proofs
