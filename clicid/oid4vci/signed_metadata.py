"""Credential Issuer metadata that their issuer signed (OpenID4VCI 12.2.3).

A signature says something only to who knows its key. The signer must be known to be the issuer: by a
certificate for its identifier under an authority that is trusted for issuers, or by a key of the DID that is
known to be its own. Whatever else has signed is refused, and is not read as if nobody had.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape, strict_json
from clicid.errors import Refused
from clicid.oid4vci import times
from clicid.oid4vci.metadata import MAX_METADATA_BYTES
from clicid.securing import jws
from clicid.trust import anchors, x5c

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.securing.jws import PreparedJws, UnverifiedJws
    from clicid.trust.anchors import Anchor

TYP: Final = "openidvci-issuer-metadata+jwt"
MEDIA_TYPE: Final = "application/jwt"

_OURS: Final = frozenset({"iss", "sub", "iat", "exp"})
# Base64url of the metadata, and certificates beside them.
_MAX_BYTES: Final = MAX_METADATA_BYTES * 4 // 3 + jws.MAX_HEADER_BYTES
_MAX_KID: Final = 2048


def prepare(
    metadata: Mapping[str, Json],
    *,
    issuer: str,
    alg: str,
    kid: str,
    chain: Sequence[bytes],
    now: datetime,
    lifetime: timedelta,
) -> PreparedJws:
    """The metadata as a JWT, up to its signature by the issuer.

    Args:
        metadata: As they are served unsigned: each member becomes a claim.
        issuer: The credential issuer's identifier.
        alg: Of the issuer's key, as JOSE has it.
        kid: The key's DID URL, or "" where certificates alone name it.
        chain: Its certificates, DER, leaf first; or none.
        now: The time.
        lifetime: How long the metadata hold.
    """
    claims: dict[str, Json] = {
        "iss": issuer,
        "sub": issuer,
        "iat": instant.to_numeric_date(now),
        "exp": instant.to_numeric_date(now + lifetime),
    }
    header: dict[str, Json] = {"typ": TYP, "alg": alg}
    if kid:
        header["kid"] = kid
    if chain:
        header["x5c"] = x5c.to_header(chain)
    return jws.prepare(header, strict_json.dumps({**metadata, **claims}))


@dataclass(frozen=True, slots=True)
class Signers:
    """By what a wallet knows the signer of one issuer's metadata.

    Args:
        anchors: Authorities that are trusted to name issuers.
        keys: The keys of the DID that is known to be this issuer's, each by its DID URL.
        haip: Whether the key must be named as HAIP 1.0 4.1 does: by `x5c` without the root.
    """

    anchors: tuple[Anchor, ...]
    keys: Mapping[str, PublicKey] = field(default_factory=dict)
    haip: bool = False


def verify(
    jwt: bytes | str,
    *,
    issuer: str,
    signers: Signers,
    algs: Collection[str],
    now: datetime,
    max_age: timedelta,
    leeway: timedelta,
) -> bytes:
    """The metadata, for `CredentialIssuerMetadata.parse`, if their issuer signed them.

    1. It is a JWS of its type, by an algorithm that is accepted; none and MACs are in no list.
    2. The signer is known to be the issuer: by `kid`, a key of the issuer's DID; or by `x5c`, whose leaf
       names the issuer under a trusted authority.
    3. The signature is that key's.
    4. `sub` is the issuer, and so is `iss` if it is there.
    5. `iat` is no older than `max_age`, and not of the future; `exp`, if it is there, is to come.

    Args:
        jwt: The body that came as `MEDIA_TYPE`.
        issuer: The identifier that the wallet started from.
        signers: Who may have signed.
        algs: JOSE algorithms accepted.
        now: The time.
        max_age: The oldest `iat` accepted: an issuer's old metadata, kept by somebody, have a good signature.
        leeway: How far `iat` may lie in the future, and `exp` in the past.

    Raises:
        Refused: `oid4vci.metadata_signer` for a signer that is not known to be the issuer;
            `oid4vci.metadata_time`; `oid4vci.metadata`; `issuer.certificate`, `issuer.unknown` for a chain
            that is not good; `codec.*`, `securing.*`, `keys.*`.
    """
    token = jws.parse(jwt, typ=TYP, max_bytes=_MAX_BYTES)
    if token.header["alg"] not in algs:  # 1
        raise Refused("keys.algorithm", "/alg", "not one that is accepted")
    raw = jws.verify(token, _key(token, issuer, signers, now))  # 2, 3
    payload = shape.as_object(strict_json.loads(raw, max_bytes=MAX_METADATA_BYTES))
    if shape.text(payload, "sub") != issuer or payload.get("iss", issuer) != issuer:  # 4
        raise Refused("oid4vci.metadata", "/sub", "of another issuer")
    issued_at = instant.from_numeric_date(shape.member(payload, "iat"), where="/iat")
    if not now - max_age <= issued_at <= now + leeway:  # 5
        raise Refused("oid4vci.metadata_time", "/iat")
    if wrong := times.outside(payload, now, leeway):
        raise Refused("oid4vci.metadata_time", wrong)
    return strict_json.dumps({name: value for name, value in payload.items() if name not in _OURS})


def _key(token: UnverifiedJws, issuer: str, signers: Signers, now: datetime) -> PublicKey:
    chain = x5c.from_header(token.header)
    if signers.haip:
        x5c.check_rootless(chain, (anchor.certificate for anchor in signers.anchors))
    keys = {} if signers.haip else signers.keys
    named = keys.get(shape.optional_text(token.header, "kid", maximum=_MAX_KID) or "")
    if named is not None:
        return named
    if not chain:
        raise Refused("oid4vci.metadata_signer", "/kid", "no key of the issuer's")
    leaf = anchors.leaf(chain, signers.anchors, now=now)
    if not leaf.names(issuer):
        raise Refused("oid4vci.metadata_signer", "/x5c", "the certificate names somebody else")
    return leaf.key
