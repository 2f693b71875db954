"""Signing with the issuer's keys: prepare in the kernel, sign in the key store, complete."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.securing.signing import sign

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity, Prepared
    from clicid.keys.store import KeyRef, KeyStore


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One credential key: where it lives, and who it speaks for."""

    ref: KeyRef
    identity: IssuerIdentity


def finish(prepared: Prepared[bytes], keystore: KeyStore, ref: KeyRef) -> bytes:
    """Make the signatures wanted and put them in."""
    return prepared.complete([sign(keystore, ref, operation) for operation in prepared.to_be_signed])


def x5c_header(identity: IssuerIdentity) -> dict[str, Json]:
    """The `x5c` header member (RFC 7515 4.1.6), if there is a chain."""
    chain: list[Json] = [base64.b64encode(der).decode() for der in identity.x5c]
    return {"x5c": chain} if chain else {}
