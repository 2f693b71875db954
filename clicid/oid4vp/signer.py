"""Whose key must have signed a request: one way for each client identifier prefix (OpenID4VP 5.9.3)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from clicid.codec import base64url, shape
from clicid.did.syntax import DidUrl
from clicid.errors import Refused, RemoteError, Undecided, answered_with
from clicid.formats.base import Outcome, Wanted
from clicid.formats.issuer import Keyed, issuer_key
from clicid.oid4vp import verifier_attestation
from clicid.oid4vp.client_id import (
    DECENTRALIZED_IDENTIFIER,
    PRE_REGISTERED,
    VERIFIER_ATTESTATION,
    X509_HASH,
    X509_SAN_DNS,
)
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.rules import client_of
from clicid.trust import anchors, x5c

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have
    from clicid.keys.public import PublicKey
    from clicid.oid4vp.client_id import ClientId
    from clicid.oid4vp.client_metadata import ClientMetadata
    from clicid.oid4vp.rules import Terms
    from clicid.trust.anchors import Leaf

_CERTIFICATE: Final = "oid4vp.certificate"
_SECRET: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


@dataclass(frozen=True, slots=True)
class Signer:
    """The key of a client, and what is known of the client by it.

    Args:
        key: Its key.
        vouched_by: Who vouches for the identifier, as a person is told: an authority, an attester, or the
            wallet's own list of clients. "" where the identifier proves itself or nothing does.
        host: The host that answers must go to; "" for any.
        response_uris: The addresses that answers may go to; None for any.
        metadata: What takes the place of what the request says of its sender; None for nothing.
    """

    key: PublicKey
    vouched_by: str = ""
    host: str = ""
    response_uris: frozenset[str] | None = None
    metadata: ClientMetadata | None = None

    def check_address(self, response_uri: str) -> None:
        """Return if the client may have answers sent there (5.9.3, 14.3.1).

        Raises:
            RemoteError: `invalid_request` with `oid4vp.response_uri`.
        """
        elsewhere = self.host and (urlsplit(response_uri).hostname or "").lower() != self.host
        if elsewhere or (self.response_uris is not None and response_uri not in self.response_uris):
            raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.response_uri", "/response_uri")


Header: TypeAlias = "Mapping[str, Json]"


def find(header: Header, client_id: ClientId, have: Have, *, terms: Terms, now: datetime) -> Signer | Wanted:
    """Find the key that must have signed, from the header of a request and the client identifier alone.

    - `decentralized_identifier`: `kid` is a verification method of the DID, in force.
    - `x509_hash`, `x509_san_dns`: `x5c` leads to a trusted authority, or, where the rules allow, to nobody
      known; its leaf has the hash, or the name.
    - `verifier_attestation`: `jwt` is an attestation by a trusted attester for this client, with its key.
    - None: the key that the client was registered with.

    Raises:
        RemoteError: `invalid_client` with `oid4vp.asker_key`, `oid4vp.certificate`, `oid4vp.attestation` or
            `oid4vp.client_id`.
        Undecided: `did.unavailable`, `did.too_old`.
    """
    with answered_with(Wire.INVALID_CLIENT, "oid4vp.asker_key"):
        jwk = shape.optional_child(header, "jwk")
        if jwk is not None and any(name in jwk for name in _SECRET):
            raise Refused("keys.format", "/jwk", "a private or secret key")
        return _WAYS[client_id.prefix](header, client_id, have, terms, now)


def _by_did(header: Header, client_id: ClientId, have: Have, terms: Terms, now: datetime) -> Signer | Wanted:
    key_id = shape.text(header, "kid", maximum=2048)
    DidUrl.parse(key_id, "/kid")  # The URL of an issuer that a policy names is no client's DID.
    found = issuer_key(key_id, client_id.rest, have, rules=terms.material, now=now)
    if isinstance(found, Wanted):
        return found
    if isinstance(found, Keyed):
        return Signer(found.key)
    if found.outcome is Outcome.UNDECIDED:
        raise Undecided(found.code, "/kid", found.detail)
    raise RemoteError(Wire.INVALID_CLIENT, "oid4vp.asker_key", "/kid", found.code)


def _by_certificate(header: Header, client_id: ClientId, _have: Have, terms: Terms, now: datetime) -> Signer:
    with answered_with(Wire.INVALID_CLIENT, _CERTIFICATE):
        chain = x5c.from_header(header, code=_CERTIFICATE)
        if not chain:
            raise Refused(_CERTIFICATE, "/x5c", "missing")
        if client_id.prefix == X509_HASH:
            digest = base64url.encode(hashlib.sha256(chain[0]).digest())
            if digest != client_id.rest:
                raise Refused(_CERTIFICATE, "/x5c", "another certificate than the identifier's")
        leaf, vouched_by = _leaf(chain, terms, now)
    host = client_id.rest.lower() if client_id.prefix == X509_SAN_DNS else ""
    if host and host not in leaf.hosts:
        raise RemoteError(Wire.INVALID_CLIENT, _CERTIFICATE, "/x5c", "a certificate for another name")
    return Signer(leaf.key, vouched_by, host)


def _leaf(chain: tuple[bytes, ...], terms: Terms, now: datetime) -> tuple[Leaf, str]:
    roots = terms.requesters.roots
    try:
        leaf = anchors.leaf(chain, tuple(roots), now=now)
    except Refused as fault:
        if fault.code != "issuer.unknown" or terms.request.known_roots:
            raise
        return anchors.unanchored(chain, now=now), ""
    if terms.request.rootless:
        x5c.check_rootless(chain, (leaf.anchor.certificate,), code=_CERTIFICATE)
    return leaf, roots[leaf.anchor]


def _by_attestation(header: Header, client_id: ClientId, _have: Have, terms: Terms, now: datetime) -> Signer:
    with answered_with(Wire.INVALID_CLIENT, "oid4vp.attestation"):
        attestation = verifier_attestation.verify(
            shape.text(header, "jwt"),
            terms.requesters.attesters,
            algorithms=terms.request.algorithms,
            leeway=terms.material.leeway,
            now=now,
        )
        if attestation.subject != client_id.rest:
            raise Refused("oid4vp.attestation", "/jwt", "for another client")
    return Signer(attestation.key, attestation.attester, response_uris=attestation.redirect_uris)


def _as_registered(header: Header, client_id: ClientId, _have: Have, terms: Terms, _now: datetime) -> Signer:
    client = client_of(terms.requesters, client_id)
    key = client.keys.get(shape.optional_text(header, "kid", maximum=2048) or "")
    if key is None:
        raise Refused("oid4vp.asker_key", "/kid", "not a key that the client was registered with")
    return Signer(key, client.name, response_uris=client.response_uris, metadata=client.metadata)


_WAYS: Final[dict[str, Callable[[Header, ClientId, Have, Terms, datetime], Signer | Wanted]]] = {
    DECENTRALIZED_IDENTIFIER: _by_did,
    X509_HASH: _by_certificate,
    X509_SAN_DNS: _by_certificate,
    VERIFIER_ATTESTATION: _by_attestation,
    PRE_REGISTERED: _as_registered,
}
