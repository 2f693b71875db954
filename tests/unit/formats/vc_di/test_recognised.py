"""A credential of a known layout is read as any other, or not at all."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

import pytest

from clicid.adapters import package_data
from clicid.errors import Refused
from clicid.formats.base import Checked, Outcome
from clicid.formats.vc_di import LdpVcChecker
from clicid.formats.vc_di.credential import parse_credential
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import recalled
from tests.support import w3c

IDENTITY_CONTEXT = "https://schemas.clicid.example/contexts/identity/v1"


def identity(**changes: Any) -> dict[str, Any]:
    subject = {
        "id": w3c.HOLDER,
        "givenName": "Åsa",
        "familyName": "Öhrn",
        "personalIdentityNumber": {"numberValue": "199001021234", "numberKind": "personal"},
        "ageOver18": True,
    }
    document: dict[str, Any] = {**w3c.unsigned(), "type": ["VerifiableCredential", "ClicIdentity"]}
    document["credentialSubject"] = subject
    document["@context"] = [document["@context"][0], IDENTITY_CONTEXT]
    return {**document, **changes}


def taught(raw: bytes) -> LdpVcChecker:
    """A checker that knows the layout of these bytes, whatever else was learned before."""
    checker = LdpVcChecker(package_data.contexts.__wrapped__())
    for _ in range(2):  # A shape that was met once is not compiled yet.
        parsed = checker.parse(raw)
        data_integrity.verify(parsed.unverified, [w3c.STORE.public(w3c.ISSUER_REF)])
    checker.recognised.learn(raw, parsed, checker.contexts, checker.shipped)
    return checker


def learned(raw: bytes, checker: LdpVcChecker | None = None) -> LdpVcChecker:
    """A checker that has met it, and its like before; whether it was accepted or not."""
    found = checker or LdpVcChecker(w3c.CONTEXTS)
    for _ in range(2):
        found.check(found.parse(raw), w3c.have(), rules=w3c.RULES, binding=None, now=w3c.NOW)
    return found


def recognised(checker: LdpVcChecker, raw: bytes) -> bool:
    return checker.recognised.read(raw, checker.shipped) is not None


@pytest.fixture
def checker() -> LdpVcChecker:
    found = taught(w3c.credential())
    assert recognised(found, w3c.credential())
    return found


def varied(**changes: Any) -> bytes:
    return w3c.credential(w3c.unsigned(**changes))


def test_another_credential_of_the_issuer_is_read_the_same_way(checker: LdpVcChecker) -> None:
    status = json.loads(json.dumps(w3c.unsigned()["credentialStatus"]).replace("94567", "5"))
    raw = varied(
        id="urn:uuid:00000000-0000-4000-8000-000000000001",
        validFrom="2026-11-01T00:00:00Z",
        credentialSubject={"id": "did:key:z6MkOther", "ageOver18": True},
        credentialStatus=status,
    )
    found = checker.recognised.read(raw, checker.shipped)
    assert found == parse_credential(raw, w3c.CONTEXTS)
    assert found is not None
    assert found.raw is None
    assert [entry.index for entry in found.status] == [5]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "urn:uuid:x"},
        {"id": "https://issuer.example/1"},
        {"id": "urn:x:1"},
        {"validFrom": "2026-11-01"},
        {"validFrom": "2027-12-01T00:00:00Z"},
        {"validUntil": "2026-02-30T00:00:00Z"},
        {"credentialSubject": {"id": "did:key:z6 Mk", "ageOver18": True}},
        {"credentialSubject": {"id": "did:key:", "ageOver18": True}},
        {"credentialSubject": {"id": w3c.HOLDER, "ageOver18": False}},
        {"credentialSubject": {"id": w3c.HOLDER, "ageOver18": "true"}},
        {"credentialSubject": {"id": w3c.HOLDER, "ageOver16": True}},
        {"credentialSubject": {"id": "urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a11", "ageOver18": True}},
        {"name": {"@value": "Annat", "@language": "sv"}},
        {"issuer": w3c.HOLDER},
        {"@context": ["https://www.w3.org/ns/credentials/v2"]},
        {"termsOfUse": {"type": "Thing"}},
    ],
)
def test_what_a_place_does_not_usually_hold_takes_the_long_way(
    checker: LdpVcChecker, changes: dict[str, Any]
) -> None:
    document = json.loads(w3c.credential()) | changes
    assert not recognised(checker, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"statusListIndex":"94567"', '"statusListIndex":"094567"'),
        ('"statusListIndex":"94567"', '"statusListIndex":"99999999999"'),
        ('"proofValue":"z', '"proofValue":"u'),
        ('"proofValue":"z', '"proofValue":"zz'),
        ('"proofValue":"z', '"proofValue":"z0'),
        ('"created":"2026', '"created":"x026'),
        ("eddsa-rdfc-2022", "eddsa-jcs-2022"),
        ("assertionMethod", "authentication"),
        ("revocation", "suspension"),
        ('{"@context"', '{"@context":[],"@context"'),
        ('"ageOver18":true', '"ageOver18":true,"ageOver18":true'),
        ('"ageOver18":true', '"ageOver18":null'),
        ('"id":"urn', '"id":"\\u0075rn'),
        ('{"@context"', ' {"@context"'),
        ('"id":"urn', '"id":"\ufeffurn'),
    ],
)
def test_what_is_changed_in_the_text_takes_the_long_way(checker: LdpVcChecker, old: str, new: str) -> None:
    text = w3c.credential().decode()
    assert old in text
    assert not recognised(checker, text.replace(old, new, 1).encode())


@pytest.mark.parametrize("after", [b'"', b'"x', b'" ,', b"}", b"x", b'""'])
def test_what_follows_the_text_is_refused(checker: LdpVcChecker, after: bytes) -> None:
    raw = w3c.credential()
    assert recognised(checker, raw)
    assert not recognised(checker, raw + after)
    with pytest.raises(Refused) as refused:
        checker.parse(raw + after)
    assert refused.value.code == "codec.json"


def test_bytes_that_are_no_text_or_too_long_take_the_long_way(checker: LdpVcChecker) -> None:
    assert not recognised(checker, b"\xff" + w3c.credential())
    assert not recognised(checker, w3c.credential() + b" " * (1 << 14))


def test_a_changed_value_is_recognised_and_its_signature_is_wrong(checker: LdpVcChecker) -> None:
    raw = w3c.credential().replace(b"5b0b3a54", b"5b0b3a55")
    parsed = checker.parse(raw)
    assert parsed.raw is None
    found = checker.check(parsed, w3c.have(), rules=w3c.RULES, binding=None, now=w3c.NOW)
    assert isinstance(found, Checked)
    assert [line.code for line in found.lines if line.outcome is Outcome.FAILED] == ["issuer.signature"]
    assert found.claims is None


def test_a_good_signature_teaches_a_checker() -> None:
    raw = w3c.credential()
    checker = LdpVcChecker(package_data.contexts.__wrapped__())
    assert recognised(learned(raw, checker), raw)


def test_nothing_is_learned_from_a_wrong_signature() -> None:
    good = w3c.credential()
    checker = learned(good.replace(b"5b0b3a54", b"5b0b3a55"))
    assert not recognised(checker, good)


def test_nothing_is_learned_before_the_issuer_is_known() -> None:
    raw = w3c.credential()
    checker = LdpVcChecker(w3c.CONTEXTS)
    for _ in range(2):
        checker.check(checker.parse(raw), {}, rules=w3c.RULES, binding=None, now=w3c.NOW)
    assert not recognised(checker, raw)


def texts(value: Any, seen: set[int]) -> Iterator[str]:
    """Every text that can be reached from a value."""
    if id(value) in seen or isinstance(value, type):
        return
    seen.add(id(value))
    if isinstance(value, str | bytes):
        yield str(value)
    elif isinstance(value, Mapping):
        yield from texts((*value, *value.values()), seen)
    elif isinstance(value, tuple | list | frozenset | set):
        for item in value:
            yield from texts(item, seen)
    elif value.__class__.__module__.startswith("clicid") and not isinstance(value, Enum):
        names = getattr(value, "__slots__", None) or vars(value)
        yield from texts([getattr(value, name, None) for name in names], seen)


def test_no_claim_stays_in_what_is_remembered() -> None:
    raw = w3c.credential(identity())
    checker = taught(raw)
    assert recognised(checker, raw)
    kept = list(texts(checker.recognised, set()))
    assert len(kept) > 20
    for secret in ("Åsa", "Öhrn", "199001021234", w3c.HOLDER, "5b0b3a54"):
        assert not any(secret in text for text in kept)


def test_an_identity_with_nested_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = w3c.credential(identity())
    checker = taught(raw)
    read = 0
    draw = random.Random(5)
    for _ in range(30):
        subject = {
            "id": f"did:key:z6Mk{draw.getrandbits(64)}",
            "givenName": draw.choice(["Bo", "Eva", "漢字", '"', "a\nb", "", "did:x"]),
            "familyName": draw.choice(["Ek", "Ås", "%s", "\u00a0"]),
            "personalIdentityNumber": {"numberValue": str(draw.getrandbits(40)), "numberKind": "personal"},
            "ageOver18": True,
        }
        other = w3c.credential(identity(credentialSubject=subject))
        found = checker.recognised.read(other, checker.shipped)
        if found is not None:
            read += 1
            assert found == parse_credential(other, w3c.CONTEXTS)
            assert found.unverified.document == parse_credential(other, w3c.CONTEXTS).unverified.document
    assert read > 5
    monkeypatch.setattr(recalled.Recalled, "proof", lambda *_: None)
    assert not recognised(checker, raw)


@pytest.mark.parametrize("changes", [{"id": "https://[::1]/1"}, {"name": 'a"b'}, {"validUntil": None}])
def test_unusual_credentials_are_read_by_no_layout_or_the_same(changes: dict[str, Any]) -> None:
    raw = w3c.credential(w3c.unsigned(**changes))
    checker = taught(raw)
    found = checker.recognised.read(raw, checker.shipped)
    assert found in (None, parse_credential(raw, w3c.CONTEXTS))


def test_several_proofs_and_open_documents_have_no_known_layout() -> None:
    raw = w3c.credential()
    checker = LdpVcChecker(w3c.CONTEXTS)
    parsed = parse_credential(raw, w3c.CONTEXTS)
    checker.recognised.learn(raw, replace(parsed, profile=Profile.OPEN), w3c.CONTEXTS, checker.shipped)
    assert not recognised(checker, raw)
    twice = replace(parsed.unverified, proofs=parsed.unverified.proofs * 2)
    checker.recognised.learn(raw, replace(parsed, unverified=twice), w3c.CONTEXTS, checker.shipped)
    assert not recognised(checker, raw)
    with pytest.raises(Refused):
        parse_credential(raw.replace(b"eddsa-rdfc-2022", b"eddsa-rdfc-2023"), w3c.CONTEXTS)
