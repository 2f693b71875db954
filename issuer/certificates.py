"""The issuer's certificates, held against its keys and identifier before anything is issued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clicid.errors import ClicidError, LocalError, Refused
from clicid.keys.public import PublicKey
from clicid.trust import iaca, x5c
from clicid.trust.anchors import Anchor
from clicid.trust.iaca import Authority
from issuer.usecases.signing import DocumentSigner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from clicid.keys.store import KeyRef
    from issuer.settings import DocumentSignerSettings


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


def load_roots(paths: Sequence[Path]) -> tuple[Anchor, ...]:
    """Certificate authorities of others that are trusted, from PEM files.

    Raises:
        LocalError: ``config.file``, ``config.certificate``.
    """
    roots = []
    for path in paths:
        for certificate in _read(path):
            try:
                roots.append(Anchor.load(certificate.public_bytes(Encoding.DER)))
            except Refused as error:
                raise LocalError("config.certificate", str(path), error.detail) from None
    return tuple(roots)


@dataclass(frozen=True, slots=True)
class DocumentSigning:
    """The document signer, and the root above it.

    Args:
        signer: Signs mdocs.
        root: The root, as verifiers hold it.
    """

    signer: DocumentSigner
    root: Authority


def load_signer(
    settings: DocumentSignerSettings, ref: KeyRef, key: PublicKey, chain: Sequence[bytes]
) -> DocumentSigning:
    """The configured document signer. Its dates are not looked at: an issuer starts, and revokes, without it.

    1. The root has the profile of one (ISO/IEC 18013-5 B.1.2).
    2. The signer is directly under it, with the profile of a document signer (B.1.4).
    3. It certifies the configured key.
    4. The chain of the other formats, where there is one, is under the same root: an accreditation binds one.

    Args:
        settings: The files.
        ref: The key that is to sign.
        key: Its public half.
        chain: As `load_chain` gave it.

    Raises:
        LocalError: ``config.file``, ``config.certificate``.
    """
    root = authority(read_one(settings.authority), str(settings.authority))  # 1
    where, der = str(settings.certificate), read_one(settings.certificate)
    try:
        found = iaca.signer(der, (root,))  # 2
    except Refused as error:
        raise LocalError("config.certificate", where, str(error)) from None
    if found.key != key:  # 3
        raise LocalError("config.certificate", where, "it certifies another key")
    if chain and not _under(chain, root):  # 4
        raise LocalError("config.certificate", "keys.x5c", "under another root than the document signer")
    return DocumentSigning(DocumentSigner(ref, der, found.not_before, found.not_after), root)


def _under(chain: Sequence[bytes], root: Authority) -> bool:
    try:
        x5c.check_issued(x5c.load(chain[-1]), x5c.load(root.certificate), len(chain) - 1)
    except Refused:
        return x5c.key_digest(chain[-1]) == root.key_digest
    return True


def authority(der: bytes, where: str) -> Authority:
    """A root that is one by the profile.

    Raises:
        LocalError: ``config.certificate``.
    """
    try:
        return Authority.load(der)
    except Refused as error:
        raise LocalError("config.certificate", where, str(error)) from None


def certified_key(der: bytes, where: str) -> PublicKey:
    """The key that a document signer's certificate is for, under whichever root.

    Raises:
        LocalError: ``config.certificate`` for a certificate of another kind.
    """
    certificate = x5c.load(der)
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usages = x509.ExtendedKeyUsage([])
    if iaca.DOCUMENT_SIGNER not in usages:
        raise LocalError("config.certificate", where, "no document signer's")
    return PublicKey.from_spki(x5c.spki(certificate))


def read_one(path: Path) -> bytes:
    """The one certificate in a PEM file, DER.

    Raises:
        LocalError: ``config.file``, ``config.certificate``.
    """
    found = _read(path)
    if len(found) != 1:
        raise LocalError("config.certificate", str(path), "one certificate is wanted")
    return found[0].public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class Revocations:
    """A root's list of revoked certificates: DER, and when the next one is due."""

    body: bytes
    due: datetime


def read_revocations(path: Path, root: bytes) -> Revocations:
    """The list of a root.

    Args:
        path: DER.
        root: The root's certificate, DER.

    Raises:
        LocalError: ``config.file``, ``config.certificate`` for what is no list, or not one that it signed.
    """
    try:
        raw = path.read_bytes()
        found = x509.load_der_x509_crl(raw)
        signed = found.is_signature_valid(x5c.load(root).public_key())  # type: ignore[arg-type]  # a TypeError
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from None
    except (ValueError, TypeError):
        raise LocalError("config.certificate", str(path), "no list of revoked certificates, DER") from None
    if not signed or found.next_update_utc is None:
        raise LocalError("config.certificate", str(path), "not signed by the root, or without an end")
    return Revocations(raw, found.next_update_utc)


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
