"""Logs left out or invented: the contracts' heads prove it, and all is read anew before anything counts."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import chain_endpoint
from clicid.did.ethr import EthrRecord
from clicid.errors import Undecided
from clicid.formats.base import NeedKind, Unavailable
from clicid.ledger.events import Contract
from clicid.ledger.ground import UNPROVEN, UNWITNESSED, relied
from tests.support.lied_to import LAX, Follow, Side, hiding, of
from tests.support.lying_node import RpcError, honest
from tests.support.real_chain import URL

if TYPE_CHECKING:
    from pathlib import Path


def test_an_honest_node_is_proven(followed: Any, side: Side) -> None:
    known = followed()
    progress = known.sync()
    assert known.status().notes == (UNWITNESSED,)
    assert (known.status().doubt, known.follower.ground.number) == ("", progress.head)
    assert known.accredited("owner")
    del side.liar.asked[:]
    known.sync()
    assert side.liar.asked.count("eth_getProof") == len(Contract)  # in turn, though nothing changed


def test_a_log_left_out_at_the_end_is_noticed_at_once(followed: Any, side: Side, tmp_path: Path) -> None:
    known = followed(path=tmp_path / "ledger.sqlite")
    known.sync()
    block = side.revoke(10)
    side.liar.fault = hiding(block)
    for _ in range(2):
        known.fails("chain.proof")
        assert known.status().doubt == "chain.proof"
    known.store.close()
    known.start()
    assert known.status().doubt == "chain.proof"
    side.liar.fault = honest
    known.sync()
    assert (known.bit(10), known.status().doubt) == (1, "")


def test_a_proof_that_fails_once_is_asked_for_again_and_costs_nothing(followed: Any, side: Side) -> None:
    known = followed()
    known.sync()
    side.revoke(11)
    failures = 0

    def busy(method: str, _params: list[Any], result: Any) -> Any:
        nonlocal failures
        if method != "eth_getProof" or not failures:
            return result
        failures -= 1
        return {
            **result,
            "storageProof": [{**one, "proof": one["proof"][:-1]} for one in result["storageProof"]],
        }

    for _ in range(2):
        failures = 1
        side.liar.fault = busy
        known.sync()
        assert (known.bit(11), known.status().doubt, failures) == (1, "", 0)
    failures = 2  # twice for one question: that is no accident
    known.fails("chain.proof")
    assert known.status().doubt == "chain.proof"


@pytest.mark.usefixtures("no_pause")
def test_once_contradicted_a_node_that_proves_nothing_is_not_believed(followed: Any, side: Side) -> None:
    known = followed(LAX)
    known.sync()
    hide = hiding(side.revoke(12))
    side.liar.fault = hide
    known.fails("chain.proof")

    def silent(method: str, params: list[Any], result: Any) -> Any:
        return RpcError(code=-32601) if method == "eth_getProof" else hide(method, params, result)

    side.liar.fault = silent
    known.fails("chain.proof")
    assert known.status().doubt == "chain.proof"
    side.liar.fault = honest
    known.sync()
    assert known.bit(12)


class Ticks:
    """A clock that stands still until it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(chain_endpoint, "monotonic", lambda: self.now)


def readings(side: Side, known: Follow, ticks: Ticks, seconds: int) -> int:
    """How often all is read anew in so many syncs, one a second; none of them accepts anything."""
    found = 0
    for _ in range(seconds):
        del side.liar.asked[:]
        known.fails("chain.proof")
        assert known.status().doubt == "chain.proof"
        found += "eth_getLogs" in side.liar.asked
        ticks.now += 1
    return found


