"""Changes of a status list as they stand on chain: what one commit sets and clears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.ledger.lists import ListRules
from clicid.status import rice, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALL_CODE: Final = 512
"""The bound of `commit`; above it a transaction must use `commitLarge`, whose memory costs more."""

_CALL_WORDS: Final = 4 + 32 * (6 + 2 + 3)
"""Selector, six parameters, two lengths, and the three words of a signature."""
_ENVELOPE: Final = 200
"""A signed EIP-1559 transaction around its data, at most."""
_BASE_GAS: Final = 21_000
_COMMIT_GAS: Final = 30_000
"""What a commit costs above its data: storage, log, recovery of the signer, memory of `commit`."""
_LARGE_GAS: Final = 40_000
"""What `commitLarge` costs more, for memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one transaction may be.

    Args:
        code: Longest Rice code of one set, in bytes.
        transaction: Most bytes of a signed transaction (what node pools take).
        gas: Most gas (EIP-7825).
    """

    code: int = rice.MAX_BYTES
    transaction: int = 131_072
    gas: int = 16_777_216


@dataclass(frozen=True, slots=True)
class Delta:
    """One commit's two Rice-coded sets of positions."""

    set: bytes
    cleared: bytes

    def transaction_bytes(self) -> int:
        """Most bytes the signed transaction can have."""
        return _ENVELOPE + _CALL_WORDS + _padded(self.set) + _padded(self.cleared)

    def gas(self) -> int:
        """An upper estimate of the gas, the calldata floor of EIP-7623 applied."""
        data = _CALL_WORDS + _padded(self.set) + _padded(self.cleared)
        execution = _COMMIT_GAS + (_LARGE_GAS if max(len(self.set), len(self.cleared)) > SMALL_CODE else 0)
        # A byte that is not zero is 4 tokens; a token costs 4, or 10 where the floor decides. The log
        # costs 8 a byte; hashing and copying it stay below 2.
        return max(_BASE_GAS + 16 * data + execution + 10 * data, _BASE_GAS + 40 * data)

    def fits(self, limits: Limits) -> bool:
        """Whether one transaction can carry it."""
        return (
            max(len(self.set), len(self.cleared)) <= limits.code
            and self.transaction_bytes() <= limits.transaction
            and self.gas() <= limits.gas
        )


def plan(
    set_positions: Sequence[int], cleared_positions: Sequence[int], limits: Limits = Limits()
) -> tuple[Delta, ...]:
    """Split changes into commits that each fit a transaction, in the order in which to send them.

    Args:
        set_positions: Positions to set, strictly rising.
        cleared_positions: Positions to clear, strictly rising; none of them among those to set.
        limits: What a transaction may be.

    Returns:
        One commit if it fits; otherwise first those that set, then those that clear; none for no
        changes.

    Raises:
        Refused: `status.rice` if positions do not rise; `status.delta` if one is in both sets, or
            if not even a single change fits the limits.
    """
    if not set(set_positions).isdisjoint(cleared_positions):
        raise Refused("status.delta", "", "a position both set and cleared")
    if not set_positions and not cleared_positions:
        return ()
    whole = Delta(rice.encode(set_positions), rice.encode(cleared_positions))
    if whole.fits(limits):
        return (whole,)
    added = (Delta(code, b"") for code in _codes(set_positions, limits))
    removed = (Delta(b"", code) for code in _codes(cleared_positions, limits))
    return (*added, *removed)


def _codes(positions: Sequence[int], limits: Limits) -> list[bytes]:
    """The set cut into the longest runs, more or less, that each fit a commit of their own."""
    each = len(positions)
    while each:
        codes = [rice.encode(positions[at : at + each]) for at in range(0, len(positions), each)]
        if all(Delta(code, b"").fits(limits) for code in codes):
            return codes
        each -= 1 + each // 8
    if positions:
        raise Refused("status.delta", "", "one change does not fit the limits")
    return []


def read(set_code: bytes, cleared_code: bytes, limit: int) -> tuple[list[int], list[int]]:
    """The positions one commit sets and clears, all below `limit`.

    Raises:
        Refused: `status.rice`, `codec.size` for a malformed code; `status.delta` for a position
            both set and cleared.
    """
    added, removed = rice.decode(set_code, limit), rice.decode(cleared_code, limit)
    if removed and not set(added).isdisjoint(removed):
        raise Refused("status.delta", "", "a position both set and cleared")
    return added, removed


def apply(held: rows.StatusList, delta: Delta) -> None:
    """Change a held list in place; it is left as it was if the delta is refused (see `read`)."""
    held.change(*read(delta.set, delta.cleared, held.size * held.width))


def _padded(code: bytes) -> int:
    return (len(code) + 31) // 32 * 32


RULES: Final = ListRules(read=read, digest=rows.digest)
"""These rules, for folding the chain's blocks."""
