"""kill -9 in the middle of things on the live network, and started again: nothing lost, nothing double."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clicid.status.rows import list_id
from issuer.usecases.records import BatchState
from sandbox.operator_client import OperatorClient
from sandbox.setup.roles import OWNER
from tests.support.live import IDENTITY, Door, Redemption, ending
from tests.support.live_network import issuer_database, paused, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.network import Network
    from tests.support.live import Copy
    from tests.support.live_network import Identified

pytestmark = pytest.mark.slow

REVOKED = ("refused", "status.revoked")


def shown(door: Door, copy: Copy) -> tuple[str, str]:
    """How a fresh presentation ends."""
    asked = door.ask()
    return ending(door.judge(asked, copy.sd_jwt(asked.binding)))


def test_the_issuer_killed_while_it_issues_and_between_its_database_and_the_chain(
    network: Network,
    shop: Door,
    person: Identified,
    take: Callable[[], dict[str, Copy]],
    http: httpx.Client,
) -> None:
    doomed, received = take()[IDENTITY], [take()[IDENTITY]]
    issuer = network.services["issuer"]
    with OperatorClient(network.founded) as operator:
        credential_id = operator.find(*doomed.status_entry())
        until(lambda: shown(shop, doomed) == ("accepted", ""), seconds=10, what="accepted")
        try:
            with paused(network.services["chain"]):
                operator.act(credential_id, "revoke", "lost")
                work = threading.Thread(target=_take_until_gone, args=(network, person, http, received))
                work.start()
                until(lambda: len(received) > 3, seconds=20, what="credentials are issued")
                issuer.kill()
                work.join()
                open_entries = "SELECT * FROM status_entry WHERE flags != anchored"
                assert _rows(network, open_entries), "the database lost the revocation"
                assert shown(shop, doomed) == ("accepted", ""), "the chain knows before it was told"
        finally:
            issuer.kill()
            issuer.start()
    _until_revoked(shop, doomed)
    entries = [copy.status_entry() for copy in received]
    assert len(entries) == len(set(entries))
    until(lambda: shown(shop, received[0]) == ("accepted", ""), seconds=10, what="others stay good")
    assert shown(shop, received[-1]) == ("accepted", "")
    assert shown(shop, take()[IDENTITY]) == ("accepted", "")
    _expect_agreement(network)


def _take_until_gone(network: Network, person: Identified, http: httpx.Client, received: list[Copy]) -> None:
    """A wallet that fetches one credential after another until nobody answers."""
    with suppress(httpx.TransportError):
        while True:
            redemption = Redemption(http, network.founded.identifier, person.client.offer(IDENTITY))
            redemption.token()
            copy, answer = redemption.request(IDENTITY, redemption.nonce())
            assert answer.status_code == 200
            received.append(copy)


def test_the_chain_killed_while_it_writes_blocks(
    network: Network, shop: Door, take: Callable[[], dict[str, Copy]]
) -> None:
    chance = random.Random(3)
    chain = network.services["chain"]
    copies = [take()[IDENTITY] for _ in range(3)]
    with OperatorClient(network.founded) as operator:
        for copy in copies:
            before = shop.backend.health()["head"]
            operator.act(operator.find(*copy.status_entry()), "revoke", "compromised")
            time.sleep(chance.random())
            chain.kill()
            chain.start()
            # What the verifier saw stands: a block that was shown was written.
            _until_head(shop, before + 1)
    for copy in copies:
        _until_revoked(shop, copy)
    assert shop.backend.health()["trouble"] == ""
    _expect_agreement(network)


def test_the_verifier_killed_between_question_answer_and_report(
    network: Network, shop: Door, copies: dict[str, Copy]
) -> None:
    service, copy = network.services["shop"], copies[IDENTITY]
    until(lambda: shown(shop, copy) == ("accepted", ""), seconds=10, what="accepted")
    open_one, answered, collected = shop.ask(), shop.ask(), shop.ask()
    for asked in (answered, collected):
        assert shop.post(asked, copy.sd_jwt(asked.binding)).status_code == 200
    assert shop.result(collected)["claims"]
    head = shop.backend.health()["head"]
    service.kill()
    service.start()
    assert shop.backend.health()["head"] >= head
    assert shop.result(answered)["claims"], "the client's result was lost"
    for asked in (answered, collected):
        status, body = shop.backend.result(asked.id)
        assert (status, body["code"]) == (403, "oid4vp.collected"), "claims were given twice"
        again = shop.post(asked, copy.sd_jwt(asked.binding))
        assert (again.status_code, again.json()) == (400, {"error": "invalid_request"})
    assert ending(shop.judge(open_one, copy.sd_jwt(open_one.binding))) == ("accepted", "")


def _until_head(shop: Door, number: int) -> None:
    until(lambda: shop.backend.health()["head"] >= number, seconds=20, what=f"block {number}")


def _until_revoked(shop: Door, copy: Copy) -> None:
    until(lambda: shown(shop, copy) == REVOKED, seconds=30, what="the revocation arrives")


def _versions(network: Network) -> dict[str, list[tuple[str, int]]]:
    """List id and version by the state in which the issuer's database has them."""
    found: dict[str, list[tuple[str, int]]] = {state.value: [] for state in BatchState}
    for list_, version, state in _rows(
        network, "SELECT list_id, version, state FROM status_batch ORDER BY list_id, version"
    ):
        found.setdefault(state, []).append((list_, version))
    return found


def _under_way(network: Network) -> list[tuple[str, int]]:
    versions = _versions(network)
    return versions[BatchState.PREPARED] + versions[BatchState.SENT]


def _rows(network: Network, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(issuer_database(network))) as database:
        return database.execute(query).fetchall()


def _expect_agreement(network: Network) -> None:
    """Database and chain tell of the same versions, without gaps; no index is held twice."""
    until(lambda: not _under_way(network), seconds=20, what="nothing is under way")
    stand: dict[str, list[int]] = {}
    versions = _versions(network)
    for list_, version in sorted(versions[BatchState.IN_BLOCK] + versions[BatchState.FINAL]):
        stand.setdefault(list_, []).append(version)
    owner = network.roles.address(OWNER)
    for list_, url in _rows(network, "SELECT id, url FROM status_list"):
        (head, *_) = network.writer.contracts.call("StatusRegistry", "head", list_id(owner, url))
        assert stand.get(list_, []) == list(range(1, head + 1))
    indexes = _rows(network, "SELECT list_id, idx FROM credential")
    assert len(indexes) == len(set(indexes))
    assert _rows(network, "SELECT id FROM credential WHERE state = 'reserved'") == []
