from __future__ import annotations

import pytest

from issuer.chip import files
from tests.support.chip_files import com, dg1, dg2, dg11, tlv
from tests.support.refusals import refused

SOD = tlv(0x77, b"\x30\x00")


def test_files_are_told_by_their_tags_in_any_order() -> None:
    found = files.sort([dg2(), SOD, dg11(), com(), dg1()])
    assert (found.com, found.sod) == (com(), SOD)
    assert found.groups == {1: dg1(), 2: dg2(), 11: dg11()}
    assert repr(found) == "ChipFiles(DG1, DG2, DG11)"


def test_every_data_group_has_its_tag() -> None:
    """9303-10 table 38, written down here once more."""
    assert {n: f"{tag:02X}" for n, tag in files.TAG.items()} == {
        1: "61", 2: "75", 3: "63", 4: "76", 5: "65", 6: "66", 7: "67", 8: "68", 9: "69", 10: "6A",
        11: "6B", 12: "6C", 13: "6D", 14: "6E", 15: "6F", 16: "70",
    }  # fmt: skip


def test_what_is_needed() -> None:
    with refused("chip.missing", "SOD"):
        files.sort([dg1()])
    with refused("chip.missing", "DG1"):
        files.sort([SOD, dg2()])


def test_a_file_twice() -> None:
    with refused("chip.duplicate", "DG1"):
        files.sort([SOD, dg1(), dg1()])


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff\xe0", b"%PDF-1.7", tlv(0x30, b""), dg1()[:-1], dg1() + b"\0"]
)
def test_what_is_no_file_of_a_chip(data: bytes) -> None:
    with refused("chip.file"):
        files.sort([SOD, data])


def test_caps() -> None:
    files.sort([SOD, dg1(), tlv(0x75, bytes(files.MAX_BYTES))])
    for large in (tlv(0x6B, bytes(files.MAX_BYTES)), tlv(0x75, bytes(files.MAX_PORTRAIT_BYTES))):
        with refused("chip.file"):
            files.sort([SOD, dg1(), large])
    with refused("chip.file", ""):
        files.sort([SOD, com(), *(tlv(tag, b"") for tag in files.TAG.values()), b"one more"])


def test_what_the_chip_says_that_it_has() -> None:
    found = files.common(com(b"\x61\x75\x6b"))
    assert found == files.Common("0107", "040000", frozenset({1, 2, 11}))


@pytest.mark.parametrize(
    "data",
    [
        com(b""),
        com(b"\x61\x61"),
        com(b"\x61\x77"),
        tlv(0x60, tlv(0x5C, b"\x61")),
        tlv(0x60, tlv(0x5F01, b"01x7"), tlv(0x5F36, b"040000"), tlv(0x5C, b"\x61")),
        tlv(0x60, b"\x5c"),
    ],
)
def test_a_list_that_is_none(data: bytes) -> None:
    with refused("chip.file", "COM"):
        files.common(data)
