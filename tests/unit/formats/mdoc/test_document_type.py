"""Claims to data elements and back: nothing is lost, and nothing fits that is not of its type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.adapters import package_data
from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.errors import LocalError
from clicid.formats.base import FormatId
from clicid.formats.mdoc import MdocChecker
from clicid.formats.mdoc.document_type import DocumentType
from clicid.verification import Accepted
from tests.support.mdoc import CHECKERS, SESSION, MdocWorld, day
from tests.support.refusals import refused
from tests.support.world import Dice
from tools import build_schemas

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor
    from clicid.codec.strict_json import Json
    from clicid.verification import Checkers

TYPES = package_data.document_types()
SOURCES = {source["doctype"]: source for source in build_schemas.sources()}
IDENTITY = f"{package_data.EXAMPLE}/identity/v1"
AGE = f"{package_data.EXAMPLE}/age/v1"
CLAIMS: dict[str, Json] = {
    "person_ref": "A" * 22,
    "given_name": "Åsa Märta",
    "family_name": "Öhrn",
    "given_name_mrz": "AASA MAERTA",
    "family_name_mrz": "OEHRN",
    "birth_date": "1990-02-28",
    "nationality": "SWE",
    "personal_identity_number": {"value": "199002282389", "kind": "personal", "country": "SWE"},
    "document": {
        "type": "passport",
        "number": "AA0000000",
        "issuing_state": "SWE",
        "expiry_date": "2031-01-01",
    },
    "assurance_level": "substantial",
    "evidence": {"methods": ["document", "face"], "engines": [], "day": "2026-11-22"},
    **{f"age_over_{age}": age < 65 for age in (13, 15, 16, 18, 20, 21, 65)},
    "test_credential": True,
}
KNOWING: Checkers = {**CHECKERS, FormatId.MDOC: MdocChecker(TYPES)}
# One document type with every type there is.
EVERY = DocumentType.parse(
    json.dumps(
        {
            "doctype": "d",
            "namespaces": {
                "n": {
                    "text": {"claim": "a", "type": "tstr", "mandatory": True},
                    "bytes": {"claim": "b", "type": "bstr", "mandatory": False},
                    "number": {"claim": "c", "type": "uint", "mandatory": False},
                    "time": {"claim": "d", "type": "tdate", "mandatory": False},
                    "nested": {
                        "claim": "e",
                        "type": [{"day": "full-date", "codes": ["tstr"]}],
                        "mandatory": False,
                    },
                },
                "m": {"flag": {"claim": "f", "type": "bool", "mandatory": False}},
            },
        }
    ).encode()
)
SOME: dict[str, Json] = {
    "a": "å",
    "b": "AP8",
    "c": 7,
    "d": "2026-11-22T00:00:00Z",
    "e": [{"day": "2026-11-22", "codes": ["x"]}, {"day": "2026-11-23", "codes": []}],
    "f": False,
}


def test_the_names_are_one_name() -> None:
    """Type URI, document type and namespace: one accreditation on chain serves every format (ADR 0041)."""
    for uri, source in SOURCES.items():
        assert source["vct"] == source["doctype"] == source["namespace"] == uri
        assert {claim["element"]["name"] for claim in source["claims"]} == {
            claim["name"] for claim in source["claims"]
        }
    assert set(TYPES) == set(package_data.schema_digests())
    assert set(package_data.document_types("https://id.example/s")) == {
        "https://id.example/s/identity/v1",
        "https://id.example/s/age/v1",
    }


def test_dates_bytes_and_numbers_have_their_types() -> None:
    found = EVERY.of_claims(SOME)
    assert found == {
        "n": {
            "text": "å",
            "bytes": b"\x00\xff",
            "number": 7,
            "time": Tagged(0, "2026-11-22T00:00:00Z"),
            "nested": [
                {"day": day("2026-11-22"), "codes": ["x"]},
                {"day": day("2026-11-23"), "codes": []},
            ],
        },
        "m": {"flag": False},
    }
    assert EVERY.to_claims(found) == SOME
    assert EVERY.of_claims({"a": "x"}) == {"n": {"text": "x"}}


def test_the_identity_goes_there_and_back() -> None:
    jsonschema.Draft202012Validator(build_schemas.json_schema(SOURCES[IDENTITY])).validate(CLAIMS)
    elements = TYPES[IDENTITY].of_claims(CLAIMS)
    assert elements[IDENTITY]["birth_date"] == day("1990-02-28")
    read: Any = cbor.loads(cbor.dumps(elements), tags=frozenset((0, 1004)), any_order=True)
    assert TYPES[IDENTITY].to_claims(read) == CLAIMS


_VALUES: dict[str, st.SearchStrategy[Json]] = {
    "tstr": st.text(max_size=20),
    "bool": st.booleans(),
    "true": st.just(value=True),
    "full-date": st.dates().map(lambda one: one.isoformat()),
}


def _values(kind: Json) -> st.SearchStrategy[Any]:
    if isinstance(kind, dict):
        return st.fixed_dictionaries({name: _values(each) for name, each in kind.items()})
    return st.lists(_values(kind[0]), max_size=3) if isinstance(kind, list) else _VALUES[str(kind)]


@pytest.mark.parametrize("uri", [IDENTITY, AGE])
@given(data=st.data())
def test_whatever_fits_goes_there_and_back(uri: str, data: st.DataObject) -> None:
    known = TYPES[uri].namespaces[uri].values()
    required = {one.claim: _values(one.type) for one in known if one.mandatory}
    optional = {one.claim: _values(one.type) for one in known if not one.mandatory}
    claims = data.draw(st.fixed_dictionaries(required, optional=optional))
    assert TYPES[uri].to_claims(TYPES[uri].of_claims(claims)) == claims


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"favourite_colour": "blue"}, "favourite_colour"),
        ({"birth_date": "28 February 1990"}, f"{IDENTITY}/birth_date"),
        ({"birth_date": "1990-02-30"}, f"{IDENTITY}/birth_date"),
        ({"birth_date": 19900228}, f"{IDENTITY}/birth_date"),
        ({"age_over_18": "true"}, f"{IDENTITY}/age_over_18"),
        ({"age_over_18": 1}, f"{IDENTITY}/age_over_18"),
        ({"test_credential": False}, f"{IDENTITY}/test_credential"),
        ({"family_name": None}, f"{IDENTITY}/family_name"),
        ({"family_name": 1.5}, f"{IDENTITY}/family_name"),
        ({"document": {"type": "passport"}}, f"{IDENTITY}/document"),
        ({"document": "passport"}, f"{IDENTITY}/document"),
        (
            {"evidence": {"methods": [1], "engines": [], "day": "2026-11-22"}},
            f"{IDENTITY}/evidence",
        ),
        ({"evidence": {"methods": "face", "engines": [], "day": "2026-11-22"}}, f"{IDENTITY}/evidence"),
    ],
)
def test_an_issuer_makes_no_document_of_what_does_not_fit(changes: dict[str, Any], where: str) -> None:
    with refused("mdoc.seal", where=where, kind=LocalError):
        TYPES[IDENTITY].of_claims(CLAIMS | changes)


def test_an_issuer_makes_no_document_without_what_each_has() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "family_name"}
    with refused("mdoc.seal", where=f"{IDENTITY}/family_name", kind=LocalError):
        TYPES[IDENTITY].of_claims(claims)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("bytes", "no base64url!"), ("bytes", 5), ("number", -1), ("number", True), ("time", "2026-11-22")],
)
def test_other_types_are_held_to_likewise(kind: str, value: Json) -> None:
    claim = EVERY.namespaces["n"][kind].claim
    with refused("mdoc.seal", where=f"n/{kind}", kind=LocalError):
        EVERY.of_claims({"a": "x", claim: value})


@pytest.mark.parametrize(
    "change",
    [
        {"doctype": 1},
        {"namespaces": []},
        {"namespaces": {"n": {"x": {"claim": "a", "type": "float", "mandatory": True}}}},
        {"namespaces": {"n": {"x": {"claim": "a", "type": [], "mandatory": True}}}},
        {"namespaces": {"n": {"x": {"claim": "a", "type": ["tstr", "tstr"], "mandatory": True}}}},
        {"namespaces": {"n": {"x": {"claim": "a", "type": {"y": "any"}, "mandatory": True}}}},
        {
            "namespaces": {
                "n": {"x": {"claim": "a", "type": "tstr", "mandatory": True}},
                "m": {"y": {"claim": "a", "type": "tstr", "mandatory": True}},
            }
        },
    ],
)
def test_a_published_type_that_is_none_is_refused(change: dict[str, Any]) -> None:
    body = {"doctype": "d", "namespaces": {}} | change
    with refused("config.file", kind=LocalError):
        DocumentType.parse(json.dumps(body).encode())


@pytest.fixture
def world() -> MdocWorld:
    """A world of identity documents."""
    elements = TYPES[IDENTITY].of_claims(CLAIMS)
    return MdocWorld(doc_type=IDENTITY, elements=elements, random=Dice("document type"))


def shown(world: MdocWorld, *names: str) -> Any:
    """What a verifier that knows the type decides."""
    raw = world.presentation(None, [(IDENTITY, name) for name in names], SESSION)
    return world.check(raw, checkers=KNOWING)


def test_a_verifier_takes_what_fits(world: MdocWorld) -> None:
    ending = shown(world, "family_name", "birth_date", "document", "evidence")
    assert isinstance(ending, Accepted), ending
    claims = ending.credentials[0].claims.reveal()[IDENTITY]
    assert claims == {name: CLAIMS[name] for name in claims}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("favourite_colour", "blue"),
        ("birth_date", "1990-02-28"),
        ("birth_date", Tagged(0, "1990-02-28T00:00:00Z")),
        ("age_over_18", 1),
        ("document", {"type": "passport"}),
        ("evidence", {"methods": ["face"], "engines": [], "day": day("2026-11-22"), "more": "x"}),
    ],
)
def test_a_verifier_refuses_what_the_type_does_not_have(world: MdocWorld, name: str, value: Cbor) -> None:
    """Although the issuer signed it: a bug of the issuer's, or another's document under our name."""
    world.elements[IDENTITY][name] = value
    assert shown(world, name).report.code == "mdoc.element"
    # Who does not know the type takes it as it is.
    raw = world.presentation(None, [(IDENTITY, name)], SESSION)
    assert isinstance(world.check(raw), Accepted)


def test_a_verifier_refuses_another_namespace_in_a_type_that_it_knows(world: MdocWorld) -> None:
    world.elements["org.example.more"] = {"x": "y"}
    raw = world.presentation(None, [("org.example.more", "x")], SESSION)
    ending: Any = world.check(raw, checkers=KNOWING)
    assert ending.report.code == "mdoc.element"


def test_the_source_says_the_types_that_the_committed_file_has() -> None:
    for uri, source in SOURCES.items():
        claims = {claim["name"]: claim["element"]["type"] for claim in source["claims"]}
        assert {one.claim: one.type for one in TYPES[uri].namespaces[uri].values()} == claims