def test_a_node_that_goes_on_lying_is_read_anew_ever_more_rarely(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ticks = Ticks(monkeypatch)
    known = followed()
    known.sync()
    side.liar.fault = hiding(side.revoke(24))
    known.fails("chain.proof")
    assert readings(side, known, ticks, 128) == 7  # after 0, 2, 6, 14, ... seconds
    (endpoint,) = known.follower.endpoints
    assert endpoint.pause == 128
    ticks.now += 10_000
    endpoint._rests_until = ticks.now  # it has gone on meanwhile
    for _ in range(3):
        known.fails("chain.proof")
        ticks.now += chain_endpoint.LONGEST_PAUSE
    assert endpoint.pause == chain_endpoint.LONGEST_PAUSE
    assert len([one for one in caplog.records if one.name == "clicid.chain"]) == 1
    side.liar.fault = honest
    known.sync()
    assert (known.bit(24), known.status().doubt, endpoint.pause) == (1, "", 0)


def test_one_good_answer_does_not_end_the_pauses(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who lies at every other look would be read whole as often. Who held a while is heard at once."""
    ticks = Ticks(monkeypatch)
    known = followed()
    known.sync()
    side.liar.fault = hiding(side.revoke(26))
    known.fails("chain.proof")
    side.liar.fault = honest
    known.sync()
    (endpoint,) = known.follower.endpoints
    for wait in (2, 4, 8):
        side.liar.fault = hiding(side.revoke(26 + wait))
        known.fails("chain.proof")
        side.liar.fault = honest
        ticks.now += wait - 1
        known.fails("chain.proof")
        assert (known.status().doubt, endpoint.pause) == ("chain.proof", wait)
        ticks.now += 1
        known.sync()
        assert endpoint.pause == 0
    ticks.now += 16 + chain_endpoint.LONGEST_PAUSE
    side.liar.fault = hiding(side.revoke(40))
    known.fails("chain.proof")
    side.liar.fault = honest
    known.sync()
    assert known.bit(40)


def test_another_node_stands_in_for_one_that_leaves_out_a_log(followed: Any, side: Side) -> None:
    known = followed(urls=[side.liar.url, side.network.url])
    known.sync()
    side.liar.fault = hiding(side.revoke(14))
    progress = known.sync()
    assert (known.bit(14), known.status().doubt) == (1, "")
    assert known.troubles == ["chain.proof", ""]
    before = len(side.liar.asked)
    assert known.sync().head == progress.head
    assert len(side.liar.asked) == before


@pytest.mark.usefixtures("no_pause")
def test_what_nobody_touches_is_proven_in_turn(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among four heads, one of them proven at each sync, a hidden revocation is found in four at most."""
    monkeypatch.setattr("clicid.adapters.vouching.AT_ONCE", 1)
    known = followed()
    known.sync()
    relied_on = relied(known.follower._branch)
    side.liar.fault = hiding(side.revoke(18))
    for _ in relied_on:
        with suppress(Undecided):
            known.sync()
    assert known.status().doubt == "chain.proof"
    side.liar.fault = honest
    known.sync()
    assert known.bit(18)


def test_an_omission_in_a_list_nobody_touches_is_noticed_from_the_start(followed: Any, side: Side) -> None:
    block = side.revoke(16)
    side.mine()
    side.liar.fault = hiding(block)
    known = followed()
    known.fails("chain.proof")
    found = known.get(NeedKind.STATUS, URL, side.network.did("owner"))
    assert isinstance(found, Unavailable)


def test_an_invented_log_is_noticed_and_the_truth_taken_in_its_place(followed: Any, side: Side) -> None:
    """Another key in the place of the issuer's, under a true block's hash."""

    def invent(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [log | {"data": log["data"].replace("01" * 32, "66" * 32)} for log in logs]

    side.liar.fault = of("eth_getLogs", invent)
    known = followed()
    known.fails("chain.proof")
    side.liar.fault = honest
    known.sync()
    found = known.get(NeedKind.DID, side.network.did("owner"))
    assert [key.value for key in EthrRecord.from_bytes(found.body).keys] == [b"\1" * 32]


def test_logs_of_another_block_are_not_taken(followed: Any, side: Side) -> None:
    wrong = of("eth_getLogs", lambda logs: [log | {"blockHash": "0x" + "66" * 32} for log in logs])
    side.liar.fault = wrong
    known = followed()
    known.fails("chain.reorganising")
    assert known.follower.head is None


def test_a_header_that_lies_about_its_root_or_time_proves_nothing(followed: Any, side: Side) -> None:
    for change in ({"stateRoot": "0x" + "66" * 32}, {"timestamp": "0x1"}):
        side.liar.fault = of("eth_getBlockByNumber", lambda block, change=change: block and block | change)
        known = followed()
        known.fails("chain.unproven")
        assert isinstance(known.get(NeedKind.DID, side.network.did("owner")), Unavailable)


def test_a_proof_that_does_not_hold_is_a_contradiction(followed: Any, side: Side) -> None:
    side.liar.fault = of("eth_getProof", lambda proof: proof | {"accountProof": proof["accountProof"][1:]})
    followed(LAX).fails("chain.proof")
    side.liar.fault = of(
        "eth_getProof",
        lambda proof: (
            proof | {"storageProof": [slot | {"proof": slot["proof"][:-1]} for slot in proof["storageProof"]]}
        ),
    )
    followed(LAX).fails("chain.proof")


def test_where_no_node_proves_anything_the_policy_decides(followed: Any, side: Side) -> None:
    side.liar.fault = lambda method, _params, result: (
        RpcError(code=-32601) if method == "eth_getProof" else result
    )
    known = followed()
    known.fails("chain.unproven")
    assert isinstance(known.get(NeedKind.STATUS, URL, side.network.did("owner")), Unavailable)
    allowed = followed(LAX)
    allowed.sync()
    assert allowed.status().notes == (UNPROVEN, UNWITNESSED)
    assert allowed.status().doubt == ""


def test_a_public_registry_without_heads_is_half_a_proof(
    followed: Any, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our registry read as if it kept its heads where nothing stands, as in the public one."""
    monkeypatch.setitem(__import__("clicid.ledger.proofs", fromlist=["_"]).HEAD_SLOTS, Contract.DID, 9)
    followed().fails("chain.unproven")
    known = followed(LAX)
    known.sync()
    assert (known.status().notes, known.status().doubt) == ((UNPROVEN, UNWITNESSED), "")
    known.sync()
    assert UNPROVEN in known.status().notes
