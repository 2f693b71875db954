"""Certificates made by hand: chains as issuers and verifiers have them, and bent ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clicid.keys.public import PublicKey
from tests.support.world import DAY, NOW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def usage(**on: bool) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: on.get(name, False) for name in USAGES})


@dataclass(frozen=True)
class Party:
    """A name and its key; the same number gives the same key."""

    name: str
    number: int
    private: ec.EllipticCurvePrivateKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "private", ec.derive_private_key(self.number, ec.SECP256R1()))

    @property
    def subject(self) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, self.name)])

    @property
    def key(self) -> PublicKey:
        spki = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return PublicKey.from_spki(spki)

    def sign(self, message: bytes) -> bytes:
        """ES256, r || s."""
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    @property
    def key_identifier(self) -> bytes:
        return x509.SubjectKeyIdentifier.from_public_key(self.private.public_key()).digest


def issue(
    subject: Party,
    issuer: Party,
    *extensions: tuple[Any, bool],
    ca: bool = False,
    path_length: int | None = None,
    names: Sequence[str] = (),
    begins: datetime = NOW - DAY,
    ends: datetime = NOW + 400 * DAY,
    hashed: Any = None,
    key: PublicKey | None = None,
) -> bytes:
    """A certificate, DER, of a key or of the subject's. Names: ``https://...`` a URI, all else a host."""
    certified: Any = subject.private.public_key() if key is None else key.handle
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject.subject)
        .issuer_name(issuer.subject)
        .public_key(certified)
        .serial_number(subject.number + 1)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length if ca else None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier(issuer.key_identifier, None, None), critical=False)
    )
    kinds = {str(type(extension)) for extension, _ in extensions}
    if str(x509.KeyUsage) not in kinds:
        builder = builder.add_extension(usage(key_cert_sign=ca, digital_signature=not ca), critical=True)
    if names:
        found = [
            x509.UniformResourceIdentifier(name) if "://" in name else x509.DNSName(name) for name in names
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(found), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    # Deterministic: what names tests must be the same in every process.
    signed = builder.sign(issuer.private, hashed or hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(Encoding.DER)
