from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import base64url
from clicid.errors import Refused
from clicid.status.rows import StatusList
from clicid.status.token_list import MAX_LIST_BYTES, StatusListToken, TokenStatusList, of_rows

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = [
    "status_list_encoding_json.md",
    "status_list_encoding1_long_json.md",
    "status_list_encoding2_json.md",
    "status_list_encoding2_long_json.md",
    "status_list_encoding4_json.md",
    "status_list_encoding8_json.md",
]


def _example(vectors_dir: Path, name: str) -> tuple[bytes | None, dict[str, Any]]:
    text = (vectors_dir / "token-status-list" / "examples" / name).read_text()
    array = re.search(r"byte_array = \[(.*?)\]", text)
    body = re.sub(r"\s+", "", text[text.index("{") :])
    octets = bytes(int(item, 16) for item in array.group(1).split(",")) if array else None
    return octets, json.loads(body)


@pytest.mark.suite("token-status-list")
@pytest.mark.parametrize("name", EXAMPLES)
def test_published_json_encodings(vectors_dir: Path, name: str) -> None:
    octets, encoded = _example(vectors_dir, name)
    found = TokenStatusList.decode(encoded)
    if octets is not None:
        assert found.entries == octets
    assert found.encode(level=9) == encoded


@pytest.mark.suite("token-status-list")
def test_published_token(vectors_dir: Path) -> None:
    folder = vectors_dir / "token-status-list" / "examples"
    raw = re.sub(r"\s+", "", (folder / "status_list_jwt_raw.md").read_text())
    token = StatusListToken.parse(json.loads(base64url.decode(raw.split(".")[1])))
    assert (token.sub, token.iat, token.exp) == ("https://example.com/statuslists/1", 1686920170, 2291720170)
    assert token.ttl == 43200
    assert [token.status_list[index] for index in range(16)] == [
        1,
        0,
        0,
        1,
        1,
        1,
        0,
        1,
        1,
        1,
        0,
        0,
        0,
        1,
        0,
        1,
    ]


@pytest.mark.suite("token-status-list")
def test_entries_of_the_two_bit_example(vectors_dir: Path) -> None:
    _, encoded = _example(vectors_dir, "status_list_encoding2_json.md")
    found = TokenStatusList.decode(encoded)
    assert [found[index] for index in range(len(found))] == [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]


def test_revoked_wins_over_suspended() -> None:
    held = StatusList(2, 9)
    held.change([0, 3, 4, 5, 16, 17], [])
    published = of_rows(held)
    assert [published[index] for index in range(9)] == [1, 2, 1, 0, 0, 0, 0, 0, 1]


def test_a_list_of_one_bit_says_revoked_only() -> None:
    held = StatusList(1, 9)
    held.change([8], [])
    assert [of_rows(held)[index] for index in range(9)] == [0] * 8 + [1]
    with pytest.raises(Refused, match=r"status\.list"):
        of_rows(StatusList(4, 9))


def test_an_index_outside_the_list_is_an_error() -> None:
    published = of_rows(StatusList(2, 8))
    for index in (-1, 8):
        with pytest.raises(IndexError):
            published[index]


def test_the_payload_reads_back() -> None:
    held = StatusList(2, 1000)
    held.change([500], [])
    full = StatusListToken("https://issuer.example/lists/1", 100, 200, 60, of_rows(held))
    assert StatusListToken.parse(full.payload()) == full
    bare = StatusListToken("https://issuer.example/lists/1", 100, None, None, of_rows(held))
    assert set(bare.payload()) == {"sub", "iat", "status_list"}
    assert StatusListToken.parse(bare.payload()) == bare


def _lst(raw: bytes) -> dict[str, Any]:
    return {"bits": 1, "lst": base64url.encode(raw)}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ([], "codec.shape"),
        ({"bits": 1}, "codec.shape"),
        ({"bits": 3, "lst": "eNo"}, "status.token_list"),
        ({"bits": True, "lst": "eNo"}, "codec.shape"),
        ({"bits": 1, "lst": "eNr*"}, "codec.base64url"),
        (_lst(b"not zlib"), "status.token_list"),
        (_lst(zlib.compress(b"abc")[:-1]), "status.token_list"),
        (_lst(zlib.compress(b"abc") + b"x"), "status.token_list"),
    ],
)
def test_malformed_lists_are_refused(value: Any, code: str) -> None:
    with pytest.raises(Refused) as caught:
        TokenStatusList.decode(value)
    assert caught.value.code == code


def test_a_zlib_bomb_is_refused_before_it_fills_the_memory() -> None:
    bomb = zlib.compress(bytes(MAX_LIST_BYTES + 1), 9)
    assert len(bomb) < 40_000
    with pytest.raises(Refused, match=r"codec\.size"):
        TokenStatusList.decode(_lst(bomb))
