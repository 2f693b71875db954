"""Prepare, sign elsewhere, complete: what lacks its signatures, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.keys.bbs.issuing import Blinded
    from clicid.keys.store import KeyRef, KeyStore

D_co = TypeVar("D_co", covariant=True)


@dataclass(frozen=True, slots=True)
class SigningOperation:
    """One signature wanted from a KeyStore: `alg` as in `clicid.keys.algorithms`."""

    alg: str
    message: bytes


@dataclass(frozen=True, slots=True)
class BbsOperation(SigningOperation):
    """One BBS signature wanted: `message` is its header.

    Args:
        messages: What is signed one by one.
        blinded: What is signed unseen, if anything.
    """

    messages: tuple[bytes, ...] = field(default=(), repr=False)
    blinded: Blinded | None = None


def sign(keys: KeyStore, ref: KeyRef, operation: SigningOperation) -> bytes:
    """The signature that an operation wants, by one key of a store.

    Raises:
        LocalError: `keystore.*`.
        Refused: `keys.bbs_messages`, `keys.bbs_commitment` for what cannot be signed with BBS.
    """
    if isinstance(operation, BbsOperation):
        return keys.bbs_sign(ref, operation.message, operation.messages, operation.blinded)
    return keys.sign(ref, operation.message, operation.alg)


class Prepared(Protocol[D_co]):
    """Something that lacks only its signatures."""

    @property
    def to_be_signed(self) -> Sequence[SigningOperation]:
        """In order."""

    def complete(self, signatures: Sequence[bytes]) -> D_co:
        """The finished thing; one signature per operation, in the same order."""
