"""An issuer's certificate chain, held against what the chain says of the issuer.

Foreign parties trust an `x5c` by their own lists of authorities. We require that it leads to the
same issuer: the leaf has the DID's key and the issuer's name, and was issued under the authority
whose public key is bound to the accreditation. No system trust store has a say.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clicid.codec import base64url, shape
from clicid.errors import Refused
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
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


def check(
    chain: Sequence[bytes],
    key: PublicKey,
    accreditation: Accreditation,
    *,
    now: datetime,
    roots: Iterable[bytes] = (),
) -> None:
    """Return if the chain is the accredited issuer's.

    1. Each certificate is within its dates (RFC 5280 6.1.3 a 2).
    2. Each is issued and signed by the next, which is an authority for it (6.1.3 a 1, a 4; 6.1.4 k, m).
    3. One of those authorities has the public key whose SHA-256 stands in the accreditation.
    4. The leaf's public key is the DID's key.
    5. The leaf's subject alternative names hold the accredited identifier, or its host.

    Args:
        chain: DER, leaf first, the authority itself included unless it is one of `roots`.
        key: The issuer's key that the DID document holds.
        accreditation: What the chain says of the issuer.
        now: The time of the check.
        roots: What the policy holds, DER: whoever trusts a root has it, and HAIP wants none in a header.

    Raises:
        Refused: `issuer.certificate`; `issuer.identifier` if only the name differs.
    """
    path = _path(tuple(_completed(chain, accreditation, roots)), accreditation.ca_digest)
    for begins, ends in path.dates:
        if not begins <= now <= ends:
            raise Refused("issuer.certificate", "/x5c", "outside its dates")
    if path.key != key:
        raise Refused("issuer.certificate", "/x5c", "the leaf has another key than the DID")
    if not path.names(accreditation.identifier):
        raise Refused("issuer.identifier", "/x5c", "the leaf has another name")


class _Path(NamedTuple):
    """What a chain under an accredited authority says, each certificate issued and signed by the next.

    `key` is the leaf's, or None for one of an algorithm that has no row.
    """

    dates: tuple[tuple[datetime, datetime], ...]
    key: PublicKey | None
    uris: frozenset[str]
    hosts: frozenset[str]

    def names(self, identifier: str) -> bool:
        """Whether the leaf has this name, or its host."""
        return identifier in self.uris or _host(identifier) in self.hosts


# Issuers have few chains, and each signs thousands of credentials. A refusal is not kept, and so nothing of
# whoever is under no accredited authority.
@functools.lru_cache(maxsize=256)
def _path(chain: tuple[bytes, ...], authority_digest: bytes) -> _Path:
    certificates = [load(der) for der in _capped(chain)]
    for below, authority in enumerate(certificates[1:]):
        check_issued(certificates[below], authority, below)
    if authority_digest not in {_key_digest(authority) for authority in certificates[1:]}:
        raise Refused("issuer.certificate", "/x5c", "not under the accredited authority")
    leaf = certificates[0]
    uris, hosts = _names(leaf)
    return _Path(
        tuple((one.not_valid_before_utc, one.not_valid_after_utc) for one in certificates),
        _key(leaf),
        uris,
        hosts,
    )


def _completed(
    chain: Sequence[bytes], accreditation: Accreditation, roots: Iterable[bytes]
) -> Sequence[bytes]:
    """The chain, and at its end the accredited root where it was left out and is at hand."""
    for root in roots:
        if root not in chain and key_digest(root) == accreditation.ca_digest:
            left_out = accreditation.ca_digest not in {key_digest(der) for der in chain[1:]}
            return (*chain, root) if left_out else chain
    return chain


def from_header(header: Mapping[str, Json], *, code: str = "issuer.certificate") -> tuple[bytes, ...]:
    """The certificates of a JOSE header's `x5c` (RFC 7515 4.1.6), DER, leaf first; none if there is none.

    Raises:
        Refused: `code` for what is not base64 with padding in its one form, or too large; `codec.shape`.
    """
    if "x5c" not in header:
        return ()
    found = shape.texts(header, "x5c", minimum=1, maximum=MAX_CERTIFICATES)
    return _certificates(found, code)


# All that an issuer signs has the same header.
@functools.lru_cache(maxsize=256)
def _certificates(found: tuple[str, ...], code: str) -> tuple[bytes, ...]:
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
    return chain[:-1] if _is_self_issued(last) else chain


def check_rootless(
    chain: Sequence[bytes], roots: Iterable[bytes], *, code: str = "issuer.certificate"
) -> None:
    """Return if a chain is there and holds no trust anchor, nor a certificate that its own key signed.

    HAIP 1.0 4.1, 4.5.1, 5, 6.1 and 6.1.1 want every `x5c` so.

    Args:
        chain: DER, leaf first, as it came.
        roots: The anchors that are known, DER.
        code: The reason for one that is not so.

    Raises:
        Refused: `code`; `issuer.certificate` for what is no certificate.
    """
    if not chain:
        raise Refused(code, "/x5c", "missing")
    known = frozenset(roots)
    if known & set(chain) or any(_is_self_issued(load(der)) for der in chain):
        raise Refused(code, "/x5c", "a root, or a certificate that vouches for itself, stands in the chain")


def _is_self_issued(certificate: x509.Certificate) -> bool:
    return certificate.subject == certificate.issuer


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


def _key(certificate: x509.Certificate) -> PublicKey | None:
    try:
        return PublicKey.from_spki(spki(certificate))
    except Refused:
        return None


@functools.lru_cache(maxsize=256)
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

    Of each certificate the key identifier of who issued it, as ``("aki", base64url)``. This is what the
    certificates say, and they name whom they like: enough to offer a credential, and not to accept one.
    """
    return frozenset((AKI, base64url.encode(found)) for der in chain if (found := _issuer_key(der)))


