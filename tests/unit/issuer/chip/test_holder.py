from __future__ import annotations

import pytest

from issuer.chip import holder
from issuer.chip.holder import ImageKind
from tests.support.chip_files import JPEG, JPEG_2000, asn1_face, dg1, dg2, dg2_of_2026, dg11, face, tlv
from tests.support.refusals import refused


@pytest.mark.parametrize("layout", ["TD1", "TD2", "TD3"])
def test_the_machine_readable_zone(layout: str) -> None:
    read = holder.machine_readable_zone(dg1(layout))
    assert (read.surname, read.given_names, read.issuing_state) == ("LINDH", "EVA MARIA", "SWE")
    assert read.all_checks_pass


def test_a_zone_that_is_not_sound() -> None:
    whole = dg1()
    wrong = whole.replace(b"XA0000001", b"XA0000002")
    assert wrong != whole
    with refused("chip.mrz", "DG1"):
        holder.machine_readable_zone(wrong)
    with refused("chip.mrz", "DG1"):
        holder.machine_readable_zone(tlv(0x61, tlv(0x5F1F, b"P<SWE")))
    with refused("chip.mrz", "DG1"):
        holder.machine_readable_zone(tlv(0x61, tlv(0x5F1F, b"\xe5" * 88)))
    with refused("document.mrz_format"):
        holder.machine_readable_zone(tlv(0x61, tlv(0x5F1F, b"!" * 88)))
    with refused("chip.file", "DG1"):
        holder.machine_readable_zone(tlv(0x61, tlv(0x5F1E, b"P<SWE")))


@pytest.mark.parametrize("points", [0, 3])
@pytest.mark.parametrize(("image", "kind"), [(JPEG, ImageKind.JPEG), (JPEG_2000, ImageKind.JPEG_2000)])
def test_the_portrait(image: bytes, kind: ImageKind, points: int) -> None:
    found = holder.portrait(dg2(face(image, points=points)))
    assert (found.kind, found.image) == (kind, image)
    assert repr(found) == f"Portrait({kind.value}, {len(image)} bytes)"


def test_the_first_of_two_faces() -> None:
    assert holder.portrait(dg2(face(), face(JPEG_2000))).kind is ImageKind.JPEG


@pytest.mark.parametrize(("image", "kind"), [(JPEG, ImageKind.JPEG), (JPEG_2000, ImageKind.JPEG_2000)])
def test_the_portrait_in_asn1(image: bytes, kind: ImageKind) -> None:
    found = holder.portrait(dg2_of_2026(asn1_face(image, tlv(0x30, tlv(0x80, b"\x01")))))
    assert (found.kind, found.image) == (kind, image)


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (tlv(0xA1, tlv(0x65, b"")), "chip.portrait"),
        (tlv(0xA1, tlv(0x65, tlv(0xA1, b""))), "chip.portrait"),
        (tlv(0xA1, tlv(0x65, tlv(0xA1, tlv(0x31, b"")))), "chip.portrait"),
        (asn1_face(b""), "chip.portrait"),
        (tlv(0xA1, tlv(0x66, b"")), "chip.file"),
        (asn1_face() + b"\0", "chip.file"),
        (asn1_face()[:-1], "chip.file"),
    ],
)
def test_a_portrait_in_asn1_of_another_form(block: bytes, code: str) -> None:
    with refused(code, "DG2"):
        holder.portrait(dg2_of_2026(block))


@pytest.mark.parametrize(
    "data",
    [
        dg2(b""),
        dg2(face(b"")),
        dg2(face(b"\x89PNG\r\n\x1a\n" + bytes(40))),
        dg2(face()[:-1]),
        dg2(face() + b"\0"),
        dg2(face().replace(b"FAC", b"FIR")),
        dg2(face()[:18] + b"\xff\xff" + face()[20:]),  # more points than bytes
        dg2(face()[:12] + b"\x00\x00" + face()[14:]),  # no face
        dg2(face()[:14] + b"\xff\xff\xff\xff" + face()[18:]),
        dg2(*[face()] * 17),
        dg2().replace(tlv(0x02, b"\x01"), tlv(0x02, b"\x02")),
        tlv(0x75, tlv(0x7F61, tlv(0x02, b"\x01"), tlv(0x7F60, tlv(0xA1, b"")))),
    ],
)
def test_a_portrait_of_another_form(data: bytes) -> None:
    with refused("chip.portrait", "DG2"):
        holder.portrait(data)


def test_name_and_personal_number() -> None:
    found = holder.details(dg11("ÅKERLUND<<EVA MARIA", "19850314-2386"))
    assert (found.surname, found.given_names, found.personal_number) == (
        "ÅKERLUND",
        "EVA MARIA",
        "19850314-2386",
    )
    assert "KERLUND" not in repr(found)
    assert holder.details(tlv(0x6B, tlv(0x5C, b""))) == holder.Details("", "", "")


@pytest.mark.parametrize("name", [b"\xff\xfe", b"A" * 513, b"A\x1b[31m"])
def test_a_name_that_is_no_text(name: bytes) -> None:
    with refused("chip.file", "DG11"):
        holder.details(tlv(0x6B, tlv(0x5F0E, name)))
