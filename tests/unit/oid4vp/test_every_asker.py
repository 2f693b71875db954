"""Each kind of asker, by get and by post, in the open and encrypted: both roles back to back in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clicid.oid4vp.presentation import Finished, NotAccepted
from clicid.oid4vp.request import ResponseMode
from clicid.oid4vp.rules import OPENID4VP, Requesters, Terms
from clicid.oid4vp.session import Verdict
from clicid.oid4vp.transaction_data import PAYMENT, TYPES, TransactionData
from tests.support.desks import ASKERS, Desk, play
from tests.support.every_format import query
from tests.support.world import World


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("mode", [ResponseMode.DIRECT_POST, ResponseMode.DIRECT_POST_JWT])
@pytest.mark.parametrize("kind", ASKERS)
def test_each_asker_gets_its_answer(kind: str, mode: ResponseMode, method: str) -> None:
    desk = Desk(kind, mode)
    reply, choice = play(desk, method=method)
    assert reply == Finished(presented=True)
    assert desk.verdict is Verdict.ACCEPTED
    assert choice.verified.signed
    assert choice.verified.asker.identifier == desk.client_id.rest
    assert bool(choice.verified.asker.vouched_by) is (kind != "did")


@pytest.mark.parametrize("kind", ASKERS)
def test_each_asker_can_have_something_authorised(kind: str) -> None:
    details = {"payee": "Systembolaget", "amount": "129.50", "currency": "SEK"}
    item = TransactionData.make(PAYMENT, details, ["sd"])
    desk = Desk(kind, ResponseMode.DIRECT_POST_JWT, transaction_data=(item,))
    assert play(desk)[0] == Finished(presented=True)
    assert desk.verdict is Verdict.ACCEPTED


def test_an_answer_that_is_not_accepted_comes_back_with_the_reason() -> None:
    wanted = query("dc+sd-jwt")
    other = Desk("x509_hash", ResponseMode.DIRECT_POST_JWT, query=wanted)
    request = replace(other.session.request, nonce="another")
    old = other.holder.answer(request, None)
    desk = Desk(
        "x509_hash", ResponseMode.DIRECT_POST_JWT, query=wanted, return_to="https://shop.example/done"
    )
    reply, _ = play(desk, altered=lambda response: replace(response, vp_token=old.vp_token))
    assert desk.verdict is Verdict.REFUSED
    assert isinstance(reply, NotAccepted)
    assert reply.detail == "The presentation answers another request."
    assert reply.redirect_uri.startswith("https://shop.example/done?response_code=")


def test_who_is_not_among_the_requesters_is_shown_as_unknown_or_refused() -> None:
    nobody = Terms(OPENID4VP, Requesters(), World().rules, TYPES)
    for kind in ("x509_hash", "x509_san_dns"):
        reply, choice = play(Desk(kind, ResponseMode.DIRECT_POST), terms=nobody)
        assert reply == Finished(presented=True)
        assert (choice.verified.asker.vouched_by, choice.verified.asker.registered) == ("", None)
    for kind in ("verifier_attestation", "pre-registered"):
        reply, choice = play(Desk(kind, ResponseMode.DIRECT_POST), terms=nobody)
        assert isinstance(reply, Exception)
        assert choice is None
