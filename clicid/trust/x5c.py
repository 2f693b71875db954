"""An issuer's certificate chain, held against what the chain says of the issuer.

Foreign parties trust an `x5c` by their own lists of authorities. We require that it leads to the
same issuer: the leaf has the DID's key and the issuer's name, and was issued under the authority
whose public key is bound to the accreditation. No system trust store has a say.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clicid.codec import base64url, shape
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.ledger.facts import Accreditation

E = TypeVar("E", bound=x509.ExtensionType)

AKI: Final = "aki"
"""The type of trusted authority that is named by its key identifier (OpenID4VP 6.1.1.1)."""
MAX_CERTIFICATES: Final = 4
MAX_CERTIFICATE_BYTES: Final = 8192

_HASHES: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_ED25519: Final = x509.SignatureAlgorithmOID.ED25519
MALFORMED: Final = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
)
"""What reading a well-framed but odd certificate can raise."""


def check(chain: Sequence[bytes], key: PublicKey, accreditation: Accreditation, *, now: datetime) -> None:
    """Return if the chain is the accredited issuer's.

    1. Each certificate is within its dates (RFC 5280 6.1.3 a 2).
    2. Each is issued and signed by the next, which is an authority for it (6.1.3 a 1, a 4; 6.1.4 k, m).
    3. One of those authorities has the public key whose SHA-256 stands in the accreditation.
    4. The leaf's public key is the DID's key.
    5. The leaf's subject alternative names hold the accredited identifier, or its host.

    Args:
        chain: DER, leaf first, the authority itself included.
        key: The issuer's key that the DID document holds.
        accreditation: What the chain says of the issuer.
        now: The time of the check.

    Raises:
        Refused: `issuer.certificate`; `issuer.identifier` if only the name differs.
    """
    certificates = [load(der) for der in _capped(chain)]
    for certificate in certificates:
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise Refused("issuer.certificate", "/x5c", "outside its dates")
    for below, authority in enumerate(certificates[1:]):
        check_issued(certificates[below], authority, below)
    if accreditation.ca_digest not in {_key_digest(authority) for authority in certificates[1:]}:
        raise Refused("issuer.certificate", "/x5c", "not under the accredited authority")
    leaf = certificates[0]
    if spki(leaf) != key.to_spki():
        raise Refused("issuer.certificate", "/x5c", "the leaf has another key than the DID")
    if not _names(leaf, accreditation.identifier):
        raise Refused("issuer.identifier", "/x5c", "the leaf has another name")


def from_header(header: Mapping[str, Json], *, code: str = "issuer.certificate") -> tuple[bytes, ...]:
    """The certificates of a JOSE header's `x5c` (RFC 7515 4.1.6), DER, leaf first; none if there is none.

    Raises:
        Refused: `code` for what is not base64 with padding in its one form, or too large; `codec.shape`.
    """
    if "x5c" not in header:
        return ()
    found = shape.texts(header, "x5c", minimum=1, maximum=MAX_CERTIFICATES)
    return tuple(_certificate(text, code) for text in found)


def to_header(chain: Sequence[bytes]) -> list[Json]:
    """The value of `x5c` for certificates, DER, leaf first."""
    return [base64.b64encode(der).decode() for der in chain]


def without_root(chain: Sequence[bytes]) -> Sequence[bytes]:
    """A chain, DER, leaf first, without the root at its end: whoever trusts one has it (RFC 9360 2).

    Raises:
        Refused: `issuer.certificate` if the last one is no certificate.
    """
    if len(chain) < 2:
        return chain
    last = load(chain[-1])
    return chain[:-1] if last.subject == last.issuer else chain


def _certificate(text: str, code: str) -> bytes:
    # Base64 with padding, not base64url.
    try:
        der = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(code, "/x5c", "not base64") from error
    if len(der) > MAX_CERTIFICATE_BYTES or base64.b64encode(der).decode() != text:
        raise Refused(code, "/x5c", "not base64 in its one form, or too large")
    return der


def _capped(chain: Sequence[bytes]) -> Sequence[bytes]:
    if not 2 <= len(chain) <= MAX_CERTIFICATES or max(map(len, chain)) > MAX_CERTIFICATE_BYTES:
        raise Refused("issuer.certificate", "/x5c", "a leaf and its authority are wanted, within the caps")
    return chain


def load(der: bytes, where: str = "/x5c") -> x509.Certificate:
    """A certificate that is whole; nothing else is known of it.

    Raises:
        Refused: `issuer.certificate`.
    """
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise Refused("issuer.certificate", where, "larger than any we accept")
    try:
        certificate = x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion, UserWarning) as error:
        raise Refused("issuer.certificate", where, "not a certificate") from error
    # RFC 5280 4.1.2.2; the library only warns of it (an exception where warnings are made errors).
    if certificate.serial_number <= 0:
        raise Refused("issuer.certificate", where, "a serial number that is not positive")
    return certificate


def check_issued(certificate: x509.Certificate, authority: x509.Certificate, below: int) -> None:
    """Return if an authority has issued and signed a certificate (RFC 5280 6.1.3 a 1, a 4; 6.1.4 k, m).

    Args:
        certificate: What was issued.
        authority: By whom.
        below: How many authorities stand between the leaf and the certificate's own place.

    Raises:
        Refused: `issuer.certificate`.
    """
    try:
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
        certificate.verify_directly_issued_by(authority)
    except (*MALFORMED, TypeError, InvalidSignature) as error:
        raise Refused("issuer.certificate", "/x5c", "not issued by the next one") from error
    length = constraints.path_length
    if not constraints.ca or (length is not None and length < below):
        raise Refused("issuer.certificate", "/x5c", "issued by one that may not issue it")


def check_hash(
    certificate: x509.Certificate, *, code: str = "issuer.certificate", where: str = "/x5c"
) -> None:
    """Return if a certificate was signed over a hash that is not broken.

    Raises:
        Refused: `code`.
    """
    used = certificate.signature_hash_algorithm
    if not isinstance(used, _HASHES) and certificate.signature_algorithm_oid != _ED25519:
        raise Refused(code, where, "signed over a hash that is not accepted")


def extension(certificate: x509.Certificate, kind: type[E], code: str) -> E | None:
    """An extension of a certificate, or None if it has none of that kind.

    Raises:
        Refused: `code` where its extensions cannot be read.
    """
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except MALFORMED as error:
        raise Refused(code, detail="its extensions cannot be read") from error


def spki(certificate: x509.Certificate) -> bytes:
    """The DER SubjectPublicKeyInfo of a certificate.

    Raises:
        Refused: `issuer.certificate` for a key of a kind that nobody knows.
    """
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except MALFORMED as error:
        raise Refused("issuer.certificate", "/x5c", "a key of an unknown kind") from error


def key_digest(certificate: bytes) -> bytes:
    """SHA-256 of a certificate's SubjectPublicKeyInfo: what an accreditation binds (32 bytes).

    Raises:
        Refused: `issuer.certificate` for what is no certificate.
    """
    return _key_digest(load(certificate))


def _key_digest(certificate: x509.Certificate) -> bytes:
    return hashlib.sha256(spki(certificate)).digest()


def authorities(chain: Sequence[bytes]) -> frozenset[tuple[str, str]]:
    """What `trusted_authorities` may name of whoever is known by a chain (OpenID4VP 6.1.1.1).

    Of each certificate the key identifier of who issued it, as ``("aki", base64url)``. Whether the chain
    leads anywhere is for others to have checked: an unverified certificate names whom it likes.
    """
    return frozenset((AKI, base64url.encode(found)) for der in chain if (found := _issuer_key(der)))


def _issuer_key(der: bytes) -> bytes:
    try:
        found = load(der).extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except (*MALFORMED, Refused):
        return b""
    return found.key_identifier or b""


def _names(leaf: x509.Certificate, identifier: str) -> bool:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        host = urlsplit(identifier).hostname
    except MALFORMED:
        return False
    hosts = names.get_values_for_type(x509.DNSName)
    return identifier in names.get_values_for_type(x509.UniformResourceIdentifier) or host in hosts
