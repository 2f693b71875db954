from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clicid.codec import base64url
from clicid.errors import Refused
from clicid.status import bitstring
from clicid.status.bitstring import (
    MIN_ENTRIES,
    Bitstring,
    Published,
    Status,
    credential,
    of_rows,
    parse,
    status,
)
from clicid.status.entry import BitstringEntry
from clicid.status.rows import StatusList
from tests.support.refusals import refused

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
        assert plane.purposes == (("revocation", "suspension")[bit],)


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
    list_ = Bitstring(("revocation",), b"\x80\x01" + bytes(MIN_ENTRIES // 8 - 2))
    assert [index for index in range(16) if list_[index]] == [0, 15]
    for index in (-1, MIN_ENTRIES):
        with pytest.raises(IndexError):
            list_[index]


def test_encoding_is_the_same_each_time_and_reads_back() -> None:
    list_ = of_rows(StatusList(2, 10), 0)
    assert list_.encode() == list_.encode()
    assert Bitstring.decode(("revocation",), list_.encode()) == list_


DAY = datetime(2026, 1, 1, tzinfo=UTC)
MESSAGES = ("none", "lost", "found", "undefined")


def _credential(
    list_: Bitstring | None = None, ttl: timedelta = timedelta(minutes=5), **more: Any
) -> dict[str, Any]:
    return credential(
        list_ or of_rows(StatusList(2, 10), 1),
        url=URL,
        issuer="did:example:1",
        valid_from=DAY,
        valid_until=DAY + timedelta(days=1),
        ttl=ttl,
        **more,
    )


def _wide(purposes: tuple[str, ...] = ("message",), size: int = 2) -> Bitstring:
    return Bitstring(purposes, bytes(MIN_ENTRIES * size // 8), size)


def read(document: dict[str, Any]) -> Published:
    return parse(document["credentialSubject"], document["id"])


def test_the_credential_is_read_back() -> None:
    document = _credential()
    assert (document["id"], document["validUntil"]) == (URL, "2026-01-02T00:00:00Z")
    assert document["credentialSubject"]["id"] == f"{URL}#list"
    assert read(document) == Published(URL, of_rows(StatusList(2, 10), 1), timedelta(minutes=5), None)


def test_entries_of_several_bits_for_several_purposes_with_their_messages() -> None:
    document = _credential(_wide(("message", "revocation")), messages=MESSAGES)
    assert document["credentialSubject"]["statusPurpose"] == ["message", "revocation"]
    found = read(document)
    assert (len(found.list_), found.list_.size, found.messages) == (MIN_ENTRIES, 2, MESSAGES)


def test_a_copy_is_never_kept_beyond_its_end() -> None:
    assert _credential(ttl=timedelta(days=9))["credentialSubject"]["ttl"] == 86_400_000


def test_ten_million_entries_are_written_read_and_looked_up() -> None:
    held = StatusList(2, 10_000_000)
    marked = range(7, 10_000_000, 100)
    held.change([held.position(index, 0) for index in marked], [])
    published = read(_credential(of_rows(held, 0)))
    assert len(published.list_) == 10_000_000
    assert int.from_bytes(published.list_.bits).bit_count() == len(marked)
    assert [published.list_[index] for index in (6, 7, 8, 9_999_907, 9_999_999)] == [0, 1, 0, 1, 0]


@pytest.mark.parametrize("size", range(1, 9))
def test_an_entry_of_any_size_is_read_over_the_bytes_it_lies_in(size: int) -> None:
    values = {0: 1, 1: (1 << size) - 1, 7: 1 << size - 1, 8: 1, 1001: (1 << size) - 1}
    bits = 0
    for index, value in values.items():
        bits |= value << (MIN_ENTRIES - 1 - index) * size
    list_ = Bitstring(("message",), bits.to_bytes(MIN_ENTRIES * size // 8, "big"), size)
    assert len(list_) == MIN_ENTRIES
    assert {index: list_[index] for index in values} == values
    assert not any(list_[index] for index in (2, 6, 9, 1000, 1002, MIN_ENTRIES - 1))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "Other"}, "status.bitstring"),
        ({"type": None}, "status.bitstring"),
        ({"statusSize": 0}, "codec.shape"),
        ({"statusSize": "1"}, "codec.shape"),
        ({"statusSize": 9}, "codec.shape"),
        ({"statusSize": 2}, "status.length"),
        ({"statusPurpose": 7}, "codec.shape"),
        ({"statusPurpose": []}, "codec.shape"),
        ({"statusPurpose": "message"}, "status.bitstring"),
        ({"statusPurpose": "message", "statusSize": 1}, "status.bitstring"),
        ({"statusMessages": [{"status": "0x0", "message": "no"}]}, "status.entry"),
        ({"statusMessages": [{"status": "0", "message": "no"}] * 2}, "status.entry"),
        ({"statusMessages": [{"status": "0x0", "message": "no"}] * 2}, "status.entry"),
        ({"statusMessages": [{"status": "0x0"}, {"status": "0x1"}]}, "codec.shape"),
        ({"ttl": 0}, "codec.shape"),
        ({"ttl": "300000"}, "codec.shape"),
        ({"encodedList": 1}, "codec.shape"),
        ({"encodedList": None}, "codec.shape"),
    ],
)
def test_another_subject_is_refused(change: dict[str, Any], code: str) -> None:
    document = _credential()
    document["credentialSubject"] |= change
    with refused(code):
        read(document)


def entry(**changes: Any) -> BitstringEntry:
    made = BitstringEntry("suspension", 9, URL, where="/credentialStatus")
    return replace(made, **changes)


def test_a_status_has_its_value_and_what_the_value_means() -> None:
    held = StatusList(2, 10)
    held.change([held.position(9, 1)], [])
    published = read(_credential(of_rows(held, 1)))
    assert status(published, entry()) == Status("suspension", 1, "set")
    assert status(published, entry(index=8)) == Status("suspension", 0, "unset")
    told = entry(messages=("free", "waits"))
    assert status(published, told).message == "waits"
    wide = read(_credential(_wide(), messages=MESSAGES))
    of_message = entry(purpose="message", size=2, messages=("the entry's own",) * 4)
    assert status(wide, of_message) == Status("message", 0, "none")


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"purpose": "revocation"}, "status.purpose", "/credentialStatus"),
        ({"size": 2}, "status.bitstring", "/credentialStatus"),
        ({"list_credential": f"{URL}0"}, "status.bitstring", "/id"),
        ({"index": MIN_ENTRIES}, "status.index", "/credentialStatus/statusListIndex"),
        ({"index": 10**18}, "status.index", "/credentialStatus/statusListIndex"),
    ],
)
def test_an_entry_that_does_not_fit_the_list(changes: dict[str, Any], code: str, where: str) -> None:
    with refused(code, where):
        status(read(_credential()), entry(**changes))


def test_a_list_without_an_id_may_stand_anywhere() -> None:
    published = parse(_credential()["credentialSubject"])
    assert status(published, entry(list_credential="https://elsewhere.example/")).value == 0


def _packed(raw: bytes) -> str:
    return "u" + base64url.encode(raw)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "status.bitstring"),
        ("zabc", "status.bitstring"),
        ("u=", "codec.base64url"),
        (_packed(b"not gzip"), "status.bitstring"),
        (_packed(gzip.compress(bytes(MIN_ENTRIES // 8 - 1), mtime=0)), "status.length"),
        (_packed(gzip.compress(bytes(20_000), mtime=0)[:-1]), "status.bitstring"),
        (_packed(gzip.compress(bytes(20_000), mtime=0) * 2), "status.bitstring"),
    ],
)
def test_malformed_lists_are_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        Bitstring.decode(("revocation",), text)
    assert caught.value.code == code


def test_a_gzip_bomb_is_refused_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(bytes(bitstring.MAX_LIST_BYTES + 1), 9)
    assert len(bomb) < 40_000
    with pytest.raises(Refused, match=r"codec\.size"):
        Bitstring.decode(("revocation",), _packed(bomb))
