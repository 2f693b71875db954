"""The loop between a pure check and the store that feeds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, overload

from clicid.errors import LocalError
from clicid.formats.base import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.formats.base import Have, Material, Need, Unavailable
    from clicid.oid4vp.checking import Answer
    from clicid.oid4vp.request_object import VerifiedRequest
    from clicid.verification import Ending

MAX_ROUNDS: Final = 6
"""Accreditation, its giver's, DID, status, signed list: five, and one to end."""


class Source(Protocol):
    """Where material comes from."""

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """The material, or that it could not be had; never an exception for what is missing."""


# One form for each kind of end: of a type variable mypy joins a union's members into `object`. They
# overlap only in a step that does nothing but want.
@overload
def settle(  # type: ignore[overload-overlap]
    step: Callable[[Have], Ending | Wanted], source: Source, now: datetime
) -> Ending: ...
@overload
def settle(  # type: ignore[overload-overlap]
    step: Callable[[Have], Answer | Wanted], source: Source, now: datetime
) -> Answer: ...
@overload
def settle(
    step: Callable[[Have], VerifiedRequest | Wanted], source: Source, now: datetime
) -> VerifiedRequest: ...
def settle(step: Callable[[Have], object], source: Source, now: datetime) -> object:
    """Call `step` with what it wants until it ends.

    Args:
        step: A check with all but its material bound.
        source: Asked once for each need.
        now: The time given to the source.

    Raises:
        LocalError: `verification.rounds` if it still wants more after six rounds.
    """
    have: dict[Need, Material | Unavailable] = {}
    for _ in range(MAX_ROUNDS):
        ending = step(have)
        if not isinstance(ending, Wanted):
            return ending
        have |= {need: source.get(need, now) for need in ending.needs if need not in have}
    raise LocalError("verification.rounds")
