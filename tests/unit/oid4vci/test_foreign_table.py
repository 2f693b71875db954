"""The wallet's table, walked whole by the tests of what each flow comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clicid.oid4vci.dialogue import TRANSITIONS
from clicid.oid4vci.wallet import Wallet
from tests.support.foreign_flows import ATTEST, COMBINED, DONE, FLOWS, HAIP, proofs, run
from tests.support.holder import ATTESTED
from tests.unit.oid4vci import test_back_to_back as back_to_back
from tests.unit.oid4vci import test_foreign_astray as astray
from tests.unit.oid4vci import test_foreign_issuers as flows
from tests.unit.oid4vci import test_foreign_renewal as renewal
from tests.unit.oid4vci import test_wallet as with_ours

if TYPE_CHECKING:
    from clicid.oid4vci import dialogue
    from clicid.oid4vci.acceptance import Acceptance, Phase


def test_every_transition_of_the_table_is_walked_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: set[tuple[Phase, type, Phase]] = set()
    step = Wallet.step

    def recording(role: Wallet, state: Acceptance, event: dialogue.Event, *, now: Any) -> Any:
        following, reply = step(role, state, event, now=now)
        walked.add((state.phase, type(event), following.phase))
        return following, reply

    monkeypatch.setattr(Wallet, "step", recording)
    with_ours.test_a_wrong_code_may_be_tried_again()
    with_ours.test_a_burnt_offer_stays_refused_until_the_person_gives_up()
    with_ours.test_a_nonce_that_ran_out_is_fetched_again_once()
    with_ours.test_what_was_not_kept_is_told_to_the_issuer()
    with_ours.test_an_offer_by_reference_that_is_gone()
    back_to_back.test_an_offer_by_reference_is_accepted()
    for case in with_ours.HOSTILE:
        with_ours.test_a_hostile_answer_ends_in_our_error(case)
    for name in FLOWS:
        flows.test_a_flow(name)
    for led in astray.ASTRAY:
        astray.test_an_answer_that_leads_astray(led)
    for options in ({}, {"dpop": True}, HAIP | {"challenges": "header"}):
        renewal.test_issued_anew_without_the_person(options)
    for options in ({}, HAIP):
        renewal.test_a_token_that_ran_out_while_waiting_is_got_anew(options)
    for detour in DETOURS:
        test_a_detour(*detour)
    for at in ("/par", "/token"):
        flows.test_an_attestation_that_grew_old_is_got_anew_once(at)
    flows.test_the_server_that_knows_the_grant_is_found()
    astray.test_a_promise_that_changes_is_broken({"interval": 0})
    astray.test_a_browser_that_comes_back_with_something_else(astray.back(state="x"), "oid4vci.redirect")
    renewal.test_a_token_that_ran_out_for_good_ends_it()
    table = {(phase, kind, after) for (phase, kind), following in TRANSITIONS.items() for after in following}
    assert (table - walked, walked - table) == (set(), set())


DETOURS: list[tuple[str, dict[str, Any]]] = [
    ("pre", {"methods": COMBINED, "dpop": True, "challenges": "endpoint"}),
    ("code", {"methods": COMBINED, "dpop": True, "challenges": "endpoint"}),
    ("code", {"methods": ATTEST}),
    ("code", {"methods": ATTEST, "challenges": "endpoint"}),
    ("code", {"methods": ATTEST, "challenges": "endpoint", "par": "may"}),
    ("code", {"dpop": True}),
    ("pre", {"tx_code": "1", "nonce_endpoint": False, "configurations": proofs("attestation")}),
    ("pre", {"identifiers": 2, "nonces": True, "dpop": True, "pending": 1}),
    ("pre", {"identifiers": 2, "notifies": False}),
]


@pytest.mark.parametrize(("grant", "options"), DETOURS)
def test_a_detour(grant: str, options: dict[str, Any]) -> None:
    _, _, outcome = run(grant, ATTESTED, options)
    assert outcome == DONE
