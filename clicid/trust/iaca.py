"""Who signs mobile documents: signers directly under an authority's root, its IACA (ISO/IEC 18013-5 annex B).

A root is trusted because a policy holds it. Nothing in a document leads to another, and no revocation list
is looked at: what ends a signer early is the accreditation of its issuer, or the policy.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from clicid.codec import base64url
from clicid.errors import Refused
from clicid.keys.public import PublicKey
from clicid.trust import x5c

if TYPE_CHECKING:
    from datetime import datetime

DOCUMENT_SIGNER: Final = x509.ObjectIdentifier("1.0.18013.5.1.2")
"""The extended key usage of a document signer (B.1.4)."""
LIST_SIGNER: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.30")
"""The extended key usage of a status list's signer (Token Status List 10.1)."""
NAMED_BY_KEY: Final = "ni:///sha-256;"
"""How the name of an authority that has no DID begins (RFC 6920 3): by its public key's digest."""

_AUTHORITY: Final = "mdoc.authority"
_SIGNER: Final = "mdoc.signer"
# RFC 5280 4.2: a critical extension that is not understood refuses; B.1.4 has no other ones.
_UNDERSTOOD: Final = frozenset((x509.KeyUsage.oid, x509.ExtendedKeyUsage.oid, x509.BasicConstraints.oid))


def name_of(key_digest: bytes) -> str:
    """What who is known by a key alone is called: by SHA-256 of its SubjectPublicKeyInfo (RFC 6920 3)."""
    return f"{NAMED_BY_KEY}{base64url.encode(key_digest)}"


@dataclass(frozen=True, slots=True)
class Authority:
    """An IACA root that a policy trusts.

    Args:
        certificate: DER.
        key_digest: SHA-256 of its SubjectPublicKeyInfo (32 bytes): what an accreditation binds.
        key_identifier: Its subject key identifier, by which signers name it.
        country: ISO 3166-1 alpha-2, as its subject has it.
        state: Its state or province; empty if it has none.
        not_before: When it begins.
        not_after: When it ends.
    """

    certificate: bytes
    key_digest: bytes
    key_identifier: bytes
    country: str
    state: str
    not_before: datetime
    not_after: datetime

    @property
    def name(self) -> str:
        """The name of an issuer that nothing is known of but this key."""
        return name_of(self.key_digest)

    @classmethod
    def load(cls, der: bytes) -> Authority:
        """The root of a certificate, if it has the profile of one (B.1.2).

        Raises:
            Refused: `issuer.certificate` for what is none; `mdoc.authority`.
        """
        certificate = x5c.load(der, "authority")
        try:
            certificate.verify_directly_issued_by(certificate)
        except (*x5c.MALFORMED, TypeError, InvalidSignature) as error:
            raise Refused(_AUTHORITY, detail="it has not signed itself") from error
        constraints = x5c.extension(certificate, x509.BasicConstraints, _AUTHORITY)
        usage = x5c.extension(certificate, x509.KeyUsage, _AUTHORITY)
        if constraints is None or not constraints.ca or constraints.path_length != 0:
            raise Refused(_AUTHORITY, detail="no authority for signers alone (path length 0)")
        if usage is None or not usage.key_cert_sign:
            raise Refused(_AUTHORITY, detail="its key may not sign certificates")
        identifier = x5c.extension(certificate, x509.SubjectKeyIdentifier, _AUTHORITY)
        if identifier is None:
            raise Refused(_AUTHORITY, detail="no subject key identifier")
        country, state = _places(certificate, _AUTHORITY)
        return cls(
            certificate=der,
            key_digest=x5c.key_digest(der),
            key_identifier=identifier.digest,
            country=country,
            state=state,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )


@dataclass(frozen=True, slots=True)
class Signer:
    """A document signer under a trusted root; its dates are not checked yet.

    Args:
        key: Its public key.
        authority: The root.
        not_before: When its certificate begins.
        not_after: When it ends.
    """

    key: PublicKey
    authority: Authority
    not_before: datetime
    not_after: datetime


