"""Deciding on what a client sends: the VC API's `/credentials/verify` and `/presentations/verify`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.adapters.gather import Brought, WithoutWaiting, settle
from clicid.formats.base import Wanted
from clicid.vc_api import verifying
from clicid.verification import NotAtOnce, SignedLists, at_once

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.adapters.gather import Source
    from clicid.formats.base import Have
    from clicid.vc_api.messages import VerifyRequest
    from clicid.verification import Checkers, Ending, Policy


@dataclass(frozen=True, slots=True)
class GeneralVerifying:
    """Decides by the verifier's written policy; keeps nothing.

    Args:
        policy: Whom and what to accept.
        checkers: The checker of each format.
        materials: What is known.
        clock: The time of a check.
    """

    policy: Policy
    checkers: Checkers
    materials: Source
    clock: Callable[[], datetime]
    quick: Checkers = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "quick", at_once(self.checkers))

    def verify(self, request: VerifyRequest) -> Ending:
        """The ending, with its report."""
        now = self.clock()

        def step(have: Have) -> Ending | Wanted:
            return verifying.verify(request, have, policy=self.policy, checkers=self.checkers, now=now)

        return settle(step, Brought(self.materials, request.options.issuance_proofs), now)

    def verify_at_once(self, request: VerifyRequest) -> Ending | None:
        """The ending of a check of something of a known layout, read before or not; None for anything else.

        Nor is a list that is published over HTTP read here: it may be long. Whoever brings proofs of when
        something was issued has them looked at inside.
        """
        if self.policy.signed_lists is not SignedLists.IGNORED or request.options.issuance_proofs:
            return None
        now = self.clock()
        have = WithoutWaiting(self.materials, now)
        try:
            found = verifying.verify_secured(request, have, policy=self.policy, checkers=self.quick, now=now)
        except NotAtOnce:
            return None
        return None if isinstance(found, Wanted) else found
