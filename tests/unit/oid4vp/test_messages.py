"""Every message of OpenID4VP against the vectors of its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec.web import encode_form
from clicid.errors import RemoteError
from clicid.oid4vp import errors
from clicid.oid4vp.client_id import PREFIXES, ClientId
from clicid.oid4vp.request import (
    AuthorizationRequest,
    RequestByValue,
    RequestReference,
    parse_request_url,
    registration_info,
)
from clicid.oid4vp.response import (
    AuthorizationResponse,
    ErrorResponse,
    ResponseReceipt,
    parse_response,
)
from tests.support.message_vectors import judged

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[2] / "vectors" / "oid4vp"
DID = "did:ethr:0x1:0x" + "ab" * 20


def _request(raw: bytes) -> Any:
    request = AuthorizationRequest.parse(json.loads(raw))
    assert AuthorizationRequest.parse(request.to_wire()) == request
    return request.to_wire()


def _request_url(raw: bytes) -> Any:
    match parse_request_url(raw.decode()):
        case RequestReference() as found:
            assert parse_request_url(found.to_url()) == found
            return {
                "client_id": str(found.client_id),
                "request_uri": found.request_uri,
                "method": found.method,
            }
        case RequestByValue(client_id, request):
            return {"client_id": str(client_id), "request": request}
        case AuthorizationRequest() as request:
            assert parse_request_url(request.to_url()) == request
            return request.to_wire()


def _response(raw: bytes) -> Any:
    found = parse_response(raw)
    assert parse_response(found.to_form()) == found
    if isinstance(found, ErrorResponse):
        return {"error": found.error.value, "state": found.state}
    token = {name: list(presentations) for name, presentations in found.vp_token.items()}
    return {"vp_token": token, "state": found.state}


READERS: dict[str, Callable[[bytes], Any]] = {
    "request": _request,
    "request_url": _request_url,
    "response": _response,
    "receipt": lambda raw: ResponseReceipt.parse(raw).to_wire(),
}
VECTORS = [
    pytest.param(READERS[name], vector, id=f"{name}: {vector['name']}")
    for name in READERS
    for vector in json.loads((FOLDER / f"{name}.json").read_text())
]


@pytest.mark.parametrize(("read", "vector"), VECTORS)
def test_vector(read: Callable[[bytes], Any], vector: dict[str, Any]) -> None:
    refusal = judged(read, vector)
    if "answer" in vector:
        assert isinstance(refusal, RemoteError)
        assert errors.to_wire(refusal) == {"error": vector["answer"]}


def test_an_answer_over_the_cap_is_not_read() -> None:
    with pytest.raises(RemoteError) as caught:
        parse_response(b"x" * (3 << 20))
    assert caught.value.code == "oid4vp.response"


def test_the_table_of_prefixes_says_what_is_signed() -> None:
    assert {prefix for prefix, rule in PREFIXES.items() if not rule.signed} == {"redirect_uri", "origin"}
    assert {prefix for prefix, rule in PREFIXES.items() if rule.supported} == {
        *("redirect_uri", "decentralized_identifier", "verifier_attestation"),
        *("x509_san_dns", "x509_hash", ""),
    }


def test_a_client_identifier_is_kept_whole() -> None:
    text = f"decentralized_identifier:{DID}"
    parsed = ClientId.parse(text)
    assert (parsed.prefix, parsed.rest, str(parsed), parsed.signed) == (
        "decentralized_identifier",
        DID,
        text,
        True,
    )


def test_our_own_information_holds_document_and_purpose() -> None:
    info = registration_info({"legal_name": "A"}, "age")
    assert info.to_wire() == {
        "format": "clicid_registration",
        "data": {"document": {"legal_name": "A"}, "purpose": "age"},
    }


def test_what_was_shown_stays_out_of_what_is_printed() -> None:
    response = AuthorizationResponse({"a": ("s3cret",)})
    assert "s3cret" not in repr(response) + repr(ResponseReceipt("https://a.example?s3cret"))


def test_issuance_proofs_come_beside_the_presentations() -> None:
    proofs = {"sha256:" + "00" * 32: bytes(48)}
    response = AuthorizationResponse({"a": ("x~",)}, "s", proofs)
    assert parse_response(response.to_form()) == response
    assert b"issuance_proofs" not in AuthorizationResponse({"a": ("x~",)}).to_form()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"a":1}',
        '{"a":"="}',
        '{"a":{}}',
        '{"' + "a" * 129 + '":"AA"}',
        "{" + ",".join(f'"{n}":"AA"' for n in range(65)) + "}",
    ],
)
def test_issuance_proofs_of_another_form(text: str) -> None:
    form = encode_form({"vp_token": '{"a":["x~"]}', "issuance_proofs": text})
    with pytest.raises(RemoteError) as caught:
        parse_response(form)
    assert caught.value.wire is errors.Wire.INVALID_REQUEST
