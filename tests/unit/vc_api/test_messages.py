"""Requests: each member with each wrong JSON type, and each option that is not known."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clicid.codec import strict_json
from clicid.errors import Refused
from clicid.vc_api import messages, options

READERS = {
    "issue": (messages.issue, "credential"),
    "derive": (messages.derive, "verifiableCredential"),
    "prove": (messages.prove, "presentation"),
    "verify credential": (
        lambda raw: messages.verify(raw, messages.VERIFIABLE_CREDENTIAL),
        "verifiableCredential",
    ),
    "verify presentation": (
        lambda raw: messages.verify(raw, messages.VERIFIABLE_PRESENTATION),
        "verifiablePresentation",
    ),
}
# Every option, with a good value.
OPTIONS: dict[str, dict[str, Any]] = {
    "issue": {
        "cryptosuite": "eddsa-rdfc-2022",
        "keyType": "Ed25519",
        "mandatoryPointers": ["/issuer", ""],
        "credentialId": "urn:uuid:1",
    },
    "derive": {"selectivePointers": ["/credentialSubject/id"], "nonce": "n"},
    "prove": {
        "type": "DataIntegrityProof",
        "proofPurpose": "authentication",
        "cryptosuite": "eddsa-rdfc-2022",
        "verificationMethod": "did:key:z6Mk#z6Mk",
        "created": "2026-11-25T12:00:00Z",
        "challenge": "c",
        "domain": "d.example",
    },
    "verify credential": {
        "challenge": "c",
        "domain": "d.example",
        "checks": ["proof", "credentialStatus"],
        "returnCredential": True,
        "returnPresentation": False,
        "returnResults": True,
        "returnProblemDetails": True,
        "issuanceProofs": {"sha256:00": "AAAA"},
    },
}
OPTIONS["verify presentation"] = OPTIONS["verify credential"]
WRONG: dict[str, Any] = {
    "null": None,
    "number": 7,
    "fraction": 1.5,
    "true": True,
    "text": "text",
    "empty text": "",
    "array": [],
    "array of numbers": [1],
    "array of null": [None],
    "object": {"a": 1},
}
FITS = {str: {"text"}, bool: {"true"}, list: {"array"}, dict: set()}


def read(kind: str, body: object) -> Any:
    reader, _ = READERS[kind]
    return reader(json.dumps(body).encode())


def refusal(kind: str, body: object) -> tuple[str, str]:
    with pytest.raises(Refused) as error:
        read(kind, body)
    return error.value.code, error.value.where


@pytest.mark.parametrize("kind", READERS)
def test_every_option_with_a_good_value(kind: str) -> None:
    _, member = READERS[kind]
    request = read(kind, {member: {"a": 1}, "options": OPTIONS[kind]})
    assert request.options != read(kind, {member: {"a": 1}}).options
    assert "'a'" not in repr(request)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("wrong", WRONG)
def test_the_document_is_an_object(kind: str, wrong: str) -> None:
    _, member = READERS[kind]
    if wrong == "object":
        read(kind, {member: WRONG[wrong]})
        return
    assert refusal(kind, {member: WRONG[wrong]}) == ("codec.shape", f"/{member}")


@pytest.mark.parametrize("kind", READERS)
def test_the_document_must_be_there_and_nothing_else(kind: str) -> None:
    _, member = READERS[kind]
    assert refusal(kind, {}) == ("codec.shape", f"/{member}")
    assert refusal(kind, {member: {}, "more": 1}) == ("codec.shape", "/more")
    assert refusal(kind, []) == ("codec.shape", "")


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("wrong", sorted(set(WRONG) - {"object"}))
def test_options_are_an_object(kind: str, wrong: str) -> None:
    _, member = READERS[kind]
    assert refusal(kind, {member: {}, "options": WRONG[wrong]}) == ("codec.shape", "/options")


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [(kind, name, wrong) for kind in READERS for name in OPTIONS[kind] for wrong in WRONG],
)
def test_each_option_with_each_type(kind: str, name: str, wrong: str) -> None:
    _, member = READERS[kind]
    body = {member: {}, "options": {name: WRONG[wrong]}}
    fits = FITS[type(OPTIONS[kind][name])]
    if wrong in fits and name not in {"type", "proofPurpose", "created"}:
        read(kind, body)
        return
    code, where = refusal(kind, body)
    assert code in {"codec.shape", "codec.time", "vc_api.option"}
    assert where.startswith(f"/options/{name}")


@pytest.mark.parametrize("kind", READERS)
def test_an_option_that_is_not_known(kind: str) -> None:
    _, member = READERS[kind]
    assert refusal(kind, {member: {}, "options": {"skipTheSignature": True}}) == (
        "vc_api.option",
        "/options/skipTheSignature",
    )


def test_less_than_everything_is_never_checked() -> None:
    body = {"verifiableCredential": {}, "options": {"checks": ["proof", "nothing"]}}
    assert refusal("verify credential", body) == ("vc_api.option", "/options/checks/1")


@pytest.mark.parametrize("name", ["mandatoryPointers", "selectivePointers"])
def test_pointers(name: str) -> None:
    kind = "issue" if name == "mandatoryPointers" else "derive"
    _, member = READERS[kind]
    many = ["/a"] * (options.MAX_POINTERS + 1)
    assert refusal(kind, {member: {}, "options": {name: many}}) == ("codec.shape", f"/options/{name}")
    long = ["/a", "/" + "b" * options.MAX_POINTER]
    assert refusal(kind, {member: {}, "options": {name: long}}) == ("codec.shape", f"/options/{name}/1")


def test_no_pointers_and_an_empty_list_are_told_apart_where_it_matters() -> None:
    assert read("issue", {"credential": {}}).options.mandatory_pointers is None
    empty: dict[str, Any] = {"credential": {}, "options": {"mandatoryPointers": []}}
    assert read("issue", empty).options.mandatory_pointers == ()


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "codec.json"),
        (b"{", "codec.json"),
        (b'{"options":{},"options":{}}', "codec.json"),
        (b'{"a":NaN}', "codec.json"),
        (b"\xff", "codec.json"),
        (b'{"a":9007199254740993}', "codec.json"),
        (b"[" * 4000 + b"]" * 4000, "codec.size"),
        (b" " * (messages.MAX_BYTES + 1), "codec.size"),
    ],
)
def test_what_is_no_json(kind: str, raw: bytes, code: str) -> None:
    reader, _ = READERS[kind]
    with pytest.raises(Refused) as error:
        reader(raw)
    assert error.value.code == code


def test_what_is_verified_is_the_document_that_came() -> None:
    document = {"b": 1, "a": [1.0, "å", None, {"c": True}]}
    request = read("verify credential", {"verifiableCredential": document})
    assert strict_json.loads(request.raw) == document
