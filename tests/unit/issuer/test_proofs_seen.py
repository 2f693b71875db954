"""How long proofs are remembered: as long as they are good."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.issuer_world import World


def test_a_proof_is_remembered_in_its_last_second(world: World) -> None:
    begun = world.clock().replace(microsecond=0)
    until = begun + timedelta(minutes=6)
    for now, first in ((begun, True), (until, False), (until + timedelta(seconds=1), True)):
        with world.ground.env.store.writing() as tx:
            assert tx.visits.first(b"a proof", until, now) is first
