"""Everybody's presentations: of none, one or many credentials, in several formats, to whom they are for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clicid.formats.base import Binding, Checked, CheckName, FormatId, HolderBound, Outcome
from clicid.formats.vc_di import LdpVpChecker
from clicid.verification import Accepted, Policy, RefusedWith, Request, SignedLists
from clicid.verification import check as decide
from tests.support import general, w3c
from tests.support.refusals import refused

STRICT = replace(general.RULES, holder=HolderBound.REQUIRED)
BINDING = Binding("b.example", "n")
ENVELOPE = {
    "@context": general.BASE,
    "type": "EnvelopedVerifiableCredential",
    "id": "data:application/vc+jwt,eyJhbGciOiJFUzI1NiJ9.e30.c2ln",
}
OWN_WORD = {
    "@context": [general.BASE],
    "type": ["VerifiableCredential"],
    "issuer": w3c.HOLDER,
    "credentialSubject": {"id": "urn:x:1"},
}


def check(raw: bytes, **given: Any) -> Checked:
    arguments: dict[str, Any] = {
        "rules": general.RULES,
        "binding": general.NO_BINDING,
        "now": w3c.NOW,
    } | given
    return general.PRESENTATIONS.check(general.PRESENTATIONS.parse(raw), {}, **arguments)


def ending(checked: Checked) -> tuple[CheckName, str]:
    (line,) = [line for line in checked.lines if line.outcome is Outcome.FAILED]
    assert checked.nested == ()
    return line.check, line.code


def passed(checked: Checked) -> Checked:
    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}
    return checked


def test_none_one_and_many() -> None:
    assert passed(check(general.presentation())).nested == ()
    one = passed(check(general.presentation(general.credential())))
    assert [(inner.format, inner.holder_key) for inner in one.nested] == [(FormatId.LDP_VC, w3c.HOLDER_KEY)]
    many = check(general.presentation(general.credential(), ENVELOPE, general.credential()))
    assert [inner.format for inner in many.nested] == [FormatId.LDP_VC, FormatId.VC_JWT, FormatId.LDP_VC]
    assert many.nested[1].raw == b"eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
    general.CREDENTIALS.parse(many.nested[2].raw)


def test_the_holders_own_word_goes_no_further() -> None:
    found = passed(check(general.presentation(OWN_WORD, general.credential())))
    assert [inner.format for inner in found.nested] == [FormatId.LDP_VC]
    assert found.lines[0].detail == "not handed on, for only the holder vouches for them: 1 credentials"
    altered = json.loads(general.presentation(OWN_WORD))
    altered["verifiableCredential"][0]["credentialSubject"]["id"] = "urn:x:2"
    found = check(json.dumps(altered).encode())
    assert ending(found) == (CheckName.HOLDER_BINDING, "holder.signature")


def test_who_answers_us_says_nothing_of_its_own() -> None:
    checker = LdpVpChecker(general.CONTEXTS)
    with refused("vc.self_asserted", "/verifiableCredential/0"):
        checker.parse(general.presentation(OWN_WORD))
    with refused("vc.credential", "/verifiableCredential"):
        checker.parse(general.presentation())
    with refused("vc.holder", "/holder"):
        checker.parse(general.presentation(general.credential(), holder=None))
    with refused("codec.shape", "/termsOfUse"):
        checker.parse(general.presentation(general.credential(), termsOfUse={"type": "urn:x:Terms"}))


def test_more_that_a_presentation_may_say() -> None:
    more = {
        "id": "urn:x:1",
        "type": ["VerifiablePresentation", "urn:x:More"],
        "termsOfUse": {"type": "urn:x:T"},
    }
    passed(check(general.presentation(**more)))
    passed(check(general.presentation(holder={"id": w3c.HOLDER, "name": "Anna"})))


def test_who_presents_may_be_said_by_the_proof_alone() -> None:
    found = passed(check(general.presentation(general.credential(), holder=None)))
    assert found.nested[0].holder_key == w3c.HOLDER_KEY
    foreign = json.loads(general.presentation(holder=None))
    foreign["proof"]["verificationMethod"] = w3c.key_id(w3c.OTHER_REF)
    found = check(json.dumps(foreign).encode())
    assert ending(found) == (CheckName.HOLDER_BINDING, "holder.signature")
    foreign["proof"]["verificationMethod"] = "did:web:holder.example#key-1"
    assert ending(check(json.dumps(foreign).encode())) == (CheckName.HOLDER_BINDING, "did.method")


def test_to_whom_and_in_answer_to_what() -> None:
    raw = general.presentation(domain=("a.example", "b.example"), challenge="n")
    for rules in (general.RULES, STRICT):
        passed(check(raw, binding=BINDING, rules=rules))
        other = replace(BINDING, audience="c.example")
        assert ending(check(raw, binding=other, rules=rules)) == (CheckName.AUDIENCE, "holder.audience")
        other = replace(BINDING, nonce="m")
        assert ending(check(raw, binding=other, rules=rules)) == (CheckName.NONCE, "holder.nonce")
    bare = general.presentation()
    passed(check(bare))
    assert ending(check(bare, binding=BINDING)) == (CheckName.NONCE, "holder.nonce")
    assert ending(check(bare, rules=STRICT)) == (CheckName.NONCE, "holder.nonce")
    found = check(raw, binding=Binding("", "n"), rules=STRICT)
    assert ending(found) == (CheckName.AUDIENCE, "holder.audience")
    assert ending(check(bare, binding=None)) == (CheckName.HOLDER_BINDING, "holder.binding_missing")


def test_when() -> None:
    raw = general.presentation(domain=("b.example",), challenge="n", expires=w3c.NOW + timedelta(days=2))
    late = w3c.NOW + timedelta(days=1)
    passed(check(raw, binding=BINDING, now=late))
    assert ending(check(raw, binding=BINDING, now=late, rules=STRICT)) == (
        CheckName.HOLDER_BINDING, "holder.proof_time",
    )  # fmt: skip
    over = w3c.NOW + timedelta(days=3)
    assert ending(check(raw, binding=BINDING, now=over)) == (CheckName.HOLDER_BINDING, "holder.proof_time")


def test_a_proof_for_assertions_presents_nothing() -> None:
    document = json.loads(general.presentation())
    document["proof"]["proofPurpose"] = "assertionMethod"
    with refused("proof.purpose", "/proof/proofPurpose"):
        general.PRESENTATIONS.parse(json.dumps(document).encode())


@pytest.mark.parametrize("rules", [general.RULES, STRICT], ids=["anybody", "the holder"])
def test_a_presentation_of_nothing(rules: Any) -> None:
    """The data model has it; who asked for something has no answer in it."""
    policy = Policy("open", rules, {}, SignedLists.IGNORED, "00" * 32, allow_without_status=True)
    found = decide(
        general.presentation(domain=("b.example",), challenge="n"),
        {},
        request=Request(FormatId.LDP_VP, BINDING, frozenset()),
        policy=policy,
        checkers={FormatId.LDP_VP: general.PRESENTATIONS},
        now=w3c.NOW,
    )
    assert isinstance(found, Accepted if rules is general.RULES else RefusedWith)
    assert found.report.code == ("" if rules is general.RULES else "verification.empty")
