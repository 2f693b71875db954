"""The issuer's role from the offer to the copies: and what a wallet or a thief may try."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from clicid.errors import LocalError
from clicid.keys.store import KeyRef
from clicid.oid4vci.credential import (
    CredentialRequest,
    NotificationEvent,
    Proofs,
    ProofType,
)
from clicid.oid4vci.issuance import (
    CredentialRequested,
    CredentialsMade,
    Issuance,
    NonceSpent,
    NonceWanted,
    Noted,
    Phase,
    TokenRequested,
)
from clicid.oid4vci.issuer import Issuer
from clicid.oid4vci.kept import Delivery
from clicid.oid4vci.offer import TxCode
from clicid.oid4vci.token import PreAuthorizedRequest, PresentedToken, TokenResponse
from tests.support.issuance import AGE, IDENTITY, NOW, RULES
from tests.support.issuance_play import ANSWER, KEYS, Play, fault
from tests.support.refusals import refused
from tests.support.world import Dice


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


def test_two_proofs_have_a_nonce_each_and_each_is_spent_once() -> None:
    play = Play(replace(RULES, copies=8))
    play.redeem()
    first, second = play.nonce(), play.nonce()
    response = play.issue(play.proof(first, "a"), play.proof(second, "b"))
    assert len(set(response.credentials)) == 2
    for at, nonce in enumerate((first, second)):
        wanted = play.ask(play.proof(play.nonce(), f"c{at}"), play.proof(nonce, f"d{at}"))
        assert isinstance(wanted, NonceWanted)
        assert fault(play.spend(wanted)) == ("invalid_nonce", "oid4vci.nonce")


def test_the_nonce_of_a_key_that_gets_no_copy_is_spent_too() -> None:
    play = Play()
    play.redeem()
    wanted = play.ask(play.proof(play.nonce(), "a"), play.proof(play.nonce(), "b"))
    assert isinstance(wanted, NonceWanted)
    assert (len(wanted.grant.holders), len(wanted.digests)) == (1, 2)


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
