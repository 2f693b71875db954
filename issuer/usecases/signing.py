"""Signing with the issuer's keys: prepare in the kernel, sign in the key store, complete."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from clicid.securing.signing import BbsOperation, sign
from clicid.trust.issuance import credential_digest

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity, Prepared
    from clicid.keys.store import KeyRef, KeyStore

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One credential key: where it lives, and who it speaks for."""

    ref: KeyRef
    identity: IssuerIdentity


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


def x5c_header(identity: IssuerIdentity) -> dict[str, Json]:
    """The `x5c` header member (RFC 7515 4.1.6), if there is a chain."""
    chain: list[Json] = [base64.b64encode(der).decode() for der in identity.x5c]
    return {"x5c": chain} if chain else {}
