"""A wallet provider's folder: its vault and attesting key, its root and certificate, its configuration."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from clicid.adapters import clock
from clicid.keys.algorithms import P256
from issuer.vaults import make_vault
from sandbox.setup.vaults import key
from sandbox.wallet_provider.config import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.keys.public import PublicKey

CLIENT_ID: Final = "https://wallet.clicid.example"
FOLDER: Final = "wallet-provider"
"""Of the network's own, below the network's folder."""
ROOT, SIGNER = "root.pem", "signer.pem"
_KEY: Final = "attestations"
_DAYS: Final = 3650

_TOML: Final = """\
url = "{url}"
client_id = "{client_id}"
wallet_name = "ClicID wallet (TEST)"
key = "{key}"
x5c = ["{signer}"]
"""


def set_up(folder: Path, url: str) -> Path:
    """Make a wallet provider that will be reached at a URL; gives its configuration's file.

    Issuers that are to believe it list ``root.pem`` and its client id.
    """
    with make_vault(folder) as vault:
        _certify(folder, vault.public(key(vault, P256, _KEY)))
    path = folder / CONFIG
    path.write_text(_TOML.format(url=url, client_id=CLIENT_ID, key=_KEY, signer=SIGNER), "utf-8")
    return path


def _certify(folder: Path, key: PublicKey) -> None:
    """A root, and under it a certificate for the attesting key; the root's private key is thrown away."""
    root_key, public = ec.generate_private_key(ec.SECP256R1()), load_der_public_key(key.to_spki())
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise TypeError("the attesting key is on P-256")
    root_name, signer_name = (
        x509.Name(
            [x509.NameAttribute(x509.NameOID.COMMON_NAME, f"ClicID sandbox wallet provider{what} (TEST)")]
        )
        for what in (" root", "")
    )
    made = (
        (ROOT, root_name, root_key.public_key(), True),
        (SIGNER, signer_name, public, False),
    )
    for file, subject, of, authority in made:
        builder = _builder(subject, of, authority=authority).issuer_name(root_name)
        certificate = builder.sign(root_key, hashes.SHA256())
        (folder / file).write_bytes(certificate.public_bytes(Encoding.PEM))


def _builder(
    subject: x509.Name, public: ec.EllipticCurvePublicKey, *, authority: bool
) -> x509.CertificateBuilder:
    now = clock.now()
    constraints = x509.BasicConstraints(ca=authority, path_length=0 if authority else None)
    usage = x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(constraints, critical=True)
        .add_extension(usage, critical=True)
    )
