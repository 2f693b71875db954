from __future__ import annotations

import time

import pytest

from issuer.chip import tlv
from tests.support.chip_files import tlv as write
from tests.support.refusals import refused


def test_objects_one_after_the_other() -> None:
    data = write(0x5F1F, b"abc") + write(0x7F61, b"x" * 300) + write(0x02, b"")
    assert tlv.children(data, "x") == ((0x5F1F, b"abc"), (0x7F61, b"x" * 300), (0x02, b""))


def test_a_length_may_be_longer_than_needed_outside_asn1() -> None:
    assert tlv.only(b"\x61\x82\x00\x01a", 0x61, "x") == b"a"
    with refused("chip.file", "x"):
        tlv.check_der(b"\x04\x82\x00\x01a", "x")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x61",
        b"\x61\x02a",
        b"\x61\x80a\x00\x00",  # indefinite
        b"\x61\x84\x00\x0f\x42\x40a",  # a million bytes
        b"\x61\x85\x00\x00\x00\x00\x01a",
        b"\x61\xff" + b"\x01" * 127 + b"a",
        b"\x61\x82\x01",
        b"\x5f",
        b"\x5f\x81\x82\x83\x01\x00",  # a tag of five bytes
        b"\x61\x01ab",
        b"\x62\x01a",
    ],
)
def test_what_is_not_one_object(data: bytes) -> None:
    with refused("chip.file", "here"):
        tlv.only(data, 0x61, "here")


def test_a_tag_twice() -> None:
    with refused("chip.file"):
        tlv.by_tag(write(0x5C, b"a") * 2, "x")


def test_a_crowd_of_objects() -> None:
    with refused("chip.file"):
        tlv.children(b"\x02\x00" * (tlv.MAX_CHILDREN + 1), "x")


def nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = write(0x30, data)
    return data


def test_der_depth_and_number() -> None:
    tlv.check_der(nested(tlv.MAX_DEPTH - 1), "x")
    tlv.check_der(write(0x30, b"\x05\x00" * (tlv.MAX_OBJECTS - 1)), "x")
    started = time.monotonic()
    for data in (
        nested(tlv.MAX_DEPTH),
        nested(20_000),
        write(0x30, b"\x05\x00" * tlv.MAX_OBJECTS),
        write(0x30, b"\x05\x00" * 500_000),
    ):
        with refused("chip.file"):
            tlv.check_der(data, "x")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x80\x05\x00\x00\x00",
        b"\x24\x04\x04\x02ab",  # a string in parts
        b"\x10\x00",  # a sequence that is not one
        b"\x30\x02\x05\x00\x05\x00",
        b"\x30\x03\x05\x00",
        b"\x30\x02\x05\x01",
        b"\x30\x03\x30\x02\x05",
        b"\x30\x81\x02\x05\x00",
        write(0x30, write(0x06, b"\x2a" + b"\xff" * 131_000 + b"\x7f")),  # took five seconds to work out
    ],
)
def test_what_is_no_der(data: bytes) -> None:
    with refused("chip.file"):
        tlv.check_der(data, "x")
