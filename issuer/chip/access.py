"""The keys that open a chip: from what is printed on the document (9303-11 4.3, 4.4 and 9.7).

The phone derives them. They stand here for whoever writes an app to compare with, by the standard's own
worked examples, and because `issuer.chip.proofs` derives its keys in the same way.
"""

from __future__ import annotations

import hashlib
import re
from enum import Enum
from typing import Final, NamedTuple

from clicid.errors import Refused
from issuer.engines.mrz import check_digit

_NUMBER: Final = re.compile(r"[A-Z0-9<]{1,22}")
_DATE: Final = re.compile(r"[0-9<]{6}")
_CAN: Final = re.compile(r"[0-9]{6}")
_FIELD: Final = 9
ENCRYPTING, CHECKSUM, PASSWORD = 1, 2, 3
"""The counters of the key derivation function (9303-11 9.7.1)."""


class Cipher(Enum):
    """A block cipher: its name, and the hash algorithm and size of keys derived for it (9303-11 9.7.1)."""

    TRIPLE_DES = ("3DES", "sha1", 16)
    AES_128 = ("AES-128", "sha1", 16)
    AES_192 = ("AES-192", "sha256", 24)
    AES_256 = ("AES-256", "sha256", 32)


class BasicKeys(NamedTuple):
    """The document's basic access keys: 16 bytes each, for Triple DES."""

    encrypting: bytes
    checksum: bytes


def mrz_information(number: str, birth_date: str, expiry_date: str) -> str:
    """Number, birth date and expiry date with their check digits, as the machine readable zone has them.

    Args:
        number: The document number; of fewer than nine characters it is filled up, of more it is whole.
        birth_date: YYMMDD.
        expiry_date: YYMMDD.

    Raises:
        Refused: `chip.access` for what cannot stand there.
    """
    fits = _NUMBER.fullmatch(number) and _DATE.fullmatch(birth_date) and _DATE.fullmatch(expiry_date)
    if not fits:
        raise Refused("chip.access")
    return "".join(
        f"{part}{check_digit(part)}" for part in (number.ljust(_FIELD, "<"), birth_date, expiry_date)
    )


def basic_seed(information: str) -> bytes:
    """The key seed of basic access control, 16 bytes (9303-11 4.3.2)."""
    return _sha1(information.encode("ascii"))[:16]


def basic_keys(information: str) -> BasicKeys:
    """The keys that basic access control begins with (9303-11 4.3.2, 9.7.2)."""
    seed = basic_seed(information)
    return BasicKeys(
        derive(seed, ENCRYPTING, Cipher.TRIPLE_DES),
        derive(seed, CHECKSUM, Cipher.TRIPLE_DES),
    )


def pace_password(information: str) -> bytes:
    """What PACE takes as the password by machine readable zone, 20 bytes (9303-11 9.7.3)."""
    return _sha1(information.encode("ascii"))


def pace_password_of_can(number: str) -> bytes:
    """What PACE takes as the password by card access number, six digits.

    Raises:
        Refused: `chip.access` for anything else.
    """
    if not _CAN.fullmatch(number):
        raise Refused("chip.access")
    return number.encode("ascii")


def pace_key(password: bytes, cipher: Cipher) -> bytes:
    """The key by which the chip's nonce is read (9303-11 4.4.3.1)."""
    return derive(password, PASSWORD, cipher)


def derive(secret: bytes, counter: int, cipher: Cipher) -> bytes:
    """The key derivation function (9303-11 9.7.1)."""
    _, digest, size = cipher.value
    key = hashlib.new(digest, secret + counter.to_bytes(4, "big"), usedforsecurity=False).digest()[:size]
    return bytes(map(_odd, key)) if cipher is Cipher.TRIPLE_DES else key


def _odd(byte: int) -> int:
    """The byte with the parity of a DES key's: its last bit makes the number of ones odd."""
    return byte & 0xFE | (1 - (byte >> 1).bit_count() & 1)


def _sha1(data: bytes) -> bytes:
    # The standard's key derivation, and no signature.
    return hashlib.sha1(data, usedforsecurity=False).digest()
