"""The witness: a node of somebody else's, without which good news waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clicid.formats.base import NeedKind, Unavailable
from clicid.ledger.ground import UNWITNESSED
from tests.support.lied_to import CONFIRMATIONS, WITNESSED, Side, hiding
from tests.support.lying_node import HANG_UP, honest
from tests.support.real_chain import TYPE_ID, UNTIL, URL

if TYPE_CHECKING:
    from tests.support.lying_node import Fault

# A witness ------------------------------------------------------------------------------------------


def test_a_witness_confirms(followed: Any, side: Side) -> None:
    del side.liar.asked[:]
    known = followed(WITNESSED, [side.network.url], witness=side.liar.url)
    head = known.sync().head
    assert (known.status().notes, known.follower.ground.number) == ((), head)
    assert side.liar.asked == ["eth_getBlockByNumber"]


def test_a_witness_that_lags_a_little_vouches_for_what_it_has(followed: Any, side: Side) -> None:
    side.mine(4)
    head = side.height

    def lagging(blocks: int) -> Fault:
        def fault(method: str, params: list[Any], result: Any) -> Any:
            return (
                side.network.rpc_raw(method, [hex(head - blocks), False]) if params[0] == "latest" else result
            )

        return fault

    known = followed(WITNESSED, [side.network.url], witness=side.liar.url)
    side.liar.fault = lagging(1)
    known.sync()
    assert (known.follower.ground.number, known.status().notes) == (head - 1, ())
    side.liar.fault = lagging(CONFIRMATIONS + 1)
    known.fails("chain.unwitnessed")
    assert known.follower.ground.number == head - 1


def test_without_its_witness_bad_news_counts_and_good_news_waits(followed: Any, side: Side) -> None:
    known = followed(WITNESSED, [side.network.url], witness=side.liar.url)
    known.sync()
    vouched = known.follower.ground
    side.liar.fault = lambda *_: HANG_UP
    provider = side.network.address("waiting")
    side.network.govern("accredit", provider, TYPE_ID, b"\5" * 32, 0, UNTIL, False, "", bytes(32))
    side.revoke(20)
    side.mine()
    for _ in range(2):
        known.fails("chain.unwitnessed")
        assert known.bit(20)
        assert not known.accredited("waiting")
        assert known.follower.ground.number == vouched.number
        assert known.status().notes == (UNWITNESSED,)
    assert known.troubles == [""]  # it is not the node's fault
    side.liar.fault = honest
    known.sync()
    assert known.accredited("waiting")
    assert known.follower.ground.number > vouched.number


@pytest.mark.usefixtures("no_pause")
def test_what_was_contradicted_is_believed_again_only_with_its_witness(followed: Any, side: Side) -> None:
    known = followed(WITNESSED, [side.liar.url], witness=side.network.url)
    known.sync()
    side.liar.fault = hiding(side.revoke(22))
    known.fails("chain.proof")
    side.liar.fault = honest
    known.asks_witness("http://127.0.0.1:9/")
    known.fails("chain.unwitnessed")
    assert known.status().doubt == "chain.proof"
    assert known.accredited("owner")
    known.asks_witness(side.network.url)
    known.sync()
    assert (known.bit(22), known.status().doubt) == (1, "")


def test_what_waits_too_long_for_a_witness_is_kept_in_doubt(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clicid.adapters.follower.MAX_WAITING", 3)
    known = followed(WITNESSED, [side.network.url], witness=side.liar.url)
    known.sync()
    side.liar.fault = lambda *_: HANG_UP
    side.mine(6)
    known.fails("chain.unwitnessed")
    assert known.status().doubt == "chain.unwitnessed"
    assert len(known.follower._branch.pending) == CONFIRMATIONS
    side.liar.fault = honest
    known.sync()
    assert known.status().doubt == ""


def test_who_first_catches_up_accepts_nothing_before_somebody_vouches(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clicid.adapters.chain_endpoint.FIRST_PAGE", 4)
    known = followed(WITNESSED, [side.network.url], witness=side.liar.url)
    side.liar.fault = lambda *_: HANG_UP
    known.fails("chain.unwitnessed")
    assert known.follower.ground.doubt == "chain.unwitnessed"
    assert isinstance(known.get(NeedKind.STATUS, URL, side.network.did("owner")), Unavailable)
    side.liar.fault = honest
    known.sync()
    assert known.status().doubt == ""


def test_on_two_sides_of_a_split_nothing_is_accepted(
    followed: Any, sides: tuple[Side, Side], side: Side
) -> None:
    """Last: from here on the second chain is another one."""
    other = sides[1]
    known = followed(WITNESSED, [side.network.url], witness=other.network.url)
    side.revoke(30)
    other.network.govern(
        "accredit", other.network.address("split"), TYPE_ID, b"\5" * 32, 0, UNTIL, False, "", bytes(32)
    )
    side.mine(4)
    other.mine(side.height - other.height + 4)
    known.fails("chain.witness")
    assert isinstance(known.get(NeedKind.STATUS, URL, side.network.did("owner")), Unavailable)
    # Where both may be asked, the side that the witness is on is the one that counts. Bad news stays.
    both = followed(WITNESSED, [side.network.url, other.liar.url])
    both.witness = side.network.url
    both.start()
    both.sync()
    assert both.bit(30)
    both.asks_witness(other.network.url)
    both.sync()
    assert both.troubles == ["chain.witness", ""]
    assert both.accredited("split")
    assert both.bit(30)
    assert both.status().doubt == ""
