"""Much is revoked at once: whom the criteria name fetches nothing anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from issuer.usecases.emergency import Wanted
from issuer.usecases.revocation import Reason
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_doubles import FIELDS
from tests.unit.issuer.test_issuing import ALL, wallet_of

if TYPE_CHECKING:
    from tests.support.issuer_world import World


def revoke(world: World, wanted: Wanted, reason: Reason) -> None:
    emergency = world.application.services.emergency
    assert emergency.revoke(wanted, reason, expect=emergency.count(wanted), by="an operator") == 1


@pytest.mark.parametrize("by", ["person", "document", "approved_by", "engine"])
@pytest.mark.parametrize(("reason", "barred"), [(Reason.LOST, True), (Reason.SUPERSEDED, False)])
def test_who_is_named_holds_no_token_and_no_offer_any_more(
    world: World, by: str, reason: Reason, *, barred: bool
) -> None:
    person = Person(world).approved()
    assert wallet_of(person).credential(ALL[0]).status_code == 200
    waiting = wallet_of(person)  # it has a token, and has fetched nothing yet
    wanted = {
        "person": Wanted(person=person.person_id()),
        "document": Wanted(document=f"{FIELDS.issuing_state} {FIELDS.number}"),
        "approved_by": Wanted(approved_by="rules"),
        "engine": Wanted(engine="scripted"),
    }[by]
    revoke(world, wanted, reason)
    assert waiting.credential(ALL[0]).status_code == 401
    answer = person.call("POST", "/offers", json={})
    assert answer.json().get("code") == ("issuing.barred" if barred else None)


def test_who_was_approved_and_has_fetched_nothing_yet_is_stopped_too(world: World) -> None:
    person = Person(world).approved()
    emergency = world.application.services.emergency
    wanted = Wanted(approved_by="rules")
    assert emergency.revoke(wanted, Reason.COMPROMISED, expect=0, by="an operator") == 0
    assert person.call("POST", "/offers", json={}).json()["code"] == "issuing.barred"


def test_whom_no_criterion_names_is_let_be(world: World) -> None:
    person = Person(world).approved()
    emergency = world.application.services.emergency
    for wanted in (Wanted(person=person.person_id(), engine="another"), Wanted(person="nobody")):
        assert emergency.revoke(wanted, Reason.LOST, expect=0, by="an operator") == 0
    assert person.call("POST", "/offers", json={}).status_code == 201


def test_criteria_of_credentials_bar_nobody(world: World) -> None:
    person = Person(world).approved()
    wallet_of(person).credential(ALL[0])
    with world.ground.env.store.reading() as tx:
        (copy,) = tx.issuance.copies_of_person(person.person_id())
    revoke(world, Wanted(credential=copy.id), Reason.LOST)
    assert Wallet(world, person.offer()["credential_offer"]).redeem().status_code == 200
