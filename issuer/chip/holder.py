"""What the data groups say of the holder: DG1, DG2 and DG11 (9303-10 4.7).

Bytes in, values out. Whether the bytes are the country's is not known here; read them through
`passive.authenticate`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.chip import tlv
from issuer.chip.files import TAG
from issuer.engines import mrz

if TYPE_CHECKING:
    from issuer.engines.mrz import Mrz

_MRZ: Final = 0x5F1F
_WIDTHS: Final = {90: 30, 72: 36, 88: 44}  # 9303-10 4.7.1: the lines stand one after the other

_BIOMETRIC_GROUP: Final = 0x7F61
_BIOMETRIC: Final = 0x7F60
_COUNT: Final = 0x02
_BLOCKS: Final = (0x5F2E, 0x7F2E)

# ISO/IEC 39794-5 in the ICAO profile: the way through its ASN.1 (DER, implicit tags) to the image.
_ASN1_RECORD: Final = 0xA1
_FACE_IMAGE_DATA: Final = 0x65
_REPRESENTATIONS: Final = 0xA1
_REPRESENTATION: Final = 0x30
_TO_THE_IMAGE: Final = (0xA1, 0xA0, 0xA0, 0x80)  # image representation, base, two dimensions, data

_FACE_HEADER: Final = b"FAC\x00010\x00"
_FACIAL_BYTES: Final = 20
_POINT_BYTES: Final = 8
_IMAGE_BYTES: Final = 12
MAX_FACES: Final = 16

_FULL_NAME: Final = 0x5F0E
_PERSONAL_NUMBER: Final = 0x5F10
MAX_TEXT_BYTES: Final = 512


class ImageKind(StrEnum):
    """The two forms of image that a portrait has, by their media types."""

    JPEG = "image/jpeg"
    JPEG_2000 = "image/jp2"


_MAGIC: Final = (
    (b"\xff\xd8\xff", ImageKind.JPEG),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", ImageKind.JPEG_2000),
    (b"\xff\x4f\xff\x51", ImageKind.JPEG_2000),  # a code stream without its box
)


@dataclass(frozen=True, slots=True)
class Portrait:
    """The image of the holder's face, not decoded.

    Args:
        kind: What its first bytes say it is; the record's own word for it is wrong on some chips.
        image: The file.
    """

    kind: ImageKind
    image: bytes

    def __repr__(self) -> str:
        """Its size only: the image is no business of a log."""
        return f"Portrait({self.kind.value}, {len(self.image)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class Details:
    """DG11, as far as it is used: the name in the holder's own letters, and the personal number.

    Args:
        name: Surname and given names, each with its words separated by one space; either may be empty.
        personal_number: As it stands; empty where there is none.
    """

    surname: str
    given_names: str
    personal_number: str


def machine_readable_zone(dg1: bytes) -> Mrz:
    """DG1: the machine readable zone, every check digit of it right.

    Raises:
        Refused: `chip.file` for what is no DG1, `chip.mrz` where a check digit fails,
            `document.mrz_format` as the parser says.
    """
    text = tlv.only(tlv.only(dg1, TAG[1], "DG1"), _MRZ, "DG1")
    width = _WIDTHS.get(len(text))
    if width is None or not text.isascii():
        raise Refused("chip.mrz", "DG1", f"{len(text)} characters")
    line = text.decode("ascii")
    read = mrz.parse("\n".join(line[at : at + width] for at in range(0, len(line), width)))
    if not read.all_checks_pass:
        raise Refused("chip.mrz", "DG1", "a check digit")
    return read


def portrait(dg2: bytes) -> Portrait:
    """The first face of DG2 (9303-10 4.7.2): by ISO/IEC 19794-5, or by 39794-5 as documents from 2026 on.

    Raises:
        Refused: `chip.file` for what is no DG2, `chip.portrait` for a record or image of another form.
    """
    outer = tlv.only(tlv.only(dg2, TAG[2], "DG2"), _BIOMETRIC_GROUP, "DG2")
    objects = tlv.children(outer, "DG2")
    faces = [value for tag, value in objects if tag == _BIOMETRIC]
    if objects[:1] != (tlv.Tlv(_COUNT, bytes([len(faces) & 0xFF])),) or not 1 <= len(faces) <= MAX_FACES:
        raise Refused("chip.portrait", "DG2", "the number of faces")
    blocks = [value for tag, value in tlv.children(faces[0], "DG2") if tag in _BLOCKS]
    if len(blocks) != 1:
        raise Refused("chip.portrait", "DG2", "no biometric data block, or several")
    block = blocks[0]
    return _image(_asn1_face(block) if block[:1] == bytes([_ASN1_RECORD]) else _face(block))


def _asn1_face(block: bytes) -> bytes:
    """The image of the first representation in a FaceImageDataBlock (ISO/IEC 39794-5 annex A)."""
    record = tlv.only(tlv.only(block, _ASN1_RECORD, "DG2"), _FACE_IMAGE_DATA, "DG2")
    parts = tlv.by_tag(record, "DG2")
    found = tlv.children(parts.get(_REPRESENTATIONS, b""), "DG2")
    if not found or found[0].tag != _REPRESENTATION:
        raise Refused("chip.portrait", "DG2", "no face in the record")
    value = found[0].value
    for tag in _TO_THE_IMAGE:
        value = tlv.by_tag(value, "DG2").get(tag, b"")
    return value


def _face(block: bytes) -> bytes:
    """The image of ISO/IEC 19794-5: header (5.3), facial information, points, image information, image."""
    if block[:8] != _FACE_HEADER or int.from_bytes(block[8:12], "big") != len(block):
        raise Refused("chip.portrait", "DG2", "no facial record of ISO/IEC 19794-5:2005")
    if int.from_bytes(block[12:14], "big") < 1:
        raise Refused("chip.portrait", "DG2", "no face in the record")
    end = 14 + int.from_bytes(block[14:18], "big")
    points = int.from_bytes(block[18:20], "big")
    start = 14 + _FACIAL_BYTES + points * _POINT_BYTES + _IMAGE_BYTES
    if not start < end <= len(block):
        raise Refused("chip.portrait", "DG2", "a length that reaches out of the record")
    return block[start:end]


def _image(image: bytes) -> Portrait:
    for magic, kind in _MAGIC:
        if image.startswith(magic):
            return Portrait(kind, image)
    raise Refused("chip.portrait", "DG2", "neither JPEG nor JPEG 2000")


def details(dg11: bytes) -> Details:
    """DG11 (9303-10 4.7.11).

    Raises:
        Refused: `chip.file` for what is no DG11, or text that is no UTF-8 or too long.
    """
    parts = tlv.by_tag(tlv.only(dg11, TAG[11], "DG11"), "DG11")
    surname, _, given_names = _text(parts.get(_FULL_NAME, b"")).partition("<<")
    return Details(_spaced(surname), _spaced(given_names), _text(parts.get(_PERSONAL_NUMBER, b"")))


def _text(value: bytes) -> str:
    if len(value) > MAX_TEXT_BYTES:
        raise Refused("chip.file", "DG11", "a text too long")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("chip.file", "DG11", "a text that is no UTF-8") from error
    if not text.isprintable():
        raise Refused("chip.file", "DG11", "a text with signs that cannot be printed")
    return text


def _spaced(words: str) -> str:
    return " ".join(words.replace("<", " ").split())
