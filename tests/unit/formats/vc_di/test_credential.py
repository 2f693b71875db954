from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clicid.errors import LocalError, Refused
from clicid.formats.base import Checked, CheckName, FormatId, Need, NeedKind, Outcome, StatusRef, Wanted
from clicid.formats.vc_di import LdpVcChecker, parse_credential, prepare_credential
from clicid.keys.algorithms import P256
from clicid.securing import data_integrity
from tests.support import proofs, w3c

CHECKER = LdpVcChecker(w3c.CONTEXTS)
BINDING = replace(w3c.BINDING, holder_key=w3c.HOLDER_KEY)


def check(raw: bytes, **arguments: Any) -> Checked | Wanted:
    given: dict[str, Any] = {
        "have": w3c.have(),
        "rules": w3c.RULES,
        "binding": BINDING,
        "now": w3c.NOW,
    } | arguments
    return CHECKER.check(CHECKER.parse(raw), given.pop("have"), **given)


def ending(raw: bytes, **arguments: Any) -> tuple[CheckName, str]:
    """The one line that did not pass; after it nothing was reached, before it all passed."""
    checked = check(raw, **arguments)
    assert isinstance(checked, Checked)
    assert checked.claims is None
    outcomes = [line.outcome for line in checked.lines]
    at = next(index for index, outcome in enumerate(outcomes) if outcome is not Outcome.PASSED)
    assert set(outcomes[at + 1 :]) <= {Outcome.NOT_REACHED}
    return checked.lines[at].check, checked.lines[at].code


def test_accepted() -> None:
    checked = check(w3c.credential())
    assert isinstance(checked, Checked)
    assert [line.check for line in checked.lines] == [
        CheckName.STRUCTURE,
        CheckName.ISSUER_KNOWN,
        CheckName.ISSUER_KEY,
        CheckName.ISSUER_SIGNATURE,
        CheckName.VALIDITY,
        CheckName.HOLDER_BINDING,
    ]
    assert {line.outcome for line in checked.lines} == {Outcome.PASSED}
    assert all(line.section for line in checked.lines)
    assert checked.claims is not None
    assert checked.claims.reveal() == {"ageOver18": True}
    assert (checked.issuer, checked.credential_type) == (w3c.ISSUER.did, w3c.AGE_TYPE)
    assert checked.status == (StatusRef(w3c.LIST_URL, 94567),)
    assert checked.nested == ()
    assert CHECKER.format is FormatId.LDP_VC


def test_at_rest_there_is_no_holder_to_bind() -> None:
    checked = check(w3c.credential(), binding=None)
    assert isinstance(checked, Checked)
    assert CheckName.HOLDER_BINDING not in {line.check for line in checked.lines}
    assert checked.claims is not None
    foreign = ending(w3c.credential(ref=w3c.OTHER_REF), binding=None)
    assert foreign == (CheckName.ISSUER_SIGNATURE, "issuer.signature")


def test_the_accreditation_is_wanted_before_anything_is_believed() -> None:
    forged = w3c.credential(ref=w3c.OTHER_REF)
    need = Need(NeedKind.ACCREDITATION, w3c.AGE_TYPE, w3c.ISSUER.did)
    assert check(forged, have={}) == Wanted((need,))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"rules": replace(w3c.RULES, issuers=frozenset())}, (CheckName.ISSUER_KNOWN, "issuer.unknown")),
        (
            {"have": w3c.have(w3c.accreditation(withdrawn_at=1, keeps_anchored=False))},
            (CheckName.ISSUER_KNOWN, "issuer.accreditation_withdrawn"),
        ),
        ({"now": w3c.NOW + timedelta(hours=2)}, (CheckName.ISSUER_KNOWN, "accreditation.too_old")),
        ({"binding": w3c.BINDING}, (CheckName.HOLDER_BINDING, "holder.binding_missing")),
        (
            {"binding": replace(w3c.BINDING, holder_key=w3c.STORE.public(w3c.OTHER_REF))},
            (CheckName.HOLDER_BINDING, "holder.key_mismatch"),
        ),
    ],
    ids=["not listed", "withdrawn", "stale", "no presentation", "another holder"],
)
def test_refused_or_undecided(arguments: dict[str, Any], expected: tuple[CheckName, str]) -> None:
    assert ending(w3c.credential(), **arguments) == expected


def test_a_stranger_signs_in_the_issuers_name() -> None:
    assert ending(w3c.credential(ref=w3c.OTHER_REF)) == (CheckName.ISSUER_SIGNATURE, "issuer.signature")


def test_a_key_of_another_did() -> None:
    document = json.loads(w3c.credential())
    document["proof"]["verificationMethod"] = w3c.key_id(w3c.OTHER_REF)
    raw = json.dumps(document).encode()
    assert ending(raw) == (CheckName.ISSUER_KEY, "issuer.key_unknown")


