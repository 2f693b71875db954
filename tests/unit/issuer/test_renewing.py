"""Copies brought anew by a refreshed token: fresh keys and indexes, the old ones left, and when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from issuer.usecases.records import CopyState
from tests.support.authorization import AGE, CodeWallet, error, granted, issuing
from tests.support.issuer_clients import Person
from tests.support.issuer_doubles import FIELDS, reading
from tests.unit.issuer.test_credential_endpoint import payload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World

DENIED = (400, "credential_request_denied")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


def spend_all(wallet: CodeWallet) -> list[dict[str, Any]]:
    """Every copy that the grant gives, as its open claims."""
    answers = [wallet.credential(AGE) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    return [payload(answer.json()["credentials"][0]["credential"]) for answer in answers]


def test_spent_copies_are_brought_anew_a_day_later_and_no_sooner(world: World) -> None:
    person = Person(world).approved()
    wallet = granted(world, person, CodeWallet(world))
    first = spend_all(wallet)
    assert error(wallet.credential(AGE)) == DENIED
    assert wallet.refresh().status_code == 200
    assert error(wallet.credential(AGE)) == DENIED  # a token that is new, but no copies
    world.clock.forward(hours=24)
    assert wallet.refresh().status_code == 200
    second = spend_all(wallet)
    assert error(wallet.credential(AGE)) == DENIED
    for what in ("cnf", "status"):
        assert len({str(one[what]) for one in first + second}) == 10
    assert {one["exp"] for one in second} == {first[0]["exp"] + 86_400}
    # Those that are out stay what they are: voided together, they would show whose they are.
    with world.ground.env.store.reading() as tx:
        copies = tx.issuance.copies_of_person(person.person_id())
        entries = [tx.statuses.entry(copy.list_id, copy.index) for copy in copies]
    assert [copy.state for copy in copies] == [CopyState.ISSUED] * 10
    assert [entry.flags for entry in entries if entry is not None] == [0] * 10


def test_who_has_no_valid_document_left_gets_nothing_anew(world: World) -> None:
    world.engines.reading = reading(replace(FIELDS, expiry_date=date(2026, 11, 24)))
    wallet = granted(world, Person(world).approved(), CodeWallet(world))
    assert wallet.credential(AGE).status_code == 200
    world.clock.forward(days=3)
    assert wallet.refresh().status_code == 200
    assert error(wallet.credential(AGE)) == DENIED
