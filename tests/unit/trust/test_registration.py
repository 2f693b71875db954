"""Service providers' registrations: read strictly, and held against the chain."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from clicid.codec import jcs
from clicid.errors import Refused
from clicid.ledger.facts import Registration
from clicid.trust import registration

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECOND = int(NOW.timestamp())
DID = "did:ethr:0x1:0x" + "ab" * 20
TYPE = "https://schemas.example/identity/v1"


def document(**changes: Any) -> bytes:
    purpose = {
        "id": "adult",
        "text": {"sv": "Kontrollera att du är vuxen", "en": "Check that you are an adult"},
        "claims": {TYPE: [["age_over_18"], ["document", "type"], ["methods", None]]},
    }
    members: dict[str, Any] = {
        "legal_name": "Systemet AB",
        "identifier": DID,
        "purposes": [purpose | changes.pop("purpose", {})],
        "privacy_policy": "https://shop.example/privacy",
        "erasure_contact": "dpo@shop.example",
    } | changes
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


def test_reads_a_document() -> None:
    parsed = registration.parse(document())

    assert parsed.legal_name == "Systemet AB"
    assert parsed.purpose("adult").text["sv"] == "Kontrollera att du är vuxen"
    assert len(parsed.digest) == 32


def test_the_digest_is_over_the_canonical_form() -> None:
    spaced = json.dumps(json.loads(document()), indent=2).encode()

    assert registration.parse(spaced).digest == registration.parse(jcs.dumps(json.loads(document()))).digest
    other = registration.parse(document(legal_name="Systemet A B"))
    assert other.digest != registration.parse(spaced).digest


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (["age_over_18"], True),
        (["age_over_20"], False),
        (["document", "type"], True),
        (["document"], False),
        (["document", "number"], False),
        (["methods", None], True),
        (["methods", 0], True),
        (["methods", "x"], False),
        (["age_over_18", "x"], True),
    ],
)
def test_says_what_a_purpose_covers(path: list[str | int | None], allowed: bool) -> None:
    parsed = registration.parse(document())

    assert parsed.allowed("adult", TYPE, path) is allowed
    assert parsed.over_asking("adult", TYPE, [path]) == (() if allowed else (tuple(path),))


def test_covers_nothing_of_another_purpose_or_type() -> None:
    parsed = registration.parse(document())

    assert not parsed.allowed("other", TYPE, ["age_over_18"])
    assert not parsed.allowed("adult", "https://schemas.example/age/v1", ["age_over_18"])
    with pytest.raises(Refused, match=r"registration\.purpose"):
        parsed.purpose("other")


PURPOSE = json.loads(document())["purposes"][0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"legal_name": None}, "codec.shape"),
        ({"legal_name": ""}, "codec.shape"),
        ({"extra": 1}, "codec.shape"),
        ({"purposes": []}, "codec.shape"),
        ({"purposes": [PURPOSE] * 2}, "registration.document"),
        ({"purposes": [PURPOSE] * 33}, "codec.shape"),
        ({"identifier": "https://shop.example"}, "registration.document"),
        ({"privacy_policy": "javascript:alert(1)"}, "codec.url"),
        ({"purpose": {"id": "No Spaces"}}, "registration.document"),
        ({"purpose": {"text": {"en": "only"}}}, "codec.shape"),
        ({"purpose": {"text": {"en": "a", "sv": "b", "de": "c"}}}, "codec.shape"),
        ({"purpose": {"claims": {}}}, "registration.document"),
        ({"purpose": {"claims": {TYPE: []}}}, "codec.shape"),
        ({"purpose": {"claims": {TYPE: [[]]}}}, "codec.shape"),
        ({"purpose": {"claims": {TYPE: [[True]]}}}, "codec.shape"),
        ({"purpose": {"claims": {TYPE: [[-1]]}}}, "codec.shape"),
        ({"purpose": {"claims": {TYPE: ["age"]}}}, "codec.shape"),
        ({"purpose": []}, "codec.shape"),
    ],
)
def test_refuses_what_is_no_registration(changes: dict[str, Any], code: str) -> None:
    raw = document(purposes=[changes["purpose"]]) if changes.get("purpose") == [] else document(**changes)

    with pytest.raises(Refused) as caught:
        registration.parse(raw)

    assert caught.value.code == code


FACT = Registration(DID, registration.parse(document()).digest, SECOND - 10, SECOND + 10, None)


def test_accepts_the_registered_document() -> None:
    parsed = registration.parse(document())

    assert registration.check(parsed, FACT, DID, now=NOW) is parsed


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (None, "registration.unknown"),
        (replace(FACT, did="did:ethr:0x1:0x" + "cd" * 20), "registration.unknown"),
        (replace(FACT, valid_from=SECOND + 1), "registration.unknown"),
        (replace(FACT, valid_until=SECOND), "registration.expired"),
        (replace(FACT, withdrawn_at=SECOND - 1), "registration.withdrawn"),
        (replace(FACT, digest=bytes(32)), "registration.digest"),
    ],
)
def test_refuses_what_the_chain_does_not_confirm(fact: Registration | None, code: str) -> None:
    with pytest.raises(Refused) as caught:
        registration.check(registration.parse(document()), fact, DID, now=NOW)

    assert caught.value.code == code


def test_refuses_a_document_that_names_another() -> None:
    parsed = registration.parse(document(identifier="did:ethr:0x1:0x" + "cd" * 20))

    with pytest.raises(Refused, match=r"registration\.digest"):
        registration.check(parsed, replace(FACT, digest=parsed.digest), DID, now=NOW)
