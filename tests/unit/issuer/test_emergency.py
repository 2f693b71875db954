"""Revoking much at once: counted first, then exactly that; and a hundred thousand in `make prove`."""

from __future__ import annotations

import os
import random
import resource
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from clicid.errors import Refused
from issuer.store.tables import credential, person, status_entry
from issuer.usecases.emergency import Wanted
from issuer.usecases.lists import JWT
from issuer.usecases.overview import overview
from issuer.usecases.records import CopyState, Role
from issuer.usecases.revocation import Reason
from tests.support.issuer_clients import Person
from tests.support.issuer_config import IDENTIFIER
from tests.support.issuer_doubles import FIELDS
from tests.unit.issuer.test_anchoring import worker_of
from tests.unit.issuer.test_cli import run
from tests.unit.issuer.test_issuing import ALL, wallet_of

if TYPE_CHECKING:
    from pathlib import Path

    from issuer.usecases.records import Copy
    from tests.support.issuer_world import World

REVOKED = int(os.environ.get("CLICID_PROVE_REVOKED", "3000"))
START = 1_700_000_000


def holding(world: World) -> tuple[str, tuple[Copy, ...]]:
    """An approved person with two credentials from one offer, and their id."""
    one = Person(world).approved()
    wallet = wallet_of(one)
    for name in ALL[:2]:
        wallet.credential(name)
    with world.ground.env.store.reading() as tx:
        return one.person_id(), tx.issuance.copies_of_person(one.person_id())


def many(world: World, **body: Any) -> Any:
    headers = world.operator(Role.REVOKER)
    return world.call("POST", "/revocations", to="operators", headers=headers, json={"reason": "lost"} | body)


@pytest.mark.parametrize("by", ["credential", "person", "device", "document", "issued", "engine", "operator"])
def test_each_way_counts_what_it_then_revokes(world: World, by: str) -> None:
    person_id, copies = holding(world)
    now = world.clock()
    wanted, count = {
        "credential": ({"credential": copies[0].id}, 1),
        "person": ({"person": person_id}, 2),
        "device": ({"device": copies[1].id}, 2),
        "document": ({"document": f"{FIELDS.issuing_state} {FIELDS.number}"}, 2),
        "issued": ({"issued_from": now.isoformat(), "configuration": copies[0].configuration}, 1),
        "engine": ({"engine": "scripted 1"}, 2),
        "operator": ({"approved_by": "rules"}, 2),
    }[by]
    assert many(world, **wanted).json() == {"count": count, "revoked": 0}
    assert many(world, **wanted, expect=count + 1).json()["code"] == "revocation.count"
    assert many(world, **wanted).json() == {"count": count, "revoked": 0}
    assert many(world, **wanted, expect=count).json() == {"count": count, "revoked": count}
    world.until(lambda: sum(added for _, _, added, _ in world.chain.commits) == count)
    assert many(world, **wanted).json() == {"count": 0, "revoked": 0}
    rows = world.call("GET", "/audit", to="operators", headers=world.operator(Role.AUDITOR)).json()
    (row,) = (row for row in rows if row["act"] == "revoke.many")
    assert row["detail"].startswith(f"lost {count} ")
    assert FIELDS.number not in row["detail"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"person": "nobody"},
        {"document": "SWE 1"},
        {"device": "none"},
        {"issued_until": "2026-11-22T12:00:00Z"},
        {"issued_from": "2026-11-22T12:00:01Z"},
        {"engine": "scripted 2"},
        {"approved_by": "anna"},
    ],
)
def test_others_are_not_counted(world: World, wanted: dict[str, str]) -> None:
    holding(world)
    assert many(world, **wanted).json() == {"count": 0, "revoked": 0}


def test_nothing_selected_is_refused(still: World) -> None:
    answer = many(still)
    assert (answer.status_code, answer.json()["code"]) == (422, "revocation.selection")


