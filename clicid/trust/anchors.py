"""Who signs SD-JWT VCs and status lists under a certificate authority that a policy trusts (X.509, RFC 5280).

An anchor is trusted because a policy holds it: nothing in a token leads to another, no system trust store has
a say, and no revocation list is looked at. Mobile documents have authorities of their own kind (`iaca`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from clicid.errors import Refused
from clicid.keys.public import PublicKey
from clicid.trust import x5c
from clicid.trust.iaca import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_CERTIFICATE: Final = "issuer.certificate"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A certificate authority that a policy trusts.

    Args:
        certificate: DER.
        key_digest: SHA-256 of its SubjectPublicKeyInfo (32 bytes): what an accreditation binds.
        not_before: When it begins.
        not_after: When it ends.
    """

    certificate: bytes
    key_digest: bytes
    not_before: datetime
    not_after: datetime

    @property
    def name(self) -> str:
        """The name of an issuer that nothing is known of but this key."""
        return name_of(self.key_digest)

    @classmethod
    def load(cls, der: bytes) -> Anchor:
        """The anchor of a certificate, if it is an authority's.

        Raises:
            Refused: `issuer.certificate`.
        """
        certificate = x5c.load(der, "anchor")
        constraints = _extension(certificate, x509.BasicConstraints)
        usage = _extension(certificate, x509.KeyUsage)
        if constraints is None or not constraints.ca or (usage is not None and not usage.key_cert_sign):
            raise Refused(_CERTIFICATE, "anchor", "no certificate authority")
        if _extension(certificate, x509.NameConstraints) is not None:
            raise Refused(_CERTIFICATE, "anchor", "constraints on names, which would not be kept")
        return cls(
            der, x5c.key_digest(der), certificate.not_valid_before_utc, certificate.not_valid_after_utc
        )


@dataclass(frozen=True, slots=True)
class Leaf:
    """The certificate of a signer under an anchor: its key, and the names that the anchor gave it.

    Args:
        key: Its public key.
        anchor: The anchor.
        uris: URIs among its subject alternative names.
        hosts: DNS names among them; one that begins with ``*.`` names no issuer.
        key_identifiers: Authority key identifiers of the chain (DCQL's `aki`), the leaf's first.
    """

    key: PublicKey
    anchor: Anchor
    uris: frozenset[str]
    hosts: frozenset[str]
    key_identifiers: tuple[bytes, ...]

    def names(self, identifier: str) -> bool:
        """Whether it may speak for an HTTPS identifier: by the URI itself, or by its host."""
        return identifier in self.uris or urlsplit(identifier).hostname in self.hosts


def leaf(chain: Sequence[bytes], anchors: Sequence[Anchor], *, now: datetime) -> Leaf:
    """The signer of a chain, leaf first, that leads to a trusted anchor.

    1. Each certificate, and the anchor, is within its dates (RFC 5280 6.1.3 a 2).
    2. Each is issued and signed by the next, which is an authority for it (6.1.3 a 1, a 4; 6.1.4 k to n),
       over a hash that is not broken; the last one by an anchor. The anchor itself may stand at the end.
       None has a critical extension that is not understood (6.1.4 o, 6.1.5 f).
    3. The leaf is no authority and may sign.
    4. Its key is one of the algorithm table.

    Args:
        chain: DER.
        anchors: Whom the policy trusts.
        now: The time of the check.

    Raises:
        Refused: `issuer.unknown` if it leads to no anchor; `issuer.certificate`; `keys.*`.
    """
    found = _path(tuple(chain), tuple(anchors))
    for begins, ends in found.dates:  # 1
        if not begins <= now <= ends:
            raise Refused(_CERTIFICATE, "/x5c", "outside its dates")
    return found.leaf


def unanchored(chain: Sequence[bytes], *, now: datetime) -> Leaf:
    """The signer of a chain that is whole by itself and leads to nobody who is trusted.

    What it says of whose key this is, is anybody's word: the last certificate takes the anchor's place.

    Args:
        chain: DER, leaf first.
        now: The time of the check.

    Raises:
        Refused: As `leaf`, but for `issuer.unknown`.
    """
    if len(chain) != 1:
        return leaf(chain, tuple(map(Anchor.load, chain[-1:])), now=now)
    found = _alone(chain[0])
    if not found.anchor.not_before <= now <= found.anchor.not_after:
        raise Refused(_CERTIFICATE, "/x5c", "outside its dates")
    return found


