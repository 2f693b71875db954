"""Encrypted requests and answers: what is opened, and each way in which one is not (OpenID4VCI 10)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import base64url, strict_json
from clicid.errors import RemoteError
from clicid.keys.algorithms import P256
from clicid.oid4vci import encryption
from clicid.oid4vci.encryption import AnswerEncryption
from clicid.oid4vci.metadata import RequestEncryption, ResponseEncryption
from clicid.securing import jwe
from clicid.securing.jwe import Recipient
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.world import Dice

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.keys.public import PublicKey

KEYS = MemoryKeyStore(b"encryption")
REFS = {name: KEYS.generate(P256, name) for name in ("new", "old", "wallet")}
PLAIN = strict_json.dumps({"credential_configuration_id": "a"})


def recipient(name: str, kid: str = "") -> Recipient:
    return Recipient(KEYS.public(REFS[name]), kid or name, jwe.ECDH_ES)


OFFERED = RequestEncryption((recipient("new").to_jwk(),), ("A256GCM",))


def agree(kid: str) -> Callable[[PublicKey], bytes] | None:
    ref = REFS.get(kid)
    return None if ref is None or kid == "wallet" else lambda public: KEYS.agree(ref, public)


def sealed(name: str = "new", kid: str = "", enc: str = "A256GCM") -> bytes:
    return jwe.encrypt(PLAIN, recipient(name, kid), enc=enc, random=Dice())


def opened(raw: bytes, offered: RequestEncryption | None = OFFERED) -> bytes:
    return encryption.open_request(raw, offered=offered, agree=agree, max_bytes=4096)


def with_header(raw: bytes, **changes: Any) -> bytes:
    head, rest = raw.decode().split(".", 1)
    header = {**json.loads(base64url.decode(head)), **changes}
    header = {name: value for name, value in header.items() if value is not None}
    return f"{base64url.encode(json.dumps(header).encode())}.{rest}".encode()


def test_a_request_to_the_key_in_use_and_to_the_one_before_is_opened() -> None:
    assert opened(sealed()) == opened(sealed("old")) == PLAIN


@pytest.mark.parametrize(
    "raw",
    [
        sealed("wallet", "new"),
        sealed("wallet"),
        sealed(kid="unknown"),
        sealed(enc="A128GCM"),
        with_header(sealed(), kid=None),
        with_header(sealed(), kid="old"),
        with_header(sealed(), zip="DEF"),
        with_header(sealed(), alg="dir"),
        with_header(sealed(), alg="none"),
        with_header(sealed(), enc="A128CBC-HS256"),
        with_header(sealed(), crit=["exp"]),
        with_header(sealed(), epk={"kty": "oct", "k": "AA"}),
        with_header(sealed(), note="changed"),
        sealed()[:-2],
        PLAIN,
        b"",
        b"\xff" * 9,
        sealed() + b"A" * 4096,
    ],
)
def test_what_is_not_encrypted_as_the_metadata_say_is_refused_by_one_code(raw: bytes) -> None:
    with pytest.raises(RemoteError) as caught:
        opened(raw)
    assert (caught.value.wire, caught.value.code) == (
        "invalid_encryption_parameters",
        "oid4vci.encryption",
    )


def test_where_nothing_is_offered_nothing_is_opened_and_where_it_is_demanded_nothing_comes_plain() -> None:
    with pytest.raises(RemoteError, match=r"oid4vci\.encryption"):
        opened(sealed(), None)
    encryption.check_plain(None)
    encryption.check_plain(OFFERED)
    with pytest.raises(RemoteError, match=r"oid4vci\.encryption"):
        encryption.check_plain(RequestEncryption(OFFERED.jwks, OFFERED.enc_values, required=True))


def test_an_answer_is_for_its_recipient_alone() -> None:
    wanted = AnswerEncryption(recipient("wallet"), "A128GCM")
    encryption.check_answer(wanted, ResponseEncryption(("ECDH-ES",), ("A128GCM",)), encrypted=True)
    answer = wanted.seal({"credentials": []}, random=Dice())
    message = jwe.parse(answer, max_bytes=4096)
    read = jwe.decrypt(
        message, agree=lambda public: KEYS.agree(REFS["wallet"], public), kid="wallet", encs=["A128GCM"]
    )
    assert read == b'{"credentials":[]}'


def test_an_answer_is_not_encrypted_where_that_is_not_offered() -> None:
    wanted = AnswerEncryption(recipient("wallet"), "A128GCM")
    for offered in (None, ResponseEncryption(("RSA-OAEP",), ("A128GCM",))):
        with pytest.raises(RemoteError) as caught:
            encryption.check_answer(wanted, offered, encrypted=True)
        assert caught.value.where == "/credential_response_encryption/jwk/alg"
    encryption.check_answer(None, None, encrypted=False)
