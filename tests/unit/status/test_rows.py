from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from clicid.errors import Refused
from clicid.status.rows import REVOKED, SUSPENDED, StatusList, list_id


def test_the_canonical_array_is_the_documented_one() -> None:
    held = StatusList(2, 5)
    held.change([held.position(0, 0), held.position(3, 1)], [])
    assert bytes(held.entries) == bytes([0b10000001, 0])
    array = (
        b"clicid-status-list-v1\0"
        + b"\x07" * 32
        + (9).to_bytes(8, "big")
        + b"\x02"
        + (5).to_bytes(8, "big")
        + b"\x81\x00"
    )
    assert held.digest(b"\x07" * 32, 9) == hashlib.sha256(array).digest()


def test_bits_are_set_and_cleared_each_by_itself() -> None:
    held = StatusList(2, 10)
    held.change([held.position(4, 0), held.position(4, 1)], [])
    assert held[4] == REVOKED | SUSPENDED
    held.change([], [held.position(4, 1)])
    assert held[4] == REVOKED
    assert [held[index] for index in range(10) if index != 4] == [0] * 9


@pytest.mark.parametrize(("width", "size"), [(3, 8), (0, 8), (2, 0), (2, -1), (8, (1 << 26) + 1)])
def test_impossible_lists_are_refused(width: int, size: int) -> None:
    with pytest.raises(Refused, match=r"status\.list"):
        StatusList(width, size)


@pytest.mark.parametrize("entries", [b"", b"\0\0\0", b"\0\x04"])
def test_entries_must_fit_and_end_in_zero_bits(entries: bytes) -> None:
    with pytest.raises(Refused, match=r"status\.list"):
        StatusList(2, 5, entries)
    assert StatusList(2, 5, b"\xff\x03")[4] == 3


def test_an_index_outside_the_list_is_an_error() -> None:
    held = StatusList(2, 5)
    for index in (-1, 5):
        with pytest.raises(IndexError):
            held[index]
        with pytest.raises(IndexError):
            held.position(index, 0)
    with pytest.raises(IndexError):
        held.position(0, 2)


def test_the_id_of_a_list_is_bound_to_its_issuer() -> None:
    url = "https://issuer.example/lists/1"
    assert list_id(b"\1" * 20, url) == hashlib.sha256(b"\1" * 20 + url.encode()).digest()
    assert list_id(b"\1" * 20, url) != list_id(b"\2" * 20, url)


VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "status" / "digests.json").read_text())["lists"]


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"width {row['width']}, size {row['size']}")
def test_digests_of_known_lists(row: dict[str, Any]) -> None:
    name = list_id(bytes.fromhex(row["identity"]), row["url"])
    assert name.hex() == row["list_id"]
    held = StatusList(row["width"], row["size"])
    held.change(row["positions"], [])
    assert held.digest(name, row["version"]).hex() == row["digest"]
    # Not by our own code: one large number, of which each position is a bit.
    number = sum(1 << position for position in row["positions"])
    entries = number.to_bytes((row["size"] * row["width"] + 7) // 8, "little")
    head = struct.pack(">32sQBQ", name, row["version"], row["width"], row["size"])
    assert hashlib.sha256(b"clicid-status-list-v1\0" + head + entries).hexdigest() == row["digest"]
