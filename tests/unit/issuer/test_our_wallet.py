"""Both sides of ours: the wallet's role takes what the whole issuer gives, by every grant."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec.web import HttpAnswer
from clicid.oid4vci.dialogue import Finished, Waiting
from clicid.oid4vci.offer import CredentialOffer
from clicid.oid4vci.wallet import Session
from tests.support import issuer_world
from tests.support.authorization import LISTED, OWN, REDIRECT, Browser, issuing
from tests.support.holder import ATTESTED, RULES, MemoryWallet
from tests.support.issuer_clients import Person
from tests.support.issuer_config import IDENTIFIER
from tests.unit.issuer.test_review import Reviewer, in_review
from tests.unit.issuer.test_served_metadata import encrypting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from clicid.codec.web import HttpRequest
    from clicid.oid4vci.authorization import AuthorizationResponse
    from tests.support.issuer_world import World


@dataclass
class AtIssuer:
    """The issuer's own HTTP interface, as the wallet's way out has it."""

    world: World

    @property
    def now(self) -> datetime:
        return self.world.clock()

    def send(self, request: HttpRequest) -> HttpAnswer:
        headers = {"accept": request.accept, **dict(request.headers)}
        if request.content_type:
            headers["content-type"] = request.content_type
        if request.authorization:
            headers["authorization"] = request.authorization
        path = request.url.removeprefix(IDENTIFIER)
        found = self.world.call(request.method, path, headers=headers, content=request.body)
        kind = found.headers.get("content-type", "").partition(";")[0]
        return HttpAnswer(found.status_code, kind, found.content, dict(found.headers))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as running:
        yield running


def at(world: World, **changes: Any) -> MemoryWallet:
    server: Any = AtIssuer(world)
    attested = changes.pop("attested", False)
    listed = replace(RULES, client_id=LISTED, redirect_uri=REDIRECT, copies=4)
    rules = replace(ATTESTED, redirect_uri=OWN, copies=4) if attested else listed
    return MemoryWallet(server, rules=rules, **changes)


def signing_in(world: World, person: Person, redirect: str) -> Any:
    """A person who was identified before, in a browser of their own."""

    def browse(url: str) -> str:
        browser = Browser(world)
        browser.open(url)
        found: AuthorizationResponse = browser.through(person)
        return found.to_url(redirect)

    return browse


def test_by_pre_authorized_code_everything_comes_in_batches(world: World) -> None:
    person = Person(world).approved()
    offer = person.offer()
    wallet = at(world, tx_codes=[world.mailbox.last("transaction")])
    outcome = wallet.accept(offer["credential_offer"])
    assert isinstance(outcome, Finished), outcome
    (question,) = wallet.questions
    assert set(outcome.kept) == set(question.configurations) == set(wallet.received)
    issuer = wallet.state.issuer
    assert issuer is not None
    for copies in wallet.received.values():
        assert len(copies) == min(4, issuer.batch_size)


@pytest.mark.parametrize("attested", [False, True])
def test_by_authorization_code_and_renewed(world: World, attested: bool) -> None:
    person = Person(world).approved()
    redirect = OWN if attested else REDIRECT
    wallet = at(world, attested=attested, browse=signing_in(world, person, redirect))
    offer = CredentialOffer(IDENTIFIER, ("ClicAge_sdjwt",)).to_url()
    outcome = wallet.accept(offer)
    assert isinstance(outcome, Finished), outcome
    assert outcome.kept == ("ClicAge_sdjwt",)
    assert wallet.state.token_type == "DPoP"
    session = Session.of(wallet.state)
    assert session is not None
    world.clock.forward(days=2)
    first = wallet.received.pop("ClicAge_sdjwt")
    renewed = wallet.renew(session, "ClicAge_sdjwt")
    assert isinstance(renewed, Finished), renewed
    assert not set(first) & set(wallet.received["ClicAge_sdjwt"])


def test_encrypted_both_ways(tmp_path: Path) -> None:
    file = encrypting(tmp_path, encrypted_requests="true", encrypted_responses="true")
    with issuer_world.running(tmp_path, config=file) as world:
        offer = Person(world).approved().offer()
        sent: list[HttpRequest] = []

        def see(request: HttpRequest) -> HttpRequest:
            sent.append(request)
            return request

        wallet = at(world, tx_codes=[world.mailbox.last("transaction")], alter=see)
        outcome = wallet.accept(offer["credential_offer"])
        assert isinstance(outcome, Finished), outcome
        asked = [request for request in sent if request.url.endswith("/credential")]
        assert {request.content_type for request in asked} == {"application/jwt"}
        assert len(outcome.kept) == len(asked)


def test_what_waits_for_a_reviewer_comes_in_the_end(world: World) -> None:
    person = in_review(world)
    offer = person.offer()
    wallet = at(world, tx_codes=[world.mailbox.last("transaction")])
    outcome = wallet.accept(offer["credential_offer"])
    assert isinstance(outcome, Waiting), outcome
    for approved in (False, True):
        if approved:
            assert Reviewer(world).decide(person, verdict="approve").status_code == 200
        world.clock.time = outcome.until
        found = wallet.ask_again()
        if not approved:
            assert isinstance(found, Waiting)
            outcome = found
    assert isinstance(found, Finished), found
    assert set(found.kept) == set(wallet.questions[0].configurations)


def only(kind: str) -> Any:
    """Issuer's metadata as if it took one type of proof."""

    def alter(request: HttpRequest, found: HttpAnswer) -> HttpAnswer:
        if "openid-credential-issuer" not in request.url:
            return found
        obj = json.loads(found.body)
        for one in obj["credential_configurations_supported"].values():
            taken = one["proof_types_supported"]
            one["proof_types_supported"] = {kind: taken[kind]} if kind in taken else taken
        return replace(found, body=json.dumps(obj).encode())

    return alter


@pytest.mark.parametrize(
    ("proof_types", "kind"), [('["jwt", "di_vp"]', "di_vp"), ('["attestation"]', "attestation")]
)
def test_by_every_type_of_proof(tmp_path: Path, proof_types: str, kind: str) -> None:
    # The table goes where the authorization server's settings may have more.
    more = f"\n[issuing]\nproof_types = {proof_types}\n"
    with issuing(tmp_path, more) as world:
        person = Person(world).approved()
        wallet = at(world, attested=True, browse=signing_in(world, person, OWN), alter_answer=only(kind))
        name = "ClicAge_ldp" if kind == "di_vp" else "ClicAge_sdjwt"
        outcome = wallet.accept(CredentialOffer(IDENTIFIER, (name,)).to_url())
        assert isinstance(outcome, Finished), outcome
        assert len(set(map(str, wallet.received[name]))) == 4
