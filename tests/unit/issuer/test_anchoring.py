"""Versions on their way: kept before they are sent, replaced when stuck, final at last; and the account."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import LocalError
from clicid.status.rows import list_id
from issuer import logs
from issuer.config import load
from issuer.usecases.funds import SINGLE_GAS
from issuer.usecases.lists import JWT
from issuer.usecases.publication import anchored_list, published_list
from issuer.usecases.records import Role
from tests.support import issuer_config, issuer_world
from tests.support.issuer_config import ADDRESS
from tests.unit.issuer.test_revocation import issued_still

if TYPE_CHECKING:
    from pathlib import Path

    from issuer.usecases.anchoring import Anchoring
    from issuer.usecases.records import Batch, Copy
    from tests.support.issuer_world import World

GWEI = 10**9


@pytest.fixture
def troubles(still: World) -> list[str]:
    """The codes of what the worker complained of."""
    found: list[str] = []
    worker_of(still)._tell = lambda _, error: found.append(error.code)
    return found


def worker_of(world: World) -> Anchoring:
    return world.application.background._anchoring


def revoke(world: World, copy: Copy) -> None:
    with world.ground.env.store.writing() as tx:
        tx.statuses.set_flags(copy.list_id, copy.index, 1)


def under_way(world: World) -> list[Batch]:
    with world.ground.env.store.reading() as tx:
        return [batch for row in tx.statuses.lists() for batch in tx.statuses.under_way(row.id)]


def states(world: World) -> list[str]:
    return [batch.state.value for batch in under_way(world)]


def one_of_each_list(copies: tuple[Copy, ...]) -> list[Copy]:
    return list({copy.list_id: copy for copy in copies}.values())


def shown(world: World, copy: Copy) -> dict[str, Any]:
    path, headers = f"/persons/{copy.person_id}/credentials", world.operator(Role.REVOKER)
    rows = world.call("GET", path, to="operators", headers=headers).json()
    (row,) = (row for row in rows if row["credential_id"] == copy.id)
    found: dict[str, Any] = row["progress"]
    return found


def test_an_operator_sees_requested_sent_in_block_and_final(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    assert shown(still, copy)["state"] == "none"
    revoke(still, copy)
    assert shown(still, copy)["state"] == "requested"
    still.chain.stalled = True
    worker_of(still).run_once()
    assert shown(still, copy)["state"] == "sent"
    still.chain.mine()
    assert worker_of(still).run_once() == 1
    found = shown(still, copy)
    assert (found["state"], found["version"]) == ("in_block", 1)
    assert found["block"] == still.chain.blocks[bytes.fromhex(found["transaction"][2:])].block
    still.chain.head += 2
    worker_of(still).run_once()
    assert shown(still, copy) == found | {"state": "final"}
    assert under_way(still) == []


def test_lists_and_gas_are_shown_to_operators(still: World) -> None:
    _, copies = issued_still(still, 20)
    for copy in copies:
        revoke(still, copy)
    still.chain.stalled = True
    worker_of(still).run_once()
    headers = still.operator(Role.REVOKER)
    rows = still.call("GET", "/lists", to="operators", headers=headers).json()
    assert sum(row["open"] for row in rows) == sum(row["given"] for row in rows) == len(copies)
    versions = [version for row in rows for version in row["under_way"]]
    assert {(one["version"], one["state"]) for one in versions} == {(1, "sent")}
    assert sum(one["changes"] for one in versions) == len(copies)
    still.chain.balance = 999 * SINGLE_GAS * 100 * GWEI
    gas = still.call("GET", "/gas", to="operators", headers=headers).json()
    assert gas == {"balance_wei": str(still.chain.balance), "revocations_left": 999, "alarm": True}


def test_what_is_served_has_the_digest_that_is_anchored(still: World) -> None:
    _, (copy, *_) = issued_still(still, 3)
    revoke(still, copy)
    worker_of(still).run_once()
    still.chain.head += 2
    worker_of(still).run_once()
    with still.ground.env.store.reading() as tx:
        (row,) = (row for row in tx.statuses.lists() if row.id == copy.list_id)
        served, anchored = published_list(tx, row), anchored_list(tx, row)
    id_ = list_id(ADDRESS, row.url)
    on_chain = still.chain.lists[id_].digest(id_, 1)
    assert served.digest(id_, 1) == anchored.digest(id_, 1) == on_chain
    assert still.application.services.lists.serve(row.url, JWT).body


def test_lists_are_under_way_at_once_and_nonces_have_no_gap(still: World) -> None:
    _, copies = issued_still(still, 40)
    for copy in one_of_each_list(copies):
        revoke(still, copy)
    still.chain.stalled = True
    assert worker_of(still).run_once() == 0
    assert states(still) == ["sent", "sent"]
    assert sorted(still.chain.pool) == [0, 1]
    still.chain.mine()
    assert worker_of(still).run_once() == 2


def test_what_a_reorganisation_took_goes_back_to_sent_and_is_sent_again(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    assert worker_of(still).run_once() == 1
    assert states(still) == ["in_block"]
    still.chain.reorganise()
    still.chain.stalled = True
    worker_of(still).run_once()
    assert states(still) == ["sent"]
    still.chain.mine()
    assert worker_of(still).run_once() == 1
    assert len(still.chain.commits) == 1


def test_even_what_was_final_is_sent_again_and_told(still: World, troubles: list[str]) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    worker_of(still).run_once()
    still.chain.head += 2
    worker_of(still).run_once()
    assert under_way(still) == []
    still.chain.reorganise()
    assert worker_of(still).run_once() == 1
    assert troubles == ["publication.diverged"]
    assert len(still.chain.commits) == 1


def test_what_was_final_and_comes_back_by_itself_is_known_again(still: World, troubles: list[str]) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    worker_of(still).run_once()
    still.chain.head += 2
    worker_of(still).run_once()
    (sent,) = still.chain.signed
    still.chain.reorganise()
    still.chain.base_fee = 101 * GWEI  # too dear for another one
    worker_of(still).run_once()
    assert (states(still), troubles) == (["prepared"], ["publication.diverged", "chain.fee_cap"])
    still.chain.base_fee = GWEI
    still.chain.pool[0] = sent
    still.chain.mine()
    assert worker_of(still).run_once() == 1
    assert (states(still), list(still.chain.signed)) == (["in_block"], [sent])


def test_what_the_node_forgot_is_sent_again_as_it_was(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.stalled = True
    worker_of(still).run_once()
    before = dict(still.chain.pool)
    still.chain.pool.clear()
    worker_of(still).run_once()
    assert still.chain.pool == before


def test_killed_between_keeping_and_sending_it_is_sent_with_its_nonce(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path, background=False) as first:
        _, (copy,) = issued_still(first, 1)
        revoke(first, copy)

        def killed(hash_: bytes, raw: bytes) -> None:
            raise KeyboardInterrupt

        first.chain.send = killed  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            worker_of(first).run_once()
        assert states(first) == ["sent"]
        signed = dict(first.chain.signed)
    with issuer_world.running(tmp_path, background=False) as second:
        second.chain.signed = signed
        assert worker_of(second).run_once() == 0
        assert worker_of(second).run_once() == 1
        assert list(second.chain.blocks) == list(signed)


def test_a_stuck_transaction_is_replaced_by_a_dearer_one(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.stalled = True
    worker_of(still).run_once()
    still.chain.base_fee = 10 * GWEI
    worker_of(still).run_once()
    assert len(still.chain.signed) == 1  # not yet
    still.clock.forward(seconds=121)
    worker_of(still).run_once()
    old, new = (fees for _, _, fees in still.chain.signed.values())
    assert new.tip * 10 >= old.tip * 11
    assert new.max_fee * 10 >= old.max_fee * 11
    assert len(still.chain.pool) == 1
    still.chain.mine()
    assert worker_of(still).run_once() == 1
    assert len(still.chain.commits) == 1


def test_a_transaction_is_stuck_too_that_was_sent_by_a_clock_that_was_ahead(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.stalled = True
    still.clock.forward(days=30)
    worker_of(still).run_once()
    still.chain.base_fee = 10 * GWEI
    still.clock.forward(days=-30)
    worker_of(still).run_once()
    worker_of(still).run_once()
    assert len(still.chain.signed) == 2  # a dearer one, and no third


def test_the_cheaper_one_may_get_there_first(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.stalled = True
    worker_of(still).run_once()
    (cheap,) = still.chain.pool.values()
    still.chain.base_fee = 10 * GWEI
    still.clock.forward(seconds=121)
    worker_of(still).run_once()
    still.chain.pool[0], still.chain.base_fee = cheap, GWEI
    still.chain.mine()
    assert worker_of(still).run_once() == 1
    assert under_way(still)[0].transaction == f"0x{cheap.hex()}"


def test_a_chain_that_stalls_costs_nothing_more(still: World, troubles: list[str]) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.stalled = True
    worker_of(still).run_once()
    still.clock.forward(hours=5)
    worker_of(still).run_once()
    assert len(still.chain.signed) == 1
    assert set(troubles) == {"chain.pending"}


def test_what_a_deep_reorganisation_took_fills_the_nonces_that_came_free(
    still: World, troubles: list[str]
) -> None:
    _, copies = issued_still(still, 40)
    first = copies[0]
    second = next(copy for copy in copies[1:] if copy.list_id == first.list_id)
    revoke(still, first)
    worker_of(still).run_once()
    still.chain.head += 2
    worker_of(still).run_once()  # final: its transaction is forgotten here
    revoke(still, second)
    worker_of(still).run_once()
    still.chain.reorganise()
    still.chain.reorganise()
    worker_of(still).run_once()
    assert troubles == ["publication.diverged"]
    assert [version for _, version, _, _ in still.chain.commits] == [1, 2]


def test_a_nonce_that_nobody_uses_any_more_does_not_keep_the_later_ones_waiting(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.pool[0] = b"of a command that died"
    still.chain.stalled = True
    worker_of(still).run_once()
    del still.chain.pool[0]  # and the node forgot it
    worker_of(still).run_once()
    assert sorted(still.chain.pool) == [1]  # it may come yet
    still.clock.forward(seconds=121)
    worker_of(still).run_once()
    assert sorted(still.chain.pool) == [0, 1]
    still.chain.mine()
    assert worker_of(still).run_once() == 1
    assert len(still.chain.commits) == 1


def test_a_gap_is_closed_by_the_version_that_comes_first(still: World) -> None:
    _, copies = issued_still(still, 40)
    first = copies[0]
    second = next(copy for copy in copies[1:] if copy.list_id == first.list_id)
    revoke(still, first)
    worker_of(still).run_once()
    still.chain.head += 2
    worker_of(still).run_once()
    revoke(still, second)
    worker_of(still).run_once()
    still.chain.reorganise()
    still.chain.reorganise()
    still.chain.stalled = True
    still.chain.pool[0] = b"of a command that died"
    worker_of(still).run_once()
    del still.chain.pool[0]
    still.clock.forward(seconds=121)
    worker_of(still).run_once()
    still.chain.mine()
    worker_of(still).run_once()
    assert [version for _, version, _, _ in still.chain.commits] == [1, 2]


def test_what_a_full_pool_does_not_take_again_goes_out_dearer(
    still: World, troubles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.stalled = True
    worker_of(still).run_once()
    still.chain.pool.clear()
    still.chain.tip = 5 * GWEI
    takes = still.chain.send

    def full(hash_: bytes, raw: bytes) -> None:
        if still.chain.signed[hash_][2].tip < still.chain.tip:
            raise LocalError("chain.rejected", detail="transaction underpriced")
        takes(hash_, raw)

    monkeypatch.setattr(still.chain, "send", full)
    worker_of(still).run_once()
    assert troubles == ["chain.rejected"]
    still.clock.forward(seconds=121)
    worker_of(still).run_once()
    still.chain.mine()
    assert worker_of(still).run_once() == 1
    assert len(still.chain.commits) == 1


def test_above_the_cap_it_waits_and_says_so(still: World, troubles: list[str]) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.base_fee = 101 * GWEI
    assert worker_of(still).run_once() == 0
    assert troubles == ["chain.fee_cap"]
    assert still.chain.signed == {}
    still.chain.base_fee = 60 * GWEI
    assert worker_of(still).run_once() == 1
    ((_, _, fees),) = still.chain.signed.values()
    assert fees.max_fee == 100 * GWEI


def test_a_replacement_stays_below_the_cap(still: World, troubles: list[str]) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.base_fee, still.chain.stalled = 49 * GWEI, True
    worker_of(still).run_once()
    still.chain.base_fee = 99 * GWEI
    still.clock.forward(seconds=121)
    worker_of(still).run_once()
    assert troubles == ["chain.fee_cap"]
    assert len(still.chain.signed) == 1


def test_a_nonce_taken_by_another_leads_to_the_next(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.stalled = True
    worker_of(still).run_once()
    still.chain.pool.clear()
    still.chain.mined = 1  # a transaction of someone else's with our account
    worker_of(still).run_once()
    still.chain.stalled = False
    assert worker_of(still).run_once() == 1
    assert [nonce for _, nonce, _ in still.chain.signed.values()] == [0, 1]
    assert len(still.chain.commits) == 1


def test_one_that_was_given_up_may_stand_and_go_again(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.stalled = True
    worker_of(still).run_once()
    ((nonce, hash_),) = still.chain.pool.items()
    still.chain.pool.clear()
    still.chain.mined = 1  # a transaction of someone else's with our account
    worker_of(still).run_once()
    still.chain.pool.clear()
    still.chain.pool[nonce], still.chain.mined = hash_, nonce  # another branch has ours
    still.chain.mine()
    assert worker_of(still).run_once() == 1
    still.chain.reorganise()
    still.chain.stalled = False
    still.chain.mined = 1
    assert worker_of(still).run_once() == 1
    assert len(still.chain.commits) == 1


def test_without_funds_it_waits_and_nothing_is_lost(still: World, troubles: list[str]) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    enough, still.chain.balance = still.chain.balance, 0
    worker_of(still).run_once()
    worker_of(still).run_once()
    assert set(troubles) == {"chain.funds"}
    assert states(still) == ["sent"]
    still.chain.balance = enough
    assert [worker_of(still).run_once(), worker_of(still).run_once()] == [0, 1]


def test_a_low_balance_is_an_alarm_once_for_each_amount(
    still: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logs.LOG.name):
        for left in (2000, 999, 999, 998):
            still.chain.balance = left * SINGLE_GAS * 100 * GWEI
            worker_of(still).run_once()
    assert [row.message.rpartition("(")[2] for row in caplog.records] == [
        "999 revocations left)",
        "998 revocations left)",
    ]


def test_a_version_that_strangers_wrote_is_told(still: World, troubles: list[str]) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    still.chain.stalled = True
    worker_of(still).run_once()
    with still.ground.env.store.reading() as tx:
        (row,) = (row for row in tx.statuses.lists() if row.id == copy.list_id)
    still.chain.versions[list_id(ADDRESS, row.url)] = 1
    still.chain.mine()  # ours is in a block, and was refused there
    assert worker_of(still).run_once() == 0
    assert worker_of(still).run_once() == 0
    assert troubles[0] == "chain.reverted"
    assert set(troubles[1:]) == {"publication.diverged"}
    assert states(still) == ["prepared"]


def test_of_two_processes_one_sends(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    revoke(still, copy)
    with still.ground.env.store.anchoring() as mine:
        assert mine
        assert worker_of(still).run_once() == 0
        assert states(still) == []
    assert worker_of(still).run_once() == 1


@pytest.mark.parametrize(("left", "starts"), [(99, False), (100, True)])
def test_with_too_little_the_issuer_does_not_start(tmp_path: Path, left: int, starts: bool) -> None:
    with issuer_world.running(tmp_path, background=False) as world:
        world.chain.balance = left * SINGLE_GAS * 100 * GWEI
        funds = world.application.services.funds
        if starts:
            funds.check_start()
            return
        with pytest.raises(LocalError, match=r"publication\.funds.*99 revocations left, 100 are wanted"):
            funds.check_start()


def test_a_node_that_is_down_does_not_keep_the_issuer_from_starting(
    still: World, caplog: pytest.LogCaptureFixture
) -> None:
    still.chain.unreachable = True
    with caplog.at_level(logging.ERROR, logs.LOG.name):
        still.application.services.funds.check_start()
    assert "chain.unreachable" in caplog.text


def test_misconfigured_alarms_are_refused(tmp_path: Path) -> None:
    wrong = {"alarm_below = 1000": "alarm_below = 10"}
    with pytest.raises(LocalError, match=r"config\.invalid.*alarm_below"):
        load(issuer_config.configured(tmp_path, **wrong))
