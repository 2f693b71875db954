"""The wallet's role: its table walked whole, and what a hostile or clumsy issuer may answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args

import pytest

from clicid.codec import strict_json
from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import ED25519, P256
from clicid.oid4vci import dialogue
from clicid.oid4vci.acceptance import Acceptance, Phase
from clicid.oid4vci.configuration import KeyAttestationsRequired
from clicid.oid4vci.credential import NotificationEvent
from clicid.oid4vci.dialogue import (
    TRANSITIONS,
    Answered,
    Checked,
    ClientAttested,
    Consented,
    ConsentWanted,
    Declined,
    Finished,
    KeysAttested,
    KeysMade,
    Redirected,
    SessionKeyMade,
    TimePassed,
)
from clicid.oid4vci.issuance import Phase as IssuancePhase
from clicid.oid4vci.offer import CredentialOffer, OfferReference
from clicid.oid4vci.wallet import Wallet
from tests.support.holder import RULES as WALLET_RULES
from tests.support.holder import Keys, MemoryWallet
from tests.support.issuance import (
    AGE,
    IDENTITY,
    ISSUER,
    METADATA,
    NOW,
    RULES,
    SERVER,
    IssuerServer,
    without,
)
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused
from tests.support.world import Dice

if TYPE_CHECKING:
    from collections.abc import Callable

wallet = Wallet(WALLET_RULES, Keys(), Dice("wallet"))


@dataclass
class Case:
    """One run against an issuer of which one answer, at one address, is changed."""

    name: str
    at: str
    change: Callable[[HttpAnswer], HttpAnswer]
    code: str = ""
    detail: str = ""
    phase: Phase = field(default=Phase.FAILED)


def body(**changes: Any) -> Callable[[HttpAnswer], HttpAnswer]:
    """Change members of a JSON answer; None removes one."""

    def change(answer: HttpAnswer) -> HttpAnswer:
        obj = {**json.loads(answer.body), **changes}
        return replace(answer, body=strict_json.dumps({k: v for k, v in obj.items() if v is not None}))

    return change


def error(code: Any, status: int = 400) -> Callable[[HttpAnswer], HttpAnswer]:
    return lambda _: HttpAnswer(status, JSON_TYPE, strict_json.dumps({"error": code}))


def raw(text: bytes, content_type: str = JSON_TYPE, status: int = 200) -> Callable[[HttpAnswer], HttpAnswer]:
    return lambda _: HttpAnswer(status, content_type, text)


HOSTILE = [
    Case("metadata of another issuer", "/.well-known/openid-credential-issuer/tenant",
         body(credential_issuer="https://evil.example"), "oid4vci.metadata"),
    Case("metadata with a member twice", "/.well-known/openid-credential-issuer/tenant",
         raw(b'{"credential_issuer":"a","credential_issuer":"b"}'), "codec.json"),
    Case("metadata as HTML", "/.well-known/openid-credential-issuer/tenant",
         raw(b"<html>", "text/html"), "oid4vci.remote", "not application/json"),
    Case("no metadata", "/.well-known/openid-credential-issuer/tenant",
         raw(b"gone", "text/plain", 404), "oid4vci.remote", "status 404"),
    Case("a redirect", "/.well-known/openid-credential-issuer/tenant",
         raw(b"", "text/plain", 302), "oid4vci.remote", "status 302"),
    Case("configurations that we cannot hold", "/.well-known/openid-credential-issuer/tenant",
         body(credential_configurations_supported={IDENTITY: {"format": "ac_vp"}}), "oid4vci.unsupported"),
    Case("answers encrypted, and no key for requests", "/.well-known/openid-credential-issuer/tenant",
         body(credential_response_encryption={"alg_values_supported": ["ECDH-ES"],
              "enc_values_supported": ["A128GCM"], "encryption_required": True}), "oid4vci.unsupported"),
    Case("server metadata of another server", "/.well-known/oauth-authorization-server/tenant",
         body(issuer="https://evil.example"), "oid4vci.metadata"),
    Case("a server without our grant", "/.well-known/oauth-authorization-server/tenant",
         body(grant_types_supported=["authorization_code"]), "oid4vci.unsupported"),
    Case("a token that is bound to no key of ours", "/tenant/token",
         body(token_type="DPoP"), "oid4vci.token_type"),
    Case("a token of a type that nobody knows", "/tenant/token",
         body(token_type="mac"), "oid4vci.unsupported"),
    Case("a server error at the token", "/tenant/token",
         error("server_error", 503), "oid4vci.remote", "status 503"),
    Case("a known error at the token", "/tenant/token",
         error("invalid_client", 401), "oid4vci.remote", "status 401 invalid_client"),
    Case("an error of more than text", "/tenant/token", error({"x": 1}), "oid4vci.remote", "status 400"),
    Case("a nonce that is none", "/tenant/nonce", body(c_nonce=7), "codec.shape"),
    Case("deferred, and no endpoint to ask", "/tenant/credential",
         raw(b'{"transaction_id":"t","interval":1}', status=202), "oid4vci.remote", "no endpoint"),
    Case("encrypted unasked", "/tenant/credential",
         raw(b"a.b.c.d.e", "application/jwt"), "oid4vci.remote", "not application/json"),
    Case("two credentials for one key", "/tenant/credential",
         body(credentials=[{"credential": "a"}, {"credential": "b"}]), "oid4vci.remote"),
    Case("no credential", "/tenant/credential", body(credentials=[]), "codec.shape"),
    Case("a credential denied", "/tenant/credential",
         error("credential_request_denied"), "oid4vci.remote", "status 400 credential_request_denied"),
    Case("nonces that are never good", "/tenant/credential",
         error("invalid_nonce"), "oid4vci.remote", "status 400 invalid_nonce"),
]  # fmt: skip


def alter(case: Case) -> Callable[[HttpRequest, HttpAnswer], HttpAnswer]:
    return lambda request, answer: case.change(answer) if request.url.endswith(case.at) else answer


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_answer_ends_in_our_error(case: Case) -> None:
    server = IssuerServer()
    new = server.offer(IDENTITY)
    client = MemoryWallet(server, [new.tx_code], alter_answer=alter(case))
    outcome = client.accept(new.offer.to_url())
    assert isinstance(outcome, Refused), outcome
    assert (outcome.code, client.state.phase) == (case.code, Phase.FAILED)
    assert case.detail in outcome.detail
    assert client.received == {}


def test_a_wrong_code_may_be_tried_again() -> None:
    server = IssuerServer()
    new = server.offer(IDENTITY)
    client = MemoryWallet(server, ["000000", "000001", new.tx_code])
    assert client.accept(new.offer.to_url()) == Finished((IDENTITY,))
    assert [question.retry for question in client.questions] == [False, True, True]


def test_a_burnt_offer_stays_refused_until_the_person_gives_up() -> None:
    server = IssuerServer()
    new = server.offer(IDENTITY)
    client = MemoryWallet(server, ["000000"] * 5 + [new.tx_code])
    assert client.accept(new.offer.to_url()) == Finished(())
    assert client.state.phase is Phase.DECLINED
    assert server.state.phase is IssuancePhase.BURNT
    assert client.received == {}


def test_an_offer_used_twice_gives_nothing_the_second_time() -> None:
    server = IssuerServer()
    new = server.offer(IDENTITY, tx_code=None)
    assert MemoryWallet(server).accept(new.offer.to_url()) == Finished((IDENTITY,))
    before = server.stored
    outcome = MemoryWallet(server).accept(new.offer.to_url())
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.detail) == ("oid4vci.remote", "status 400 invalid_grant")
    assert server.stored == before


def test_a_nonce_that_ran_out_is_fetched_again_once() -> None:
    server = IssuerServer()
    new = server.offer(IDENTITY, AGE, tx_code=None)

    def forget(request: HttpRequest) -> HttpRequest:
        if request.url == METADATA.credential_endpoint and len(server.nonces.entries) % 2:
            server.nonces.entries = dict.fromkeys(server.nonces.entries, (NOW, True))
        return request

    client = MemoryWallet(server, alter=forget)
    assert client.accept(new.offer.to_url()) == Finished((IDENTITY, AGE))
    assert len(server.nonces.entries) == 4


def test_an_issuer_without_nonces_and_notifications_is_served() -> None:
    server = IssuerServer(without(RULES, nonce_endpoint="", notification_endpoint=""))
    new = server.offer(IDENTITY, tx_code=None)
    client = MemoryWallet(server)
    outcome = client.accept(new.offer.to_url())
    # Our own issuer wants a nonce all the same, and says so.
    assert isinstance(outcome, Refused)
    assert outcome.detail == "status 400 invalid_proof"
    client = MemoryWallet(
        server,
        alter_answer=lambda request, answer: (
            raw(b'{"credentials":[{"credential":"c"}]}')(answer)
            if request.url.endswith("credential")
            else answer
        ),
    )
    new = server.offer(IDENTITY, tx_code=None)
    assert client.accept(new.offer.to_url()) == Finished((IDENTITY,))


def test_invalid_nonce_from_an_issuer_without_nonces_is_no_loop() -> None:
    server = IssuerServer(without(RULES, nonce_endpoint=""))
    new = server.offer(IDENTITY, tx_code=None)
    client = MemoryWallet(server, alter_answer=alter(Case("", "/tenant/credential", error("invalid_nonce"))))
    outcome = client.accept(new.offer.to_url())
    assert isinstance(outcome, Refused)
    assert outcome.detail == "status 400 invalid_nonce"


def test_what_was_not_kept_is_told_to_the_issuer() -> None:
    server = IssuerServer()
    new = server.offer(IDENTITY, tx_code=None)
    assert MemoryWallet(server, keep=False).accept(new.offer.to_url()) == Finished(())
    assert server.state.deliveries[0].outcome is NotificationEvent.FAILURE


def test_a_notification_endpoint_in_trouble_costs_nothing() -> None:
    server = IssuerServer()
    new = server.offer(IDENTITY, tx_code=None)
    client = MemoryWallet(server, alter_answer=alter(Case("", "/tenant/notification", raw(b"", "x/y", 500))))
    assert client.accept(new.offer.to_url()) == Finished((IDENTITY,))


def test_credential_identifiers_of_the_token_are_used() -> None:
    server = IssuerServer()
    new = server.offer(IDENTITY, tx_code=None)
    details = [
        {
            "type": "openid_credential",
            "credential_configuration_id": IDENTITY,
            "credential_identifiers": ["i"],
        }
    ]
    client = MemoryWallet(
        server, alter_answer=alter(Case("", "/tenant/token", body(authorization_details=details)))
    )
    outcome = client.accept(new.offer.to_url())
    assert isinstance(outcome, Refused)
    assert outcome.detail == "status 400 unknown_credential_identifier"


def _offer(**changes: Any) -> str:
    offer = IssuerServer().offer(IDENTITY, tx_code=None).offer
    assert offer.pre_authorized is not None
    if "authorization_server" in changes:
        changes = {"pre_authorized": replace(offer.pre_authorized, **changes)}
    return replace(offer, **changes).to_url()


def test_an_offer_may_not_lead_to_a_server_that_is_not_the_issuers() -> None:
    server = IssuerServer()
    outcome = MemoryWallet(server).accept(_offer(authorization_server="https://evil.example"))
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.offer"
    assert [request.url for request in server.seen if "evil" in request.url] == []


def test_a_server_that_the_issuer_names_is_asked() -> None:
    server = IssuerServer(without(RULES, authorization_servers=("https://as.example", ISSUER)))
    server.offer(IDENTITY, tx_code=None)
    client = MemoryWallet(server)
    state, reply = wallet.start(_offer(), now=NOW)
    assert isinstance(reply, HttpRequest)
    state, reply = wallet.step(state, Answered(server.send(reply)), now=NOW)
    assert isinstance(reply, HttpRequest)
    assert reply.url == "https://as.example/.well-known/oauth-authorization-server"
    assert client.accept(_offer(authorization_server=ISSUER)) == Finished((IDENTITY,))


def test_an_issuer_that_demands_attestation_is_not_served() -> None:
    configuration = replace(
        METADATA.configurations[IDENTITY], attestations={"jwt": KeyAttestationsRequired()}
    )
    server = IssuerServer(without(RULES, configurations={IDENTITY: configuration}))
    outcome = MemoryWallet(server).accept(server.offer(IDENTITY, tx_code=None).offer.to_url())
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.unsupported"


def reach(phase: Phase) -> Acceptance:
    """A state in a phase of a run that went well up to there; of the others, one with that phase."""
    if phase is Phase.OFFER:
        return wallet.start(OfferReference(f"{ISSUER}/offer/1").to_url(), now=NOW)[0]
    server = IssuerServer()
    new = server.offer(IDENTITY)
    client = MemoryWallet(server, [new.tx_code])
    client.stop = lambda state: state.phase is phase
    client.accept(new.offer.to_url())
    return client.state if client.state.phase is phase else replace(client.state, phase=phase)


_STORE = MemoryKeyStore(b"k")
_KEY = _STORE.public(_STORE.generate(P256, "k"))
EXAMPLES: dict[type, dialogue.Event] = {
    Answered: Answered(HttpAnswer(500, "", b"")),
    Consented: Consented((IDENTITY,), "123456"),
    Declined: Declined(),
    SessionKeyMade: SessionKeyMade(_KEY),
    ClientAttested: ClientAttested("a.b.c", "client"),
    Redirected: Redirected("http://127.0.0.1/?code=c"),
    KeysMade: KeysMade((_KEY,)),
    KeysAttested: KeysAttested("a.b.c"),
    TimePassed: TimePassed(),
    Checked: Checked(kept=True),
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", get_args(dialogue.Event))
def test_what_has_no_row_is_our_mistake(phase: Phase, kind: type) -> None:
    if (phase, kind) in TRANSITIONS:
        return
    with refused("oid4vci.sequence", kind=LocalError):
        wallet.step(reach(phase), EXAMPLES[kind], now=NOW)


@pytest.mark.parametrize(
    ("phase", "event", "code"),
    [
        (Phase.CONSENT, Consented((), "123456"), "oid4vci.configuration"),
        (Phase.CONSENT, Consented((AGE,), "123456"), "oid4vci.configuration"),
        (Phase.CONSENT, Consented((IDENTITY,)), "oid4vci.tx_code"),
        (Phase.KEYS, KeysMade(()), "oid4vci.sequence"),
        (Phase.KEYS, KeysMade((_KEY, _KEY)), "oid4vci.sequence"),
        (Phase.KEYS, KeysMade((_KEY,), _KEY), "oid4vci.sequence"),
    ],
)
def test_wrong_use_is_our_mistake(phase: Phase, event: dialogue.Event, code: str) -> None:
    with refused(code, kind=LocalError):
        wallet.step(reach(phase), event, now=NOW)


def test_a_key_of_another_algorithm_is_our_mistake() -> None:
    store = MemoryKeyStore(b"k")
    key = store.public(store.generate(ED25519, "k"))
    with refused("oid4vci.sequence", kind=LocalError):
        wallet.step(reach(Phase.KEYS), KeysMade((key,)), now=NOW)
    with refused("oid4vci.sequence", kind=LocalError):
        wallet.step(reach(Phase.SESSION_KEY), SessionKeyMade(key), now=NOW)


def test_a_role_that_left_its_table_would_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSITIONS, (Phase.CONSENT, Declined), frozenset({Phase.TOKEN}))
    with refused("oid4vci.sequence", kind=LocalError):
        wallet.step(reach(Phase.CONSENT), Declined(), now=NOW)


@pytest.mark.parametrize(
    ("phase", "event"),
    [
        (Phase.CONSENT, Consented((IDENTITY,), "123456")),
        (Phase.NONCE, Answered(HttpAnswer(200, JSON_TYPE, b'{"c_nonce":"n"}'))),
        (Phase.KEYS, KeysMade((_KEY,))),
        (Phase.CHECK, Checked(kept=True)),
    ],
)
def test_a_state_that_was_tampered_with_is_our_error(phase: Phase, event: dialogue.Event) -> None:
    with refused("oid4vci.state", kind=LocalError):
        wallet.step(Acceptance(phase), event, now=NOW)
    emptied = replace(reach(Phase.KEYS), phase=phase, wished=(), offer=None)
    with refused("oid4vci.state", kind=LocalError):
        wallet.step(emptied, event, now=NOW)


def test_a_stored_state_that_is_not_ours_is_not_read() -> None:
    stored = reach(Phase.CHECK).to_bytes()
    assert Acceptance.from_bytes(stored) == reach(Phase.CHECK)
    for change in (
        (b'"version":2', b'"version":1'),
        (b'"phase":"check"', b'"phase":"x"'),
        (b'"renewed":false', b'"renewed":0'),
        (b'"nonce":"', b'"nonce":7,"x":"'),
        (b'"credential_issuer"', b'"x"'),
    ):
        assert change[0] in stored
        with refused("oid4vci.state", kind=LocalError):
            Acceptance.from_bytes(stored.replace(*change))


def test_secrets_stay_out_of_what_is_printed() -> None:
    state = reach(Phase.CHECK)
    assert state.access_token
    assert state.access_token not in repr(state)
    assert state.nonce not in repr(state)


def test_an_offer_by_reference_that_is_gone() -> None:
    outcome = MemoryWallet(IssuerServer()).accept(OfferReference(f"{ISSUER}/offer/2").to_url())
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.remote"


def test_the_question_names_issuer_and_credentials() -> None:
    server = IssuerServer()
    new = server.offer()
    client = MemoryWallet(server)
    assert client.accept(new.offer.to_url()) == Finished(())
    (question,) = client.questions
    assert isinstance(question, ConsentWanted)
    assert question.issuer.display[1].name == "ClicID på svenska"
    assert set(question.configurations) == {IDENTITY, AGE}
    assert question.tx_code is not None
    assert question.tx_code.length == 6
    assert SERVER.token_endpoint not in [request.url for request in server.seen]
    assert isinstance(CredentialOffer.parse(strict_json.dumps(new.offer.to_wire())), CredentialOffer)