def test_a_key_of_another_algorithm() -> None:
    ref = w3c.STORE.find("p256 issuer") or w3c.STORE.generate(P256, "p256 issuer")
    document = json.loads(w3c.credential())
    document["issuer"] = w3c.did(ref)
    document["proof"]["verificationMethod"] = w3c.key_id(ref)
    need = Need(NeedKind.ACCREDITATION, w3c.AGE_TYPE, w3c.did(ref))
    (material,) = w3c.have(w3c.accreditation(did=w3c.did(ref))).values()
    raw = json.dumps(document).encode()
    assert ending(raw, have={need: material}) == (CheckName.ISSUER_SIGNATURE, "keys.algorithm")


VALIDITY = {
    "first second": ({}, w3c.DAY, None),
    "within the leeway before": ({}, w3c.DAY - timedelta(seconds=60), None),
    "too early": ({}, w3c.DAY - timedelta(seconds=61), "validity.not_yet"),
    "last second": ({}, w3c.DAY + timedelta(days=365, seconds=59), None),
    "too late": ({}, w3c.DAY + timedelta(days=365, seconds=60), "validity.expired"),
    "no end": ({"validUntil": None}, w3c.DAY + timedelta(days=4000), None),
    "no beginning, but a proof made later": (
        {"validFrom": None},
        w3c.DAY - timedelta(days=1),
        "validity.not_yet",
    ),
}


@pytest.mark.parametrize(("changes", "now", "code"), VALIDITY.values(), ids=VALIDITY)
def test_validity(changes: dict[str, Any], now: Any, code: str | None) -> None:
    raw = w3c.credential(w3c.unsigned(**changes))
    need, material = next(iter(w3c.have().items()))
    have = {need: replace(material, as_of=now)}
    if code is None:
        checked = check(raw, now=now, have=have)
        assert isinstance(checked, Checked)
        assert checked.claims is not None
    else:
        assert ending(raw, now=now, have=have) == (CheckName.VALIDITY, code)


def test_an_expired_proof() -> None:
    document = w3c.unsigned()
    prepared = prepare_credential(w3c.ISSUER, document, w3c.CONTEXTS, created=w3c.DAY)
    proof = replace(prepared.proof, expires=w3c.DAY + timedelta(hours=1))
    raw = w3c.signed(proofs.prepare(document, proof), w3c.ISSUER_REF)
    assert ending(raw) == (CheckName.VALIDITY, "validity.expired")


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ({"ageOver18": True}, "holder.binding_missing"),
        ({"id": "did:web:issuer.example", "ageOver18": True}, "did.method"),
        ({"id": "did:key:zzzz", "ageOver18": True}, "keys.algorithm"),
        ([{"id": w3c.HOLDER, "ageOver18": True}, {"ageOver21": True}], "holder.binding_missing"),
        (
            [{"id": w3c.HOLDER, "ageOver18": True}, {"id": w3c.did(w3c.OTHER_REF), "ageOver21": True}],
            "holder.key_mismatch",
        ),
    ],
)
def test_every_subject_is_the_holder(subject: Any, code: str) -> None:
    raw = w3c.credential(w3c.unsigned(credentialSubject=subject))
    assert ending(raw) == (CheckName.HOLDER_BINDING, code)