def test_only_a_revoker_may(still: World) -> None:
    headers = still.operator(Role.REVIEWER, Role.AUDITOR, Role.ADMIN)
    body = {"reason": "lost", "person": "p"}
    assert still.call("POST", "/revocations", to="operators", headers=headers, json=body).status_code == 403


def test_on_the_command_line(world: World, tmp_path: Path) -> None:
    person_id, copies = holding(world)
    config = tmp_path / "issuer.toml"
    base = ("revoke", "--reason", "lost", "--person", person_id)
    assert run(config, *base).stdout == "2 credentials. Nothing was revoked; to do it: --expect 2\n"
    refused = run(config, *base, "--expect", "3")
    assert (refused.exit_code, "revocation.count" in refused.stderr) == (1, True)
    assert run(config, *base, "--expect", "2").stdout == "Revoked 2 credentials.\n"
    assert run(config, "revoke", "--reason", "lost").exit_code == 2
    world.until(lambda: len(world.chain.commits) == len({copy.list_id for copy in copies}))
    told = run(config, "lists").stdout.splitlines()
    assert [line for line in told if line.endswith("open")] == [
        f"{row.url}: {row.given} of 131072 given, version {row.anchored_version}, 0 open"
        for row in overview(world.ground.env.store)
    ]
    assert all(" changes, in_block in block " in line for line in told if not line.endswith("open"))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_thousand_at_once(
    still: World, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    issue(still, REVOKED)
    emergency = still.application.services.emergency
    wanted = Wanted(issued_from=still.clock())
    assert emergency.count(wanted) == REVOKED
    begun = time.monotonic()
    assert emergency.revoke(wanted, Reason.COMPROMISED, expect=REVOKED, by="test") == REVOKED
    written = time.monotonic() - begun
    worker_of(still).run_once()
    anchored = time.monotonic() - begun
    first, again = (serving(still) for _ in range(2))
    assert sum(added for _, _, added, _ in still.chain.commits) == REVOKED
    with pytest.raises(Refused, match=r"revocation\.count"):
        emergency.revoke(wanted, Reason.COMPROMISED, expect=1, by="test")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = (
        f"{REVOKED} revoked: written down in {written:.2f} s, in {len(still.chain.commits)} versions "
        f"after {anchored:.2f} s, {memory:.0f} MB at most; a list served in {first * 1000:.0f} ms, "
        f"and again in {again * 1000:.2f} ms"
    )
    record_property("figures", figures)
    with capsys.disabled():
        print(f"\n{figures}")


def serving(world: World) -> float:
    """How long it takes to serve a list, in seconds."""
    begun = time.perf_counter()
    world.application.services.lists.serve(f"{IDENTIFIER}/status/a", JWT)
    return time.perf_counter() - begun


def issue(world: World, count: int) -> None:
    """Credentials by the store's tables alone, spread over the lists."""
    chance = random.Random(7)
    with world.ground.env.store.writing() as tx:
        lists = [row.id for row in tx.statuses.lists()]
    entries = sorted({(chance.choice(lists), chance.randrange(131_072)) for _ in range(count * 2)})
    chance.shuffle(entries)
    rows = [
        {
            "id": f"c{number}",
            "person_id": "p",
            "offer_id": "o",
            "configuration": ALL[0],
            "list_id": list_,
            "idx": index,
            "holder_hash": number.to_bytes(8),
            "state": CopyState.ISSUED,
            "valid_until": world.clock(),
            "issued_at": world.clock(),
            "notification_hash": b"",
        }
        for number, (list_, index) in enumerate(entries[:count])
    ]
    places = [{"list_id": one["list_id"], "idx": one["idx"], "flags": 0, "anchored": 0} for one in rows]
    with world.ground.database.writing() as connection:
        connection.execute(insert(person).values(id="p", created_at=world.clock()))
        connection.execute(insert(status_entry), places)
        connection.execute(insert(credential), rows)
