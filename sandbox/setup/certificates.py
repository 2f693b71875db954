"""The sandbox's certificate authority, and the issuer's certificate under it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from cryptography.x509.oid import NameOID

from clicid.adapters import clock

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.keys.public import PublicKey


def certify(folder: Path, identifier: str, key: PublicKey) -> tuple[list[Path], bytes]:
    """Make a CA and a certificate for the issuer's SD-JWT key; the CA's private key is thrown away.

    Args:
        folder: Where the PEM files go.
        identifier: The issuer's identifier, the certificate's subject alternative name.
        key: The key that signs SD-JWT VCs.

    Returns:
        The chain's files, leaf first, and SHA-256 of the CA's SubjectPublicKeyInfo.
    """
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ClicID sandbox CA (TEST)")])
    ca = _builder(ca_name, ca_name, ca_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    public = load_der_public_key(key.to_spki())
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise TypeError("the SD-JWT key is on P-256")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ClicID sandbox issuer (TEST)")])
    leaf = _builder(subject, ca_name, public).add_extension(
        x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identifier)]), critical=False
    )
    leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    paths = []
    for name, builder in (("issuer.pem", leaf), ("ca.pem", ca)):
        path = folder / name
        path.write_bytes(builder.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM))
        paths.append(path)
    spki = ca_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return paths, hashlib.sha256(spki).digest()


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
    )
