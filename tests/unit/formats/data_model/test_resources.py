from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from clicid.codec import multibase
from clicid.errors import LocalError, Undecided
from clicid.formats.data_model import resources
from clicid.formats.data_model.entries import Entry
from clicid.formats.data_model.json_schema import DIALECT, Schemas
from tests.support.refusals import refused

LOGO, OTHER = b"a logo", b"another logo"
URL = "https://issuer.example/logo.svg"
AT_HAND = {URL: resources.digests(LOGO)}


def sri(algorithm: str, raw: bytes = LOGO) -> str:
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, raw).digest()).decode()}"


def multihash(code: int, algorithm: str, raw: bytes = LOGO, base: str = "z") -> str:
    digest = hashlib.new(algorithm, raw).digest()
    return multibase.encode(bytes([code, len(digest)]) + digest, base)


def related(**members: Any) -> tuple[resources.RelatedResource, ...]:
    return resources.parse({"relatedResource": {"id": URL, **members}})


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_each_hash_function(algorithm: str) -> None:
    code = {"sha256": 0x12, "sha384": 0x20, "sha512": 0x13}[algorithm]
    for members in (
        {"digestSRI": sri(algorithm)},
        {"digestMultibase": multihash(code, algorithm)},
        {"digestMultibase": multihash(code, algorithm, base="u")},
        {"digestSRI": sri(algorithm), "digestMultibase": multihash(code, algorithm)},
        {"digestSRI": [sri(algorithm, OTHER), sri(algorithm)]},
    ):
        assert resources.check(related(**members), AT_HAND) == ()
    for members in (
        {"digestSRI": sri(algorithm, OTHER)},
        {"digestMultibase": multihash(code, algorithm, OTHER)},
        {"digestSRI": sri(algorithm), "digestMultibase": multihash(code, algorithm, OTHER)},
        {"digestSRI": sri(algorithm, OTHER), "digestMultibase": multihash(code, algorithm)},
    ):
        with refused("vc.resource_digest", "/relatedResource"):
            resources.check(related(**members), AT_HAND)


def test_the_strongest_expression_counts() -> None:
    both = f"{sri('sha256')} {sri('sha512', OTHER)}"
    with refused("vc.resource_digest"):
        resources.check(related(digestSRI=both), AT_HAND)
    assert resources.check(related(digestSRI=f"{sri('sha256', OTHER)} {sri('sha512')}"), AT_HAND) == ()


def test_what_is_not_at_hand_is_named() -> None:
    assert resources.check(related(digestSRI=sri("sha256")), {}) == (URL,)
    assert resources.parse({}) == ()
    assert resources.check((), AT_HAND) == ()


def test_more_digests_than_anyone_needs() -> None:
    with refused("vc.resource", "/relatedResource/digestSRI"):
        related(digestSRI=[sri("sha256")] * 9)


SCHEMA_URL = "https://issuer.example/schema.json"
NAMED = Entry(("JsonSchema",), SCHEMA_URL, {}, "/credentialSchema")


def schema(**keywords: Any) -> bytes:
    return json.dumps({"$schema": DIALECT, **keywords}).encode()


SUBJECT = {
    "properties": {
        "credentialSubject": {"required": ["degree"], "properties": {"degree": {"type": "string"}}}
    }
}


def test_a_credential_held_against_its_schema() -> None:
    schemas = Schemas({SCHEMA_URL: schema(**SUBJECT)})
    assert SCHEMA_URL in schemas
    schemas.check(NAMED, {"credentialSubject": {"degree": "a secret"}})
    with refused("vc.schema_mismatch", "/credentialSubject/degree"):
        schemas.check(NAMED, {"credentialSubject": {"degree": 7}})
    with refused("vc.schema_mismatch", "/credentialSubject"):
        schemas.check(NAMED, {"credentialSubject": {}})


def test_a_mismatch_shows_no_value() -> None:
    schemas = Schemas({SCHEMA_URL: schema(properties={"a": {"const": 1}})})
    with pytest.raises(Exception, match=r"vc\.schema_mismatch") as caught:
        schemas.check(NAMED, {"a": "a secret"})
    assert "a secret" not in f"{caught.value!s}{caught.value!r}"


@pytest.mark.parametrize(
    "named",
    [
        Entry(("JsonSchema",), "https://other.example/schema.json", {}, "/credentialSchema"),
        Entry(("https://vocab.example/Shape",), SCHEMA_URL, {}, "/credentialSchema"),
        Entry(("JsonSchema",), None, {}, "/credentialSchema"),
    ],
)
def test_a_schema_that_is_not_at_hand(named: Entry) -> None:
    with refused("vc.schema_unavailable", "/credentialSchema", kind=Undecided):
        Schemas({SCHEMA_URL: schema()}).check(named, {})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        json.dumps({"$schema": "http://json-schema.org/draft-07/schema#"}).encode(),
        schema(type="thing"),
        schema(pattern="("),
        schema(**{"$ref": "https://elsewhere.example/schema.json"}),
        schema(**{"$ref": "file:///etc/passwd"}),
    ],
)
def test_no_schema_of_ours(raw: bytes) -> None:
    """Nothing is fetched: one that refers to another is broken when the program starts."""
    with refused("vc.schema", SCHEMA_URL, kind=LocalError):
        Schemas({SCHEMA_URL: raw})
