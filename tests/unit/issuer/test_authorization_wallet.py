"""Our wallet's role against our authorization server over real HTTP: offer, page, credential, renewal."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from clicid.adapters import package_data
from clicid.codec.web import HttpAnswer, HttpRequest
from clicid.keys.algorithms import P256
from clicid.oid4vci import acceptance, client_attestation, dialogue, wallet
from clicid.oid4vci.holding import WalletRules
from clicid.oid4vci.signed_metadata import Signers
from clicid.oid4vci.wallet import Session
from tests.support import attesting
from tests.support.authorization import OWN, Browser, issuing
from tests.support.chromium import served
from tests.support.issuer_clients import Person
from tests.support.issuer_config import IDENTIFIER
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.keys.public import PublicKey
    from clicid.securing.signing import SigningOperation
    from tests.support.issuer_world import World

AGE = "ClicAge_sdjwt"


@dataclass
class Holder:
    """A person with a wallet: keys in memory, requests over real HTTP, a browser without scripts."""

    world: World
    origin: str
    person: Person
    keys: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore(secrets.token_bytes(8)))
    made: dict[str, Any] = field(default_factory=dict)
    received: list[Any] = field(default_factory=list)
    agrees: bool = True

    def sign(self, key: PublicKey, operation: SigningOperation) -> bytes:
        return self.keys.sign(self.made[key.to_multikey()], operation.message, operation.alg)

    def agree(self, key: PublicKey, public: PublicKey) -> bytes:
        return self.keys.agree(self.made[key.to_multikey()], public)

    def make(self, algorithm: str) -> PublicKey:
        ref = self.keys.generate(algorithm, secrets.token_hex(8))
        found = self.keys.public(ref)
        self.made[found.to_multikey()] = ref
        return found

    @property
    def role(self) -> wallet.Wallet:
        return wallet.Wallet(
            WalletRules(
                copies=1,
                client_id=attesting.CLIENT,
                redirect_uri=OWN,
                attested=True,
                signers=Signers((), {}),
                contexts=package_data.contexts(),
            ),
            self,
            secrets.token_bytes,
        )

    def walk(self, state: acceptance.Acceptance, reply: dialogue.Reply) -> Any:
        while not isinstance(reply, dialogue.Finished | dialogue.Waiting | Exception):
            state = acceptance.Acceptance.from_bytes(state.to_bytes())
            state, reply = self.role.step(state, self._react(reply), now=self.world.clock())
        self.state = state
        return reply

    def _react(self, reply: dialogue.Reply) -> Any:
        found: Any
        match reply:
            case HttpRequest():
                found = dialogue.Answered(self._send(reply))
            case dialogue.ConsentWanted():
                found = dialogue.Consented(tuple(reply.configurations))
            case dialogue.SessionKeyWanted():
                found = dialogue.SessionKeyMade(self.make(P256))
            case dialogue.ClientAttestationWanted():
                found = dialogue.ClientAttested(self._attested(reply.key), attesting.CLIENT)
            case dialogue.BrowserWanted():
                found = dialogue.Redirected(self._visit(reply.url))
            case dialogue.KeysWanted():
                found = dialogue.KeysMade(tuple(self.make(reply.algorithm) for _ in range(reply.count)))
            case dialogue.Received():
                self.received.append(reply)
                found = dialogue.Checked(kept=True)
        return found

    def _send(self, request: HttpRequest) -> HttpAnswer:
        url = request.url.replace(IDENTIFIER, self.origin)
        headers = {"accept": request.accept, **dict(request.headers)}
        if request.content_type:
            headers["content-type"] = request.content_type
        if request.authorization:
            headers["authorization"] = request.authorization
        answer = httpx.request(request.method, url, content=request.body, headers=headers)
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        return HttpAnswer(answer.status_code, media_type, answer.content, dict(answer.headers))

    def _attested(self, key: PublicKey) -> str:
        return attesting.sign(
            client_attestation.prepare_attestation(
                key,
                client_id=attesting.CLIENT,
                alg="ES256",
                kid="",
                issuer="",
                chain=attesting.CHAINS["listed"],
                now=self.world.clock(),
                lifetime=timedelta(hours=1),
            )
        )

    def _visit(self, url: str) -> str:
        browser = Browser(self.world)
        browser.open(url)
        if self.agrees:
            browser.through(self.person)
        else:
            browser.agree("decline")
        location: str = browser.answer.headers["location"]
        assert urlsplit(location).scheme == urlsplit(OWN).scheme
        return location


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    with issuing(tmp_path, "bound = true\nattested_only = true\nanonymous = false") as world:
        person = Person(world).approved()
        with served(world.application.public) as origin:
            yield Holder(world, origin, person)


def accept(holder: Holder) -> Any:
    wish = {"grant": "authorization_code", "by_reference": True, "configurations": [AGE]}
    url = holder.person.offer(**wish)["credential_offer"]
    state, reply = holder.role.start(url, now=holder.world.clock())
    return holder.walk(state, reply)


def test_a_credential_is_fetched_and_renewed(holder: Holder) -> None:
    finished = accept(holder)
    assert isinstance(finished, dialogue.Finished), finished
    assert [one.configuration_id for one in holder.received] == [AGE]
    session = Session.of(holder.state)
    assert session is not None
    holder.world.clock.forward(days=2)
    renewed = holder.walk(*holder.role.renew(session, (AGE,), now=holder.world.clock()))
    assert isinstance(renewed, dialogue.Finished), renewed
    assert len(holder.received) == 2
    again = holder.walk(*holder.role.renew(session, (AGE,), now=holder.world.clock()))
    assert getattr(again, "code", "") == "oid4vci.remote"  # the token before it was used already


def test_who_declines_gets_nothing(holder: Holder) -> None:
    holder.agrees = False
    refused = accept(holder)
    assert isinstance(refused, Exception)
    assert holder.received == []
