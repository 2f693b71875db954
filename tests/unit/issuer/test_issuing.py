"""OpenID4VCI over HTTP: offers, codes, nonces, credentials; and what a kill in between leaves."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.codec import base64url
from clicid.formats import sd_jwt_vc
from clicid.formats.vc_di import parse_credential
from issuer.main import compose
from issuer.usecases.issuing import SIGNING
from issuer.usecases.minting import Mint
from issuer.usecases.records import CopyState
from tests.support import issuer_world
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_config import DID, IDENTIFIER
from tests.support.issuer_doubles import FIELDS, reading

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.oid4vci.credential import Credential
    from issuer.usecases.minting import Order
    from issuer.usecases.signing import Minted
    from tests.support.issuer_world import World

COPIES = 5
ALL = ("ClicIdentity_sdjwt", "ClicAge_sdjwt", "ClicAge_ldp", "ClicIdentity_ldp", "ClicAge_jwt")


def wallet_of(person: Person, **wish: Any) -> Wallet:
    wallet = Wallet(person.world, person.offer(**wish)["credential_offer"])
    assert wallet.redeem().status_code == 200
    return wallet


def payload(sd_jwt: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64url.decode(sd_jwt.split(".")[1]))
    return found


def disclosed(sd_jwt: str) -> dict[str, Any]:
    parts = [json.loads(base64url.decode(part)) for part in sd_jwt.split("~")[1:-1]]
    return {part[1]: part[2] for part in parts if len(part) == 3}


def test_all_configurations_are_issued(world: World) -> None:
    person = Person(world).approved()
    offer = person.offer()
    assert offer["credential_configuration_ids"] == list(ALL)
    wallet = Wallet(world, offer["credential_offer"])
    assert wallet.offer["credential_issuer"] == IDENTIFIER
    assert wallet.redeem().headers["cache-control"] == "no-store"
    answers = {name: wallet.credential(name) for name in ALL}
    assert {answer.status_code for answer in answers.values()} == {200}
    identity = answers["ClicIdentity_sdjwt"].json()["credentials"][0]["credential"]
    sd_jwt_vc.SdJwtVcChecker().parse(identity.encode())
    claims = disclosed(identity)
    assert claims["family_name"] == FIELDS.family_name
    assert claims["age_over_18"] is True
    assert claims["age_over_65"] is False
    assert "personal_identity_number" in claims
    open_part = payload(identity)
    assert open_part["test_credential"] is True
    assert open_part["iss"] == IDENTIFIER
    assert open_part["iat"] == open_part["nbf"]
    assert open_part["iat"] % 86_400 == open_part["exp"] % 86_400 == 0
    ldp = answers["ClicAge_ldp"].json()["credentials"][0]["credential"]
    parse_credential(json.dumps(ldp).encode(), package_data.contexts())
    assert ldp["issuer"] == DID
    assert {key for key in ldp["credentialSubject"] if key != "id"} == {"ageOver18", "testCredential"}


def test_every_copy_has_its_own_index_and_id(world: World) -> None:
    person = Person(world).approved()
    seen = set()
    for _ in range(4):
        wallet = wallet_of(person)
        for name in ALL[:2]:
            status = payload(wallet.credential(name).json()["credentials"][0]["credential"])["status"]
            seen.add((status["status_list"]["uri"], status["status_list"]["idx"]))
        ldp = wallet.credential("ClicAge_ldp").json()["credentials"][0]["credential"]
        seen.add((ldp["id"], 0))
    assert len(seen) == 12


def test_the_person_reference_is_the_same_in_every_copy(world: World) -> None:
    person = Person(world).approved()
    references = {
        disclosed(wallet_of(one).credential(ALL[0]).json()["credentials"][0]["credential"])["person_ref"]
        for one in (person, person, Person(world).approved())
    }
    (reference,) = references
    assert len(base64url.decode(reference)) == 16


def test_an_offer_is_redeemed_once(world: World) -> None:
    wallet = wallet_of(Person(world).approved())
    again = wallet.redeem()
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


def test_a_new_offer_burns_the_old(world: World) -> None:
    person = Person(world).approved()
    old = Wallet(world, person.offer()["credential_offer"])
    new = Wallet(world, person.offer()["credential_offer"])
    assert old.redeem().json() == {"error": "invalid_grant"}
    assert new.redeem().status_code == 200


def test_a_wrong_transaction_code_burns_the_offer_at_the_fifth_try(world: World) -> None:
    wallet = Wallet(world, Person(world).approved().offer()["credential_offer"])
    right = world.mailbox.last("transaction")
    wrong = f"{(int(right) + 1) % 10**6:06}"
    assert [wallet.redeem(wrong).json()["error"] for _ in range(5)] == ["invalid_grant"] * 5
    assert wallet.redeem(right).json() == {"error": "invalid_grant"}


def test_four_wrong_tries_leave_the_fifth(world: World) -> None:
    wallet = Wallet(world, Person(world).approved().offer()["credential_offer"])
    right = world.mailbox.last("transaction")
    for _ in range(4):
        wallet.redeem(f"{(int(right) + 1) % 10**6:06}")
    assert wallet.redeem(right).status_code == 200


def test_an_offer_expires(world: World) -> None:
    wallet = Wallet(world, Person(world).approved().offer()["credential_offer"])
    world.clock.forward(minutes=16)
    assert wallet.redeem().json() == {"error": "invalid_grant"}


def test_an_unknown_code_is_an_invalid_grant(world: World) -> None:
    wallet = Wallet(world, Person(world).approved().offer()["credential_offer"])
    assert wallet.redeem(code="x" * 43).json() == {"error": "invalid_grant"}


def test_an_expired_nonce_is_refused_and_a_fresh_one_is_taken(world: World) -> None:
    wallet = wallet_of(Person(world).approved())
    nonce = wallet.nonce()
    world.clock.forward(minutes=5)
    answer = wallet.credential(ALL[0], nonce=nonce)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_nonce"})
    assert wallet.credential(ALL[0]).status_code == 200


def test_a_nonce_is_used_once(world: World) -> None:
    wallet = wallet_of(Person(world).approved())
    nonce = wallet.nonce()
    assert wallet.credential(ALL[0], nonce=nonce).status_code == 200
    assert wallet.credential(ALL[1], nonce=nonce).json() == {"error": "invalid_nonce"}


def test_a_holder_key_is_used_once(world: World) -> None:
    wallet = wallet_of(Person(world).approved())
    assert wallet.credential(ALL[0], key="mine").status_code == 200
    assert wallet.credential(ALL[1], key="mine").json() == {"error": "invalid_proof"}


def test_one_offer_gives_five_copies_of_each(world: World) -> None:
    wallet = wallet_of(Person(world).approved())
    assert [wallet.credential(ALL[0]).status_code for _ in range(COPIES)] == [200] * COPIES
    assert wallet.credential(ALL[1]).status_code == 200
    assert wallet.credential(ALL[0]).json() == {"error": "credential_request_denied"}


def test_without_a_token_there_is_no_credential(world: World) -> None:
    wallet = wallet_of(Person(world).approved())
    wallet.access_token = "nobody's"
    answer = wallet.credential(ALL[0])
    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["www-authenticate"]


def test_a_configuration_that_was_not_offered_is_out_of_scope(world: World) -> None:
    wallet = wallet_of(Person(world).approved(), configurations=["ClicAge_ldp"])
    answer = wallet.credential(ALL[0])
    assert (answer.status_code, answer.json()) == (403, {"error": "insufficient_scope"})
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"credential_configuration_id":"a","credential_configuration_id":"b"}', b"\xff" * 99],
)
def test_malformed_requests_are_refused_by_the_protocols_code(world: World, body: bytes) -> None:
    wallet = wallet_of(Person(world).approved())
    headers = {"authorization": f"Bearer {wallet.access_token}"}
    answer = world.call("POST", "/oid4vci/credential", headers=headers, content=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_credential_request"})


def test_the_wallet_tells_what_became_of_it(world: World) -> None:
    person = Person(world).approved()
    wallet = wallet_of(person)
    notification = wallet.credential(ALL[0]).json()["notification_id"]
    for _ in range(2):
        assert wallet.notify(notification, "credential_accepted").status_code == 204
    assert wallet.notify("someone else's", "credential_accepted").json() == {
        "error": "invalid_notification_id"
    }
    with world.ground.env.store.reading() as tx:
        (copy,) = tx.issuance.copies_of_person(person.person_id())
    assert copy.state is CopyState.ACCEPTED


def test_an_age_threshold_that_is_not_reached_is_refused(world: World) -> None:
    answer = Person(world).approved().call("POST", "/offers", json={"age_threshold": 65})
    assert (answer.status_code, answer.json()["code"]) == (409, "issuing.threshold")


def test_another_threshold_is_a_credential_of_its_own(world: World) -> None:
    wallet = wallet_of(Person(world).approved(), age_threshold=21)
    sd_jwt = wallet.credential("ClicAge_sdjwt").json()["credentials"][0]["credential"]
    assert disclosed(sd_jwt) == {"age_over_21": True}


def test_a_child_gets_the_highest_threshold_it_reaches(world: World) -> None:
    world.engines.reading = reading(replace(FIELDS, birth_date=date(2010, 2, 28)))
    wallet = wallet_of(Person(world).approved())
    sd_jwt = wallet.credential("ClicAge_sdjwt").json()["credentials"][0]["credential"]
    assert disclosed(sd_jwt) == {"age_over_16": True}


def test_who_is_not_approved_gets_no_offer(world: World) -> None:
    answer = Person(world).call("POST", "/offers", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "onboarding.wrong_step")


def test_the_blocking_code_is_shown_once(world: World) -> None:
    person = Person(world).approved()
    first, second = person.offer(), person.offer()
    assert {"block_id", "blocking_code"} <= first.keys()
    assert {"block_id", "blocking_code"}.isdisjoint(second)
    database = b"".join(file.read_bytes() for file in (world.path / "data").iterdir())
    for text in (first["block_id"], first["blocking_code"], first["blocking_code"].replace("-", "")):
        assert text.encode() not in database


def test_a_blocking_code_that_was_never_shown_comes_with_the_next_offer(world: World) -> None:
    person = Person(world).approved()
    world.mailbox.broken = True
    failed = person.call("POST", "/offers", json={})
    assert (failed.status_code, failed.json()["code"]) == (503, "outbox.failed")
    world.mailbox.broken = False
    assert "blocking_code" in person.offer()


def test_offers_hold_no_code_in_the_store(world: World) -> None:
    person = Person(world).approved()
    wallet = Wallet(world, person.offer()["credential_offer"])
    wallet.redeem()
    database = b"".join(file.read_bytes() for file in (world.path / "data").iterdir())
    for secret in (wallet.code, wallet.access_token, world.mailbox.last("transaction"), person.token):
        assert secret.encode() not in database


class KilledError(Exception):
    """The process dies here."""


def die_in_signing(self: Mint, order: Order) -> str:
    raise KilledError


def test_killed_between_reserving_and_signing_the_offer_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with issuer_world.running(tmp_path) as world:
        person = Person(world).approved()
        wallet = wallet_of(person)
        person_id = person.person_id()
        monkeypatch.setattr(Mint, "make", die_in_signing)
        jwt = wallet.proof(ALL[0])
        assert wallet.send(ALL[0], jwt).json()["code"] == "http.unexpected"
        monkeypatch.undo()
        with world.ground.env.store.reading() as tx:
            (lost,) = tx.issuance.copies_of_person(person_id)
            assert lost.state is CopyState.RESERVED
    with issuer_world.running(tmp_path) as world:
        with world.ground.env.store.reading() as tx:
            assert tx.issuance.copies_in(CopyState.RESERVED) == ()
        wallet.world = world
        assert wallet.send(ALL[0], jwt).json() == {"error": "invalid_nonce"}
        answer = wallet.credential(ALL[0])
        assert answer.status_code == 200
        with world.ground.env.store.reading() as tx:
            copies = tx.issuance.copies_of_person(person_id)
            entry = tx.statuses.entry(lost.list_id, lost.index)
        assert sorted(copy.state for copy in copies) == [CopyState.ISSUED, CopyState.VOID]
        assert len({(copy.list_id, copy.index) for copy in copies}) == 2
        assert entry is not None
        assert entry.flags == 1


def test_another_process_that_starts_voids_nothing_that_is_just_being_signed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(world).approved()
    wallet = wallet_of(person)
    make = Mint.make

    def while_signing(self: Mint, order: Order) -> Minted[Credential]:
        compose(world.ground, engines=world.engines, chain=world.chain)
        world.application.services.issuing.let_go()
        return make(self, order)

    monkeypatch.setattr(Mint, "make", while_signing)
    assert wallet.credential(ALL[0]).status_code == 200
    with world.ground.env.store.reading() as tx:
        (copy,) = tx.issuance.copies_of_person(person.person_id())
        entry = tx.statuses.entry(copy.list_id, copy.index)
    assert (copy.state, entry and entry.flags) == (CopyState.ISSUED, 0)


def test_what_was_voided_while_it_was_signed_is_not_handed_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(world).approved()
    wallet = wallet_of(person)
    make = Mint.make

    def too_long(self: Mint, order: Order) -> Minted[Credential]:
        world.clock.forward(seconds=SIGNING.total_seconds() + 1)
        world.application.services.issuing.let_go()
        return make(self, order)

    with monkeypatch.context() as patched:
        patched.setattr(Mint, "make", too_long)
        assert wallet.credential(ALL[0]).json() == {"error": "invalid_nonce"}
    with world.ground.env.store.reading() as tx:
        (copy,) = tx.issuance.copies_of_person(person.person_id())
    assert copy.state is CopyState.VOID


def test_killed_before_the_answer_arrives_the_offer_is_burnt_and_a_new_one_helps(world: World) -> None:
    person = Person(world).approved()
    wallet = wallet_of(person)
    for _ in range(COPIES):
        wallet.credential(ALL[0])  # the answer is lost
    assert wallet.credential(ALL[0]).json() == {"error": "credential_request_denied"}
    assert wallet_of(person).credential(ALL[0]).status_code == 200


@pytest.mark.parametrize("at_once", [3, COPIES + 2])
def test_wallets_at_the_same_moment_never_share_an_index(world: World, at_once: int) -> None:
    people = [Person(world).approved() for _ in range(2)]
    wallets = [wallet_of(people[0])]
    requests = [
        (wallet, name, wallet.proof(name)) for wallet in wallets for name in ALL for _ in range(at_once)
    ]
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda w=wallet, n=name, j=jwt: answers.append(w.send(n, j)))
        for wallet, name, jwt in requests
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    issued = sum(answer.status_code == 200 for answer in answers)
    if at_once <= COPIES:
        assert issued == len(answers)
    assert 0 < issued <= COPIES * len(ALL)
    with world.ground.env.store.reading() as tx:
        copies = tx.issuance.copies_of_person(people[0].person_id())
        places = {(copy.list_id, copy.index) for copy in copies}
        assert len(places) == len(copies) == sum(row.given for row in tx.statuses.lists())
        assert sum(copy.state is CopyState.ISSUED for copy in copies) == issued


@pytest.mark.parametrize(("prefix", "flags"), [("XTKK", 2), ("XTLL", 1), ("XTAA", 0)])
def test_test_people_get_their_status_at_once(world: World, prefix: str, flags: int) -> None:
    world.engines.reading = reading(replace(FIELDS, number=f"{prefix}12345"))
    person = Person(world).approved()
    wallet_of(person).credential(ALL[0])
    with world.ground.env.store.reading() as tx:
        (copy,) = tx.issuance.copies_of_person(person.person_id())
        entry = tx.statuses.entry(copy.list_id, copy.index)
    assert entry is not None
    assert entry.flags == flags


def test_the_expired_test_person_gets_expired_credentials(world: World) -> None:
    world.engines.reading = reading(replace(FIELDS, number="XTHH12345"))
    sd_jwt = wallet_of(Person(world).approved()).credential(ALL[0]).json()["credentials"][0]["credential"]
    assert payload(sd_jwt)["exp"] < world.clock().timestamp()


def test_a_credential_ends_with_the_document(world: World) -> None:
    world.engines.reading = reading(replace(FIELDS, expiry_date=date(2027, 1, 1)))
    sd_jwt = wallet_of(Person(world).approved()).credential(ALL[0]).json()["credentials"][0]["credential"]
    assert payload(sd_jwt)["exp"] == 1_798_848_000


def test_x5c_stands_in_no_credential_without_a_chain(world: World) -> None:
    sd_jwt = wallet_of(Person(world).approved()).credential(ALL[0]).json()["credentials"][0]["credential"]
    header = json.loads(base64.urlsafe_b64decode(sd_jwt.split(".")[0] + "=="))
    assert header["kid"] == f"{DID}#delegate-2"
    assert header.keys() == {"alg", "typ", "kid"}
