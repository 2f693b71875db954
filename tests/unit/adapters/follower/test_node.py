"""The node that is asked: it lags, hides logs, allows little, or is of another network."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import chain_endpoint
from clicid.adapters.follower import Follower
from clicid.errors import ClicidError, Refused, Undecided
from clicid.formats.base import NeedKind
from clicid.ledger import events
from clicid.ledger.ground import Demands
from tests.support.chain_model import ADDRESSES, ModelChain
from tests.support.followed import (
    CREATED,
    DID,
    TYPE,
    URL,
    World,
    accredited,
    commit,
    key_set,
)
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_node_that_is_behind_changes_nothing(world: World) -> None:
    world.mine(accredited(), CREATED, commit([4]), empty=6)
    world.sync()
    ahead = world.chain.blocks
    for length in (7, 2):
        world.chain.blocks = ahead[:length]
        progress = world.sync()
        assert (progress.behind, progress.head) == (True, 7)
        assert world.snapshot()[2] == 1


def test_a_node_that_stands_still_and_says_it_is_later_is_found_out_by_the_witness(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, witness = world.chain, deepcopy(world.chain)
    for one in (chain, witness):
        one.mine(accredited())
    asked = Demands(proofs=False, witness=True)
    follower = Follower(world.store, chain, world.network, confirmations=2, witness=witness, demands=asked)
    follower.sync(chain.now)
    told = follower.ground
    witness.mine()
    plain = chain.header
    monkeypatch.setattr(
        chain,
        "header",
        lambda number: (found := plain(number)) and replace(found, time=found.time + 3600),
    )
    with pytest.raises(Undecided, match=r"chain\.witness"):
        follower.sync(chain.now + timedelta(hours=1))
    assert (follower.ground.time, follower.ground.doubt) == (told.time, "chain.witness")


@pytest.mark.usefixtures("no_pause")
def test_left_out_logs_are_noticed_at_the_next_one(world: World) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.sync()
    world.mine(commit([2]))
    world.chain.hidden = {(6, 0)}
    world.sync()
    assert world.snapshot()[1] == 0
    world.mine(commit([4]))
    known = world.get(NeedKind.STATUS, URL, DID)
    with refused("ledger.gap", kind=Undecided):
        world.sync()
    assert world.get(NeedKind.STATUS, URL, DID) == known
    world.chain.hidden = set()
    world.sync()
    assert (world.snapshot()[1], world.snapshot()[2], world.snapshot().version) == (1, 1, 2)
    world.restart()
    assert (world.snapshot()[1], world.snapshot()[2], world.snapshot().version) == (1, 1, 2)


def test_while_it_waits_to_read_what_was_left_out_nothing_is_accepted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack: a node that proves nothing leaves out a log and then a revocation is not looked for.

    It may be honest: one that has answers by several machines, one of which is behind.
    """
    seconds = 1_000.0
    monkeypatch.setattr(chain_endpoint, "monotonic", lambda: seconds)

    def leave_out(bit: int) -> None:
        world.chain.hidden = {(len(world.chain.blocks), 0)}
        world.mine(commit([bit]))
        world.sync()
        world.chain.hidden = set()
        world.mine(commit([bit + 2]))

    world.mine(accredited(), CREATED, empty=4)
    world.sync()
    leave_out(2)
    world.sync()  # read anew at once: it did not have to wait
    leave_out(6)
    for _ in range(2):
        with refused("ledger.gap", kind=Undecided):
            world.sync()
        found = world.get(NeedKind.STATUS, URL, DID)
        assert (found.doubt, world.snapshot()[1], world.snapshot()[3]) == ("ledger.gap", 1, 0)
    world.restart()
    assert world.get(NeedKind.STATUS, URL, DID).doubt == "ledger.gap"
    world.sync()
    assert (world.get(NeedKind.STATUS, URL, DID).doubt, world.snapshot()[3]) == ("", 1)
    leave_out(10)
    with refused("ledger.gap", kind=Undecided):
        world.sync()
    seconds += chain_endpoint.FIRST_PAUSE
    world.sync()
    assert (world.get(NeedKind.STATUS, URL, DID).doubt, world.snapshot()[5]) == ("", 1)


