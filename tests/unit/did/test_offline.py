"""did:key and did:jwk, and looking keys up in a document."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clicid.codec import base64url, jcs, multibase
from clicid.did import jwk, key
from clicid.did.document import DidDocument, Relationship, lookup
from clicid.keys.algorithms import ALGORITHMS, BLS12_381_G2, ED25519, P256, P384
from tests.support.memory_keystore import SIGNING, MemoryKeyStore
from tests.support.refusals import refused

STORE = MemoryKeyStore(b"did")
KEYS = {alg: STORE.public(STORE.generate(alg, alg)) for alg in ALGORITHMS}
ASSERTION = Relationship.ASSERTION_METHOD
AGREEMENT = Relationship.KEY_AGREEMENT
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_did_key(alg: str) -> None:
    did = key.create(KEYS[alg])
    document = key.document(did)
    (method,) = document.methods
    assert document.id == method.controller == did
    assert method.id == f"{did}#{did.removeprefix('did:key:')}"
    assert method.key == KEYS[alg]
    assert method.relationships == set(Relationship) - {AGREEMENT}
    assert document.assertion_method == (method.id,)
    assert lookup(document, method.id, ASSERTION) is method


def test_the_prefixes_that_everyone_knows() -> None:
    assert key.create(KEYS[ED25519]).startswith("did:key:z6Mk")
    assert key.create(KEYS[P256]).startswith("did:key:zDn")
    assert key.create(KEYS[P384]).startswith("did:key:z82L")
    assert key.create(KEYS[BLS12_381_G2]).startswith("did:key:zUC7")


def test_a_bbs_key_has_no_did_jwk() -> None:
    with refused("keys.algorithm"):
        jwk.create(KEYS[BLS12_381_G2])


@pytest.mark.parametrize("alg", SIGNING)
def test_did_jwk(alg: str) -> None:
    did = jwk.create(KEYS[alg])
    (method,) = jwk.document(did).methods
    assert method.id == f"{did}#0"
    assert method.key == KEYS[alg]
    assert method.relationships == set(Relationship)


@pytest.mark.parametrize(("use", "uses"), [("sig", set(Relationship) - {AGREEMENT}), ("enc", {AGREEMENT})])
def test_the_use_of_a_did_jwk(use: str, uses: set[Relationship]) -> None:
    (method,) = jwk.document(_did_jwk({"use": use})).methods
    assert method.relationships == uses


def _did_jwk(members: dict[str, object]) -> str:
    return f"did:jwk:{base64url.encode(jcs.dumps(KEYS[P256].to_jwk() | members))}"


@pytest.mark.parametrize(
    ("did", "code"),
    [
        (_did_jwk({"use": "other"}), "did.document"),
        (_did_jwk({"use": 1}), "codec.shape"),
        (_did_jwk({"d": "AA"}), "keys.format"),
        (_did_jwk({"x5c": ["A" * 1024]}), "codec.size"),
        ("did:jwk:W10", "codec.shape"),
        ("did:jwk:e30", "codec.shape"),
        ("did:jwk:e31", "codec.base64url"),
        ("did:jwk:a:b", "codec.base64url"),
        ("did:key:z6Mk", "did.method"),
        ("did:jwk", "did.syntax"),
    ],
)
def test_bad_did_jwks(did: str, code: str) -> None:
    with refused(code):
        jwk.document(did)


@pytest.mark.parametrize(
    ("did", "code"),
    [
        ("did:key:" + multibase.encode(b"\xed\x01" + bytes(32)), "keys.format"),
        ("did:key:u7QE", "codec.multibase"),
        ("did:key:1.1:z6Mk", "codec.multibase"),
        ("did:jwk:e30", "did.method"),
        ("did:key:", "did.syntax"),
        (key.create(KEYS[P256]) + "#x", "did.syntax"),
    ],
)
def test_bad_did_keys(did: str, code: str) -> None:
    with refused(code):
        key.document(did)


def test_lookup_refuses_what_may_not_be_used() -> None:
    document = key.document(key.create(KEYS[P256]))
    (method,) = document.methods
    for did_url in (f"{document.id}#other", document.id, "", f"#{method.id.partition('#')[2]}"):
        with refused("did.key_unknown"):
            lookup(document, did_url, ASSERTION)
    with refused("did.key_unknown"):
        lookup(document, method.id, AGREEMENT)
    for over in (replace(method, retired_at=NOW), replace(method, ended_at=NOW)):
        with refused("did.key_over"):
            lookup(replace(document, methods=(over,)), method.id, ASSERTION)
    with refused("did.deactivated"):
        lookup(DidDocument(document.id, (), deactivated=True), method.id, ASSERTION)


def test_the_document_as_others_see_it() -> None:
    document = key.document(key.create(KEYS[P256]))
    (method,) = document.methods
    assert document.to_json() == {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": document.id,
        "verificationMethod": [
            {
                "id": method.id,
                "type": "Multikey",
                "controller": document.id,
                "publicKeyMultibase": KEYS[P256].to_multikey(),
            }
        ],
        "authentication": [method.id],
        "assertionMethod": [method.id],
        "capabilityInvocation": [method.id],
        "capabilityDelegation": [method.id],
    }
    over = replace(document, methods=(replace(method, ended_at=NOW),))
    assert over.to_json()["verificationMethod"] == []
    assert "assertionMethod" not in over.to_json()
