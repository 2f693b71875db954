"""Signing with the issuer's keys: prepare in the kernel, sign in the key store, complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from clicid.securing.signing import BbsOperation, sign
from clicid.trust.issuance import credential_digest

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import IssuerIdentity, Prepared
    from clicid.keys.store import KeyRef, KeyStore

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One credential key: where it lives, and who it speaks for."""

    ref: KeyRef
    identity: IssuerIdentity


@dataclass(frozen=True, slots=True)
class DocumentSigner:
    """The key that mdocs are signed with, and its certificate under the root (ISO/IEC 18013-5 B.1.4).

    Args:
        ref: Where the key lives.
        certificate: DER.
        not_before: When it begins.
        not_after: When it ends. No document holds longer: verifiers look at the certificate each time.
    """

    ref: KeyRef
    certificate: bytes
    not_before: datetime
    not_after: datetime


def finish(prepared: Prepared[bytes], keystore: KeyStore, ref: KeyRef) -> bytes:
    """Make the signatures wanted and put them in."""
    return prepared.complete([sign(keystore, ref, operation) for operation in prepared.to_be_signed])


@dataclass(frozen=True, slots=True)
class Minted(Generic[T_co]):
    """A credential, and the digest by which it is anchored; none for one that is unlinkable."""

    credential: T_co
    digest: bytes | None


def mint(prepared: Prepared[bytes], keystore: KeyStore, ref: KeyRef) -> Minted[bytes]:
    """Make the one signature of a credential and put it in."""
    (operation,) = prepared.to_be_signed
    signature = sign(keystore, ref, operation)
    unlinkable = isinstance(operation, BbsOperation)
    digest = None if unlinkable else credential_digest(operation.message, signature)
    return Minted(prepared.complete([signature]), digest)
