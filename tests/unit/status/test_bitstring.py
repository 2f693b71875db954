from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import Any

import pytest

from clicid.codec import base64url
from clicid.errors import Refused
from clicid.status import bitstring
from clicid.status.bitstring import MIN_ENTRIES, Bitstring, credential, of_rows, parse
from clicid.status.rows import StatusList

URL = "https://issuer.example/lists/1"


@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_a_plane_holds_one_bit_of_every_entry(width: int) -> None:
    held = StatusList(width, 1001)
    marked = {0, 1, 7, 8, 9, 500, 999, 1000}
    for bit in range(min(width, 2)):
        held.change([held.position(index, bit) for index in marked if index % (bit + 1) == 0], [])
    for bit in range(min(width, 2)):
        plane = of_rows(held, bit)
        wanted = {index for index in marked if index % (bit + 1) == 0}
        assert {index for index in range(len(plane)) if plane[index]} == wanted
        assert plane.purpose == ("revocation", "suspension")[bit]


@pytest.mark.parametrize("size", [1, 3, 5, 131_072, 131_073, 200_001])
def test_small_lists_are_filled_up_and_large_ones_kept_whole(size: int) -> None:
    held = StatusList(2, size)
    held.change([held.position(size - 1, 1)], [])
    plane = of_rows(held, 1)
    assert len(plane) >= max(size, MIN_ENTRIES)
    assert plane[size - 1]
    assert plane.bits.count(0) == len(plane.bits) - 1


@pytest.mark.parametrize(("width", "bit"), [(1, 1), (2, 2), (4, 2), (2, -1)])
def test_a_bit_without_a_purpose_is_refused(width: int, bit: int) -> None:
    with pytest.raises(Refused, match=r"status\.list"):
        of_rows(StatusList(width, 8), bit)


def test_the_most_significant_bit_comes_first() -> None:
    list_ = Bitstring("revocation", b"\x80\x01" + bytes(MIN_ENTRIES // 8 - 2))
    assert [index for index in range(16) if list_[index]] == [0, 15]
    for index in (-1, MIN_ENTRIES):
        with pytest.raises(IndexError):
            list_[index]


def test_encoding_is_the_same_each_time_and_reads_back() -> None:
    list_ = of_rows(StatusList(2, 10), 0)
    assert list_.encode() == list_.encode()
    assert Bitstring.decode("revocation", list_.encode()) == list_


def _credential() -> dict[str, Any]:
    list_ = of_rows(StatusList(2, 10), 1)
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    return credential(list_, url=URL, issuer="did:example:1", valid_from=start, valid_until=end)


def test_the_credential_is_read_back() -> None:
    document = _credential()
    assert document["id"] == f"{URL}/suspension"
    assert document["validUntil"] == "2026-01-02T00:00:00Z"
    assert document["credentialSubject"]["id"] == f"{URL}/suspension#list"
    assert parse(document) == of_rows(StatusList(2, 10), 1)


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("type",), ["VerifiableCredential"], "status.bitstring"),
        (("credentialSubject", "type"), "Other", "status.bitstring"),
        (("credentialSubject", "statusSize"), 2, "status.bitstring"),
        (("credentialSubject", "statusPurpose"), 7, "codec.shape"),
        (("credentialSubject",), [], "codec.shape"),
    ],
)
def test_other_credentials_are_refused(path: tuple[str, ...], value: Any, code: str) -> None:
    document = _credential()
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(Refused) as caught:
        parse(document)
    assert caught.value.code == code


def _packed(raw: bytes) -> str:
    return "u" + base64url.encode(raw)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "status.bitstring"),
        ("zabc", "status.bitstring"),
        ("u=", "codec.base64url"),
        (_packed(b"not gzip"), "status.bitstring"),
        (_packed(gzip.compress(bytes(MIN_ENTRIES // 8 - 1))), "status.bitstring"),
        (_packed(gzip.compress(bytes(20_000))[:-1]), "status.bitstring"),
        (_packed(gzip.compress(bytes(20_000)) * 2), "status.bitstring"),
    ],
)
def test_malformed_lists_are_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        Bitstring.decode("revocation", text)
    assert caught.value.code == code


def test_a_gzip_bomb_is_refused_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(bytes(bitstring.MAX_LIST_BYTES + 1), 9)
    assert len(bomb) < 40_000
    with pytest.raises(Refused, match=r"codec\.size"):
        Bitstring.decode("revocation", _packed(bomb))
