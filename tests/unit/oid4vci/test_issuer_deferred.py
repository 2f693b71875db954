"""The issuer's role where copies come later, come sealed, or are told of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clicid.errors import RemoteError
from clicid.keys.store import KeyRef
from clicid.oid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    DeferredRequest,
    DeferredResponse,
)
from clicid.oid4vci.issuance import (
    CredentialRequested,
    CredentialsMade,
    DeferredRequested,
    Denied,
    Grant,
    NonceWanted,
    Noted,
    NotReady,
    Phase,
)
from clicid.oid4vci.metadata import ResponseEncryption
from clicid.oid4vci.token import PresentedToken
from tests.support.issuance import AGE, IDENTITY, RULES, made, without
from tests.support.issuance_play import ANSWER, KEYS, Play, fault

if TYPE_CHECKING:
    from clicid.oid4vci.encryption import AnswerEncryption


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
