"""Access keys, by the worked examples of ICAO 9303-11 (appendices D and G)."""

from __future__ import annotations

from pathlib import Path

import pytest

from issuer.chip import access
from issuer.chip.access import Cipher
from issuer.chip.proofs import _checksum
from tests.support.refusals import refused


def test_basic_access_control() -> None:
    """Appendix D.2; D.1 has the zone with the number that ends in its field's last filler."""
    information = access.mrz_information("L898902C", "690806", "940623")
    assert information == "L898902C<369080619406236"
    assert access.basic_seed(information).hex() == "239ab9cb282daf66231dc5a4df6bfbae"
    keys = access.basic_keys(information)
    assert keys.encrypting.hex() == "ab94fdecf2674fdfb9b391f85d7f76f2"
    assert keys.checksum.hex() == "7962d9ece03d1acd4c76089dce131543"


def test_a_number_longer_than_its_field() -> None:
    """Appendix D.2, the TD1 example: all twelve characters count."""
    information = access.mrz_information("D23145890734", "340712", "950712")
    assert information == "D23145890734934071279507122"
    assert access.basic_seed(information).hex() == "b366ad857ddca2b08c0e299811714730"


def test_pace() -> None:
    """Appendix G.1."""
    information = access.mrz_information("T22000129", "640812", "101031")
    assert information == "T22000129364081251010318"
    password = access.pace_password(information)
    assert password.hex() == "7e2d2a41c74ea0b38cd36f863939bfa8e9032aad"
    assert access.pace_key(password, Cipher.AES_128).hex() == "89ded1b26624ec1e634c1989302849dd"


def test_the_card_access_number() -> None:
    assert access.pace_password_of_can("012345") == b"012345"
    for wrong in ("", "12345", "1234567", "12345a", "١٢٣٤٥٦"):
        with refused("chip.access"):
            access.pace_password_of_can(wrong)


@pytest.mark.parametrize(
    "parts",
    [("", "690806", "940623"), ("l898902c", "690806", "940623"), ("L898902C", "69080", "940623"),
     ("L898902C", "690806", "9406231"), ("L" * 23, "690806", "940623"), ("L898\n", "690806", "940623")],
)  # fmt: skip
def test_what_opens_nothing(parts: tuple[str, str, str]) -> None:
    with refused("chip.access"):
        access.mrz_information(*parts)


@pytest.mark.parametrize(
    ("cipher", "size"), [(Cipher.AES_128, 16), (Cipher.AES_192, 24), (Cipher.AES_256, 32)]
)
def test_keys_have_their_ciphers_size(cipher: Cipher, size: int) -> None:
    assert len(access.derive(b"secret", access.CHECKSUM, cipher)) == size
    assert access.derive(b"secret", 1, cipher) != access.derive(b"secret", 2, cipher)


def test_a_checksum_by_triple_des() -> None:
    """Appendix D.4: the response to SELECT of EF.COM."""
    key = bytes.fromhex("f1cb1f1fb5adf208806b89dc579dc1f8")
    checked = _checksum(Cipher.TRIPLE_DES, key, 0x887022120C06C228, bytes.fromhex("99029000"))
    assert checked.hex() == "fa855a5d4c50a8ed"


def test_the_guide_has_the_same_values() -> None:
    guide = (Path(__file__).parents[4] / "docs" / "chips.md").read_text("utf-8")
    information = access.mrz_information("L898902C", "690806", "940623")
    pace = access.pace_password(access.mrz_information("T22000129", "640812", "101031"))
    for value in (
        information,
        access.basic_seed(information).hex(),
        access.pace_key(pace, Cipher.AES_128).hex(),
    ):
        assert value in guide
