"""The StatusRegistry and the payer's account, as the use cases see them; `issuer.chain` has the real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from clicid.status.delta import Delta


@dataclass(frozen=True, slots=True)
class Commit:
    """One version of a list, as the contract takes it; `root` is zero for none."""

    list_id: bytes
    version: int
    change: Delta
    digest: bytes
    root: bytes


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei per unit of gas: the tip, and the most that is paid with it."""

    tip: int
    max_fee: int


@dataclass(frozen=True, slots=True)
class Market:
    """What the node says before anything is sent.

    Args:
        head: The number of its newest block.
        base_fee: Of that block, in wei per unit of gas.
        tip: What it proposes.
        mined: How many transactions of the payer are in blocks.
        next_nonce: The first nonce for which it knows none of the payer's transactions.
        balance: The payer's, in wei.
    """

    head: int
    base_fee: int
    tip: int
    mined: int
    next_nonce: int
    balance: int


@dataclass(frozen=True, slots=True)
class Found:
    """Where a transaction is: the number of its block, and whether it did there what was asked."""

    block: int
    done: bool


class NonceTakenError(Exception):
    """The node has another transaction of the payer's with this nonce."""


class StatusChain(Protocol):
    """The StatusRegistry and the payer's account. All methods raise `Undecided` (``chain.unreachable``)."""

    def version(self, list_id: bytes) -> int | None:
        """The version that stands there; None if there is no such list."""

    def market(self) -> Market:
        """Head, fees, nonces and balance."""

    def sign(self, commit: Commit, nonce: int, fees: Fees) -> tuple[bytes, bytes]:
        """A signed transaction, not sent: its hash, and itself as it travels.

        Changes that clear are signed with the owner's key, all others with the committer's.

        Raises:
            Refused: ``chain.reverted`` if the contract would not take it.
            LocalError: ``chain.too_large``, ``publication.owner_key``.
        """

    def send(self, hash_: bytes, raw: bytes) -> None:
        """Give the node a transaction, unless it has it.

        Raises:
            NonceTakenError: If another one has its nonce.
            Undecided: ``chain.funds``.
            LocalError: ``chain.rejected``.
        """

    def find(self, hash_: bytes) -> Found | None:
        """The block of a transaction; None if it is in none."""
