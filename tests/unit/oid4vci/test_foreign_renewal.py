"""The wallet's role with somebody else's issuer, later: issued anew, and gone on with after a stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clicid.errors import LocalError, Refused
from clicid.oid4vci.acceptance import Phase
from clicid.oid4vci.dialogue import Waiting
from clicid.oid4vci.wallet import Session
from tests.support.foreign_flows import DONE, HAIP, KEY_ATTESTATION, proofs, run
from tests.support.foreign_issuer import AS, PID, ForeignIssuer
from tests.support.holder import ATTESTED, RULES, MemoryWallet
from tests.support.refusals import refused

# Renewal -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"dpop": True}, HAIP | {"challenges": "header"}])
def test_issued_anew_without_the_person(options: dict[str, Any]) -> None:
    rules = ATTESTED if options else RULES
    wallet, _issuer, outcome = run("code", rules, options | {"refreshes": True})
    session = Session.of(wallet.state)
    assert session is not None
    first = wallet.received[PID]
    wallet.received = {}
    for _ in range(2):
        outcome = wallet.renew(session, PID)
        assert outcome == DONE
        renewed = Session.of(wallet.state)
        assert renewed is not None
        assert renewed.refresh_token != session.refresh_token
        session = renewed
    assert len(wallet.questions) == 1
    assert not set(first) & set(wallet.received[PID])


def test_a_refresh_token_that_was_used_renews_nothing() -> None:
    wallet, _, _ = run("pre", RULES, {"refreshes": True})
    session = Session.of(wallet.state)
    assert session is not None
    assert wallet.renew(session, PID) == DONE
    outcome = wallet.renew(session, PID)
    assert isinstance(outcome, Refused)
    assert outcome.detail == "status 400 invalid_grant"


def test_without_a_refresh_token_there_is_no_session() -> None:
    wallet, _, _ = run("pre", RULES, {})
    assert Session.of(wallet.state) is None


def test_a_renewal_goes_to_a_server_that_is_still_the_issuers() -> None:
    wallet, issuer, _ = run("pre", RULES, {"refreshes": True, "server": AS})
    session = Session.of(wallet.state)
    assert session is not None
    issuer.server = "https://new-as.example"
    outcome = wallet.renew(session, PID)
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.offer"


@pytest.mark.parametrize("options", [{}, {"dpop": True}, HAIP])
def test_a_token_that_ran_out_while_waiting_is_got_anew(options: dict[str, Any]) -> None:
    issuer = ForeignIssuer(**options, pending=2, refreshes=True)
    wallet = MemoryWallet(issuer, rules=ATTESTED if options else RULES, browse=issuer.browser)
    for turn in (wallet.accept(issuer.offer("code")), None):
        outcome = turn or wallet.ask_again()
        assert isinstance(outcome, Waiting)
        issuer.now = outcome.until
        issuer.forget_tokens()
    assert wallet.ask_again() == DONE


def test_a_token_that_ran_out_for_good_ends_it() -> None:
    issuer = ForeignIssuer(pending=2)
    wallet = MemoryWallet(issuer)
    outcome = wallet.accept(issuer.offer())
    assert isinstance(outcome, Waiting)
    issuer.now = outcome.until
    issuer.forget_tokens()
    refusal = wallet.ask_again()
    assert isinstance(refusal, Refused)
    assert refusal.detail == "status 401 invalid_token"


# Stopped, and gone on with -------------------------------------------------------------------------


@pytest.mark.parametrize("phase", Phase)
def test_a_wallet_that_was_stopped_asks_again(phase: Phase) -> None:
    """From the stored state alone: only what a server takes once may be lost, and then nothing else is."""
    issuer = ForeignIssuer(**HAIP, challenges="endpoint", encryption="must", pending=1)
    issuer.configurations = proofs("jwt", **KEY_ATTESTATION)
    wallet = MemoryWallet(issuer, rules=ATTESTED, browse=issuer.browser)
    wallet.stop = lambda state: state.phase is phase
    outcome = wallet.accept(issuer.offer("code"))
    wallet.stop = lambda _: False
    if isinstance(outcome, Refused):
        outcome = wallet.go_on()
    while isinstance(outcome, Waiting):
        issuer.now = outcome.until
        wallet.stop = lambda state: state.phase is phase
        outcome = wallet.ask_again()
        wallet.stop = lambda _: False
        if isinstance(outcome, Refused):
            outcome = wallet.go_on()
    assert outcome == DONE


def test_what_is_set_aside_can_be_gone_on_with_without_its_keys() -> None:
    issuer = ForeignIssuer(encryption="must")
    wallet = MemoryWallet(issuer)
    wallet.stop = lambda state: state.phase is Phase.CREDENTIAL
    wallet.accept(issuer.offer())
    aside = wallet.role.set_aside(wallet.state)
    assert aside is not None
    assert (aside.phase, aside.keys, aside.encryption_key, aside.nonce) == (Phase.KEYS, (), "", "")
    wallet.stop, wallet.stored = (lambda _: False), aside.to_bytes()
    assert wallet.go_on() == DONE
    assert wallet.role.set_aside(replace(aside, phase=Phase.CONSENT)) is None


def test_nobody_is_asked_before_the_time_has_come() -> None:
    issuer = ForeignIssuer(pending=1)
    wallet = MemoryWallet(issuer)
    assert wallet.accept(issuer.offer()) == Waiting(issuer.now + timedelta(seconds=60))
    assert wallet.go_on() == Waiting(issuer.now + timedelta(seconds=60))
    with refused("oid4vci.sequence", kind=LocalError):
        wallet.ask_again()


def test_an_issuer_that_is_never_ready_is_left() -> None:
    issuer = ForeignIssuer(pending=10_000)
    wallet = MemoryWallet(issuer)
    outcome: Any = wallet.accept(issuer.offer())
    wallet.stored = replace(wallet.state, asked=499).to_bytes()
    issuer.now += timedelta(seconds=60)
    outcome = wallet.ask_again()
    assert isinstance(outcome, Refused)
    assert outcome.detail == "never ready"