def _alone(der: bytes) -> Leaf:
    only = x5c.load(der)
    x5c.check_hash(only)
    _check_understood(only)
    _check_end(only)
    itself = Anchor(der, x5c.key_digest(der), only.not_valid_before_utc, only.not_valid_after_utc)
    uris, hosts = _alternative_names(only)
    return Leaf(PublicKey.from_spki(x5c.spki(only)), itself, uris, hosts, _key_identifiers([only]))


@dataclass(frozen=True, slots=True)
class _Path:
    leaf: Leaf
    dates: tuple[tuple[datetime, datetime], ...]


# Issuers have few chains, and each signs thousands of tokens. A refusal is not kept.
@functools.lru_cache(maxsize=256)
def _path(chain: tuple[bytes, ...], anchors: tuple[Anchor, ...]) -> _Path:
    if not 1 <= len(chain) <= x5c.MAX_CERTIFICATES:
        raise Refused(_CERTIFICATE, "/x5c", f"1 to {x5c.MAX_CERTIFICATES} certificates are wanted")
    certificates = [x5c.load(der) for der in chain]
    anchor = next((one for one in anchors if one.certificate == chain[-1]), None)
    if anchor is not None and len(chain) > 1:
        certificates.pop()
    elif anchor is not None:
        raise Refused(_CERTIFICATE, "/x5c", "an authority's own certificate signs no credential")
    for below, authority in enumerate(certificates[1:]):  # 2
        x5c.check_issued(certificates[below], authority, below)
    anchor = anchor or _issued_by(certificates, anchors)
    x5c.check_issued(certificates[-1], x5c.load(anchor.certificate), len(certificates) - 1)
    for certificate in certificates:
        x5c.check_hash(certificate)
        _check_understood(certificate)
    for authority in certificates[1:]:
        _check_authority(authority)
    first = certificates[0]
    _check_end(first)  # 3
    uris, hosts = _alternative_names(first)
    return _Path(
        Leaf(PublicKey.from_spki(x5c.spki(first)), anchor, uris, hosts, _key_identifiers(certificates)),  # 4
        (
            *((one.not_valid_before_utc, one.not_valid_after_utc) for one in certificates),
            (anchor.not_before, anchor.not_after),
        ),
    )


def _issued_by(certificates: Sequence[x509.Certificate], anchors: Sequence[Anchor]) -> Anchor:
    """The anchor that has signed the last certificate; of a renewed one, what holds longest."""
    for anchor in sorted(anchors, key=lambda one: one.not_after, reverse=True):
        try:
            certificates[-1].verify_directly_issued_by(x5c.load(anchor.certificate))
        except (*x5c.MALFORMED, TypeError, InvalidSignature):
            continue
        return anchor
    raise Refused("issuer.unknown", "/x5c", "under no authority that the policy trusts")


def _check_end(certificate: x509.Certificate) -> None:
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    if constraints is not None and constraints.ca:
        raise Refused(_CERTIFICATE, "/x5c", "an authority's certificate signs no credential")
    if usage is not None and not usage.digital_signature:
        raise Refused(_CERTIFICATE, "/x5c", "its key may not sign")


def _check_authority(certificate: x509.Certificate) -> None:
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise Refused(_CERTIFICATE, "/x5c", "issued by one that may not issue it")


def _check_understood(certificate: x509.Certificate) -> None:
    # Constraints on names are not reckoned with here. Authorities that forgot to mark them so (4.2.1.10) mean
    # them no less: whoever was let speak for a few hosts would speak for all.
    if any(
        (one.critical and one.oid not in _UNDERSTOOD) or one.oid == x509.NameConstraints.oid
        for one in certificate.extensions
    ):
        raise Refused(_CERTIFICATE, "/x5c", "a critical extension that is not understood")


# RFC 5280 4.2: a critical extension that is not understood refuses. What an extended key usage has to be is
# for an ecosystem to say; none is defined for SD-JWT VC.
_UNDERSTOOD: Final = frozenset(
    (
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.BasicConstraints.oid,
        x509.SubjectAlternativeName.oid,
    )
)


def _alternative_names(certificate: x509.Certificate) -> tuple[frozenset[str], frozenset[str]]:
    names = _extension(certificate, x509.SubjectAlternativeName)
    if names is None:
        return frozenset(), frozenset()
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return frozenset(uris), frozenset(host.lower() for host in names.get_values_for_type(x509.DNSName))


def _key_identifiers(certificates: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
    found = [_extension(one, x509.AuthorityKeyIdentifier) for one in certificates]
    return tuple(one.key_identifier for one in found if one is not None and one.key_identifier)


def _extension(certificate: x509.Certificate, kind: type[x5c.E]) -> x5c.E | None:
    return x5c.extension(certificate, kind, _CERTIFICATE)
