"""What a follower knows, kept in a real PostgreSQL; and two processes that want the same store."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clicid.adapters import ledger_databases
from clicid.adapters.ledger_store import LedgerStore
from clicid.errors import LocalError, Refused
from clicid.ledger import dump, events
from clicid.ledger.network import Checkpoint
from clicid.status.delta import RULES
from clicid.status.rows import list_id
from tests.support.chain_model import ModelChain, event, network_file
from tests.support.follow_child import ISSUER, URL, follower, kill_often, known, mine_known
from tests.support.postgres import Cluster, cluster, missing
from tests.support.refusals import refused
from tests.support.resolving import IDENTITY, Followed, attribute, owner

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())
LIST = list_id(ISSUER, URL)


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture
def place(server: Cluster) -> str:
    return server.schema()


@pytest.fixture
def chain() -> ModelChain:
    made = ModelChain()
    mine_known(made)
    return made


def _revoke(chain: ModelChain, position: int, salt: object = "") -> None:
    chain.mine(event(events.Committed, list_id=LIST, bits={position}), salt=salt)


def _cut_off(server: Cluster) -> None:
    with server.connect() as db:
        db.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )


def test_it_keeps_what_a_file_keeps_through_reorganisations(chain: ModelChain, place: str) -> None:
    ours, plain = follower(place, chain), follower(None, chain)
    for salt, depth in enumerate((2, 4, 9)):  # five are confirmed: the last one undoes final blocks
        for one in (ours, plain):
            one.sync(chain.now)
        chain.fork(chain.blocks[-1].number - depth)
        for number in range(depth + 1):
            _revoke(chain, 4000 + number, salt)
    for one in (ours, plain):
        one.sync(chain.now)
    ours._store.close()
    again = follower(place, chain)
    assert known(again) == known(plain)
    assert dump.dump_sticky(again._branch.sticky) == dump.dump_sticky(plain._branch.sticky) != b"{}"
    assert again._store.blocks(-1) == plain._store.blocks(-1)
    again._store.close()


def test_an_identitys_logs_and_times_are_those_of_a_file(place: str) -> None:
    found = []
    for where in (place, None):
        followed = Followed(place=where)
        for number in range(3):
            followed.mine(attribute("did/svc/Hub", b"%d" % number), owner(bytes([number + 1]) * 20))
        logs = followed.store.did_logs(IDENTITY, 2, most=1 << 20)
        assert [block for _, block, _ in logs] == [1, 1, 2, 2]
        assert followed.store.did_logs(bytes(20), 3, most=0) == []
        found.append((logs, [followed.store.block_times(number) for number in range(5)], followed.resolve()))
        followed.store.close()
    assert found[0] == found[1]


def test_another_networks_store_and_a_damaged_one_are_refused(chain: ModelChain, place: str) -> None:
    network = network_file(chain)
    LedgerStore(place, network, RULES).close()
    for other in (replace(network, chain_id=5), replace(network, checkpoint=Checkpoint(0, b"\1" * 32))):
        with refused("ledger.store"):
            LedgerStore(place, other, RULES)
    store = LedgerStore(place, network, RULES)
    store._db.write("INSERT INTO records VALUES ('none', '')")
    with refused("ledger.store"):
        store.load()
    store.close()


@pytest.mark.parametrize("address", ["postgresql://127.0.0.1:9/none", "postgresql://%zz"])
def test_a_server_that_is_not_there_is_refused_and_the_address_not_repeated(address: str) -> None:
    with pytest.raises(Refused) as caught:
        LedgerStore(address, network_file(ModelChain()), RULES)
    assert caught.value.code == "ledger.store"
    assert "127.0.0.1" not in str(caught.value)
    assert "zz" not in str(caught.value)


def test_a_second_process_is_refused_until_the_first_one_is_gone(
    chain: ModelChain, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = follower(place, chain)
    with monkeypatch.context() as patched:
        patched.setattr(ledger_databases, "_LOCK_SECONDS", 1)
        with pytest.raises(Refused) as caught:
            follower(place, chain)
    assert "another process" in caught.value.detail
    first._store.close()
    follower(place, chain)._store.close()


def test_two_schemas_of_one_database_are_two_stores(chain: ModelChain, server: Cluster) -> None:
    first, second = follower(server.schema(), chain), follower(server.schema(), chain)
    first.sync(chain.now)
    assert second.head is None
    second.sync(chain.now)
    assert known(first) == known(second)
    for one in (first, second):
        one._store.close()


def test_a_lost_connection_loses_nothing_that_was_learnt(
    chain: ModelChain, server: Cluster, place: str
) -> None:
    ours = follower(place, chain)
    ours.sync(chain.now)
    _revoke(chain, 4001)
    _cut_off(server)
    with refused("ledger.write", kind=LocalError):
        ours.sync(chain.now)
    assert ours.view()._bits[LIST] >= {4001}
    _revoke(chain, 4002)
    ours.sync(chain.now)
    ours._store.close()
    again = follower(place, chain)
    assert known(again) == known(ours)
    assert again.view()._bits[LIST] >= {4001, 4002}
    again._store.close()


def test_who_lost_the_store_to_another_process_writes_there_no_more(
    chain: ModelChain, server: Cluster, place: str
) -> None:
    ours = follower(place, chain)
    ours.sync(chain.now)
    _cut_off(server)
    theirs = follower(place, chain)
    _revoke(chain, 4001)
    theirs.sync(chain.now)
    theirs._store.close()
    _revoke(chain, 4002)
    while ours.head != chain.blocks[-1]:  # it goes on, a page at a time, by what it knows
        with refused("ledger.write", kind=LocalError):
            ours.sync(chain.now)
    assert ours.view()._bits[LIST] >= {4001, 4002}
    ours._store.close()
    again = follower(place, chain)
    assert known(again) == known(theirs)
    again._store.close()


def test_a_follower_killed_while_writing_loses_and_doubles_nothing(server: Cluster) -> None:
    kill_often(server.schema() for _ in itertools.count())
