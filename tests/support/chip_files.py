"""Writes a chip's files by hand, for tests of its readers; whole signed chips are made in `chip_signing`."""

from __future__ import annotations

from issuer.engines.mrz_layout import LAYOUTS
from tests.support.mrz_writer import write

JPEG = b"\xff\xd8\xff\xe0" + b"j" * 60
JPEG_2000 = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + b"2" * 60
HOLDER = {
    "document_code": "P", "issuing_state": "SWE", "nationality": "SWE", "number": "XA0000001",
    "birth_date": "850314", "expiry_date": "330501", "sex": "F", "names": "LINDH<<EVA<MARIA",
}  # fmt: skip


def tlv(tag: int, *values: bytes) -> bytes:
    value = b"".join(values)
    name = tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big")
    if len(value) < 0x80:
        return name + bytes([len(value)]) + value
    size = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return name + bytes([0x80 | len(size)]) + size + value


def com(tags: bytes = b"\x61\x75") -> bytes:
    return tlv(0x60, tlv(0x5F01, b"0107"), tlv(0x5F36, b"040000"), tlv(0x5C, tags))


def dg1(layout: str = "TD3", **values: str) -> bytes:
    row = next(one for one in LAYOUTS if one.name == layout)
    lines = write(row, HOLDER | values)
    return tlv(0x61, tlv(0x5F1F, "".join(lines).encode("ascii")))


def face(image: bytes = JPEG, *, points: int = 0) -> bytes:
    """A facial record of ISO/IEC 19794-5."""
    data = points.to_bytes(2, "big") + bytes(14) + bytes(8 * points) + bytes(12) + image
    data = (len(data) + 4).to_bytes(4, "big") + data
    return b"FAC\x00010\x00" + (len(data) + 14).to_bytes(4, "big") + b"\x00\x01" + data


def dg2(*faces: bytes) -> bytes:
    found = faces or (face(),)
    templates = [tlv(0x7F60, tlv(0xA1, tlv(0x80, b"\x01\x01")), tlv(0x5F2E, one)) for one in found]
    return tlv(0x75, tlv(0x7F61, tlv(0x02, bytes([len(found)])), *templates))


def asn1_face(image: bytes = JPEG_2000, *more: bytes) -> bytes:
    """A face image record of ISO/IEC 39794-5, as the ICAO profile has it: one flat image and what follows."""
    version = tlv(0xA0, tlv(0x80, b"\x03"), tlv(0x81, b"\x07\xe3"))
    information = tlv(0xA1, tlv(0xA0, tlv(0x80, b"\x02")))
    base = tlv(0xA0, tlv(0xA0, tlv(0x80, image), information))
    blocks = tlv(0xA1, tlv(0x30, tlv(0x80, b"\x00"), tlv(0xA1, base)), *more)
    return tlv(0xA1, tlv(0x65, version, blocks))


def dg2_of_2026(block: bytes) -> bytes:
    """DG2 with a data block that is constructed."""
    return tlv(0x75, tlv(0x7F61, tlv(0x02, b"\x01"), tlv(0x7F60, tlv(0xA1, b""), tlv(0x7F2E, block))))


def dg11(name: str = "LINDH<<EVA<MARIA", number: str = "198503142386") -> bytes:
    return tlv(
        0x6B,
        tlv(0x5C, b"\x5f\x0e\x5f\x10"),
        tlv(0x5F0E, name.encode("utf-8")),
        tlv(0x5F10, number.encode("utf-8")),
    )
