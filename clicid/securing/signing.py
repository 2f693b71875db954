"""Prepare, sign elsewhere, complete: what lacks its signatures, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

D_co = TypeVar("D_co", covariant=True)


@dataclass(frozen=True, slots=True)
class SigningOperation:
    """One signature wanted from a KeyStore: `alg` as in `clicid.keys.algorithms`."""

    alg: str
    message: bytes


class Prepared(Protocol[D_co]):
    """Something that lacks only its signatures."""

    @property
    def to_be_signed(self) -> Sequence[SigningOperation]:
        """In order."""

    def complete(self, signatures: Sequence[bytes]) -> D_co:
        """The finished thing; one signature per operation, in the same order."""
