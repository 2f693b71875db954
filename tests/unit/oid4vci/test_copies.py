"""How many copies a grant gives, whatever way its wallet asks for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.support.issuance import RULES
from tests.support.issuance_play import Play, fault

MANY = 65


def test_asking_for_one_at_a_time_brings_no_more_copies() -> None:
    play = Play(replace(RULES, copies=MANY, token_life=timedelta(hours=1)))
    play.redeem()
    for at in range(MANY):
        play.issue(play.proof(play.nonce(), str(at)))
    assert fault(play.ask(play.proof(play.nonce(), "more"))) == (
        "credential_request_denied",
        "oid4vci.denied",
    )
