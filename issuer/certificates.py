"""The issuer's certificate chain, held against its key and identifier before anything is issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clicid.errors import ClicidError, LocalError
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def load_chain(paths: Sequence[Path], identifier: str, key: PublicKey) -> tuple[bytes, ...]:
    """The chain as DER, leaf first; empty if none is configured.

    Args:
        paths: PEM files, leaf first.
        identifier: What the leaf's subject alternative name must hold as a URI.
        key: What the leaf must certify: the key SD-JWT VCs are signed with.

    Raises:
        LocalError: ``config.file``, ``config.certificate``.
    """
    if not paths:
        return ()
    chain = [certificate for path in paths for certificate in _read(path)]
    leaf = chain[0]
    spki = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        certified = PublicKey.from_spki(spki)
    except ClicidError as error:
        raise LocalError("config.certificate", str(paths[0]), error.code) from None
    if certified != key:
        raise LocalError("config.certificate", str(paths[0]), "it certifies another key")
    if identifier not in _uris(leaf):
        raise LocalError(
            "config.certificate", str(paths[0]), "its subject alternative name lacks the identifier"
        )
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)


def _read(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from None
    except ValueError:
        raise LocalError("config.certificate", str(path), "not PEM certificates") from None


def _uris(leaf: x509.Certificate) -> list[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)