STATUS: list[Any] = json.loads(w3c.credential())["credentialStatus"]


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        (
            {"@context": [w3c.AGE_CONTEXT, "https://www.w3.org/ns/credentials/v2"]},
            "vc.context",
            "/@context/0",
        ),
        ({"@context": "https://www.w3.org/ns/credentials/v2"}, "vc.context", "/@context"),
        ({"type": ["ClicAge"]}, "vc.type", "/type"),
        ({"type": "VerifiableCredential"}, "vc.type", "/type"),
        ({"type": ["VerifiableCredential", "ClicAge", "EnvelopedVerifiableCredential"]}, "vc.type", "/type"),
        ({"type": ["VerifiableCredential", 7]}, "vc.type", "/type/1"),
        ({"issuer": "https://issuer.example"}, "did.syntax", "/issuer"),
        ({"issuer": {"name": "x"}}, "vc.issuer", "/issuer/id"),
        ({"issuer": [w3c.ISSUER.did, "did:example:x"]}, "vc.issuer", "/issuer"),
        ({"issuer": None}, "vc.issuer", "/issuer"),
        ({"credentialSubject": "did:example:x"}, "vc.subject", "/credentialSubject"),
        ({"credentialSubject": None}, "vc.subject", "/credentialSubject"),
        ({"validFrom": "2026-11-22"}, "vc.validity", "/validFrom"),
        ({"validUntil": "2026-11-22T00:00:00"}, "vc.validity", "/validUntil"),
        ({"termsOfUse": {"type": "urn:x:Terms"}}, "codec.shape", "/termsOfUse"),
        ({"credentialStatus": "urn:x:status"}, "vc.status", "/credentialStatus"),
        ({"credentialStatus": [*STATUS, {**STATUS[0], "id": "urn:x:3"}]}, "codec.shape", "/credentialStatus"),
        (
            {"credentialStatus": [STATUS[0], {**STATUS[1], "statusListIndex": "1"}]},
            "vc.status",
            "/credentialStatus",
        ),
        (
            {"credentialStatus": [STATUS[0], {**STATUS[0], "id": "urn:x:2"}]},
            "vc.status",
            "/credentialStatus",
        ),
        ({"credentialStatus": {**STATUS[0], "type": "JsonSchema"}}, "rdf.term_unknown", ""),
        ({"credentialStatus": {**STATUS[0], "statusPurpose": "message"}}, "vc.status", "/credentialStatus/0"),
        (
            {"credentialStatus": {**STATUS[0], "statusListIndex": "01"}},
            "status.entry",
            "/credentialStatus/0/statusListIndex",
        ),
        (
            {"credentialStatus": {**STATUS[0], "statusListIndex": 1}},
            "codec.shape",
            "/credentialStatus/0/statusListIndex",
        ),
        (
            {"credentialStatus": {**STATUS[0], "statusListCredential": "https://issuer.example/status/7"}},
            "vc.status",
            "/credentialStatus/0/statusListCredential",
        ),
        (
            {"credentialStatus": {**STATUS[0], "statusListCredential": "ftp://issuer.example/revocation"}},
            "codec.url",
            "/credentialStatus/0/statusListCredential",
        ),
        (
            {"credentialStatus": {**STATUS[0], "statusSize": 2}},
            "codec.shape",
            "/credentialStatus/0/statusSize",
        ),
    ],
)
def test_structure(changes: dict[str, Any], code: str, where: str) -> None:
    document = {
        name: value
        for name, value in {**json.loads(w3c.credential()), **changes}.items()
        if value is not None
    }
    with pytest.raises(Refused) as caught:
        CHECKER.parse(json.dumps(document).encode())
    assert caught.value.code == code
    assert where in ("", caught.value.where)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"issuer": {"id": w3c.ISSUER.did}}, (StatusRef(w3c.LIST_URL, 94567),)),
        ({"credentialStatus": STATUS[0]}, (StatusRef(w3c.LIST_URL, 94567),)),
        ({"credentialStatus": [STATUS[1]]}, (StatusRef(w3c.LIST_URL, 94567),)),
        ({"credentialStatus": None}, ()),
        ({"id": None, "name": None}, (StatusRef(w3c.LIST_URL, 94567),)),
        ({"credentialSubject": [{"id": w3c.HOLDER, "ageOver18": True}]}, (StatusRef(w3c.LIST_URL, 94567),)),
    ],
)
def test_other_forms_that_are_as_good(changes: dict[str, Any], expected: tuple[StatusRef, ...]) -> None:
    checked = check(w3c.credential(w3c.unsigned(**changes)))
    assert isinstance(checked, Checked)
    assert checked.claims is not None
    assert checked.status == expected


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "codec.json"),
        (b"[]", "codec.shape"),
        (b'{"type": "x", "type": "x"}', "codec.json"),
        (b" " * (1 << 18) + b"{}", "codec.size"),
        (b'{"a":' * 17 + b"1" + b"}" * 17, "codec.size"),
        (w3c.presentation(), "codec.shape"),
    ],
)
def test_not_a_credential(raw: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        CHECKER.parse(raw)
    assert caught.value.code == code


def test_a_proof_made_for_a_presentation() -> None:
    document = w3c.unsigned()
    prepared = prepare_credential(w3c.ISSUER, document, w3c.CONTEXTS, created=w3c.DAY)
    proof = replace(prepared.proof, purpose=data_integrity.Purpose.AUTHENTICATION)
    raw = w3c.signed(proofs.prepare(document, proof), w3c.ISSUER_REF)
    with pytest.raises(Refused, match=r"proof\.purpose"):
        parse_credential(raw, w3c.CONTEXTS)


@pytest.mark.parametrize(
    "issuer",
    [replace(w3c.ISSUER, did="did:example:x"), replace(w3c.ISSUER, key_id="did:example:x#key-1")],
)
def test_only_the_issuers_own_credentials_are_sealed(issuer: Any) -> None:
    with pytest.raises(LocalError, match=r"vc\.seal"):
        prepare_credential(issuer, w3c.unsigned(), w3c.CONTEXTS, created=w3c.DAY)


def test_claims_have_no_printable_form() -> None:
    parsed = CHECKER.parse(w3c.credential())
    assert "ageOver18" not in repr(parsed)
    assert "ageOver18" not in repr(check(w3c.credential()))
