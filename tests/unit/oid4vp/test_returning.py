"""The way back: encrypted where that was asked, in the open where not, and nothing between."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from clicid.codec import base64url, strict_json
from clicid.codec.web import encode_form, parse_form
from clicid.errors import LocalError, RemoteError
from clicid.keys.ephemeral import EphemeralKey
from clicid.oid4vp import returning
from clicid.oid4vp.binding import Channel
from clicid.oid4vp.client_id import ORIGIN, ClientId
from clicid.oid4vp.client_metadata import ClientMetadata
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request import AuthorizationRequest, ResponseMode
from clicid.oid4vp.response import AuthorizationResponse, ErrorResponse
from clicid.oid4vp.rules import OPENID4VP
from clicid.securing import jwe
from clicid.securing.jwe import Recipient
from tests.support.asking import NAME_QUERY, VERIFIER, Asking
from tests.support.refusals import refused
from tests.support.world import Dice

KEY = EphemeralKey(Dice("verifier's key"))
OTHER = EphemeralKey(Dice("another key"))
RECIPIENT = Recipient(KEY.public, "k1", jwe.ECDH_ES)
STATE = "the-state"
ANSWER = AuthorizationResponse({"who": ("x~",)}, STATE, {"sha256:" + "0" * 64: b"\0" * 48})
REFUSAL = ErrorResponse(Wire.ACCESS_DENIED, STATE)


def request(mode: ResponseMode = ResponseMode.DIRECT_POST_JWT, **changes: Any) -> AuthorizationRequest:
    by_page = {"origin": VERIFIER, "client_id": ClientId(ORIGIN, VERIFIER), "response_uri": ""}
    recipient = RECIPIENT if mode.encrypted else None
    given: Any = by_page if mode.by_browser else {}
    session = Asking().session(response_mode=mode, recipient=recipient, **given)
    return replace(session.request, **changes)


def form(asked: AuthorizationRequest, response: Any = ANSWER) -> bytes:
    return returning.form(asked, response, rules=OPENID4VP, random=Dice("wallet"))


def read(raw: bytes, asked: AuthorizationRequest, key: EphemeralKey = KEY) -> Any:
    return returning.read_form(raw, asked, key.agree)


@pytest.mark.parametrize("response", [ANSWER, REFUSAL])
@pytest.mark.parametrize("mode", [ResponseMode.DIRECT_POST, ResponseMode.DIRECT_POST_JWT])
def test_what_is_posted_is_read(mode: ResponseMode, response: Any) -> None:
    asked = request(mode)
    raw = form(asked, response)
    assert (b"response=" in raw) is mode.encrypted
    assert (b"vp_token" in raw or b"error" in raw) is not mode.encrypted
    assert read(raw, asked) == response


@pytest.mark.parametrize("response", [ANSWER, REFUSAL])
@pytest.mark.parametrize("mode", [ResponseMode.DC_API, ResponseMode.DC_API_JWT])
def test_what_a_page_brings_is_read(mode: ResponseMode, response: Any) -> None:
    asked = request(mode)
    data = returning.data(asked, response, rules=OPENID4VP, random=Dice("wallet"))
    assert ("response" in data) is mode.encrypted
    assert returning.read_data(json.loads(json.dumps(data)), asked, KEY.agree) == response


def test_the_header_is_what_the_specification_says() -> None:
    token = parse_form(form(request()), max_bytes=1 << 20)["response"]
    header = json.loads(base64url.decode(token.split(".")[0]))
    assert {"alg": "ECDH-ES", "enc": "A256GCM", "kid": "k1"}.items() <= header.items()
    assert header.keys() == {"alg", "enc", "kid", "epk"}


def test_the_default_is_what_a_verifier_gets_that_names_nothing() -> None:
    asked = request(metadata=ClientMetadata({}, (RECIPIENT,)))
    token = parse_form(form(asked), max_bytes=1 << 20)["response"]
    assert json.loads(base64url.decode(token.split(".")[0]))["enc"] == "A128GCM"
    assert read(form(asked), asked) == ANSWER


def test_two_answers_have_nothing_in_common() -> None:
    asked, random = request(), Dice("wallet")
    first, second = (returning.form(asked, ANSWER, rules=OPENID4VP, random=random) for _ in range(2))
    assert first != second


def fault(raw: bytes, asked: AuthorizationRequest, key: EphemeralKey = KEY) -> str:
    with pytest.raises(RemoteError) as caught:
        read(raw, asked, key)
    assert caught.value.wire == "invalid_request"
    return caught.value.code


def encrypted(payload: Any, *, to: Recipient = RECIPIENT, enc: str = "A128GCM") -> str:
    return jwe.encrypt(strict_json.dumps(payload), to, enc=enc, random=Dice("wallet")).decode()


PLAIN = ANSWER.to_form()
TOKEN = encrypted(ANSWER.to_wire())


@pytest.mark.parametrize(
    ("mode", "raw"),
    [
        (ResponseMode.DIRECT_POST_JWT, PLAIN),
        (ResponseMode.DIRECT_POST_JWT, PLAIN + b"&" + encode_form({"response": TOKEN})),
        (ResponseMode.DIRECT_POST_JWT, PLAIN + b"&error=access_denied"),
        (ResponseMode.DIRECT_POST_JWT, b"state=" + STATE.encode()),
        (ResponseMode.DIRECT_POST_JWT, b""),
        (ResponseMode.DIRECT_POST, encode_form({"response": TOKEN})),
        (ResponseMode.DIRECT_POST, PLAIN + b"&" + encode_form({"response": TOKEN})),
    ],
    ids=["plain", "both", "an error beside", "nothing", "empty", "encrypted", "encrypted beside"],
)
def test_neither_a_downgrade_nor_the_reverse(mode: ResponseMode, raw: bytes) -> None:
    assert fault(raw, request(mode)) == "oid4vp.encryption"


def test_an_error_may_come_in_the_open() -> None:
    assert read(REFUSAL.to_form(), request()) == REFUSAL


def altered(**header: Any) -> str:
    """The token with another header; the tag is over the old one."""
    first, *rest = TOKEN.split(".")
    obj = {**json.loads(base64url.decode(first)), **header}
    kept = {name: value for name, value in obj.items() if value is not None}
    return ".".join([base64url.encode(strict_json.dumps(kept)), *rest])


@pytest.mark.parametrize(
    "token",
    [
        altered(zip="DEF"),
        altered(alg="RSA-OAEP-256"),
        altered(alg="dir"),
        altered(enc="A128CBC-HS256"),
        altered(enc="A256GCM"),
        altered(kid="k2"),
        altered(kid=None),
        altered(crit=["x"]),
        altered(x="y"),
        TOKEN[:-1] + ("A" if TOKEN[-1] != "A" else "B"),
        TOKEN.rpartition(".")[0],
        encrypted(ANSWER.to_wire(), to=Recipient(OTHER.public, "k1", jwe.ECDH_ES)),
        encrypted(ANSWER.to_wire(), to=Recipient(KEY.public, "k2", jwe.ECDH_ES)),
        encrypted(ANSWER.to_wire(), to=Recipient(KEY.public, "", jwe.ECDH_ES)),
    ],
    ids=[
        *("zip", "rsa", "dir", "cbc", "another enc", "another kid", "no kid", "crit", "header"),
        *("tag", "four parts", "another key", "for another kid", "for no kid"),
    ],
)
def test_what_the_key_does_not_open_is_refused(token: str) -> None:
    assert fault(encode_form({"response": token}), request()) == "oid4vp.encryption"


def test_an_encryption_that_was_not_offered_is_refused() -> None:
    asked = request(metadata=ClientMetadata({}, (RECIPIENT,)))
    raw = encode_form({"response": encrypted(ANSWER.to_wire(), enc="A256GCM")})
    assert fault(raw, asked) == "oid4vp.encryption"


@pytest.mark.parametrize("payload", [[], {}, {"vp_token": "x"}, {"vp_token": {}}, {"state": "x"}, "x"])
def test_what_is_inside_is_read_as_strictly(payload: Any) -> None:
    assert fault(encode_form({"response": encrypted(payload)}), request()) == "oid4vp.response"


def test_an_answer_over_the_cap_is_not_read() -> None:
    assert fault(b"response=" + b"x" * (3 << 20), request()) == "oid4vp.response"


def test_the_keys_of_another_session_open_nothing() -> None:
    assert fault(form(request()), request(), OTHER) == "oid4vp.encryption"


def test_without_the_key_nothing_is_read() -> None:
    with pytest.raises(RemoteError) as caught:
        returning.read_form(form(request()), request(), None)
    assert caught.value.code == "oid4vp.encryption"


def test_a_wallet_does_not_encrypt_for_nobody_nor_with_what_it_has_not() -> None:
    for metadata in (ClientMetadata(), ClientMetadata({}, (RECIPIENT,), ("A192GCM",))):
        with pytest.raises(RemoteError) as caught:
            form(request(metadata=metadata))
        assert caught.value.code == "oid4vp.encryption"


def test_a_verifier_asks_for_encryption_with_a_key_and_not_without() -> None:
    with refused("oid4vp.encryption", kind=LocalError):
        Asking().session(recipient=RECIPIENT)
    with pytest.raises(LocalError):
        Asking().session(response_mode=ResponseMode.DIRECT_POST_JWT)


def test_proofs_are_bound_to_the_way_back() -> None:
    """Of an mdoc the session is another for every mode, key and origin (B.2.6)."""
    asked = [request(mode) for mode in ResponseMode]
    same = [replace(one, nonce="n") for one in asked]
    assert len({Channel.of(one) for one in same}) == 4
    thumbprint = base64url.decode(KEY.public.thumbprint())
    assert [Channel.of(one).encryption_key for one in same] == [None, thumbprint, None, thumbprint]
    assert [Channel.of(one).origin for one in same] == ["", "", VERIFIER, VERIFIER]


def test_a_request_is_stored_with_its_key_and_read_again() -> None:
    asked = request()
    again = AuthorizationRequest.parse(json.loads(json.dumps(asked.to_wire())))
    assert again == asked
    assert again.recipient == RECIPIENT
    assert again.query == NAME_QUERY
