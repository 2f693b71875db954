"""The `jwt` key proof (OpenID4VCI annex F.1 and F.4): a wallet shows that it holds a key."""

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
from clicid.trust import x5c

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.securing.jws import PreparedJws, UnverifiedJws

TYP: Final = "openid4vci-proof+jwt"
BindingMethod: TypeAlias = Literal["jwk", "did:key", "did:jwk"]

_MAX_PROOF_BYTES: Final = 1 << 15
_MAX_NONCE: Final = 1024
_MAX_PLACE: Final = 4
# DID methods whose document is in the identifier: finding the key asks nobody.
_METHODS: Final = {"key": did_key.document, "jwk": did_jwk.document, "peer": did_peer.document}


@dataclass(frozen=True, slots=True)
class Expected:
    """What key proofs are held against.

    Args:
        issuer: Our identifier.
        client_id: Of the wallet's client; "" after anonymous access.
        algs: Algorithms accepted: JOSE names, for `di_vp` cryptosuites.
        binding_methods: Ways to name a key that are accepted: ``jwk``, ``cose_key``, ``did:key``,
            ``did:jwk``, ``did:peer``.
        max_age: The oldest proof accepted.
        leeway: How far its time may lie in the future, and beyond `max_age`.
        now: The time.
    """

    issuer: str
    client_id: str
    algs: Collection[str]
    binding_methods: Collection[str]
    max_age: timedelta
    leeway: timedelta
    now: datetime

    @property
    def bare(self) -> bool:
        """Whether a key is bound as it is, without a DID."""
        # A `cose_key` is bound in the credential; a JWT names it as a JWK all the same.
        return not {"jwk", "cose_key"}.isdisjoint(self.binding_methods)

    def in_window(self, made: datetime) -> bool:
        """Whether a proof of that time is neither too old nor of the future."""
        return self.now - self.max_age - self.leeway <= made <= self.now + self.leeway


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """A key whose possession was proved, or whose attestation was verified.

    `did` is the DID that it authenticates, "" for a bare key. `nonce` is the c_nonce in the proof;
    whether it is fresh, only the store can tell.
    """

    holder: PublicKey
    did: str
    nonce: str = field(repr=False)


def prepare(
    key: PublicKey,
    *,
    alg: str,
    binding: BindingMethod,
    issuer: str,
    nonce: str,
    now: datetime,
    client_id: str = "",
    key_attestation: str = "",
) -> PreparedJws:
    """A proof up to its signature.

    Args:
        key: The key to be bound.
        alg: The JOSE algorithm, one that the issuer takes and the key is for.
        binding: How the issuer wants the key named.
        issuer: The credential issuer's identifier.
        nonce: The c_nonce, or "" where the issuer has no nonce endpoint.
        now: The time.
        client_id: The wallet's; "" after anonymous access, when it must not be told.
        key_attestation: Of this key, and maybe of others; "" for none.
    """
    header: dict[str, Json] = {"typ": TYP, "alg": alg}
    if binding == "jwk":
        header["jwk"] = key.to_jwk()
    elif binding == "did:key":
        header["kid"] = did_key.document(did_key.create(key)).methods[0].id
    else:
        header["kid"] = did_jwk.document(did_jwk.create(key)).methods[0].id
    if key_attestation:
        header["key_attestation"] = key_attestation
    payload: dict[str, Json] = {"aud": issuer, "iat": instant.to_numeric_date(now)}
    if client_id:
        payload["iss"] = client_id
    if nonce:
        payload["nonce"] = nonce
    return jws.prepare(header, strict_json.dumps(payload))


def parse(jwt: str) -> UnverifiedJws:
    """A proof by its looks: a JWS of type `openid4vci-proof+jwt` (F.1), of an asymmetric algorithm.

    Raises:
        RemoteError: `invalid_proof`.
    """
    with answered_with(Wire.INVALID_PROOF, "oid4vci.proof_header"):
        return jws.parse(jwt, typ=TYP, max_bytes=_MAX_PROOF_BYTES)


def key_attestation(unverified: UnverifiedJws) -> str:
    """The key attestation beside a proof (F.1), which nobody has checked; "" if there is none.

    Raises:
        RemoteError: `invalid_proof`.
    """
    with answered_with(Wire.INVALID_PROOF, "oid4vci.proof_header"):
        return shape.optional_text(unverified.header, "key_attestation", maximum=_MAX_PROOF_BYTES) or ""


