from __future__ import annotations

import pytest

from clicid.codec import cbor
from clicid.codec.cbor import Cbor, Tagged
from clicid.errors import Refused
from tests.support.refusals import refused

COSE_SIGN1 = frozenset({18})


# Of the examples of RFC 8949 appendix A, those in our types; the two maps show the order of 4.2.1.
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (1000000, "1a000f4240"),
        (1000000000000, "1b000000e8d4a51000"),
        (18446744073709551615, "1bffffffffffffffff"),
        (-1, "20"),
        (-1000, "3903e7"),
        (-18446744073709551616, "3bffffffffffffffff"),
        (False, "f4"),
        (True, "f5"),
        (None, "f6"),
        (b"", "40"),
        (b"\x01\x02\x03\x04", "4401020304"),
        ("", "60"),
        ("ü水", "65c3bce6b0b4"),
        ([], "80"),
        ([1, [2, 3], [4, 5]], "8301820203820405"),
        (list(range(1, 26)), "98190102030405060708090a0b0c0d0e0f101112131415161718181819"),
        ({}, "a0"),
        ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
        ({1: b"", -1: True, 100: None, "z": "", "aa": 0}, "a501401864f620f5617a6062616100"),
        (Tagged(18, [b"", {}]), "d28240a0"),
    ],
)  # fmt: skip
def test_both_ways(value: Cbor, text: str) -> None:
    raw = bytes.fromhex(text)
    assert cbor.dumps(value) == raw
    assert cbor.loads(raw, tags=COSE_SIGN1) == value
    assert type(cbor.loads(raw, tags=COSE_SIGN1)) is type(value)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "cut off"),
        ("18", "cut off"),
        ("43 0102", "cut off"),
        ("83 01 02", "cut off"),
        ("a1 01", "cut off"),
        ("d2", "cut off"),
        ("9bffffffffffffffff", "cut off"),
        ("bb7fffffffffffffff", "cut off"),
        ("5bffffffffffffffff", "cut off"),
        ("00 00", "bytes after the item"),
        ("1800", "a head longer than needed"),
        ("1817", "a head longer than needed"),
        ("1900ff", "a head longer than needed"),
        ("1a0000ffff", "a head longer than needed"),
        ("1b00000000ffffffff", "a head longer than needed"),
        ("5801 00", "a head longer than needed"),
        ("d812 00", "a head longer than needed"),
        ("5f41004100ff", "an indefinite length or a reserved head"),
        ("9f01ff", "an indefinite length or a reserved head"),
        ("bfff", "an indefinite length or a reserved head"),
        ("1c", "an indefinite length or a reserved head"),
        ("ff", "not one of false, true and null"),
        ("f7", "not one of false, true and null"),
        ("e0", "not one of false, true and null"),
        ("f8ff", "not one of false, true and null"),
        ("f93c00", "not one of false, true and null"),
        ("fb3ff0000000000000", "not one of false, true and null"),
        ("a2 0100 0100", "keys given twice or out of order"),
        ("a2 0200 0100", "keys given twice or out of order"),
        ("a2 2000 186400", "keys given twice or out of order"),
        ("a1 f500", "a key that is neither an integer nor a text"),
        ("a1 f600", "a key that is neither an integer nor a text"),
        ("a1 80 00", "a key that is neither an integer nor a text"),
        ("a1 4100 00", "a key that is neither an integer nor a text"),
        ("61ff", "a text that is not UTF-8"),
        ("63eda080", "a text that is not UTF-8"),
        ("c249010000000000000000", "a tag that is not expected here"),
        ("82 d200 d100", "a tag that is not expected here"),
    ],
)
def test_malformed(text: str, detail: str) -> None:
    with pytest.raises(Refused, match=detail) as caught:
        cbor.loads(bytes.fromhex(text), tags=COSE_SIGN1, where="/proofValue")
    assert (caught.value.code, caught.value.where) == ("codec.cbor", "/proofValue")


def test_the_caps() -> None:
    nested = b"\x81" * cbor.MAX_DEPTH + b"\x00"
    assert cbor.loads(nested)
    with refused("codec.size"):
        cbor.loads(b"\x81" + nested)
    assert cbor.loads(b"\x83\x00\x00\x00", max_values=4, max_bytes=4)
    with refused("codec.size"):
        cbor.loads(b"\x83\x00\x00\x00", max_values=3)
    with refused("codec.size"):
        cbor.loads(b"\x83\x00\x00\x00", max_bytes=3)


@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, 65535, 65536])
def test_cbor_inside_a_byte_string(size: int) -> None:
    assert cbor.embedded(bytes(size)) == cbor.dumps(Tagged(cbor.EMBEDDED, bytes(size)))


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 700, 65_535, 65_536])
def test_unembedded_is_what_is_read_head_by_head(size: int) -> None:
    raw = cbor.embedded(bytes(size))
    read = cbor.loads(raw, tags=frozenset((cbor.EMBEDDED,)))
    assert read == Tagged(cbor.EMBEDDED, bytes(size))
    assert cbor.unembedded(raw) == (bytes(size) if 256 <= size < 65_536 else None)


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"\xd8\x18\x59", b"\xd8\x18\x59\x00\xff" + bytes(255), b"\xd8\x18\x59\x01\x00" + bytes(255)),
        *(b"\xd8\x18\x59\x01\x00" + bytes(257), b"\xd8\x19\x59\x01\x00" + bytes(256)),
        *(b"\xd8\x18\x79\x01\x00" + bytes(256), b"\xd8\x18\x5a\x00\x00\x01\x00" + bytes(256)),
    ],
    ids=["empty", "cut off", "long head", "short", "bytes after", "other tag", "text", "longer head"],
)
def test_nothing_else_is_unembedded(raw: bytes) -> None:
    assert cbor.unembedded(raw) is None
