"""The data groups, byte by byte where the standards say how."""

from __future__ import annotations

import struct
from io import BytesIO

from asn1crypto import keys
from PIL import Image

from issuer.engines.mrz import parse
from sandbox.chips.groups import SecurityInfos, chip_key, common, details, face_record, security, zone
from sandbox.chips.keys import ALGORITHMS, generate
from sandbox.chips.proofs import chip_key as new_chip_key
from sandbox.chips.tlv import length, tlv
from sandbox.documents.mrz_lines import td3_lines
from tests.support.chips import HOLDER, portrait, world_of


def test_common_is_the_worked_example_of_9303_11_appendix_d() -> None:
    example = bytes.fromhex("60145F0104303130365F36063034303030305C026175")
    assert common([2, 1]) == example.replace(b"0106", b"0107")


def test_lengths_take_as_few_bytes_as_they_can() -> None:
    sizes = (0, 127, 128, 255, 256, 65_535, 65_536)
    assert [length(size).hex() for size in sizes] == [
        "00",
        "7f",
        "8180",
        "81ff",
        "820100",
        "82ffff",
        "83010000",
    ]
    assert tlv(0x5F1F, b"a", b"b") == b"\x5f\x1f\x02ab"


def test_the_zone_is_the_persons_with_its_check_digits_right() -> None:
    group = world_of("p256-sha256").groups[1]
    assert group[:5] == bytes.fromhex("615b5f1f58")
    text = group[5:].decode()
    assert parse(f"{text[:44]}\n{text[44:]}").all_checks_pass
    assert group == zone(td3_lines(HOLDER))


def test_the_facial_record_is_one_of_iso_19794_5() -> None:
    image = portrait().image
    record = face_record(image, (48, 60), "F")
    magic, version, size, faces = struct.unpack(">4s4sIH", record[:14])
    assert (magic, version, size, faces) == (b"FAC\0", b"010\0", len(record), 1)
    block, points, sex = struct.unpack(">IHB", record[14:21])
    assert (block, points, sex) == (len(record) - 14, 0, 2)
    kind, data, width, height, colour = struct.unpack(">BBHHB", record[34:41])
    assert (kind, data, width, height, colour) == (1, 0, 48, 60, 1)
    assert Image.open(BytesIO(record[46:])).size == (48, 60)
    assert face_record(image, (48, 60), "F", jpeg_2000=True)[35] == 1


def test_details_keep_the_names_own_letters() -> None:
    group = details(HOLDER)
    assert "Åkerström-Öberg<<Nils<Mårten".encode() in group
    assert b"\x5f\x10\x0c199108172397" in group
    assert group[2:12] == bytes.fromhex("5c085f0e5f105f2b5f11")


def test_what_the_chip_proves_itself_with_is_named() -> None:
    chip = new_chip_key()
    infos = SecurityInfos.load(security(chip, "0.4.0.127.0.7.1.1.4.1.3")[4:])
    said = {one["protocol"].native: one for one in infos}
    assert set(said) == {"0.4.0.127.0.7.2.2.3.2.2", "0.4.0.127.0.7.2.2.1.2", "2.23.136.1.1.5"}
    assert said["0.4.0.127.0.7.2.2.1.2"]["required"].dump() == chip.public.dump()
    rsa = SecurityInfos.load(security(None, "")[2:])
    assert len(rsa) == 0


def test_the_key_for_active_authentication_is_a_subject_public_key_info() -> None:
    public = generate(ALGORITHMS["brainpool256-sha256-explicit"]).public
    group = chip_key(public)
    assert group[0] == 0x6F
    assert keys.PublicKeyInfo.load(group[4:]).dump() == public.dump()
