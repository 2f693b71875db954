"""Reorganisations: what a lost branch gave is gone, what it took away stays taken."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from clicid.adapters.follower import Follower
from clicid.adapters.vouching import Vouching
from clicid.errors import Undecided
from clicid.formats.base import NeedKind
from clicid.ledger import proofs
from clicid.ledger.facts import ABSENT
from clicid.ledger.ground import Demands
from tests.support.followed import (
    CREATED,
    DID,
    OTHER,
    URL,
    WITHDRAWN,
    World,
    accredited,
    commit,
    key_set,
)


def test_a_lost_revocation_stays_until_it_is_anchored_again(world: World) -> None:
    world.mine(accredited(), CREATED, empty=5)
    world.mine(commit([6]))
    world.sync()
    world.chain.fork(6)
    world.mine(salt="other", empty=6)
    assert world.sync().lost == 1
    assert world.snapshot()[3] == 1
    world.restart()
    assert world.snapshot()[3] == 1
    world.mine(commit([6]), empty=4)
    world.sync()
    assert not world.follower._branch.sticky.bits
    world.mine(commit([], [6]), empty=4)
    world.sync()
    assert world.snapshot()[3] == 0


def test_a_lost_withdrawal_stays_until_governance_speaks_again(world: World) -> None:
    world.mine(accredited(), empty=5)
    world.mine(WITHDRAWN)
    world.sync()
    world.chain.fork(6)
    world.mine(salt="other", empty=9)
    world.sync()
    world.restart()
    found = world.accreditation()
    assert found is not None
    assert found.withdrawn_at is not None
    world.mine(accredited(), empty=2)
    world.sync()
    found = world.accreditation()
    assert found is not None
    assert found.withdrawn_at is not None
    world.mine()
    world.sync()
    found = world.accreditation()
    assert found is not None
    assert found.withdrawn_at is None


def test_what_was_accredited_on_a_lost_branch_only_never_counts(world: World) -> None:
    world.mine(empty=5)
    world.mine(accredited())
    world.sync()
    world.chain.fork(6)
    world.mine(salt="other", empty=9)
    world.sync()
    assert world.accreditation() is None


def test_what_was_proven_of_a_lost_block_is_no_proof_for_the_one_in_its_place(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that goes on showing what a reorganisation took, under the new blocks' hashes."""
    chain, truth = world.chain, deepcopy(world.chain)

    def words(_self: Any, _node: Any, _latest: Any, _contract: Any, slots: list[bytes]) -> list[bytes]:
        held = {proofs.head_slot(one): proofs.head_word(head) for one, head in truth.tips[-1].heads.items()}
        return [held.get(slot, bytes(32)) for slot in slots]

    plain = chain.header
    monkeypatch.setattr(
        chain, "header", lambda number: (found := plain(number)) and replace(found, state_root=bytes(32))
    )
    monkeypatch.setattr(Vouching, "_words", words)
    monkeypatch.setattr("clicid.adapters.vouching.AT_ONCE", 1)
    for one in (chain, truth):
        one.mine(accredited())
        one.mine(accredited(identity=OTHER))
    strict = Demands(proofs=True, witness=False)
    follower = Follower(world.store, chain, world.network, confirmations=2, demands=strict)
    assert follower.sync(chain.now).head == 2
    for one in (chain, truth):
        one.fork(1)
    truth.mine(salt="other")
    chain.mine(accredited(identity=OTHER), salt="other")
    with pytest.raises(Undecided, match=r"chain\.proof"):
        follower.sync(chain.now)


def test_the_same_grant_mined_again_does_not_undo_a_lost_withdrawal(world: World) -> None:
    world.mine(empty=5)
    world.mine(accredited())
    world.mine(WITHDRAWN)
    world.sync()
    world.chain.fork(6)
    world.mine(accredited(), salt="other", empty=9)
    world.sync()
    found = world.accreditation()
    assert found is not None
    assert found.withdrawn_at is not None


def test_a_reorganisation_below_the_last_final_block_keeps_what_it_took(world: World) -> None:
    world.mine(accredited(), CREATED, key_set())
    world.mine(commit([2]), empty=9)
    world.mine(commit([8]), key_set(valid_to=0), empty=9)
    world.sync()
    world.chain.fork(4)
    world.mine(salt="other", empty=30)
    progress = world.sync()
    assert progress.lost >= 1
    assert progress.head == world.chain.blocks[-1].number
    for _ in range(2):
        snapshot = world.snapshot()
        assert (snapshot[1], snapshot[4], snapshot.version, snapshot.trouble) == (1, 1, 1, "")
        assert world.record().keys[0].ended_at is not None
        world.restart()


def test_a_reorganisation_of_everything_starts_again(world: World) -> None:
    world.mine(accredited(), CREATED, commit([2]), empty=9)
    world.sync()
    world.chain.fork(0)
    world.mine(salt="other", empty=20)
    world.sync()
    assert world.accreditation() is None
    assert world.get(NeedKind.STATUS, URL, DID).body == ABSENT


def test_a_short_branch_that_replaces_a_longer_one_is_followed(world: World) -> None:
    world.mine(accredited(), CREATED, empty=6)
    world.mine(commit([2]))
    world.sync()
    world.chain.fork(6)
    world.mine(salt="other")
    progress = world.sync()
    assert (progress.head, progress.behind, progress.lost) == (7, False, 2)
    assert world.snapshot()[1] == 1


def test_a_fork_right_above_the_last_final_block_is_followed(world: World) -> None:
    world.mine(accredited(), CREATED, empty=3)
    world.mine(commit([2]))
    progress = world.sync()
    assert progress.final == 2
    world.chain.fork(2)
    world.mine(salt="other", empty=4)
    assert world.sync().lost == 3
    assert world.snapshot()[1] == 1


def test_of_two_lost_withdrawals_the_later_one_is_in_force(world: World) -> None:
    world.mine(accredited(), empty=4)
    stands = world.chain.blocks[-1].number
    world.mine(WITHDRAWN, accredited(), WITHDRAWN)
    world.sync()
    world.chain.fork(stands)
    world.mine(WITHDRAWN, empty=1, salt="another")
    world.sync()
    world.chain.fork(stands)
    # Final, and above the second lost withdrawal, but below the last word of the first lost branch.
    world.mine(accredited(), empty=6, salt="a third")
    world.sync()
    found = world.accreditation()
    assert found is not None
    assert found.withdrawn_at is not None
