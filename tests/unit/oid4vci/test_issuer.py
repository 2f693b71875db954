"""The issuer's role: its table walked whole, and what a wallet or a thief may try."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args

import pytest

from clicid.errors import LocalError, RemoteError
from clicid.keys.algorithms import P256
from clicid.keys.store import KeyRef
from clicid.oid4vci import issuance, proof
from clicid.oid4vci.authorization import AuthorizationLink
from clicid.oid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    DeferredRequest,
    DeferredResponse,
    NotificationEvent,
    NotificationRequest,
    Proofs,
    ProofType,
)
from clicid.oid4vci.encryption import AnswerEncryption
from clicid.oid4vci.issuance import (
    OUT_OF_PLACE,
    TRANSITIONS,
    Agreed,
    BrowserArrived,
    CredentialRequested,
    CredentialsMade,
    Declined,
    DeferredRequested,
    Denied,
    Event,
    Grant,
    Issuance,
    NonceSpent,
    NonceWanted,
    Noted,
    NotificationSent,
    NotReady,
    Phase,
    Reply,
    RequestPushed,
    TimePassed,
    TokenRequested,
    Withdraw,
)
from clicid.oid4vci.issuer import Issuer
from clicid.oid4vci.kept import Delivery
from clicid.oid4vci.metadata import ResponseEncryption
from clicid.oid4vci.offer import TxCode
from clicid.oid4vci.token import PreAuthorizedRequest, PresentedToken, TokenResponse
from clicid.securing.jwe import Recipient
from tests.support import authorizing
from tests.support.authorizing import LISTED, REQUEST
from tests.support.issuance import AGE, IDENTITY, ISSUER, NOW, RULES, MemoryNonces, made, without
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused
from tests.support.world import Dice

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = get_args(issuance.Event)
KEYS = MemoryKeyStore(b"issuer tests")
ANSWER = AnswerEncryption(Recipient(KEYS.public(KEYS.generate(P256, "answers")), "k", "ECDH-ES"), "A128GCM")


class Play:
    """One issuance, its store and a clock; remembers each transition taken."""

    def __init__(
        self, rules: Any = RULES, names: tuple[str, ...] = (IDENTITY,), digits: int | None = 6
    ) -> None:
        self.role = Issuer(rules)
        self.random = Dice()
        self.now = NOW
        self.nonces = MemoryNonces()
        tx_code = None if digits is None else TxCode("numeric", digits)
        self.new = self.role.offer(names, tx_code=tx_code, now=NOW, random=self.random)
        self.state = self.new.issuance
        self.walked: set[tuple[Phase, type, Phase]] = set()
        self.token = ""

    @property
    def code(self) -> str:
        assert self.new.offer.pre_authorized is not None
        return self.new.offer.pre_authorized.code

    def step(self, event: Event) -> Reply:
        before = self.state
        after, reply = self.role.step(before, event, now=self.now, random=self.random)
        assert Issuance.from_bytes(after.to_bytes()) == after
        if (before.phase, type(event)) in TRANSITIONS:
            self.walked.add((before.phase, type(event), after.phase))
        self.state = after
        return reply

    def redeem(self, tx_code: str | None = None) -> Reply:
        given = (self.new.tx_code or None) if tx_code is None else tx_code
        reply = self.step(TokenRequested(PreAuthorizedRequest(self.code, given)))
        if isinstance(reply, TokenResponse):
            self.token = reply.access_token
        return reply

    def nonce(self) -> str:
        new = self.role.nonce(now=self.now, random=self.random)
        self.nonces.add(new.digest, new.expires_at)
        return new.response.c_nonce

    def proof(self, nonce: str, key: str = "a") -> str:
        ref = KEYS.find(key) or KEYS.generate(P256, key)
        prepared = proof.prepare(
            KEYS.public(ref), alg="ES256", binding="jwk", issuer=ISSUER, nonce=nonce, now=self.now
        )
        (operation,) = prepared.to_be_signed
        return prepared.complete([KEYS.sign(ref, operation.message, operation.alg)]).decode()

    def ask(self, *jwts: str, name: str = IDENTITY, token: str | None = None) -> Reply:
        request = CredentialRequest(name, "", Proofs(ProofType.JWT, jwts or (self.proof(self.nonce()),)))
        return self.step(CredentialRequested(PresentedToken(self.token if token is None else token), request))

    def spend(self, wanted: NonceWanted) -> Reply:
        return self.step(NonceSpent(wanted.grant, self.nonces.spend(wanted.digest, self.now)))

    def issue(self, *jwts: str, name: str = IDENTITY) -> CredentialResponse:
        wanted = self.ask(*jwts, name=name)
        assert isinstance(wanted, NonceWanted), wanted
        grant = self.spend(wanted)
        assert isinstance(grant, Grant), grant
        response = self.step(CredentialsMade(grant, made(grant)))
        assert isinstance(response, CredentialResponse), response
        return response

    def grant(self, *jwts: str) -> Grant:
        wanted = self.ask(*jwts)
        assert isinstance(wanted, NonceWanted), wanted
        grant = self.spend(wanted)
        assert isinstance(grant, Grant), grant
        return grant

    def defer(self, answer: AnswerEncryption | None = None) -> DeferredResponse:
        proofs = Proofs(ProofType.JWT, (self.proof(self.nonce()),))
        request = CredentialRequest(IDENTITY, "", proofs, answer)
        wanted = self.step(CredentialRequested(PresentedToken(self.token), request, encrypted=True))
        assert isinstance(wanted, NonceWanted), wanted
        response = self.step(NotReady(wanted.grant))
        assert isinstance(response, DeferredResponse), response
        return response

    def resume(self, transaction_id: str) -> Reply:
        return self.step(DeferredRequested(PresentedToken(self.token), DeferredRequest(transaction_id)))

    def resumed(self, transaction_id: str) -> Grant:
        grant = self.resume(transaction_id)
        assert isinstance(grant, Grant), grant
        return grant

    def copies(self) -> int:
        return self.state.copies(IDENTITY, NOW - RULES.renew_after)

    def refreshed(self, jwt: str) -> tuple[str, str]:
        """With a token that was just refreshed: wire code and reason, or two times nothing."""
        life = self.now + RULES.token_life
        self.state = replace(self.state, phase=Phase.AUTHORISED, expires_at=life)
        wanted = self.ask(jwt)
        if isinstance(wanted, RemoteError):
            return fault(wanted)
        self.issue(jwt)
        return "", ""

    def notify(self, notification_id: str, event: NotificationEvent = NotificationEvent.ACCEPTED) -> Reply:
        return self.step(
            NotificationSent(PresentedToken(self.token), NotificationRequest(notification_id, event))
        )


def fault(reply: Reply) -> tuple[str, str]:
    assert isinstance(reply, RemoteError), reply
    return reply.wire, reply.code


def test_the_whole_way() -> None:
    play = Play()
    assert isinstance(play.redeem(), TokenResponse)
    response = play.issue()
    assert play.state.phase is Phase.COMPLETED
    assert play.notify(response.notification_id, NotificationEvent.DELETED) == Noted()
    assert play.state.deliveries == (
        Delivery(IDENTITY, 1, response.notification_id, NotificationEvent.DELETED, NOW),
    )


def test_secrets_are_in_the_state_only_as_digests() -> None:
    play = Play()
    play.redeem()
    stored = play.state.to_bytes().decode()
    for secret in (play.code, play.token, play.new.tx_code):
        assert secret not in stored
        assert secret not in repr(play.new) + repr(play.state) + repr(RULES)


def test_a_second_use_of_the_code_is_refused_and_changes_nothing() -> None:
    play = Play()
    play.redeem()
    before = play.state
    assert fault(play.redeem()) == ("invalid_grant", "oid4vci.grant")
    assert play.state == before


def test_a_code_of_another_offer_is_refused() -> None:
    play = Play()
    reply = play.step(TokenRequested(PreAuthorizedRequest("another", play.new.tx_code)))
    assert fault(reply) == ("invalid_grant", "oid4vci.grant")
    assert play.state == play.new.issuance


def test_the_transaction_code_burns_at_the_fifth_wrong_try() -> None:
    play = Play()
    wrong = "000000" if play.new.tx_code != "000000" else "000001"
    for left in (4, 3, 2, 1):
        assert fault(play.redeem(wrong)) == ("invalid_grant", "oid4vci.tx_code")
        assert play.state.tries_left == left
    assert fault(play.redeem(wrong)) == ("invalid_grant", "oid4vci.grant_burnt")
    assert play.state.phase is Phase.BURNT
    # The right one comes too late, and its answer does not tell.
    assert fault(play.redeem()) == ("invalid_grant", "oid4vci.grant")


def test_a_wrong_try_does_not_hurt_if_the_right_code_follows() -> None:
    play = Play()
    assert fault(play.redeem("")) == ("invalid_grant", "oid4vci.tx_code")
    assert isinstance(play.redeem(), TokenResponse)


@pytest.mark.parametrize(("digits", "tx_code"), [(6, None), (None, "123456")])
def test_a_transaction_code_comes_exactly_when_demanded(digits: int | None, tx_code: str | None) -> None:
    play = Play(digits=digits)
    reply = play.step(TokenRequested(PreAuthorizedRequest(play.code, tx_code)))
    assert fault(reply) == ("invalid_request", "oid4vci.tx_code")
    assert play.state == play.new.issuance


def test_an_expired_offer_is_refused() -> None:
    play = Play()
    play.now += RULES.offer_life
    assert fault(play.redeem()) == ("invalid_grant", "oid4vci.grant")
    assert play.state.phase is Phase.EXPIRED


@pytest.mark.parametrize("life", ["wrong token", "expired token"])
def test_a_wrong_or_expired_token_is_refused(life: str) -> None:
    play = Play()
    play.redeem()
    if life == "expired token":
        play.now += RULES.token_life
    token = play.token if life == "expired token" else "another"
    assert fault(play.ask(token=token)) == ("invalid_token", "oid4vci.access_token")
    assert (play.state.phase is Phase.EXPIRED) == (life == "expired token")


def test_a_token_that_expires_while_the_nonce_is_spent_is_refused() -> None:
    play = Play()
    play.redeem()
    wanted = play.ask()
    assert isinstance(wanted, NonceWanted)
    play.now += RULES.token_life
    assert fault(play.step(NonceSpent(wanted.grant, fresh=True))) == ("invalid_token", "oid4vci.access_token")


@pytest.mark.parametrize("how", ["unknown", "used", "expired"])
def test_a_nonce_that_is_not_fresh_is_refused(how: str) -> None:
    play = Play(replace(RULES, copies=2))
    play.redeem()
    nonce = "made up" if how == "unknown" else play.nonce()
    if how == "used":
        play.issue(play.proof(nonce))
    if how == "expired":
        play.now += RULES.nonce_life
    wanted = play.ask(play.proof(nonce, "b"))
    assert isinstance(wanted, NonceWanted)
    before = play.state
    assert fault(play.spend(wanted)) == ("invalid_nonce", "oid4vci.nonce")
    assert play.state == before


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (CredentialRequest(AGE), ("insufficient_scope", "oid4vci.scope")),
        (CredentialRequest("nonsense"), ("unknown_credential_configuration", "oid4vci.configuration")),
        (CredentialRequest("", "some"), ("unknown_credential_identifier", "oid4vci.configuration")),
        (CredentialRequest(IDENTITY), ("invalid_proof", "oid4vci.proof_missing")),
        (
            CredentialRequest(IDENTITY, "", Proofs(ProofType.JWT, ("x.y.z",))),
            ("invalid_proof", "oid4vci.proof_header"),
        ),
        (
            CredentialRequest(IDENTITY, "", Proofs(ProofType.JWT, ("x",) * 3)),
            ("invalid_credential_request", "oid4vci.request"),
        ),
        (
            CredentialRequest(IDENTITY, "", Proofs(ProofType.ATTESTATION, ("x",))),
            ("invalid_proof", "oid4vci.proof_missing"),
        ),
        (
            CredentialRequest(IDENTITY, "", Proofs(ProofType.JWT, ("x",)), ANSWER),
            ("invalid_encryption_parameters", "oid4vci.encryption"),
        ),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else None,
)
def test_what_may_not_be_asked_is_refused_and_changes_nothing(
    request_: CredentialRequest, expected: tuple[str, str]
) -> None:
    play = Play()
    play.redeem()
    before = play.state
    assert fault(play.step(CredentialRequested(PresentedToken(play.token), request_))) == expected
    assert play.state == before


def test_more_copies_than_the_rules_give_are_denied() -> None:
    play = Play()
    play.redeem()
    play.issue()
    assert fault(play.ask()) == ("credential_request_denied", "oid4vci.denied")
    assert len(play.state.deliveries) == 1


def test_two_copies_in_one_request_have_two_keys() -> None:
    play = Play(replace(RULES, copies=2))
    play.redeem()
    nonce = play.nonce()
    response = play.issue(play.proof(nonce, "a"), play.proof(nonce, "b"))
    assert len(set(response.credentials)) == 2


def test_of_more_keys_than_copies_are_left_the_first_get_theirs() -> None:
    play = Play()
    play.redeem()
    nonce = play.nonce()
    (credential,) = play.issue(play.proof(nonce, "a"), play.proof(nonce, "b")).credentials
    assert credential == f"{IDENTITY} {KEYS.public(KeyRef('a')).to_multikey()}"


def test_copies_are_renewed_after_a_while_and_the_token_that_is_refreshed_gets_them() -> None:
    play = Play()
    play.redeem()
    play.issue()
    play.now += RULES.renew_after - timedelta(seconds=1)
    assert play.refreshed(play.proof(play.nonce(), "b")) == ("credential_request_denied", "oid4vci.denied")
    play.now += timedelta(seconds=1)
    assert play.refreshed(play.proof(play.nonce(), "b")) == ("", "")
    assert [one.at for one in play.state.deliveries] == [NOW, NOW + RULES.renew_after]


def test_a_state_of_before_renewals_is_read() -> None:
    play = Play()
    play.redeem()
    play.issue()
    old = json.loads(play.state.to_bytes())
    del old["pending"], old["deliveries"][0]["at"]
    (delivery,) = Issuance.from_bytes(json.dumps(old).encode()).deliveries
    assert (delivery.copies, delivery.at.timestamp()) == (1, 0)


def test_what_is_deferred_is_asked_for_again_under_one_id_until_it_is_delivered() -> None:
    play = Play(names=(IDENTITY, AGE))
    play.redeem()
    deferred = play.defer()
    again = play.step(NotReady(play.resumed(deferred.transaction_id)))
    assert again == deferred
    assert deferred.transaction_id not in play.state.to_bytes().decode() + repr(again) + repr(play.state)
    grant = play.resumed(deferred.transaction_id)
    assert grant.holders[0].holder == KEYS.public(KeyRef("a"))
    response = play.step(CredentialsMade(grant, made(grant)))
    assert isinstance(response, CredentialResponse)
    # It was delivered: its id is nobody's, and another that was being made for it is dropped.
    assert fault(play.resume(deferred.transaction_id)) == ("invalid_transaction_id", "oid4vci.transaction")
    late = play.step(CredentialsMade(grant, made(grant)))
    assert fault(late) == ("invalid_transaction_id", "oid4vci.transaction")
    assert play.copies() == 1


def test_what_is_deferred_counts_and_its_key_is_taken() -> None:
    play = Play(replace(RULES, copies=2))
    play.redeem()
    play.defer()
    assert fault(play.ask(play.proof(play.nonce(), "a"))) == ("invalid_proof", "oid4vci.key_used")
    play.issue(play.proof(play.nonce(), "b"))
    assert play.state.phase is Phase.AUTHORISED
    assert fault(play.ask(play.proof(play.nonce(), "c"))) == ("credential_request_denied", "oid4vci.denied")


def test_what_is_refused_after_all_is_denied_once() -> None:
    play = Play()
    play.redeem()
    deferred = play.defer()
    grant = play.resumed(deferred.transaction_id)
    assert fault(play.step(Denied(grant))) == ("credential_request_denied", "oid4vci.denied")
    assert fault(play.resume(deferred.transaction_id)) == ("invalid_transaction_id", "oid4vci.transaction")
    assert play.state.pending == ()


def test_the_transaction_of_another_is_unknown_and_a_wrong_token_told_first() -> None:
    play, other = Play(), Play()
    play.redeem()
    other.redeem()
    other.random(8)  # dice of its own
    theirs = other.defer().transaction_id
    assert fault(play.resume("made up")) == ("invalid_transaction_id", "oid4vci.transaction")
    assert fault(play.resume(theirs)) == ("invalid_transaction_id", "oid4vci.transaction")
    play.token = "another"
    assert fault(play.resume(theirs)) == ("invalid_token", "oid4vci.access_token")


def test_two_requests_at_once_are_not_both_deferred() -> None:
    play = Play()
    play.redeem()
    grants = [play.grant(play.proof(play.nonce(), key)) for key in ("a", "b")]
    assert isinstance(play.step(NotReady(grants[0])), DeferredResponse)
    assert fault(play.step(NotReady(grants[1]))) == ("credential_request_denied", "oid4vci.denied")


@pytest.mark.parametrize(
    ("wanted", "encrypted", "required", "where"),
    [
        (None, True, True, ""),
        (ANSWER, False, False, ""),
        (replace(ANSWER, enc="A256GCM"), True, False, "/enc"),
    ],
    ids=["missing where it must be", "in a request that is not encrypted", "an enc that is not offered"],
)
def test_how_an_answer_is_encrypted_is_as_the_metadata_say(
    wanted: AnswerEncryption | None, encrypted: bool, required: bool, where: str
) -> None:
    offered = ResponseEncryption(("ECDH-ES",), ("A128GCM",), required)
    play = Play(without(RULES, response_encryption=offered))
    play.redeem()
    transaction_id = play.defer(ANSWER).transaction_id
    request = CredentialRequest(IDENTITY, "", None, wanted)
    for event in (
        CredentialRequested(PresentedToken(play.token), request, encrypted),
        DeferredRequested(PresentedToken(play.token), DeferredRequest(transaction_id, wanted), encrypted),
    ):
        reply = play.step(event)
        assert fault(reply) == ("invalid_encryption_parameters", "oid4vci.encryption")
        assert isinstance(reply, RemoteError)
        assert reply.where == f"/credential_response_encryption{where}"


def test_of_two_requests_at_once_one_is_delivered() -> None:
    play = Play()
    play.redeem()
    grants = []
    for key in ("a", "b"):
        wanted = play.ask(play.proof(play.nonce(), key))
        assert isinstance(wanted, NonceWanted)
        grant = play.spend(wanted)
        assert isinstance(grant, Grant)
        grants.append(grant)
    assert isinstance(play.step(CredentialsMade(grants[0], made(grants[0]))), CredentialResponse)
    late = play.step(CredentialsMade(grants[1], made(grants[1])))
    assert fault(late) == ("credential_request_denied", "oid4vci.denied")
    assert play.copies() == 1


def test_a_notification_is_idempotent_and_only_for_what_was_delivered() -> None:
    play = Play(names=(IDENTITY, AGE))
    play.redeem()
    response = play.issue()
    assert play.notify(response.notification_id) == play.notify(response.notification_id) == Noted()
    assert fault(play.notify("another")) == ("invalid_notification_id", "oid4vci.notification")
    play.token = "another"
    assert fault(play.notify(response.notification_id)) == ("invalid_token", "oid4vci.access_token")


def test_the_role_is_not_built_or_used_wrongly() -> None:
    with refused("oid4vci.sequence", kind=LocalError):
        Issuer(replace(RULES, pepper=b"short"))
    role = Issuer(RULES)
    with refused("oid4vci.configuration", kind=LocalError):
        role.offer(("nonsense",), tx_code=None, now=NOW, random=Dice())
    for tx_code in (TxCode("text", 6), TxCode("numeric", None)):
        with refused("oid4vci.unsupported", kind=LocalError):
            role.offer((IDENTITY,), tx_code=tx_code, now=NOW, random=Dice())


def test_each_key_needs_its_credential() -> None:
    play = Play()
    play.redeem()
    wanted = play.ask()
    assert isinstance(wanted, NonceWanted)
    with refused("oid4vci.sequence", kind=LocalError):
        play.step(CredentialsMade(wanted.grant, ()))


def test_transaction_codes_have_the_length_asked_for() -> None:
    assert {len(Play(digits=digits).new.tx_code) for digits in (4, 8)} == {4, 8}
    assert Play(digits=6).new.tx_code.isdigit()


def _grant() -> Grant:
    return Grant(IDENTITY, ())


EXAMPLES: dict[type, Event] = {
    RequestPushed: RequestPushed(REQUEST, LISTED),
    BrowserArrived: BrowserArrived(AuthorizationLink("wallet", "x")),
    Agreed: Agreed(),
    Declined: Declined(),
    TokenRequested: TokenRequested(PreAuthorizedRequest("x")),
    CredentialRequested: CredentialRequested(PresentedToken("x"), CredentialRequest(IDENTITY)),
    NonceSpent: NonceSpent(_grant(), fresh=True),
    CredentialsMade: CredentialsMade(_grant(), ()),
    NotReady: NotReady(_grant()),
    Denied: Denied(_grant()),
    DeferredRequested: DeferredRequested(PresentedToken("x"), DeferredRequest("x")),
    NotificationSent: NotificationSent(
        PresentedToken("x"), NotificationRequest("x", NotificationEvent.ACCEPTED)
    ),
    Withdraw: Withdraw(),
    TimePassed: TimePassed(),
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", EVENTS)
def test_what_has_no_row_is_refused(phase: Phase, kind: type) -> None:
    if (phase, kind) in TRANSITIONS:
        return
    play = Play()
    play.state = replace(play.state, phase=phase)
    before = play.state
    if kind in OUT_OF_PLACE:
        wire, code = OUT_OF_PLACE[kind]
        assert fault(play.step(EXAMPLES[kind])) == (wire, code)
    else:
        with refused("oid4vci.sequence", kind=LocalError):
            play.step(EXAMPLES[kind])
    assert play.state == before


def _walk(phase: Phase, script: str) -> set[tuple[Phase, type, Phase]]:
    """Bring an issuance to a phase, and let one thing happen."""
    play = Play(names=(IDENTITY,))
    notification_id = ""
    wanted: Any = None
    if phase is not Phase.OFFERED:
        play.redeem()
        wanted = play.ask()
    if phase is Phase.COMPLETED or script == "delivered":
        notification_id = play.issue().notification_id
    if script == "partly":
        play.state = replace(play.state, configuration_ids=(IDENTITY, AGE))
        notification_id = play.issue().notification_id
    if script.startswith("late "):
        play.now += timedelta(days=1)
    acts: dict[str, Callable[[], object]] = {
        "wrong code": lambda: play.redeem(""),
        "burn": lambda: [play.redeem("") for _ in range(5)],
        "redeem": play.redeem,
        "withdraw": lambda: play.step(Withdraw()),
        "time": lambda: play.step(TimePassed()),
        "ask": play.ask,
        "spend": lambda: play.step(NonceSpent(wanted.grant, fresh=True)),
        "make": lambda: play.step(CredentialsMade(wanted.grant, made(wanted.grant))),
        "not ready": lambda: play.step(NotReady(wanted.grant)),
        "deny": lambda: play.step(Denied(wanted.grant)),
        "resume": lambda: play.resume("x"),
        "notify": lambda: play.notify(notification_id),
        "partly": lambda: play.notify(notification_id),
    }
    acts[script.removeprefix("late ")]()
    return play.walked


SCRIPTS = (
    [
        (Phase.OFFERED, script)
        for script in ("wrong code", "burn", "redeem", "withdraw", "time", "late redeem", "late time")
    ]
    + [
        (phase, script)
        for phase in (Phase.AUTHORISED, Phase.COMPLETED)
        for script in (
            "ask",
            "spend",
            "make",
            "not ready",
            "deny",
            "resume",
            "time",
            "notify",
            "partly",
        )
        if (phase, script) != (Phase.COMPLETED, "partly")
    ]
    + [
        (Phase.AUTHORISED, script)
        for script in ("withdraw", "late ask", "late spend", "late resume", "late notify", "late time")
    ]
)


def test_every_transition_of_the_table_is_walked_and_no_other() -> None:
    walked = authorizing.walked().union(*(_walk(phase, script) for phase, script in SCRIPTS))
    table = {(phase, kind, after) for (phase, kind), following in TRANSITIONS.items() for after in following}
    assert walked == table


def test_a_role_that_left_its_table_would_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSITIONS, (Phase.OFFERED, Withdraw), frozenset({Phase.OFFERED}))
    with refused("oid4vci.sequence", kind=LocalError):
        Play().step(Withdraw())


@pytest.mark.parametrize(
    "change",
    [(b'"version":1', b'"version":2'), (b'"kind":"oid4vci.issuance"', b'"kind":"x"'), (b'"offered"', b'"x"')],
)
def test_a_stored_state_that_is_not_ours_is_not_read(change: tuple[bytes, bytes]) -> None:
    raw = Play().state.to_bytes()
    assert change[0] in raw
    for broken in (raw.replace(*change), raw[:-1], b""):
        with refused("oid4vci.state", kind=LocalError):
            Issuance.from_bytes(broken)