def verify(
    unverified: UnverifiedJws, expected: Expected, *, attested: Sequence[PublicKey] = ()
) -> VerifiedProof:
    """Check one proof (F.4).

    1. It is a JWS of its type: done by `parse`.
    2. Its algorithm is one that the configuration lists; none and MACs are in no list.
    3. The header names exactly one public key: as `jwk`, in the first certificate of `x5c`, by a DID URL in
       `kid`, or, where keys are attested, by its place among them in `kid`.
    4. The signature is that key's.
    5. Where keys are attested, it is one of them (annex D.1).
    6. `aud` is this issuer. `iss`, if there, is the client; after anonymous access it is absent (F.1).
    7. `iat` lies in the window.
    8. A `nonce` is there; the store then tells whether it is fresh.

    Args:
        unverified: The proof.
        expected: What it is held against.
        attested: The keys of its verified key attestation; none if there is none to be looked at.

    Raises:
        RemoteError: `invalid_proof`, for each step with its own reason.
    """
    with answered_with(Wire.INVALID_PROOF, "oid4vci.proof_header"):
        if unverified.header["alg"] not in expected.algs:  # 2
            raise Refused("keys.algorithm", "/alg", "not one that the configuration lists")
        holder, did = _holder(unverified, expected, attested)  # 3
    with answered_with(Wire.INVALID_PROOF, "keys.signature"):
        verified = jws.verify(unverified, holder)  # 4
    if attested and holder not in attested:  # 5
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_unattested", "/key_attestation")
    with answered_with(Wire.INVALID_PROOF, "oid4vci.proof_payload"):
        payload = shape.as_object(strict_json.loads(verified, max_bytes=_MAX_PROOF_BYTES, max_depth=8))
        _check_parties(payload, expected)  # 6
        issued_at = instant.from_numeric_date(shape.member(payload, "iat"), where="/iat")
        if not expected.in_window(issued_at):  # 7
            raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_time", "/iat")
        if "nonce" not in payload:  # 8
            raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_nonce", "/nonce")
        return VerifiedProof(holder, did, shape.text(payload, "nonce", maximum=_MAX_NONCE))


def _check_parties(payload: dict[str, Json], expected: Expected) -> None:
    if shape.text(payload, "aud") != expected.issuer:
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_audience", "/aud")
    # After anonymous access no name is right.
    if "iss" in payload and shape.text(payload, "iss") != expected.client_id:
        raise Refused("codec.shape", "/iss", "another client, or one where access was anonymous")


def _holder(
    unverified: UnverifiedJws, expected: Expected, attested: Sequence[PublicKey]
) -> tuple[PublicKey, str]:
    header = unverified.header
    named = [name for name in ("jwk", "kid", "x5c", "trust_chain") if name in header]
    if named not in (["jwk"], ["kid"], ["x5c"]):
        raise Refused("oid4vci.proof_header", detail="exactly one of jwk, kid and x5c")
    if named == ["kid"]:
        return _by_kid(shape.text(header, "kid", maximum=2048), expected, attested)
    if not expected.bare:
        raise Refused("oid4vci.proof_header", f"/{named[0]}", "not a binding method of the configuration")
    if named == ["jwk"]:
        return PublicKey.from_jwk(shape.child(header, "jwk"), "/jwk"), ""
    # The certificate only carries the key: nobody's word on whose it is counts here.
    leaf = x5c.load(x5c.from_header(header, code="oid4vci.proof_header")[0])
    return PublicKey.from_spki(x5c.spki(leaf)), ""


def _by_kid(kid: str, expected: Expected, attested: Sequence[PublicKey]) -> tuple[PublicKey, str]:
    if attested and kid.isascii() and kid.isdecimal() and len(kid) <= _MAX_PLACE:
        if int(kid) >= len(attested):
            raise Refused("oid4vci.proof_header", "/kid", "no attested key has that place")
        return attested[int(kid)], did_of(attested[int(kid)], expected)
    url = DidUrl.parse(kid, "/kid")
    method = url.did.method
    if f"did:{method}" not in expected.binding_methods or method not in _METHODS:
        raise Refused("oid4vci.proof_header", "/kid", "not a binding method of the configuration")
    found = _METHODS[method](str(url.did)).method(str(url))
    if found is None or Relationship.AUTHENTICATION not in found.relationships:
        raise Refused("oid4vci.proof_header", "/kid", "the DID has no such key")
    return found.key, str(url.did)


def did_of(key: PublicKey, expected: Expected) -> str:
    """The DID under which a key that came without one is bound; "" where keys are bound as they are.

    Raises:
        Refused: `oid4vci.proof_header` if the configuration has no DID method that needs nothing but a key.
    """
    if expected.bare:
        return ""
    for method, create in (("did:key", did_key.create), ("did:jwk", did_jwk.create)):
        if method in expected.binding_methods:
            return str(create(key))
    raise Refused("oid4vci.proof_header", detail="no binding method for a bare key")
