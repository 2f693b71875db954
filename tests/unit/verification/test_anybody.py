"""The policy of a machine that shows conformance: anybody may be the issuer, and anybody may present."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from clicid.formats.base import Accredited, Binding, CheckName, FormatId, HolderBound, NeedKind, Outcome
from clicid.formats.issuer import ANYBODY
from clicid.verification import (
    Accepted,
    Policy,
    RefusedWith,
    Request,
    SignedLists,
    check,
    check_credential,
    checkers,
)
from tests.support import w3c
from tests.support.world import VCT, World

if TYPE_CHECKING:
    from clicid.formats.base import Rules
    from clicid.verification import Ending

CHECKERS = checkers(w3c.CONTEXTS)
CLOSED = replace(w3c.RULES, max_age={kind: timedelta(hours=1) for kind in NeedKind}, allow_test=True)
ANY_ISSUER = replace(CLOSED, accredited=Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER)
ANY_HOLDER = replace(ANY_ISSUER, holder=HolderBound.UNSAFE_ANYBODY_MAY_PRESENT)
WITHOUT_STATUS = w3c.credential(w3c.unsigned(credentialStatus=None))


def policy(rules: Rules) -> Policy:
    return Policy("anybody", rules, {}, SignedLists.IGNORED, "11" * 32, allow_without_status=True)


def at_rest(raw: bytes, rules: Rules = ANY_ISSUER, form: FormatId = FormatId.LDP_VC) -> Ending:
    ending = check_credential(raw, {}, format=form, policy=policy(rules), checkers=CHECKERS, now=w3c.NOW)
    assert isinstance(ending, Accepted | RefusedWith), ending
    return ending


def presented(raw: bytes, binding: Binding = w3c.BINDING, rules: Rules = ANY_HOLDER) -> Ending:
    request = Request(FormatId.LDP_VP, binding, frozenset())
    ending = check(raw, {}, request=request, policy=policy(rules), checkers=CHECKERS, now=w3c.NOW)
    assert isinstance(ending, Accepted | RefusedWith), ending
    return ending


def test_the_report_says_what_was_not_looked_at() -> None:
    ending = at_rest(WITHOUT_STATUS)
    assert isinstance(ending, Accepted)
    (section,) = ending.report.sections
    told = {line.check for line in section.lines if line.detail == ANYBODY}
    assert told == {CheckName.ISSUER_KNOWN, CheckName.POLICY, CheckName.SCHEMA}
    assert all(line.outcome is not Outcome.FAILED for line in section.lines)


def test_the_key_must_still_be_the_issuers() -> None:
    forged = WITHOUT_STATUS.replace(w3c.ISSUER.did.encode(), w3c.did(w3c.OTHER_REF).encode(), 1)
    assert at_rest(forged).report.code == "issuer.key_unknown"


def test_the_signature_must_still_be_good() -> None:
    changed = WITHOUT_STATUS.replace(b'"ageOver18":true', b'"ageOver18":false')
    assert changed != WITHOUT_STATUS
    assert at_rest(changed).report.code == "issuer.signature"


def test_whoever_presents_another_ones_credential_is_accepted_only_where_anybody_may() -> None:
    raw = w3c.presentation([WITHOUT_STATUS], ref=w3c.OTHER_REF)
    assert isinstance(presented(raw), Accepted)
    assert presented(raw, rules=ANY_ISSUER).report.code == "holder.key_mismatch"


def test_nonce_and_audience_are_looked_at_where_the_caller_names_them() -> None:
    raw = w3c.presentation([WITHOUT_STATUS])
    assert isinstance(presented(raw, Binding("", "")), Accepted)
    assert presented(raw, Binding("", "another")).report.code == "holder.nonce"
    assert presented(raw, Binding("another", "")).report.code == "holder.audience"
    assert presented(raw, Binding("", ""), ANY_ISSUER).report.code == "holder.nonce"


@pytest.mark.parametrize("certified", [False, True])
def test_a_format_that_leans_on_the_accreditation_is_not_accepted_without(*, certified: bool) -> None:
    world = World()
    raw = world.credential() if certified else world.credential(x5c=())
    ending = check_credential(
        raw,
        world.have,
        format=FormatId.SD_JWT_VC,
        policy=replace(policy(replace(ANY_ISSUER, max_age=world.rules.max_age)), schemas={VCT: bytes(32)}),
        checkers=CHECKERS,
        now=world.now,
    )
    assert isinstance(ending, RefusedWith)
    assert ending.report.code in {"issuer.identifier", "issuer.not_accredited"}
