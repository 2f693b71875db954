"""How long versions may wait for a block, and what their transactions may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.errors import Undecided
from issuer.usecases.cadence import AT_ONCE, Cadence
from issuer.usecases.status_chain import Fees

if TYPE_CHECKING:
    from datetime import timedelta

    from issuer.usecases.records import Sending
    from issuer.usecases.status_chain import Market


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient to be, and what a transaction may cost.

    Args:
        confirmations: Blocks above a block after which it is final.
        stuck: How long a transaction may wait before a dearer one takes its place.
        max_fee: Most wei per unit of gas.
        roots: How long what was issued may wait for an issuance root.
        cadence: When what can wait goes out.
    """

    confirmations: int
    stuck: timedelta
    max_fee: int
    roots: timedelta
    cadence: Cadence = AT_ONCE

    def fees(self, market: Market) -> Fees:
        """What to offer: room for the base fee to double, within the cap.

        Raises:
            Undecided: ``chain.fee_cap`` if the next block alone would cost more.
        """
        least = market.base_fee + market.tip
        if least > self.max_fee:
            raise Undecided("chain.fee_cap", "", f"{least} wei wanted, {self.max_fee} allowed")
        return Fees(market.tip, min(2 * market.base_fee + market.tip, self.max_fee))

    def dearer(self, old: Sending, market: Market) -> Fees | None:
        """What replaces a transaction that waits too long; None if it is not the price that keeps it.

        Pools take a replacement when both fees are at least a tenth higher.

        Raises:
            Undecided: ``chain.fee_cap``.
        """
        fees = self.fees(market)
        if old.tip >= market.tip and old.max_fee >= market.base_fee + market.tip:
            return None
        tip = max(fees.tip, old.tip + old.tip // 8 + 1)
        max_fee = max(fees.max_fee, old.max_fee + old.max_fee // 8 + 1)
        if max_fee > self.max_fee:
            raise Undecided("chain.fee_cap", "", f"{max_fee} wei wanted, {self.max_fee} allowed")
        return Fees(tip, max_fee)
