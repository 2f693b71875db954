"""Both sides of ours: the wallet's role takes what the whole issuer gives, by every grant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec.web import HttpAnswer
from clicid.oid4vci.acceptance import Finished
from clicid.oid4vci.offer import CredentialOffer
from clicid.oid4vci.wallet import Session
from tests.support.authorization import LISTED, OWN, REDIRECT, Browser, issuing
from tests.support.holder import ATTESTED, RULES, MemoryWallet
from tests.support.issuer_clients import Person
from tests.support.issuer_config import IDENTIFIER

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
