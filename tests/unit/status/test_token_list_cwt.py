from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.keys.algorithms import P256
from clicid.securing import cose
from clicid.status import token_list_cwt
from clicid.status.token_list import MAX_LIST_BYTES, StatusListToken, TokenStatusList
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://issuer.example/lists/1"
LIST = {"bits": 1, "lst": zlib.compress(b"\x02")}
ENCODINGS = [f"status_list_encoding{name}_cbor.md" for name in ("", "1_long", "2", "2_long", "4", "8")]


def example(vectors_dir: Path, name: str) -> tuple[bytes | None, bytes]:
    text = (vectors_dir / "token-status-list" / "examples" / name).read_text()
    array = re.search(r"byte_array = \[(.*?)\]", text)
    octets = bytes(int(item, 16) for item in array.group(1).split(",")) if array else None
    return octets, bytes.fromhex(re.sub(r"\s+", "", text.rpartition("encoded:")[2]))


def payload(**changes: Any) -> bytes:
    members: dict[str, Any] = {"2": URL, "6": 100, "65533": LIST} | changes
    return cbor.dumps({int(name): value for name, value in members.items() if value is not ...})


@pytest.mark.suite("token-status-list")
@pytest.mark.parametrize("name", ENCODINGS)
def test_published_cbor_encodings(vectors_dir: Path, name: str) -> None:
    octets, encoded = example(vectors_dir, name)
    held = cbor.loads(encoded, any_order=True)
    found = token_list_cwt.claims(payload(**{"65533": held})).status_list
    if octets is not None:
        assert found.entries == octets
    assert held == {"bits": found.bits, "lst": zlib.compress(found.entries, 9)}


@pytest.mark.suite("token-status-list")
def test_published_token(vectors_dir: Path) -> None:
    _, raw = example(vectors_dir, "status_list_cwt.md")
    assert token_list_cwt.is_cwt(raw)
    message = token_list_cwt.parse(raw)
    assert (message.key_id, message.algorithm.name) == (b"12", P256)
    token = token_list_cwt.claims(message.unverified_payload)
    assert (token.sub, token.iat, token.exp) == ("https://example.com/statuslists/1", 1686920170, 2291720170)
    assert token.ttl == 43200
    assert [token.status_list[index] for index in range(8)] == [1, 0, 0, 1, 1, 1, 0, 1]


@pytest.mark.parametrize("tag", [b"", b"\xd8\x3d"])
@pytest.mark.parametrize(("exp", "ttl"), [(None, None), (200, 60)])
def test_what_is_made_up_to_its_signature_is_read(tag: bytes, exp: int | None, ttl: int | None) -> None:
    keys = MemoryKeyStore(b"lists")
    ref = keys.generate(P256, "signer")
    token = StatusListToken(URL, 100, exp, ttl, TokenStatusList(2, b"\x04\x00"))
    prepared = token_list_cwt.prepare(token, P256, {cose.KID: b"did:example:1#key"})
    raw = prepared.complete([keys.sign(ref, one.message, one.alg) for one in prepared.to_be_signed])

    message = token_list_cwt.parse(tag + raw)

    assert message.header[cose.TYP] == "application/statuslist+cwt"
    assert message.key_id == b"did:example:1#key"
    assert token_list_cwt.claims(cose.verify(message, keys.public(ref))) == token


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"2": ...}, "codec.shape"),
        ({"2": b"bytes"}, "codec.shape"),
        ({"6": ...}, "codec.shape"),
        ({"6": True}, "codec.shape"),
        ({"6": -1}, "codec.shape"),
        ({"4": None}, "codec.shape"),
        ({"4": "soon"}, "codec.shape"),
        ({"65534": 0}, "codec.shape"),
        ({"65533": ...}, "status.token_list"),
        ({"65533": [1]}, "status.token_list"),
        ({"65533": LIST | {"bits": 3}}, "status.token_list"),
        ({"65533": LIST | {"bits": True}}, "status.token_list"),
        ({"65533": LIST | {"bits": "1"}}, "status.token_list"),
        ({"65533": LIST | {"lst": "eNrbuRgAAhcBXQ"}}, "status.token_list"),
        ({"65533": LIST | {"lst": b"no zlib"}}, "status.token_list"),
        ({"65533": LIST | {"lst": zlib.compress(bytes(MAX_LIST_BYTES + 1))}}, "codec.size"),
        ({"1": Tagged(0, "2026-01-01")}, "codec.cbor"),
        ({"1": [[[[1]]]]}, "codec.size"),
    ],
)
def test_other_claims_are_refused(changes: dict[str, Any], code: str) -> None:
    with refused(code):
        token_list_cwt.claims(payload(**changes))


def test_what_is_unknown_is_ignored() -> None:
    assert token_list_cwt.claims(payload(**{"1": "https://issuer.example", "70000": [1]})).sub == URL


def test_no_map_is_refused() -> None:
    with refused("status.token_list"):
        token_list_cwt.claims(cbor.dumps([1]))


@pytest.mark.parametrize(
    ("header", "tag", "code"),
    [
        ({1: -7, 16: "application/statuslist+jwt"}, 18, "securing.cose_typ"),
        ({1: -7, 16: "statuslist+cwt"}, 18, "securing.cose_typ"),
        ({1: -7}, 18, "securing.cose_typ"),
        ({1: 5, 16: token_list_cwt.TYP}, 18, "keys.algorithm"),
        ({1: -7, 2: [16], 16: token_list_cwt.TYP}, 18, "securing.cose"),
        ({1: -7, 16: token_list_cwt.TYP}, 17, "codec.cbor"),
        ({1: -7, 16: token_list_cwt.TYP}, None, "securing.cose"),
    ],
)
def test_other_messages_are_refused(header: dict[int, Any], tag: int | None, code: str) -> None:
    message: list[Any] = [cbor.dumps(header), {}, payload(), bytes(64)]
    raw = cbor.dumps(message if tag is None else Tagged(tag, message))
    with refused(code):
        token_list_cwt.parse(raw)
