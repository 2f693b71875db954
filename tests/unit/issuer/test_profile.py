"""Every kind of document that can be read gives claims that keep the published schema."""

from __future__ import annotations

import json
from datetime import date

import jsonschema
import pytest

from clicid.adapters import package_data
from issuer.evidence.ports import DocumentFields, DocumentType, NumberKind, PersonalNumber
from issuer.usecases.profile import Profile, age_claims, identity_claims

DAY = date(2026, 11, 25)


def profile(kind: DocumentType, number: PersonalNumber | None = None) -> Profile:
    fields = DocumentFields(
        format="TD1",
        document_type=kind,
        issuing_state="D",
        number="AA0000000",
        family_name="Åkerström-Øst",
        given_name="Anna Maria",
        family_name_mrz="AKERSTROEM OEST",
        given_name_mrz="ANNA MARIA",
        nationality="SWE",
        birth_date=date(1990, 2, 28),
        sex="F",
        expiry_date=date(2030, 1, 1),
        personal_number=number,
    )
    return Profile("A" * 22, fields, "substantial", ("document",), ("rapidocr 3.10",), DAY, test=True)


@pytest.mark.parametrize("kind", DocumentType)
@pytest.mark.parametrize("number", [None, *NumberKind])
def test_identity_claims_keep_their_schema(kind: DocumentType, number: NumberKind | None) -> None:
    schema = json.loads(package_data.schema("published/identity/v1/schema.json"))
    has = None if number is None else PersonalNumber("199002280001", number, "SWE")
    claims = identity_claims(profile(kind, has), DAY)
    jsonschema.validate(claims, schema, cls=jsonschema.Draft202012Validator)
    assert ("personal_identity_number" in claims) == (number is not None)


def test_age_claims_keep_their_schema() -> None:
    schema = json.loads(package_data.schema("published/age/v1/schema.json"))
    claims = age_claims(profile(DocumentType.PASSPORT), 18, DAY)
    jsonschema.validate(claims, schema, cls=jsonschema.Draft202012Validator)
