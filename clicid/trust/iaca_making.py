"""Certificates of an IACA and of its document signers, up to their signatures (ISO/IEC 18013-5 annex B)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from clicid.errors import LocalError
from clicid.keys.algorithms import P256, P384
from clicid.securing.signing import SigningOperation
from clicid.trust.iaca import DOCUMENT_SIGNER, LIST_SIGNER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from clicid.keys.public import PublicKey

MAX_AUTHORITY_DAYS: Final = 20 * 366
"""B.1.2: at most 20 years."""
MAX_SIGNER_DAYS: Final = 457
"""B.1.4."""

_HASHES: Final[dict[str, hashes.SHA256 | hashes.SHA384]] = {P256: hashes.SHA256(), P384: hashes.SHA384()}
_SERIAL_BYTES: Final = 19
"""B.1.1: at least 63 random bits, at most 20 bytes, and positive."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who issues, as its certificates say.

    Args:
        country: ISO 3166-1 alpha-2, capitals.
        common_name: Of the authority or the signer.
        contact: An URL for the issuer alternative name.
        crl_url: Where a revocation list would be.
        state: State or province; empty for none.
    """

    country: str
    common_name: str
    contact: str
    crl_url: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class PreparedCertificate:
    """A certificate, or a list of revoked ones, that lacks its signature; a `Prepared[bytes]`."""

    _builder: x509.CertificateBuilder | x509.CertificateRevocationListBuilder
    _issuer: PublicKey

    @property
    def to_be_signed(self) -> tuple[SigningOperation]:
        """The one signature wanted, over the TBSCertificate."""
        recorder = _Elsewhere(bytes(self._issuer.algorithm.signature_size))
        self._sign(recorder)
        return (SigningOperation(self._issuer.algorithm.name, recorder.message),)

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The certificate or list, DER.

        Raises:
            LocalError: `securing.signatures` unless there is one signature of the right size.
        """
        if [len(one) for one in signatures] != [self._issuer.algorithm.signature_size]:
            raise LocalError("securing.signatures")
        certificate = self._sign(_Elsewhere(signatures[0]))
        return certificate.public_bytes(Encoding.DER)

    def _sign(self, key: _Elsewhere) -> x509.Certificate | x509.CertificateRevocationList:
        return self._builder.sign(key, _HASHES[self._issuer.algorithm.name])


def prepare_authority(
    place: Place, key: PublicKey, *, begins: datetime, days: int, random: Callable[[int], bytes]
) -> PreparedCertificate:
    """An IACA root, to be signed by its own key (B.1.2).

    Args:
        place: Who it is.
        key: Its key, on P-256 or P-384.
        begins: When it begins, in whole seconds.
        days: How long it holds, at most `MAX_AUTHORITY_DAYS`.
        random: Gives that many random bytes.

    Raises:
        LocalError: `mdoc.making` for another key, or longer.
    """
    _check(key, days, MAX_AUTHORITY_DAYS)
    name = _name(place)
    builder = _builder(place, name, name, key, begins=begins, days=days, random=random)
    builder = builder.add_extension(_usage(certificates=True), critical=True)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return PreparedCertificate(builder, key)


def prepare_signer(
    place: Place,
    key: PublicKey,
    authority: bytes,
    authority_key: PublicKey,
    *,
    begins: datetime,
    days: int,
    random: Callable[[int], bytes],
) -> PreparedCertificate:
    """A document signer's certificate, to be signed by the authority's key (B.1.4).

    Args:
        place: Who it is; the authority's country and state.
        key: The signer's key, of any algorithm that signs messages.
        authority: The root's certificate, DER.
        authority_key: Its key.
        begins: When it begins, in whole seconds.
        days: How long it holds, at most `MAX_SIGNER_DAYS`.
        random: Gives that many random bytes.

    Raises:
        LocalError: `mdoc.making` for an authority of another key or place, or longer.
    """
    _check(authority_key, days, MAX_SIGNER_DAYS)
    builder = _under(place, key, authority, authority_key, begins=begins, days=days, random=random)
    return PreparedCertificate(
        builder.add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNER]), critical=True), authority_key
    )


def prepare_issuer(
    place: Place,
    key: PublicKey,
    authority: bytes,
    authority_key: PublicKey,
    *,
    names: Sequence[str],
    begins: datetime,
    days: int,
    random: Callable[[int], bytes],
) -> PreparedCertificate:
    """The certificate of an issuer's other credentials and of its status lists, under the same root.

    It says that its key may sign status lists (Token Status List 10.1) and, as RFC 5280 4.2.1.12 has it, that
    this is no limit: for what else it signs no usage is defined. It is not a document signer's.

    Args:
        place: As for `prepare_signer`, and likewise what is not said here.
        key: See there.
        authority: See there.
        authority_key: See there.
        names: URIs by which the issuer is known: HTTPS identifier, DID.
        begins: See there.
        days: How long it holds, at most `MAX_AUTHORITY_DAYS` and as long as the authority.
        random: See there.

    Raises:
        LocalError: As `prepare_signer`.
    """
    _check(authority_key, days, MAX_AUTHORITY_DAYS)
    builder = _under(place, key, authority, authority_key, begins=begins, days=days, random=random)
    usages = x509.ExtendedKeyUsage([LIST_SIGNER, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name) for name in names])
    builder = builder.add_extension(usages, critical=False).add_extension(alternative, critical=False)
    return PreparedCertificate(builder, authority_key)


