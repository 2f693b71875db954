"""What monitoring is told, and who may ask."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from clicid.adapters.follower import Follower
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.metrics import CONTENT_TYPE
from clicid.ledger import events
from clicid.status.delta import RULES
from clicid.status.rows import list_id
from tests.support.asgi import asking
from tests.support.chain_model import ModelChain, event, network_file
from tests.support.named_issuer import LIST_URL, Named, Site
from verifier.http.clients import UnauthorizedError
from verifier.http.operators import metrics_routes
from verifier.main import _unauthorized
from verifier.metrics import Metrics
from verifier.refresh.following import Following

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ISSUER, URL = b"\x11" * 20, "https://issuer.example/lists/1"
TOKEN = "wachtmeister"


def told(metrics: Metrics) -> dict[str, float]:
    """Values by name and labels."""
    return {
        sample.name.removeprefix("clicid_") + "".join(sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


class Watched:
    """A chain, its follower with a second node that is gone, and the metrics."""

    def __init__(self) -> None:
        self.chain, gone = ModelChain(), ModelChain()
        gone.down = True
        self.store = LedgerStore(None, network_file(self.chain), RULES)
        self.follower = Follower(
            self.store, gone, network_file(self.chain), confirmations=2, others=(self.chain,)
        )
        self.now = self.chain.now
        self.following = Following(self.follower, lambda: self.now)
        nobody: Any = SimpleNamespace(states=list)
        disagreements = {"status.signed_list_older": 2}
        self.metrics = Metrics(
            self.following, self.follower.endpoints, disagreements, nobody, lambda: self.now
        )

    def sync(self) -> dict[str, float]:
        self.now = self.chain.now
        self.following._once()
        return self.read()

    def read(self) -> dict[str, float]:
        return told(self.metrics)


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.store.close()


def test_before_the_first_block_there_is_no_age(watched: Watched) -> None:
    found = watched.read()
    assert (found["chain_head_block"], found["chain_final_block"], found["chain_vouched_block"]) == (
        -1,
        -1,
        -1,
    )
    assert "chain_age_seconds" not in found
    assert found["chain_syncs_total"] == 0


def test_how_the_chain_is_followed(watched: Watched) -> None:
    for _ in range(6):
        watched.chain.mine()
    found = watched.sync()
    assert (found["chain_head_block"], found["chain_final_block"], found["chain_lag_blocks"]) == (6, 4, 0)
    assert found["chain_age_seconds"] == 1
    assert (found["chain_syncs_total"], found["chain_last_success_time_seconds"]) == (
        1,
        watched.now.timestamp(),
    )
    assert (found["chain_endpoint_up0"], found["chain_endpoint_up1"]) == (0, 1)
    assert found["chain_endpoint_head_block1"] == 6
    assert (found["chain_proven"], found["chain_witnessed"], found["chain_in_doubt"]) == (0, 0, 0)
    assert found["lists_disagreements_totalstatus.signed_list_older"] == 2
    watched.chain.fork(4)
    for _ in range(3):
        watched.chain.mine(salt="other")
    found = watched.sync()
    assert (found["chain_reorganisations_total"], found["chain_reorganisation_deepest_blocks"]) == (1, 2)
    watched.chain.down = True
    watched.sync()
    watched.now += timedelta(seconds=60)
    found = watched.read()
    assert found["chain_sync_failures_totalchain.unreachable"] == 1
    assert found["chain_syncs_total"] == 2
    assert found["chain_age_seconds"] == 61


def test_a_node_whose_word_does_not_hold(watched: Watched) -> None:
    for _ in range(3):
        watched.chain.mine(event(events.OwnerChanged, identity=ISSUER, owner=ISSUER))
    assert watched.sync()["chain_endpoint_pause_seconds1"] == 0
    watched.chain.hidden = {(4, 0), (1, 0)}
    for _ in range(2):
        watched.chain.mine(event(events.OwnerChanged, identity=ISSUER, owner=ISSUER))
    found = watched.sync()
    assert found["chain_sync_failures_totalledger.gap"] == 1
    assert (found["chain_endpoint_pause_seconds0"], found["chain_endpoint_pause_seconds1"]) == (0, 2)


def test_a_list_that_differs_from_its_digest_is_counted(watched: Watched) -> None:
    mine = watched.chain.mine
    grant: dict[str, Any] = {"valid_from": 0, "valid_until": 1 << 60, "may_delegate": False, "identifier": ""}
    types = {"type_id": b"\1" * 32, "schema_digest": b"\2" * 32, "ca_digest": bytes(32)}
    mine(event(events.Accredited, identity=ISSUER, **grant, **types))
    mine(event(events.ListCreated, identity=ISSUER, url=URL, width=2, size=100, purposes="a b"))
    wrong = event(events.Committed, list_id=list_id(ISSUER, URL), bits=[2], off=[], digest=bytes(32))
    mine(wrong)
    for _ in range(3):
        mine()
    assert watched.sync()["lists_brokenstatus.digest_mismatch"] == 1


def test_issuers_by_name_are_told_with_what_is_known_of_them(watched: Watched, tmp_path: Path) -> None:
    with Site().serving() as site:
        named = Named(site, tmp_path, "web")
        metrics = Metrics(watched.following, (), {}, named.materials, lambda: named.now)
        document, signed = named.did, named.did + LIST_URL
        found = told(metrics)
        assert (found[f"named_up{document}"], found[f"named_up{signed}"]) == (0, 0)
        assert found[f"named_last_success_time_seconds{signed}"] == 0
        assert f"named_age_seconds{signed}" not in found
        named.materials.refresh()
        first = named.now
        found = told(metrics)
        assert (found[f"named_up{document}"], found[f"named_up{signed}"]) == (1, 1)
        assert found[f"named_last_success_time_seconds{signed}"] == first.timestamp()
        named.now += timedelta(seconds=90)
        del named.site.files["/status/1"]
        named.materials.refresh()
        found = told(metrics)
        assert (found[f"named_up{document}"], found[f"named_up{signed}"]) == (1, 0)
        assert found[f"named_last_success_time_seconds{document}"] == named.now.timestamp()
        assert found[f"named_last_success_time_seconds{signed}"] == first.timestamp()
        assert (found[f"named_age_seconds{document}"], found[f"named_age_seconds{signed}"]) == (0, 90)
        named.materials.stop()


def test_a_log_that_was_seen_before_is_not_fetched(watched: Watched, tmp_path: Path) -> None:
    """While its server is down one decides by it until it is too old; monitoring is told that it is down."""
    with Site().serving() as site:
        named = Named(site, tmp_path, "webvh")
        metrics = Metrics(watched.following, (), {}, named.materials, lambda: named.now)
        named.materials.refresh()
        first = named.now
        assert told(metrics)[f"named_up{named.did}"] == 1
        named.now += timedelta(seconds=90)
        site.files.clear()
        named.materials.refresh()
        found = told(metrics)
        assert (found[f"named_up{named.did}"], found[f"named_age_seconds{named.did}"]) == (0, 90)
        assert found[f"named_last_success_time_seconds{named.did}"] == first.timestamp()
        assert named.materials.troubles[named.did] == "did.unavailable"
        named.materials.stop()


def test_only_who_has_the_token_may_ask(watched: Watched) -> None:
    app = FastAPI()
    app.include_router(metrics_routes(watched.metrics, hashlib.sha256(TOKEN.encode()).hexdigest()))
    app.add_exception_handler(UnauthorizedError, _unauthorized)
    with asking(app, "https://verifier.example") as client:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == CONTENT_TYPE
        assert "clicid_chain_head_block -1.0" in answer.text
        for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": f"Basic {TOKEN}"}):
            assert client.get("/metrics", headers=headers).status_code == 401
