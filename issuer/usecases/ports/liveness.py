"""Challenges of head turns, and frames that were seen. `issuer.store.liveness` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from issuer.usecases.liveness import Challenge


class Challenges(Protocol):
    """What onboardings were asked, and digests of what was ever answered."""

    def put_challenge(self, challenge_: Challenge, /) -> None:
        """Keep a challenge in place of the onboarding's former one."""

    def challenge(self, session_id: str) -> Challenge | None:
        """The onboarding's last one."""

    def drop_challenge(self, session_id: str) -> None:
        """Forget it, and how many there were."""

    def remember_frames(self, hashes: Sequence[bytes]) -> bool:
        """Keep the frames' keyed hashes for good; True if one was known before, or stands there twice."""
