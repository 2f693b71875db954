"""Deferred issuance over HTTP: offers in review, what a reviewer's word does to them, kills in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from issuer.usecases.issuing import SIGNING
from issuer.usecases.minting import Mint
from issuer.usecases.records import CopyState
from tests.support import issuer_world
from tests.unit.issuer.test_credential_endpoint import IDENTITY, ask, error, payload, post, proved, wallet_of
from tests.unit.issuer.test_issuing import die_in_signing, disclosed
from tests.unit.issuer.test_review import Reviewer, in_review

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    import pytest

    from clicid.oid4vci.credential import Credential
    from issuer.usecases.minting import Order
    from issuer.usecases.signing import Minted
    from tests.support.issuer_clients import Person, Wallet
    from tests.support.issuer_world import World


def waiting(world: World, name: str = IDENTITY, keys: int = 2) -> tuple[Person, Wallet, str]:
    """Somebody in review, and a wallet that was told to come back, under an id."""
    person = in_review(world)
    wallet = wallet_of(world, person)
    nonce = wallet.nonce()
    answer = ask(wallet, *(proved(wallet, str(at), nonce) for at in range(keys)), name=name)
    assert answer.status_code == 202, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json().keys() == {"transaction_id", "interval"}
    assert answer.json()["interval"] == 60
    return person, wallet, answer.json()["transaction_id"]


def again(wallet: Wallet, transaction_id: str) -> httpx.Response:
    return post(wallet, {"transaction_id": transaction_id}, "/oid4vci/deferred_credential")


def copies(world: World, person: Person) -> list[CopyState]:
    with world.ground.env.store.reading() as tx:
        return sorted(copy.state for copy in tx.issuance.copies_of_person(person.person_id()))


def test_what_waits_for_a_reviewer_is_given_once_approved_and_once(world: World) -> None:
    person, wallet, transaction_id = waiting(world)
    for _ in range(2):
        still = again(wallet, transaction_id)
        assert (still.status_code, still.json()["transaction_id"]) == (202, transaction_id)
    assert Reviewer(world).decide(person, verdict="approve").status_code == 200
    given = again(wallet, transaction_id)
    assert given.status_code == 200, given.text
    found = [payload(one["credential"]) for one in given.json()["credentials"]]
    assert len({str(one["cnf"]) for one in found}) == len({str(one["status"]) for one in found}) == 2
    assert error(again(wallet, transaction_id)) == "invalid_transaction_id"
    assert wallet.notify(given.json()["notification_id"], "credential_accepted").status_code == 204
    assert copies(world, person) == [CopyState.ACCEPTED] * 2
    # From then on the same token asks as any other does.
    assert ask(wallet, proved(wallet, "later", wallet.nonce())).status_code == 200


def test_what_is_refused_is_denied_once_and_then_unknown(world: World) -> None:
    person, wallet, transaction_id = waiting(world)
    refused = Reviewer(world).decide(person, verdict="refuse", codes=["document.mrz_mismatch"])
    assert refused.status_code == 200
    assert error(again(wallet, transaction_id)) == "credential_request_denied"
    assert error(again(wallet, transaction_id)) == "invalid_transaction_id"
    assert error(ask(wallet, proved(wallet, "new", wallet.nonce()))) == "credential_request_denied"


def test_nobody_comes_for_what_is_anothers(world: World) -> None:
    _, wallet, transaction_id = waiting(world)
    _, other, _ = waiting(world)
    assert error(again(other, transaction_id)) == "invalid_transaction_id"
    assert error(again(wallet, "x" * 43)) == "invalid_transaction_id"
    assert error(post(wallet, {}, "/oid4vci/deferred_credential")) == "invalid_credential_request"
    wallet.access_token = "nobody's"
    assert error(again(wallet, transaction_id), 401) == "invalid_token"


def test_a_key_that_waits_is_taken_and_what_waits_counts(world: World) -> None:
    _, wallet, _ = waiting(world, keys=3)
    assert error(ask(wallet, proved(wallet, "0", wallet.nonce()))) == "invalid_proof"
    nonce = wallet.nonce()
    more = ask(wallet, *(proved(wallet, f"more {at}", nonce) for at in range(4)))
    assert more.status_code == 202
    assert error(ask(wallet, proved(wallet, "one more", wallet.nonce()))) == "credential_request_denied"


def test_no_blocking_code_is_shown_before_there_is_a_person(world: World) -> None:
    person = in_review(world)
    assert {"block_id", "blocking_code"}.isdisjoint(person.offer())
    threshold = person.call("POST", "/offers", json={"age_threshold": 21})
    assert (threshold.status_code, threshold.json()["code"]) == (409, "onboarding.wrong_step")
    Reviewer(world).decide(person, verdict="approve")
    assert "blocking_code" in person.offer()


def test_a_new_offer_burns_the_one_in_review_and_erasure_does(world: World) -> None:
    person, wallet, transaction_id = waiting(world)
    second = wallet_of(world, person)
    assert error(again(wallet, transaction_id), 401) == "invalid_token"
    assert person.call("DELETE", "").status_code == 204
    assert error(ask(second, proved(second, "a", second.nonce())), 401) == "invalid_token"


def test_killed_between_reserving_and_delivering_it_is_given_once_under_fresh_indexes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with issuer_world.running(tmp_path) as world:
        person, wallet, transaction_id = waiting(world)
        Reviewer(world).decide(person, verdict="approve")
        with monkeypatch.context() as patched:
            patched.setattr(Mint, "make", die_in_signing)
            assert again(wallet, transaction_id).json()["code"] == "http.unexpected"
        assert copies(world, person) == [CopyState.RESERVED] * 2
    with issuer_world.running(tmp_path) as world:
        wallet.world = person.world = world
        assert copies(world, person) == [CopyState.VOID] * 2
        assert again(wallet, transaction_id).status_code == 200
        assert copies(world, person) == [CopyState.ISSUED] * 2 + [CopyState.VOID] * 2
        assert error(again(wallet, transaction_id)) == "invalid_transaction_id"
        with world.ground.env.store.reading() as tx:
            found = tx.issuance.copies_of_person(person.person_id())
        assert len({(copy.list_id, copy.index) for copy in found}) == 4


def test_what_takes_too_long_to_sign_is_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, wallet, transaction_id = waiting(world)
    Reviewer(world).decide(person, verdict="approve")
    make = Mint.make
    slow: list[Order] = []

    def too_long(self: Mint, order: Order) -> Minted[Credential]:
        if not slow:
            slow.append(order)
            world.clock.time += SIGNING
            world.clock.forward(seconds=1)
            world.application.services.issuing.let_go()
            world.clock.time -= SIGNING
            world.clock.forward(seconds=-1)
        return make(self, order)

    monkeypatch.setattr(Mint, "make", too_long)
    first = again(wallet, transaction_id)
    assert (first.status_code, first.json()["interval"]) == (202, 1)
    assert again(wallet, transaction_id).status_code == 200
    assert copies(world, person) == [CopyState.ISSUED] * 2 + [CopyState.VOID] * 2


def test_two_at_once_for_one_transaction_are_given_it_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, wallet, transaction_id = waiting(world)
    Reviewer(world).decide(person, verdict="approve")
    make = Mint.make
    others: list[Any] = []

    def overtaken(self: Mint, order: Order) -> Minted[Credential]:
        if not others:
            others.append(None)
            others[:] = [again(wallet, transaction_id)]
        return make(self, order)

    monkeypatch.setattr(Mint, "make", overtaken)
    answers = [again(wallet, transaction_id), *others]
    assert sorted(answer.status_code for answer in answers) in ([200, 202], [200, 400])
    assert copies(world, person) == [CopyState.ISSUED] * 2 + [CopyState.VOID] * 2


def test_the_age_statement_says_least_where_nobody_chose(world: World) -> None:
    person, wallet, transaction_id = waiting(world, "ClicAge_sdjwt", keys=1)
    Reviewer(world).decide(person, verdict="approve")
    (credential,) = again(wallet, transaction_id).json()["credentials"]
    assert disclosed(credential["credential"]) == {"age_over_18": True}