def prepare_revocations(
    authority: bytes,
    authority_key: PublicKey,
    revoked: Sequence[int],
    *,
    number: int,
    begins: datetime,
    days: int,
) -> PreparedCertificate:
    """A root's list of revoked certificates, to be signed by its key (B.3; RFC 5280 5).

    Args:
        authority: The root's certificate, DER.
        authority_key: Its key.
        revoked: Serial numbers; none is a list as well.
        number: The list's own number, higher than that of each before it.
        begins: When it is made.
        days: After how many days there is another one at the latest.

    Raises:
        LocalError: `mdoc.making` for an authority of another key, or longer than `MAX_AUTHORITY_DAYS`.
    """
    _check(authority_key, days, MAX_AUTHORITY_DAYS)
    root = _root(authority, authority_key)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(begins)
        .next_update(begins + timedelta(days=days))
        .add_extension(_identifier(root), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(begins).build()
        builder = builder.add_revoked_certificate(entry)
    return PreparedCertificate(builder, authority_key)


def _under(
    place: Place,
    key: PublicKey,
    authority: bytes,
    authority_key: PublicKey,
    *,
    begins: datetime,
    days: int,
    random: Callable[[int], bytes],
) -> x509.CertificateBuilder:
    """What both kinds of certificates under a root have."""
    root = _root(authority, authority_key)
    for oid in (x509.NameOID.COUNTRY_NAME, x509.NameOID.STATE_OR_PROVINCE_NAME):
        if root.subject.get_attributes_for_oid(oid) != _name(place).get_attributes_for_oid(oid):
            raise LocalError("mdoc.making", detail="the signer is of another place than its authority")
    if begins + timedelta(days=days) > root.not_valid_after_utc:
        raise LocalError("mdoc.making", detail="the signer's certificate outlives its authority's")
    builder = _builder(place, _name(place), root.subject, key, begins=begins, days=days, random=random)
    builder = builder.add_extension(_identifier(root), critical=False)
    return builder.add_extension(_usage(certificates=False), critical=True)


def _root(authority: bytes, authority_key: PublicKey) -> x509.Certificate:
    root = x509.load_der_x509_certificate(authority)
    if root.public_key() != authority_key.handle:
        raise LocalError("mdoc.making", detail="the key is not that of the authority's certificate")
    return root


def _identifier(root: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _check(signing: PublicKey, days: int, longest: int) -> None:
    if signing.algorithm.name not in _HASHES:
        raise LocalError("mdoc.making", detail="an authority's key is on P-256 or P-384")
    if not 0 < days <= longest:
        raise LocalError("mdoc.making", detail=f"at most {longest} days")


def _name(place: Place) -> x509.Name:
    parts = [(x509.NameOID.COUNTRY_NAME, place.country), (x509.NameOID.STATE_OR_PROVINCE_NAME, place.state)]
    parts.append((x509.NameOID.COMMON_NAME, place.common_name))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def _builder(
    place: Place,
    subject: x509.Name,
    issuer: x509.Name,
    key: PublicKey,
    *,
    begins: datetime,
    days: int,
    random: Callable[[int], bytes],
) -> x509.CertificateBuilder:
    """What both kinds have."""
    points = [x509.DistributionPoint([x509.UniformResourceIdentifier(place.crl_url)], None, None, None)]
    handle: Any = key.handle
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(handle)
        .serial_number(int.from_bytes(random(_SERIAL_BYTES), "big") | 1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(
            x509.SubjectKeyIdentifier(hashlib.sha1(key.raw, usedforsecurity=False).digest()), critical=False
        )
        .add_extension(
            x509.IssuerAlternativeName([x509.UniformResourceIdentifier(place.contact)]), critical=False
        )
        .add_extension(x509.CRLDistributionPoints(points), critical=False)
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


class _Elsewhere(ec.EllipticCurvePrivateKey):
    """A private key that is elsewhere: it keeps what it is to sign, and gives a signature made before."""

    def __init__(self, signature: bytes) -> None:
        self._signature: Final = signature
        self.message = b""

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:  # noqa: ARG002
        self.message = bytes(data)
        half = len(self._signature) // 2
        numbers = (int.from_bytes(part, "big") for part in (self._signature[:half], self._signature[half:]))
        return encode_dss_signature(*numbers)

    # What else the interface has, is asked of nobody who only signs.
    @property
    def curve(self) -> ec.EllipticCurve:
        raise AssertionError

    @property
    def key_size(self) -> int:
        raise AssertionError

    def public_key(self) -> ec.EllipticCurvePublicKey:
        raise AssertionError

    def exchange(self, *_: Any) -> bytes:
        raise AssertionError

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        raise AssertionError

    def private_bytes(self, *_: Any) -> bytes:
        raise AssertionError

    def __copy__(self) -> _Elsewhere:
        raise AssertionError

    def __deepcopy__(self, memo: dict[int, Any]) -> _Elsewhere:
        raise AssertionError
