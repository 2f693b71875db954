"""How many revocations the payer's account can still pay for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import ClicidError, LocalError
from clicid.status import delta

if TYPE_CHECKING:
    from collections.abc import Callable

    from issuer.usecases.status_chain import StatusChain

SINGLE_GAS: Final = delta.plan([0], [])[0].gas()
"""What a version with one revocation costs at most: the builder's own upper estimate."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The account, and what it is good for.

    Args:
        wei: What it holds.
        revocations: How many single ones that pays for, each at the highest fee that is allowed.
    """

    wei: int
    revocations: int


class Funds:
    """Measures the account.

    Args:
        chain: The payer's account.
        max_fee: Most wei per unit of gas.
        refuse_below: With fewer revocations left the issuer does not start.
        alarm_below: With fewer left it says so.
        tell: Told of what is wrong.
    """

    def __init__(
        self,
        chain: StatusChain,
        *,
        max_fee: int,
        refuse_below: int,
        alarm_below: int,
        tell: Callable[[str, ClicidError], None],
    ) -> None:
        self._chain = chain
        self._price = max_fee * SINGLE_GAS
        self._refuse_below = refuse_below
        self._alarm_below = alarm_below
        self._tell = tell
        self._told: int | None = None

    def measure(self) -> Balance:
        """As the node has it now. Raises `Undecided` (``chain.unreachable``)."""
        return self._of(self._chain.market().balance)

    def note(self, wei: int) -> None:
        """Say so if a balance that was seen is low, once for each number of revocations left."""
        left = self._of(wei).revocations
        if left >= self._alarm_below:
            self._told = None
        elif left != self._told:
            self._told = left
            self._tell("", LocalError("publication.funds", "", f"{left} revocations left"))

    def check_start(self) -> None:
        """See that there is enough to begin with; a node that does not answer is told, and no obstacle.

        Raises:
            LocalError: ``publication.funds``.
        """
        try:
            left = self.measure().revocations
        except ClicidError as error:
            # Without its node an issuer can still write revocations down and show them on its lists.
            self._tell("", error)
            return
        if left < self._refuse_below:
            raise LocalError(
                "publication.funds", "", f"{left} revocations left, {self._refuse_below} are wanted to start"
            )

    @property
    def alarm_below(self) -> int:
        """With fewer revocations left there is an alarm."""
        return self._alarm_below

    def _of(self, wei: int) -> Balance:
        return Balance(wei, wei // self._price)