@pytest.mark.usefixtures("no_pause")
def test_reading_anew_is_not_used_if_it_knows_less(world: World) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.mine(key_set())
    world.sync()
    world.mine(commit([2]))
    world.chain.hidden = {(7, 0)}
    world.sync()
    world.mine(commit([4]))
    world.chain.hidden = {(6, 0)}
    with refused("ledger.gap", kind=Undecided):
        world.sync()
    world.chain.hidden = set()
    world.sync()
    assert world.snapshot().version == 2


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_pages_shrink_to_what_a_node_allows(world: World, most: int) -> None:
    world.chain.most_blocks = most
    world.mine(accredited(), CREATED, empty=10)
    for bit in range(0, 20, 2):
        world.mine(commit([bit]))
    world.mine(empty=5)
    progress = world.sync()
    assert progress.logs == 12
    assert [world.snapshot()[index] for index in range(11)] == [1] * 10 + [0]


def test_a_page_refused_even_for_one_block_is_an_error(world: World) -> None:
    world.chain.most_blocks = 0
    world.mine()
    with refused("chain.answer", kind=Undecided):
        world.sync()


def _other_chain(chain: ModelChain) -> None:
    chain.chain = 1


def _other_code(chain: ModelChain) -> None:
    chain.codes[ADDRESSES[events.Contract.STATUS]] = b"other code"


def _no_code(chain: ModelChain) -> None:
    chain.codes[ADDRESSES[events.Contract.DID]] = b""


def _other_genesis(chain: ModelChain) -> None:
    chain.blocks[0] = ModelChain().mine(salt="other")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_other_chain, "network.chain"),
        (_other_code, "network.code"),
        (_no_code, "network.code"),
        (_other_genesis, "network.checkpoint"),
    ],
)
def test_a_node_of_another_network_is_refused(
    world: World, change: Callable[[ModelChain], None], code: str
) -> None:
    world.mine(accredited(), empty=5)
    world.sync()
    known = world.get(NeedKind.ACCREDITATION, TYPE, DID)
    change(world.chain)
    world.restart()
    with refused(code):
        world.sync()
    assert world.get(NeedKind.ACCREDITATION, TYPE, DID).body == known.body


def test_an_expired_network_file_is_followed_no_further(world: World) -> None:
    world.mine(accredited(), empty=5)
    world.sync()
    with refused("network.expired"):
        world.follower.sync(world.network.expires)
    assert world.follower.sync(world.network.expires - timedelta(seconds=1)).head == 6


def test_the_network_is_looked_at_again_after_every_failure(world: World) -> None:
    world.mine()
    world.sync()
    world.chain.asked.clear()
    world.sync()
    assert "code" not in world.chain.asked
    world.chain.down = True
    with pytest.raises(ClicidError):
        world.sync()
    world.chain.down = False
    world.chain.asked.clear()
    world.sync()
    assert "code" in world.chain.asked


def test_a_log_that_moves_while_it_is_read_is_undecided(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mine(accredited(), empty=5)
    honest = world.chain.header

    def moved(number: int | None) -> Any:
        header = honest(number)
        return header and type(header)(header.number, b"\x01" * 32, header.parent, header.time)

    (endpoint,) = world.follower.endpoints
    endpoint.check()
    monkeypatch.setattr(world.chain, "header", moved)
    with refused("chain.reorganising", kind=Undecided):
        world.sync()
    monkeypatch.setattr(world.chain, "header", lambda _number: None)
    with pytest.raises(Refused, match=r"network\.checkpoint"):
        world.sync()
    endpoint._checked = True
    with refused("chain.answer", kind=Undecided):
        world.sync()
