"""One source per credential type: what is published is what the source says, in every form."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from tools import build_schemas

SOURCES = {source["name"]: source for source in build_schemas.sources()}


def test_the_committed_files_are_what_the_sources_give() -> None:
    generated = build_schemas.published()
    folders = (("published", "*/*/*.json"), ("contexts", "clicid-*.jsonld"))
    committed = {
        path: path.read_bytes()
        for folder, pattern in folders
        for path in (build_schemas.ROOT / folder).glob(pattern)
    }
    assert committed == generated


def test_what_is_published_never_changes() -> None:
    """A line of digests.json is never altered: a changed byte needs a new version, and so a new id."""
    assert json.loads(build_schemas.DIGESTS.read_bytes()) == build_schemas.digests()


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_each_schema_is_valid_2020_12(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(build_schemas.json_schema(SOURCES[name]))


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_claim_is_displayed_in_swedish_and_english(name: str) -> None:
    for claim in SOURCES[name]["claims"]:
        assert set(claim["display"]) == {"en", "sv"}
        assert all(claim["display"].values())


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_the_json_ld_terms_are_those_of_the_source(name: str) -> None:
    source = SOURCES[name]
    terms = build_schemas.context(source)["@context"]
    assert terms[name]["@id"] == source["vct"]
    wanted = {claim["term"] for claim in source["claims"]}
    wanted |= {term for claim in source["claims"] for term in claim.get("members", {}).values()}
    assert set(terms) == wanted | {name, "@protected"}
    for claim in source["claims"]:
        if claim["schema"].get("type") == "boolean" or "const" in claim["schema"]:
            assert terms[claim["term"]]["@type"].endswith("boolean"), claim["term"]
        assert set(claim.get("members", {})) == set(claim["schema"].get("properties", {}))


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_part_of_a_w3c_credential_keeps_its_schema_and_nothing_else_does(name: str) -> None:
    schema = build_schemas.credential_schema(SOURCES[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({"credentialSubject": {"ageOver18": True}})
    for subject in ({"ageOver18": True, "name": "Eve"}, {"ageOver18": "true"}, [{"ageOver18": True}], "x"):
        assert not validator.is_valid({"credentialSubject": subject}), subject


def test_members_of_a_claim_have_terms_of_their_own() -> None:
    validator = jsonschema.Draft202012Validator(build_schemas.credential_schema(SOURCES["ClicIdentity"]))
    document = {"documentType": "passport", "documentNumber": "AA0000000"}
    assert validator.is_valid({"credentialSubject": {"document": document}})
    assert not validator.is_valid({"credentialSubject": {"document": document | {"number": "AA0000000"}}})


def test_an_age_credential_has_exactly_one_threshold() -> None:
    validator = jsonschema.Draft202012Validator(build_schemas.json_schema(SOURCES["ClicAge"]))
    assert validator.is_valid({"age_over_18": True})
    bad: list[dict[str, Any]] = [
        {},
        {"age_over_18": False},
        {"age_over_18": True, "age_over_21": True},
        {"age_over_19": True},
    ]
    for claims in bad:
        assert not validator.is_valid(claims), claims
