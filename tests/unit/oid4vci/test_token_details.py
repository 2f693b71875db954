"""A wallet says with its code which of the credentials that it may have it wants (OpenID4VCI 6.1.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clicid.oid4vci.authorization import AuthorizationDetail
from clicid.oid4vci.issuance import Agreed, Phase, Reply, TokenRequested
from clicid.oid4vci.token import PreAuthorizedRequest, TokenResponse
from tests.support.authorizing import Asking, fault
from tests.support.issuance import AGE, IDENTITY, ISSUER, RULES
from tests.support.issuance_play import Play

OF_AGE = (AuthorizationDetail(AGE, (ISSUER,)),)


def redeem(play: Play, *details: AuthorizationDetail) -> Reply:
    request = PreAuthorizedRequest(play.code, play.new.tx_code, details=details)
    return play.step(TokenRequested(request))


def test_of_an_offer_a_part_is_taken() -> None:
    play = Play(names=(IDENTITY, AGE))
    tokens = redeem(play, *OF_AGE)
    assert isinstance(tokens, TokenResponse)
    assert list(tokens.credential_identifiers) == [AGE]
    assert "authorization_details" in tokens.to_wire()
    assert play.state.configuration_ids == (AGE,)
    play.token = tokens.access_token
    assert fault(play.ask(name=IDENTITY)) == ("insufficient_scope", "oid4vci.scope")


@pytest.mark.parametrize(
    "details", [AuthorizationDetail(AGE), AuthorizationDetail(IDENTITY, ("https://another.example",))]
)
def test_what_was_not_offered_is_refused_and_the_offer_is_left(details: AuthorizationDetail) -> None:
    play = Play(names=(IDENTITY,))
    before = play.state
    wrong = ("invalid_authorization_details", "oid4vci.configuration")
    assert fault(redeem(play, details)) == wrong
    assert play.state == before
    assert isinstance(play.redeem(), TokenResponse)


def test_a_wrong_transaction_code_counts_before_the_details_are_looked_at() -> None:
    play = Play(names=(IDENTITY,))
    request = PreAuthorizedRequest(play.code, "wrong", details=OF_AGE)
    for _ in range(RULES.tries):
        assert fault(play.step(TokenRequested(request)))[0] == "invalid_grant"
    assert play.state.phase is Phase.BURNT


def test_of_an_authorization_a_part_is_taken() -> None:
    asking = Asking(offered=(IDENTITY, AGE))
    asking.push(details=(*OF_AGE, AuthorizationDetail(IDENTITY)))
    asking.arrive()
    asking.answer(Agreed())
    tokens = asking.redeem(details=OF_AGE)
    assert isinstance(tokens, TokenResponse)
    assert (list(tokens.credential_identifiers), asking.state.configuration_ids) == ([AGE], (AGE,))


def test_scopes_of_an_authorization_may_be_told_apart_with_the_code() -> None:
    asking = Asking()
    asking.agreed()
    tokens = asking.redeem(details=(AuthorizationDetail(IDENTITY),))
    assert isinstance(tokens, TokenResponse)
    assert (list(tokens.credential_identifiers), tokens.scope) == ([IDENTITY], "")


def test_where_details_are_not_used_they_are_ignored() -> None:
    play = Play(replace(RULES, details=False), names=(IDENTITY, AGE))
    tokens = redeem(play, *OF_AGE)
    assert isinstance(tokens, TokenResponse)
    assert (tokens.credential_identifiers, play.state.configuration_ids) == ({}, (IDENTITY, AGE))
