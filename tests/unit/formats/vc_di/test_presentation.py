from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clicid.did import jwk
from clicid.errors import LocalError, Refused
from clicid.formats.base import Binding, Checked, CheckName, FormatId, Inner, Outcome, Role
from clicid.formats.vc_di import LdpVcChecker, LdpVpChecker, parse_presentation, prepare_presentation
from clicid.securing import data_integrity
from tests.support import proofs, w3c
from tests.support.peer import listed

CHECKER = LdpVpChecker(w3c.CONTEXTS)


def check(raw: bytes, **arguments: Any) -> Checked:
    given: dict[str, Any] = {"rules": w3c.RULES, "binding": w3c.BINDING, "now": w3c.NOW} | arguments
    return CHECKER.check(CHECKER.parse(raw), {}, **given)


def ending(raw: bytes, **arguments: Any) -> tuple[CheckName, str]:
    """The one line that failed; after it nothing was reached, and no credential handed on."""
    checked = check(raw, **arguments)
    outcomes = [line.outcome for line in checked.lines]
    at = outcomes.index(Outcome.FAILED)
    assert set(outcomes[:at]) <= {Outcome.PASSED}
    assert set(outcomes[at + 1 :]) <= {Outcome.NOT_REACHED}
    assert checked.nested == ()
    return checked.lines[at].check, checked.lines[at].code


def test_accepted_and_the_credential_inside_with_it() -> None:
    checked = check(w3c.presentation())
    assert [line.check for line in checked.lines] == [
        CheckName.STRUCTURE,
        CheckName.HOLDER_BINDING,
        CheckName.NONCE,
        CheckName.AUDIENCE,
    ]
    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}
    (inner,) = checked.nested
    assert inner == Inner(FormatId.LDP_VC, inner.raw, Role.CREDENTIAL, w3c.HOLDER_KEY)
    assert json.loads(inner.raw) == json.loads(w3c.credential())
    checker = LdpVcChecker(w3c.CONTEXTS)
    binding = replace(w3c.BINDING, holder_key=inner.holder_key)
    nested = checker.check(
        checker.parse(inner.raw), w3c.have(), rules=w3c.RULES, binding=binding, now=w3c.NOW
    )
    assert isinstance(nested, Checked)
    assert nested.claims is not None
    assert CHECKER.format is FormatId.LDP_VP


def test_several_credentials_in_order() -> None:
    second = w3c.credential(w3c.unsigned(id="urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a12"))
    checked = check(w3c.presentation([w3c.credential(), second]))
    assert [json.loads(inner.raw)["id"][-2:] for inner in checked.nested] == ["11", "12"]


@pytest.mark.parametrize(
    "holder", [jwk.create(w3c.HOLDER_KEY), listed(("V", w3c.HOLDER_KEY))], ids=["did:jwk", "did:peer"]
)
def test_a_holder_by_another_did_that_is_its_key(holder: str) -> None:
    raw = w3c.signed(
        prepare_presentation([w3c.credential()], holder, w3c.BINDING, w3c.CONTEXTS, w3c.NOW), w3c.HOLDER_REF
    )
    assert check(raw).nested[0].holder_key == w3c.HOLDER_KEY


@pytest.mark.parametrize(
    ("raw", "arguments", "expected"),
    [
        (
            w3c.presentation(signer=w3c.OTHER_REF),
            {},
            (CheckName.HOLDER_BINDING, "holder.signature"),
        ),
        (
            w3c.presentation(binding=Binding(w3c.BINDING.audience, "other")),
            {},
            (CheckName.NONCE, "holder.nonce"),
        ),
        (
            w3c.presentation(binding=Binding("https://other.example", w3c.BINDING.nonce)),
            {},
            (CheckName.AUDIENCE, "holder.audience"),
        ),
        (
            w3c.presentation(),
            {"now": w3c.NOW + timedelta(minutes=6, seconds=1)},
            (CheckName.HOLDER_BINDING, "holder.proof_time"),
        ),
        (
            w3c.presentation(),
            {"now": w3c.NOW - timedelta(seconds=61)},
            (CheckName.HOLDER_BINDING, "holder.proof_time"),
        ),
        (w3c.presentation(), {"binding": None}, (CheckName.HOLDER_BINDING, "holder.binding_missing")),
    ],
    ids=["signed by another", "other nonce", "other audience", "old", "from the future", "no request"],
)
def test_refused(raw: bytes, arguments: dict[str, Any], expected: tuple[CheckName, str]) -> None:
    assert ending(raw, **arguments) == expected


