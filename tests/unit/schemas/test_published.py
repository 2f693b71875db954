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
    committed = {
        path: path.read_bytes()
        for path in (build_schemas.ROOT / "published").rglob("*.json")
        if path.name in ("schema.json", "type-metadata.json")
    }
    assert committed == generated


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_each_schema_is_valid_2020_12(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(build_schemas.json_schema(SOURCES[name]))


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_claim_is_displayed_in_swedish_and_english(name: str) -> None:
    for claim in SOURCES[name]["claims"]:
        assert set(claim["display"]) == {"en", "sv"}
        assert all(claim["display"].values())


def test_the_json_ld_terms_are_those_of_the_source() -> None:
    source = SOURCES["ClicAge"]
    manifest = {
        row["url"]: row
        for row in json.loads((build_schemas.ROOT / "contexts" / "manifest.json").read_bytes())
    }
    context = json.loads(
        (build_schemas.ROOT / "contexts" / manifest[source["context"]]["file"]).read_bytes()
    )["@context"]
    assert context["ClicAge"]["@id"] == source["vct"]
    terms = context["ClicAge"].get("@context", context)
    for claim in source["claims"]:
        assert terms[claim["term"]]["@type"].endswith("boolean"), claim["term"]


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
