"""The files that a phone reads off a chip (Doc 9303-10 sections 4.6 and 4.7)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from asn1crypto import core

from sandbox.chips.tlv import tlv
from sandbox.documents.mrz_lines import td3_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from asn1crypto import keys

    from sandbox.chips.proofs import ChipKey
    from sandbox.documents.person import Person

TAGS: Final = {
    1: 0x61, 2: 0x75, 3: 0x63, 4: 0x76, 5: 0x65, 6: 0x66, 7: 0x67, 8: 0x68,
    9: 0x69, 10: 0x6A, 11: 0x6B, 12: 0x6C, 13: 0x6D, 14: 0x6E, 15: 0x6F, 16: 0x70,
}  # fmt: skip
"""A data group's number to its tag."""
LDS_VERSION: Final = "0107"
UNICODE_VERSION: Final = "040000"
_ACTIVE_AUTHENTICATION_OID: Final = "2.23.136.1.1.5"
_CHIP_AUTHENTICATION_KEY_OID: Final = "0.4.0.127.0.7.2.2.1.2"
_FRONTAL, _JPEG, _JPEG_2000, _RGB = 1, 0, 1, 1
_SEXES: Final = {"M": 1, "F": 2}


class SecurityInfo(core.Sequence):  # type: ignore[misc]
    """What a chip can do: a protocol's name and its data (9303-11 section 9.2)."""

    _fields: Final = [
        ("protocol", core.ObjectIdentifier),
        ("required", core.Any),
        ("optional", core.Any, {"optional": True}),
    ]


class SecurityInfos(core.SetOf):  # type: ignore[misc]
    """All of them."""

    _child_spec = SecurityInfo


def common(groups: Iterable[int]) -> bytes:
    """EF.COM: versions, and the tags of the data groups that there are (4.6.1)."""
    tags = bytes(TAGS[number] for number in sorted(groups))
    return tlv(
        0x60, tlv(0x5F01, LDS_VERSION.encode()), tlv(0x5F36, UNICODE_VERSION.encode()), tlv(0x5C, tags)
    )


def zone(lines: Sequence[str]) -> bytes:
    """DG1: the machine readable zone (4.7.1)."""
    return tlv(TAGS[1], tlv(0x5F1F, "".join(lines).encode("ascii")))


def zone_of(person: Person) -> bytes:
    """DG1 of a specimen passport."""
    return zone(td3_lines(person))


def face(image: bytes, size: tuple[int, int], sex: str, *, jpeg_2000: bool = False) -> bytes:
    """DG2 with one face (4.7.2).

    Args:
        image: JPEG, or a JPEG 2000 file.
        size: Width and height in pixels.
        sex: ``M``, ``F`` or ``X``.
        jpeg_2000: Which of the two it is.
    """
    header = tlv(
        0xA1,
        tlv(0x80, b"\x01\x01"),  # version of the patron header
        tlv(0x81, b"\x02"),  # facial features
        tlv(0x82, b"\x00"),  # no subtype
        tlv(0x87, b"\x01\x01"),  # format owner: ISO/IEC JTC 1/SC 37
        tlv(0x88, b"\x00\x08"),  # format type: ISO/IEC 19794-5
    )
    record = face_record(image, size, sex, jpeg_2000=jpeg_2000)
    return tlv(TAGS[2], tlv(0x7F61, tlv(0x02, b"\x01"), tlv(0x7F60, header, tlv(0x5F2E, record))))


def face_record(image: bytes, size: tuple[int, int], sex: str, *, jpeg_2000: bool = False) -> bytes:
    """A facial record of ISO/IEC 19794-5:2005 section 5: no feature points, one image."""
    width, height = size
    kind = _JPEG_2000 if jpeg_2000 else _JPEG
    picture = struct.pack(">BBHHBBHH", _FRONTAL, kind, width, height, _RGB, 0, 0, 0) + image
    # Block length, feature points, sex, eyes, hair, properties, expression, pose, its uncertainty.
    about = struct.pack(">IHBBB3sH3s3s", 20 + len(picture), 0, _SEXES.get(sex, 0), 0, 0, *_NOTHING_SAID)
    body = about + picture
    return b"FAC\x00010\x00" + struct.pack(">IH", 14 + len(body), 1) + body


_NOTHING_SAID: Final = (bytes(3), 0, bytes(3), bytes(3))


def details(person: Person) -> bytes:
    """DG11: the name in its own letters, what the zone has no room for (4.7.11)."""
    names = "<<".join(part.replace(" ", "<") for part in (person.family_name, person.given_name))
    rows = [
        (0x5F0E, names.encode()),
        (0x5F2B, _whole_date(person.birth_date)),
        (0x5F11, person.birth_place.encode()),
    ]
    if person.personal_number:
        rows.insert(1, (0x5F10, person.personal_number.encode()))
    present = b"".join(tag.to_bytes(2, "big") for tag, _ in rows)
    return tlv(TAGS[11], tlv(0x5C, present), *(tlv(tag, value) for tag, value in rows))


def security(chip: ChipKey | None, active_authentication: str) -> bytes:
    """DG14: what the chip proves itself with (4.7.14).

    Args:
        chip: The key for chip authentication, if it does that.
        active_authentication: The OID of an ECDSA signature in plain form; empty for RSA, which needs none.
    """
    infos = []
    if chip is not None:
        infos.append({"protocol": chip.suite.oid, "required": core.Integer(1)})
        infos.append({"protocol": _CHIP_AUTHENTICATION_KEY_OID, "required": chip.public})
    if active_authentication:
        algorithm = core.ObjectIdentifier(active_authentication)
        infos.append(
            {"protocol": _ACTIVE_AUTHENTICATION_OID, "required": core.Integer(1), "optional": algorithm}
        )
    return tlv(TAGS[14], SecurityInfos(infos).dump())


def chip_key(public: keys.PublicKeyInfo) -> bytes:
    """DG15: the key for active authentication (4.7.15)."""
    return tlv(TAGS[15], public.dump())


def _whole_date(day: date) -> bytes:
    return day.strftime("%Y%m%d").encode()
