"""did:web: where the document lies, and what is read in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from clicid.did import web
from clicid.did.document import Relationship
from clicid.errors import Refused
from clicid.keys.algorithms import ED25519, P256, P384
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from clicid.did.document import DidDocument

NOW = datetime(2026, 11, 25, tzinfo=UTC)
DID = "did:web:issuer.example"
STORE = MemoryKeyStore(b"web")
KEYS = {kind: STORE.public(STORE.generate(kind, kind)) for kind in (ED25519, P256, P384)}


def method(name: str = "#a", **changes: Any) -> dict[str, Any]:
    members = {
        "id": f"{DID}{name}",
        "type": "Multikey",
        "controller": DID,
        "publicKeyMultibase": KEYS[ED25519].to_multikey(),
        **changes,
    }
    return {key: value for key, value in members.items() if value is not None}


def read(**members: Any) -> DidDocument:
    return web.document(DID, json.dumps({"id": DID, **members}).encode(), NOW)


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:example.org", "https://example.org/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:example.com:user:alice", "https://example.com/user/alice/did.json"),
        ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ("did:web:example.com%3a3000", "https://example.com:3000/.well-known/did.json"),
        ("did:web:example.com:a%20b", "https://example.com/a%20b/did.json"),
    ],
)
def test_where_the_document_lies(did: str, url: str) -> None:
    assert web.url(did) == url


@pytest.mark.parametrize(
    "identifier",
    [
        "127.0.0.1",
        "1.2.3.4%3A80",
        "%5B%3A%3A1%5D",
        "example.org%3A",
        "example.org%3A0",
        "example.org%3A80%3A80",
        "example.org%3A123456",
        "example.org%2Fpath",
        "example.org%40evil.example",
        "-example.org",
        "example..org",
        "example.org:..",
        "example.org:%2E%2E:x",
        "example.org::x",
        "exa_mple.org",
    ],
)
def test_what_names_no_host_and_path(identifier: str) -> None:
    with pytest.raises(Refused) as error:
        web.url(f"did:web:{identifier}")
    assert error.value.code == "did.method"


def test_another_method_is_not_looked_for_on_the_web() -> None:
    with pytest.raises(Refused) as error:
        web.url("did:key:z6Mk")
    assert error.value.code == "did.method"


def test_keys_of_every_form_and_their_uses() -> None:
    document = read(
        verificationMethod=[
            method(),
            method("#b", type="JsonWebKey", publicKeyMultibase=None, publicKeyJwk=KEYS[P256].to_jwk()),
        ],
        assertionMethod=["#a", f"{DID}#b"],
        authentication=[
            "#a",
            {
                "id": "#c",
                "type": "Multikey",
                "controller": DID,
                "publicKeyMultibase": KEYS[P384].to_multikey(),
            },
        ],
    )
    found = {one.id: one for one in document.methods}
    assert found[f"{DID}#a"].key == KEYS[ED25519]
    assert found[f"{DID}#a"].relationships == {Relationship.ASSERTION_METHOD, Relationship.AUTHENTICATION}
    assert found[f"{DID}#b"].key == KEYS[P256]
    assert found[f"{DID}#c"].relationships == {Relationship.AUTHENTICATION}
    assert document.assertion_method == (f"{DID}#a", f"{DID}#b")


def test_a_key_that_nothing_uses_may_be_used_for_nothing() -> None:
    (only,) = read(verificationMethod=[method()]).methods
    assert only.relationships == frozenset()


@pytest.mark.parametrize(
    ("changes", "retired", "ended"),
    [
        ({"expires": "2026-11-24T00:00:00Z"}, True, False),
        ({"expires": "2027-01-01T00:00:00Z"}, False, False),
        ({"revoked": "2026-11-25T00:00:00Z"}, False, True),
        ({"revoked": "2027-01-01T00:00:00Z"}, False, False),
    ],
)
def test_keys_end(changes: dict[str, str], *, retired: bool, ended: bool) -> None:
    (only,) = read(verificationMethod=[method(**changes)]).methods
    assert (only.retired, only.ended) == (retired, ended)


@pytest.mark.parametrize(
    "other",
    [
        method("#x", controller="did:web:another.example"),
        method("#x", controller=None),
        method("#x", type="EcdsaSecp256k1RecoveryMethod2020", publicKeyMultibase=None),
        method("#x", type="JsonWebKey2020", publicKeyMultibase=None, publicKeyJwk={"kty": "RSA", "crv": "x"}),
    ],
)
def test_what_is_nobodys_key_here_is_passed_over(other: dict[str, Any]) -> None:
    assert [one.id for one in read(verificationMethod=[other, method()]).methods] == [f"{DID}#a"]


@pytest.mark.parametrize(
    ("members", "code", "where"),
    [
        ({"id": "did:web:another.example"}, "did.document", "/id"),
        ({"id": None}, "did.document", "/id"),
        ({"verificationMethod": {}}, "codec.shape", "/verificationMethod"),
        ({"verificationMethod": ["#a"]}, "codec.shape", "/verificationMethod/0"),
        ({"verificationMethod": [method(id=None)]}, "codec.shape", "/verificationMethod/0/id"),
        ({"verificationMethod": [method(id="a b")]}, "did.syntax", "/verificationMethod/0/id"),
        (
            {"verificationMethod": [method(publicKeyMultibase="uAAAA")]},
            "codec.multibase",
            "/verificationMethod/0/publicKeyMultibase",
        ),
        ({"verificationMethod": [method(expires="soon")]}, "codec.time", "/verificationMethod/0/expires"),
        ({"verificationMethod": [method(), method()]}, "did.document", "/verificationMethod/1"),
        ({"assertionMethod": [7]}, "codec.shape", "/assertionMethod/0"),
        ({"assertionMethod": ["nothing"]}, "did.syntax", "/assertionMethod/0"),
        ({"verificationMethod": [method()] * 65}, "codec.shape", "/verificationMethod"),
    ],
)
def test_what_is_malformed(members: dict[str, Any], code: str, where: str) -> None:
    with pytest.raises(Refused) as error:
        read(**members)
    assert (error.value.code, error.value.where) == (code, where)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"id":1,"id":1}', b" " * (web.MAX_BYTES + 1)])
def test_what_is_no_document(raw: bytes) -> None:
    with pytest.raises(Refused):
        web.document(DID, raw, NOW)
