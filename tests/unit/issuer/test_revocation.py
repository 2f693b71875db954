"""Revoking, suspending, lifting, blocking; and the way to the chain, once and in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import Undecided
from clicid.status import token_list
from clicid.status.rows import list_id
from issuer.usecases.records import BatchState, Role
from tests.support import issuer_clients, issuer_config, issuer_world
from tests.support.issuer_clients import Person
from tests.support.issuer_config import ADDRESS, IDENTIFIER
from tests.unit.issuer.test_issuing import ALL, payload, wallet_of

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from issuer.usecases.records import Copy
    from tests.support.issuer_world import World


def issued(world: World, *names: str) -> tuple[Person, list[tuple[str, int]]]:
    """An approved person with copies of these configurations, and their status entries."""
    person = Person(world).approved()
    wallet = wallet_of(person)
    entries = []
    for name in names or ALL[:1]:
        sd_jwt = wallet.credential(name).json()["credentials"][0]["credential"]
        status = payload(sd_jwt)["status"]["status_list"]
        entries.append((status["uri"], status["idx"]))
    return person, entries


def on_chain(world: World, entry: tuple[str, int]) -> int:
    return world.chain.lists[list_id(ADDRESS, entry[0])][entry[1]]


def published(world: World, entry: tuple[str, int]) -> int:
    answer = world.call("GET", entry[0].removeprefix(IDENTIFIER))
    found = token_list.StatusListToken.parse(payload(answer.text))
    return found.status_list[entry[1]]


def act(
    world: World, kind: str, entry: tuple[str, int], reason: str = "compromised", **options: Any
) -> httpx.Response:
    headers = world.operator(Role.REVOKER)
    query = {"status_list": entry[0], "index": entry[1]}
    found = world.call("GET", "/credentials", to="operators", params=query, headers=headers)
    assert found.status_code == 200, found.text
    path = f"/credentials/{found.json()['credential_id']}/{kind}"
    return world.call("POST", path, to="operators", headers=headers, json={"reason": reason} | options)


def test_a_revocation_reaches_list_and_chain(world: World) -> None:
    _, (entry,) = issued(world)
    assert published(world, entry) == 0
    assert act(world, "revoke", entry).status_code == 202
    assert published(world, entry) == 1
    world.until(lambda: on_chain(world, entry) == 1)
    assert [versions for _, *versions in world.chain.commits] == [[1, 1, 0]]


@pytest.mark.parametrize("event", ["credential_deleted", "credential_failure"])
@pytest.mark.parametrize("by", ["credential", "person", "incident", "erasure"])
def test_a_wallet_that_says_it_has_deleted_a_credential_loses_it_all_the_same(
    world: World, by: str, event: str
) -> None:
    person = Person(world).approved()
    wallet = wallet_of(person)
    answer = wallet.credential(ALL[0]).json()
    status = payload(answer["credentials"][0]["credential"])["status"]["status_list"]
    entry = status["uri"], status["idx"]
    assert wallet.notify(answer["notification_id"], event).status_code == 204
    headers = world.operator(Role.REVOKER)
    if by == "credential":
        act(world, "revoke", entry)
    elif by == "person":
        path = f"/persons/{person.person_id()}/revoke"
        found = world.call("POST", path, to="operators", headers=headers, json={"reason": "lost"})
        assert found.json()["changed"] == 1
    elif by == "incident":
        body = {"reason": "lost", "person": person.person_id(), "expect": 1}
        found = world.call("POST", "/revocations", to="operators", headers=headers, json=body)
        assert found.json() == {"count": 1, "revoked": 1}
    else:
        path = f"/persons/{person.person_id()}"
        world.call("DELETE", path, to="operators", headers=world.operator(Role.ADMIN))
    assert published(world, entry) == 1


def test_one_batch_is_one_version(still: World) -> None:
    person, entries = issued_still(still, 6)
    headers = still.operator(Role.REVOKER)
    answer = still.call(
        "POST", f"/persons/{person}/revoke", to="operators", headers=headers, json={"reason": "lost"}
    )
    assert answer.json()["changed"] == len(entries)
    still.application.background._anchoring.run_once()
    assert sum(added for _, _, added, _ in still.chain.commits) == len(entries)
    assert len(still.chain.commits) == len({copy.list_id for copy in entries})


def issued_still(world: World, count: int) -> tuple[str, tuple[Copy, ...]]:
    """Copies made through the store alone, for an issuer without background work."""
    from issuer.usecases.indexes import draw
    from issuer.usecases.records import Copy, CopyState

    person_id = world.ground.env.sealer.create()
    with world.ground.env.store.writing() as tx:
        tx.persons.add(person_id, world.clock())
        for number in range(count):
            list_id_, index = draw(tx, world.ground.env.random, 2)
            tx.issuance.reserve(
                Copy(
                    id=f"urn:uuid:{number}",
                    person_id=person_id,
                    offer_id="o",
                    configuration=ALL[0],
                    list_id=list_id_,
                    index=index,
                    holder_hash=bytes([number]) * 32,
                    state=CopyState.ISSUED,
                    valid_until=world.clock(),
                    issued_at=world.clock(),
                )
            )
        return person_id, tx.issuance.copies_of_person(person_id)


def test_a_suspension_is_lifted_by_the_owner_and_only_then_published(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    with still.ground.env.store.reading() as tx:
        url = next(row.url for row in tx.statuses.lists() if row.id == copy.list_id)
    entry, worker = (url, copy.index), still.application.background._anchoring
    act(still, "suspend", entry)
    worker.run_once()
    assert on_chain(still, entry) == published(still, entry) == 2
    act(still, "lift", entry)
    assert published(still, entry) == 2  # good news only when the chain has it
    worker.run_once()
    assert on_chain(still, entry) == published(still, entry) == 0
    assert [versions for _, *versions in still.chain.commits] == [[1, 1, 0], [2, 0, 1]]


def test_bad_news_and_good_news_go_in_versions_of_their_own(still: World) -> None:
    _, copies = issued_still(still, 40)
    with still.ground.env.store.reading() as tx:
        urls = {row.id: row.url for row in tx.statuses.lists()}
    one, other = [(urls[c.list_id], c.index) for c in copies if c.list_id == copies[0].list_id][:2]
    worker = still.application.background._anchoring
    act(still, "suspend", one)
    worker.run_once()
    act(still, "lift", one)
    act(still, "revoke", other)
    worker.run_once()
    assert [versions for _, *versions in still.chain.commits] == [[1, 1, 0], [2, 1, 0], [3, 0, 1]]


def test_a_revoked_credential_stays_revoked(world: World) -> None:
    _, (entry,) = issued(world)
    act(world, "suspend", entry)
    act(world, "revoke", entry)
    answer = act(world, "lift", entry)
    assert (answer.status_code, answer.json()["code"]) == (409, "revocation.final")
    assert published(world, entry) == 1


def test_without_the_owners_key_nothing_is_lifted(tmp_path: Path) -> None:
    config = issuer_config.configured(tmp_path, **{'owner = "owner"\n': ""})
    with issuer_world.running(tmp_path, config=config) as world:
        _, (entry,) = issued(world)
        act(world, "suspend", entry)
        answer = act(world, "lift", entry)
        assert (answer.status_code, answer.json()["code"]) == (409, "publication.owner_key")


def test_a_lost_answer_sends_no_version_twice(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    worker = still.application.background._anchoring
    with still.ground.env.store.writing() as tx:
        tx.statuses.set_flags(copy.list_id, copy.index, 1)
    still.chain.lose_answer = True
    assert worker.run_once() == 0
    with still.ground.env.store.reading() as tx:
        assert [one.state for one in tx.statuses.under_way(copy.list_id)] == [BatchState.SENT]
    assert worker.run_once() == 1
    assert worker.run_once() == 0
    assert [version for _, version, _, _ in still.chain.commits] == [1]


def test_killed_after_writing_a_version_down_it_is_sent_as_it_was(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path, background=False) as first:
        _, copies = issued_still(first, 30)
        mine = [copy for copy in copies if copy.list_id == copies[0].list_id][:2]
        with first.ground.env.store.writing() as tx:
            tx.statuses.set_flags(mine[0].list_id, mine[0].index, 1)

        def killed(_: bytes) -> None:
            raise KeyboardInterrupt

        first.chain.before = killed
        with pytest.raises(KeyboardInterrupt):
            first.application.background._anchoring.run_once()
    with issuer_world.running(tmp_path, background=False) as second:
        with second.ground.env.store.writing() as tx:  # decided after the kill: a version of its own
            tx.statuses.set_flags(mine[1].list_id, mine[1].index, 1)
        assert second.application.background._anchoring.run_once() == 2
        assert [versions for _, *versions in second.chain.commits] == [[1, 1, 0], [2, 1, 0]]


def test_an_unreachable_chain_loses_nothing(still: World) -> None:
    _, (copy,) = issued_still(still, 1)
    with still.ground.env.store.writing() as tx:
        tx.statuses.set_flags(copy.list_id, copy.index, 1)
    still.chain.unreachable = True
    with pytest.raises(Undecided, match=r"chain\.unreachable"):
        still.application.background._anchoring.run_once()
    still.chain.unreachable = False
    assert still.application.background._anchoring.run_once() == 1


def test_reasons_are_kept_here_and_published_nowhere(world: World) -> None:
    _, (entry,) = issued(world)
    act(world, "revoke", entry, reason="deceased")
    world.until(lambda: on_chain(world, entry) == 1)
    forms = ("", "/revocation", "/suspension")
    bodies = [world.call("GET", entry[0].removeprefix(IDENTIFIER) + form) for form in forms]
    assert {body.status_code for body in bodies} == {200}
    assert all("deceased" not in body.text for body in bodies)
    rows = world.call("GET", "/audit", to="operators", headers=world.operator(Role.AUDITOR)).json()
    assert [row["detail"] for row in rows if row["act"] == "revoke"] == ["deceased"]


@pytest.mark.parametrize("reason", ["because", "", None])
def test_reasons_come_from_a_closed_list(world: World, reason: str | None) -> None:
    _, (entry,) = issued(world)
    assert act(world, "revoke", entry, reason=reason).status_code == 422  # type: ignore[arg-type]
    assert published(world, entry) == 0


def test_the_person_blocks_without_the_wallet(world: World) -> None:
    person = Person(world).approved()
    offer = person.offer()
    wallet = issuer_clients.Wallet(world, offer["credential_offer"])
    wallet.redeem()
    entries = []
    for name in ALL[:2]:
        status = payload(wallet.credential(name).json()["credentials"][0]["credential"])["status"]
        entries.append((status["status_list"]["uri"], status["status_list"]["idx"]))
    aloud = offer["blocking_code"].replace("-", " ").lower()
    answer = world.call("POST", "/block", json={"block_id": offer["block_id"], "code": aloud})
    assert answer.status_code == 204
    assert [published(world, entry) for entry in entries] == [2, 2]
    world.until(lambda: [on_chain(world, entry) for entry in entries] == [2, 2])


def test_blocking_tells_nothing_and_counts_tries(world: World) -> None:
    person = Person(world).approved()
    offer = person.offer()
    right = {"block_id": offer["block_id"], "code": offer["blocking_code"]}
    wrong = right | {"code": "AAAA-AAAA-AAAA"}
    nobody = {"block_id": "ZZZZ-ZZZZ", "code": "AAAA-AAAA-AAAA"}
    answers = [world.call("POST", "/block", json=body) for body in [wrong] * 5 + [nobody] * 6 + [right]]
    assert {(answer.status_code, answer.text) for answer in answers} == {(403, answers[0].text)}
    world.clock.forward(hours=1, seconds=1)
    assert world.call("POST", "/block", json=right).status_code == 204


def test_erasure_revokes_and_cuts_the_link(world: World) -> None:
    person, (entry,) = issued(world)
    assert person.call("DELETE").status_code == 204
    world.until(lambda: on_chain(world, entry) == 1)
    query = {"status_list": entry[0], "index": entry[1]}
    headers = world.operator(Role.REVOKER)
    found = world.call("GET", "/credentials", to="operators", params=query, headers=headers)
    assert (found.status_code, found.json()["code"]) == (404, "revocation.unknown")


def test_trouble_on_one_list_does_not_stop_the_other(still: World) -> None:
    _, copies = issued_still(still, 40)
    with still.ground.env.store.writing() as tx:
        rows = tx.statuses.lists()
        for row in rows:
            copy = next(one for one in copies if one.list_id == row.id)
            tx.statuses.set_flags(copy.list_id, copy.index, 1)
    bad = list_id(ADDRESS, rows[0].url)

    def half(id_: bytes) -> None:
        if id_ == bad:
            raise Undecided("chain.pending")

    still.chain.before = half
    assert still.application.background._anchoring.run_once() == 1