def proved_authorities(chain: Sequence[bytes], roots: Iterable[bytes]) -> frozenset[tuple[str, str]]:
    """The same of a chain that was accepted, as far as it is proved.

    A certificate names any key as its authority's, and an authority calls its own key by any name. So an
    identifier counts only where it is the signing key's own digest (RFC 5280 4.2.1.2 (1)), or what a root
    that the policy holds is called.

    Args:
        chain: DER, the signer's first, each one issued by the next; the root may be left out.
        roots: Those that the policy holds, DER.
    """
    held = frozenset(roots)
    following = [*((one,) for one in chain[1:]), tuple(held)]
    return frozenset(
        (AKI, base64url.encode(named))
        for der, candidates in zip(chain, following, strict=False)
        if (named := _issuer_key(der))
        and any(named in _identifiers(one, held) and _has_issued(one, der) for one in candidates)
    )


def _identifiers(der: bytes, held: frozenset[bytes]) -> set[bytes]:
    """What an authority's key is rightly called."""
    try:
        certificate = load(der)
        found = {x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest}
        if der in held:
            called = extension(certificate, x509.SubjectKeyIdentifier, "issuer.certificate")
            found |= {called.digest} if called is not None else set()
    except (*MALFORMED, Refused):
        return set()
    return found


def _has_issued(authority: bytes, der: bytes) -> bool:
    try:
        load(der).verify_directly_issued_by(load(authority))
    except (*MALFORMED, TypeError, InvalidSignature):
        return False
    return True


def _issuer_key(der: bytes) -> bytes:
    try:
        found = load(der).extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except (*MALFORMED, Refused):
        return b""
    return found.key_identifier or b""


def _names(leaf: x509.Certificate) -> tuple[frozenset[str], frozenset[str]]:
    """The URIs and hosts among a certificate's subject alternative names; none where they cannot be read."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except MALFORMED:
        return frozenset(), frozenset()
    return (
        frozenset(names.get_values_for_type(x509.UniformResourceIdentifier)),
        frozenset(names.get_values_for_type(x509.DNSName)),
    )


def _host(identifier: str) -> str | None:
    try:
        return urlsplit(identifier).hostname
    except ValueError:
        return None