def resigned(holder: str | None = None, **proof: Any) -> bytes:
    """A presentation with other proof options, signed by the holder all the same."""
    prepared = prepare_presentation([w3c.credential()], w3c.HOLDER, w3c.BINDING, w3c.CONTEXTS, w3c.NOW)
    document = {**prepared.document, "holder": holder or w3c.HOLDER}
    options = replace(prepared.proof, **proof)
    return w3c.signed(proofs.prepare(document, options), w3c.HOLDER_REF)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (resigned(challenge=None), (CheckName.NONCE, "holder.nonce")),
        (resigned(domain=()), (CheckName.AUDIENCE, "holder.audience")),
        (resigned(expires=w3c.NOW - timedelta(minutes=2)), (CheckName.HOLDER_BINDING, "holder.proof_time")),
        (
            resigned(verification_method=w3c.key_id(w3c.OTHER_REF)),
            (CheckName.HOLDER_BINDING, "did.key_unknown"),
        ),
        (resigned(holder="did:web:holder.example"), (CheckName.HOLDER_BINDING, "did.method")),
        (resigned(holder=w3c.did(w3c.OTHER_REF)), (CheckName.HOLDER_BINDING, "did.key_unknown")),
    ],
    ids=["no challenge", "no domain", "expired", "another's key", "a method to fetch", "another holder"],
)
def test_signed_but_not_for_us(raw: bytes, expected: tuple[CheckName, str]) -> None:
    assert ending(raw) == expected


def test_a_credential_of_another_wallet_is_handed_on_with_the_presenters_key() -> None:
    """It is the credential's own check that finds the mismatch."""
    (inner,) = check(w3c.presentation(ref=w3c.OTHER_REF)).nested
    assert inner.holder_key == w3c.STORE.public(w3c.OTHER_REF) != w3c.HOLDER_KEY


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"type": ["VerifiablePresentation", "ClicAge"]}, "vc.type", "/type"),
        ({"type": "VerifiableCredential"}, "vc.type", "/type"),
        ({"@context": [w3c.AGE_CONTEXT]}, "vc.context", "/@context/0"),
        ({"holder": {"name": "Anna"}}, "vc.holder", "/holder/id"),
        ({"holder": None}, "vc.holder", "/holder"),
        ({"verifiableCredential": []}, "vc.credential", "/verifiableCredential"),
        ({"verifiableCredential": None}, "vc.credential", "/verifiableCredential"),
        ({"verifiableCredential": ["eyJhbGciOiJFUzI1NiJ9.e30."]}, "vc.credential", "/verifiableCredential/0"),
        ({"verifiableCredential": [{}] * 17}, "vc.credential", "/verifiableCredential"),
        ({"termsOfUse": {"type": "urn:x:Terms"}}, "codec.shape", "/termsOfUse"),
        ({"proof": None}, "codec.shape", "/proof"),
    ],
)
def test_structure(changes: dict[str, Any], code: str, where: str) -> None:
    document = {
        name: value
        for name, value in {**json.loads(w3c.presentation()), **changes}.items()
        if value is not None
    }
    with pytest.raises(Refused) as caught:
        CHECKER.parse(json.dumps(document).encode())
    assert (caught.value.code, caught.value.where) == (code, where)


def test_a_proof_made_for_a_credential() -> None:
    raw = resigned(purpose=data_integrity.Purpose.ASSERTION_METHOD)
    with pytest.raises(Refused, match=r"proof\.purpose"):
        parse_presentation(raw, w3c.CONTEXTS)


@pytest.mark.parametrize("number", [0, 17])
def test_how_many_credentials_can_be_presented(number: int) -> None:
    with pytest.raises(LocalError, match=r"vc\.seal"):
        prepare_presentation([w3c.credential()] * number, w3c.HOLDER, w3c.BINDING, w3c.CONTEXTS, w3c.NOW)


def test_sixteen_credentials_are_within_the_bounds() -> None:
    many = [w3c.credential(w3c.unsigned(id=f"urn:x:{number}")) for number in range(16)]
    assert len(check(w3c.presentation(many)).nested) == 16


def test_nothing_shown_in_print() -> None:
    assert "ageOver18" not in repr(CHECKER.parse(w3c.presentation()))
    prepared = prepare_presentation([w3c.credential()], w3c.HOLDER, w3c.BINDING, w3c.CONTEXTS, w3c.NOW)
    assert "ageOver18" not in repr(prepared)
    assert w3c.BINDING.nonce not in repr(prepared)


def test_a_proof_may_expire_with_time_itself() -> None:
    """The end of what a time can express is no foreign exception."""
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

    assert len(check(resigned(expires=last)).nested) == 1


def test_an_answer_has_one_proof() -> None:
    """Keys cost a stranger nothing, and each proof of a chain has the whole canonicalised anew."""
    document = json.loads(w3c.presentation())
    proof = document["proof"]
    for several in ([proof, proof], [proof] * 3):
        with pytest.raises(Refused) as error:
            parse_presentation(json.dumps({**document, "proof": several}).encode(), w3c.CONTEXTS)
        assert (error.value.code, error.value.where) == ("proof.format", "/proof")
    parse_presentation(json.dumps({**document, "proof": [proof]}).encode(), w3c.CONTEXTS)
