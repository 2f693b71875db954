"""Deciding on what a client sends: the VC API's `/credentials/verify` and `/presentations/verify`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.adapters.gather import settle
from clicid.vc_api import resolving, verifying

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.adapters.gather import Source
    from clicid.did.document import DidDocument
    from clicid.formats.base import Have, Wanted
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

    def verify(self, request: VerifyRequest) -> Ending:
        """The ending, with its report."""
        now = self.clock()

        def step(have: Have) -> Ending | Wanted:
            return verifying.verify(request, have, policy=self.policy, checkers=self.checkers, now=now)

        return settle(step, self.materials, now)

    def resolve(self, did: str) -> DidDocument:
        """What a DID resolves to.

        Raises:
            Refused: `did.*` for one that is malformed or of a method that we do not read.
            Undecided: `did.unavailable` if what it needs could not be had.
        """
        now = self.clock()
        need = resolving.need_of(did)
        return resolving.document(did, self.materials.get(need, now) if need else None, now)
