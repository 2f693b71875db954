"""A follower that starts from nothing over HTTP: many status changes, and one block that somebody filled.

CLICID_PROVE_CHANGES and CLICID_PROVE_EVENTS are the numbers of changes and of events in the one block; few
without them. The time and the memory are printed, and bound where the numbers are the full ones.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import jsonrpc
from clicid.adapters.fetch import Fetcher
from clicid.adapters.follower import Follower
from clicid.adapters.jsonrpc import JsonRpc
from clicid.adapters.ledger_store import LedgerStore
from clicid.errors import Undecided
from clicid.status.delta import RULES
from tests.support.written_chain import (
    CONFIRMATIONS,
    Run,
    WrittenChain,
    catch_up,
    one_huge_block,
    status_changes,
)

if TYPE_CHECKING:
    from pathlib import Path

MILLION, HUGE = 1_000_000, 100_000
CHANGES = int(os.environ.get("CLICID_PROVE_CHANGES", "20000"))
EVENTS = int(os.environ.get("CLICID_PROVE_EVENTS", "2000"))
LEAST_RATE = 20_000
"""Status changes a second."""
MOST_MEMORY = 1024
"""MB for a block of 100,000 events."""


def _print(what: str, run: Run) -> None:
    print(f"proved: {what}: {run.seconds:.1f} s, {run.cpu:.1f} s of the processor, {run.peak:.0f} MB at most")


def test_status_changes_over_a_hundred_lists_are_caught_up_with(tmp_path: Path) -> None:
    whole = CHANGES >= MILLION
    chain = status_changes(CHANGES, lists=100, size=1 << 24 if whole else 1 << 14, each=1000 if whole else 50)
    run = catch_up(chain, tmp_path / "chain.db")
    set_ = sum(int.from_bytes(held.entries).bit_count() for held in chain.lists.values())
    assert (run.troubles, run.bits) == (0, set_)
    if whole:
        _print(f"{CHANGES} status changes, {CHANGES / run.seconds:.0f} a second", run)
        assert CHANGES / run.cpu >= LEAST_RATE


def test_a_block_that_somebody_filled_is_taken(tmp_path: Path) -> None:
    run = catch_up(one_huge_block(EVENTS), tmp_path / "chain.db")
    assert run.logs == EVENTS
    if EVENTS >= HUGE:
        _print(f"{EVENTS} events in one block", run)
        assert run.peak <= MOST_MEMORY


def _follow(chain: WrittenChain, url: str, fetcher: Fetcher) -> Follower:
    store = LedgerStore(None, chain.network(), RULES)
    return Follower(store, JsonRpc(url, fetcher), chain.network(), confirmations=CONFIRMATIONS)


@pytest.mark.parametrize(("most", "taken"), [(200_000, True), (150_000, False)])
def test_a_single_block_may_be_larger_than_a_page_but_not_without_bound(
    most: int, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = one_huge_block(200)  # 183,000 bytes
    monkeypatch.setattr(jsonrpc, "MAX_ANSWER_BYTES", 20_000)
    monkeypatch.setattr(jsonrpc, "MAX_BLOCK_BYTES", most)
    with chain.served() as url, closing(Fetcher(allow_loopback_http=True)) as fetcher:
        follower = _follow(chain, url, fetcher)
        if taken:
            assert follower.sync(chain.now).logs == 200
            return
        with pytest.raises(Undecided):
            follower.sync(chain.now)
        head: Any = follower.head  # what stands before it is known, and grows old
        assert head.number == 1
