"""What monitoring is told of the issuer, and who may ask."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from clicid.adapters.metrics import CONTENT_TYPE
from clicid.errors import Undecided
from issuer.usecases.funds import SINGLE_GAS
from issuer.usecases.records import Role
from tests.support.issuer_clients import Person
from tests.support.issuer_doubles import match
from tests.unit.issuer.test_anchoring import GWEI, worker_of
from tests.unit.issuer.test_revocation import issued_still

if TYPE_CHECKING:
    from issuer.usecases.records import Copy
    from tests.support.issuer_world import World


def told(world: World) -> dict[str, float]:
    """Values by name and label, without a list's host."""
    answer = world.call("GET", "/metrics", to="operators", headers=world.operator(Role.MONITOR))
    assert (answer.status_code, answer.headers["content-type"]) == (200, CONTENT_TYPE)
    return {
        sample.name.removeprefix("clicid_issuer_") + " ".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def revoke(world: World, copy: Copy) -> None:
    path, headers = f"/credentials/{copy.id}/revoke", world.operator(Role.REVOKER)
    answer = world.call("POST", path, to="operators", headers=headers, json={"reason": "erroneous"})
    assert answer.status_code == 202


def test_the_account(still: World) -> None:
    still.chain.balance = 999 * SINGLE_GAS * 100 * GWEI
    found = told(still)
    assert (found["chain_reachable"], found["revocations_left"]) == (1, 999)
    assert found["balance_wei"] == still.chain.balance
    still.chain.unreachable = True
    found = told(still)
    assert found["chain_reachable"] == 0
    assert found.keys().isdisjoint({"revocations_left", "balance_wei"}), (
        "an old balance would look like a good one"
    )


def test_cases_that_wait_for_a_reviewer(world: World) -> None:
    assert [told(world)[f"reviews_{name}"] for name in ("waiting", "oldest_seconds")] == [0, 0]
    world.engines.match = match(0.58)
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "review"
    world.clock.forward(hours=5)
    assert [told(world)[f"reviews_{name}"] for name in ("waiting", "oldest_seconds")] == [1, 5 * 3600]


def test_a_revocation_on_its_way(still: World) -> None:
    _, copies = issued_still(still, 8)
    with still.ground.env.store.reading() as tx:
        urls = {row.id: row.url for row in tx.statuses.lists()}
    ((list_id, _),) = Counter(copy.list_id for copy in copies).most_common(1)
    url, mine = urls[list_id], [copy for copy in copies if copy.list_id == list_id]
    before = told(still)
    assert [before[f"list_{name}{url}"] for name in ("open_changes", "open_oldest_seconds")] == [0, 0]
    revoke(still, mine[0])
    still.clock.forward(seconds=50)
    revoke(still, mine[1])
    still.clock.forward(seconds=10)
    found = told(still)
    assert [found[f"list_{name}{url}"] for name in ("open_changes", "open_oldest_seconds")] == [2, 60]
    assert found[f"list_versions_under_way{url}"] == 0
    still.chain.stalled = True
    worker_of(still).run_once()
    found = told(still)
    assert [found[f"list_{name}{url}"] for name in ("open_changes", "versions_under_way")] == [2, 1]
    still.chain.stalled = False
    still.chain.mine()
    still.chain.head += 10
    worker_of(still).run_once()
    found = told(still)
    assert [found[f"list_{name}{url}"] for name in ("open_changes", "open_oldest_seconds")] == [0, 0]
    assert found[f"list_versions_under_way{url}"] == 0


def test_an_index_given_is_one_less(still: World) -> None:
    def left() -> float:
        return sum(value for name, value in told(still).items() if name.startswith("list_indexes_left"))

    before = left()
    issued_still(still, 5)
    assert left() == before - 5


def test_how_the_worker_does(still: World) -> None:
    assert told(still)["anchoring_last_success_time_seconds"] == 0
    worker_of(still).run_once()
    first = told(still)["anchoring_last_success_time_seconds"]
    assert first == still.clock().replace(microsecond=0).timestamp()
    still.clock.forward(seconds=60)
    still.chain.unreachable = True
    for _ in range(2):
        with pytest.raises(Undecided):
            worker_of(still).run_once()
    found = told(still)
    assert found["anchoring_last_success_time_seconds"] == first
    assert found["anchoring_troubles_totalchain.unreachable"] == 2


def test_trouble_with_one_list_is_no_success(still: World) -> None:
    still.chain.versions.popitem()
    worker_of(still).run_once()
    found = told(still)
    assert found["anchoring_last_success_time_seconds"] == 0
    assert found["anchoring_troubles_totalpublication.diverged"] == 1


def test_a_round_that_another_process_keeps_from_beginning_is_no_success(still: World) -> None:
    with still.ground.env.store.anchoring() as mine:
        assert mine
        assert worker_of(still).run_once() == 0
    assert told(still)["anchoring_last_success_time_seconds"] == 0


def test_who_monitors_may_do_nothing_else(still: World) -> None:
    headers = still.operator(Role.MONITOR)
    for path in ("/lists", "/gas", "/audit", "/operators", "/traffic", "/reviews"):
        answer = still.call("GET", path, to="operators", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "operator.role")