# Issuers have few signers, and each signs thousands of documents. A refusal is not kept.
@functools.lru_cache(maxsize=256)
def signer(
    der: bytes,
    authorities: tuple[Authority, ...],
    usages: frozenset[x509.ObjectIdentifier] = frozenset((DOCUMENT_SIGNER,)),
) -> Signer:
    """The document signer of a certificate (ISO/IEC 18013-5 9.3.3, B.1.4).

    1. It names a trusted root by key identifier and name.
    2. That root has signed it, with a hash that is not broken. Of a root that was renewed with its key, the
       certificate that holds longest.
    3. It may sign documents and issue nothing: key usage, extended key usage, no authority; no critical
       extension that is not understood.
    4. It is of the root's country, and of its state where both have one.
    5. Its key is one of the algorithm table.

    Args:
        der: The certificate.
        authorities: The roots that are trusted.
        usages: Extended key usages, one of which it must have.

    Raises:
        Refused: `issuer.certificate` for what is none; `issuer.unknown` if no root is named; `mdoc.signer`;
            `mdoc.country`; `keys.*`.
    """
    certificate = x5c.load(der, "x5chain")
    named = _signed_by(certificate, _named(certificate, authorities))  # 1, 2
    x5c.check_hash(certificate, code=_SIGNER, where="x5chain")
    _check_profile(certificate, usages)  # 3
    country, state = _places(certificate, _SIGNER)  # 4
    if country != named.country or (state and named.state and state != named.state):
        raise Refused("mdoc.country", "x5chain", "the signer is of another place than its authority")
    return Signer(
        PublicKey.from_spki(x5c.spki(certificate)),  # 5
        named,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )


def check_dates(found: Signer, now: datetime) -> None:
    """Return if signer and root are within their dates (RFC 5280 6.1.3 a 2).

    Raises:
        Refused: `mdoc.signer_expired`, also for what has not begun.
    """
    for what, begins, ends in (
        ("the signer", found.not_before, found.not_after),
        ("its authority", found.authority.not_before, found.authority.not_after),
    ):
        if not begins <= now <= ends:
            raise Refused("mdoc.signer_expired", "x5chain", f"{what} is outside its dates")


def _named(certificate: x509.Certificate, authorities: tuple[Authority, ...]) -> list[Authority]:
    identifier = x5c.extension(certificate, x509.AuthorityKeyIdentifier, _SIGNER)
    wanted = None if identifier is None else identifier.key_identifier
    found = [authority for authority in authorities if authority.key_identifier == wanted]
    if not found:
        raise Refused("issuer.unknown", "x5chain", "under no authority that the policy trusts")
    return sorted(found, key=lambda authority: authority.not_after, reverse=True)


def _signed_by(certificate: x509.Certificate, named: list[Authority]) -> Authority:
    for authority in named:
        try:
            certificate.verify_directly_issued_by(x5c.load(authority.certificate))
        except (*x5c.MALFORMED, TypeError, InvalidSignature):
            continue
        return authority
    raise Refused(_SIGNER, "x5chain", "not signed by the authority that it names")


def _check_profile(certificate: x509.Certificate, usages: frozenset[x509.ObjectIdentifier]) -> None:
    usage = x5c.extension(certificate, x509.KeyUsage, _SIGNER)
    extended = x5c.extension(certificate, x509.ExtendedKeyUsage, _SIGNER)
    constraints = x5c.extension(certificate, x509.BasicConstraints, _SIGNER)
    if usage is None or not usage.digital_signature or usage.key_cert_sign or usage.crl_sign:
        raise Refused(_SIGNER, "x5chain", "its key usage is not that of a document signer")
    if extended is None or usages.isdisjoint(extended):
        raise Refused(_SIGNER, "x5chain", "its extended key usage is not that of a signer of this")
    if constraints is not None and constraints.ca:
        raise Refused(_SIGNER, "x5chain", "an authority is no document signer")
    if any(one.critical and one.oid not in _UNDERSTOOD for one in certificate.extensions):
        raise Refused(_SIGNER, "x5chain", "a critical extension that is not understood")


def _places(certificate: x509.Certificate, code: str) -> tuple[str, str]:
    try:
        subject = certificate.subject
    except ValueError as error:
        raise Refused(code, detail="its subject cannot be read") from error
    countries = subject.get_attributes_for_oid(x509.NameOID.COUNTRY_NAME)
    states = subject.get_attributes_for_oid(x509.NameOID.STATE_OR_PROVINCE_NAME)
    if len(countries) != 1 or len(states) > 1:
        raise Refused(code, detail="its subject has not one country")
    return str(countries[0].value), str(states[0].value) if states else ""
