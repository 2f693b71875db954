"""Bitstring Status List 1.0: the W3C credential form of one bit of a list."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, instant, shape
from clicid.errors import Refused
from clicid.status.inflate import inflate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.status.rows import StatusList

MIN_ENTRIES: Final = 131_072
"""The group privacy floor (section 6.1): a list has at least 16 KiB uncompressed."""
MAX_LIST_BYTES: Final = 1 << 25
MAX_CHARS: Final = 1 << 25

CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
PURPOSES: Final = ("revocation", "suspension")
"""The purpose of bit 0 and of bit 1 of an entry; also the last step of the list's URL."""

_PREFIX: Final = "u"


@dataclass(frozen=True, slots=True)
class Bitstring:
    """A decoded list of one purpose; index 0 is the most significant bit of the first byte."""

    purpose: str
    bits: bytes

    def __len__(self) -> int:
        return len(self.bits) * 8

    def __getitem__(self, index: int) -> bool:
        """Whether an entry's bit is set. Raises IndexError outside the list."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return bool(self.bits[index >> 3] >> (7 - (index & 7)) & 1)

    def encode(self) -> str:
        """The `encodedList` (section 3.4): gzip, then multibase base64url. The same bits, the same text."""
        return _PREFIX + base64url.encode(gzip.compress(self.bits, 6, mtime=0))

    @classmethod
    def decode(cls, purpose: str, text: str, where: str = "") -> Bitstring:
        """An `encodedList` to the list (section 3.3).

        Raises:
            Refused: `status.bitstring` for another multibase, broken compression or fewer than
                `MIN_ENTRIES` entries; `codec.base64url`; `codec.size`.
        """
        if not text.startswith(_PREFIX):
            raise Refused("status.bitstring", where, "multibase base64url is wanted")
        packed = base64url.decode(text[1:], where=where, max_chars=MAX_CHARS)
        bits = inflate(packed, most=MAX_LIST_BYTES, gzip=True, code="status.bitstring")
        if len(bits) * 8 < MIN_ENTRIES:
            raise Refused("status.bitstring", where, f"fewer than {MIN_ENTRIES} entries")
        return cls(purpose, bits)


def of_rows(held: StatusList, bit: int) -> Bitstring:
    """One bit of every entry as a list of its purpose, filled up with zeros to `MIN_ENTRIES`.

    Args:
        held: The list.
        bit: 0 for revocation, 1 for suspension.

    Raises:
        Refused: `status.list` if the entries have no such bit.
    """
    if not 0 <= bit < min(held.width, len(PURPOSES)):
        raise Refused("status.list", "", "no such bit")
    plane = _plane(bytes(held.entries), held.width, bit)
    return Bitstring(PURPOSES[bit], plane.ljust(MIN_ENTRIES // 8, b"\0"))


def _plane(entries: bytes, width: int, bit: int) -> bytes:
    # A byte holds 8 / width entries: it becomes one digit of that many bits, first entry first.
    count = 8 // width
    digits = bytes(
        sum((byte >> (entry * width + bit) & 1) << (count - 1 - entry) for entry in range(count))
        for byte in range(256)
    )
    plane = entries.translate(digits)
    if count == 8:
        return plane
    plane = plane.ljust(-(-len(plane) * count // 8) * 8 // count, b"\0")
    text = plane.translate(bytes(b"0123456789abcdef"[digit & 15] for digit in range(256)))
    return int(text, 1 << count).to_bytes(len(plane) * count // 8)


def list_url(url: str, purpose: str) -> str:
    """The URL of the credential for a purpose: the list's own URL and the purpose."""
    return f"{url}/{purpose}"


def credential(
    list_: Bitstring, *, url: str, issuer: str, valid_from: datetime, valid_until: datetime
) -> dict[str, Json]:
    """The BitstringStatusListCredential, unsigned (section 2.2).

    Args:
        list_: The list, with its purpose.
        url: URL of the list on chain; the credential's own is `list_url` of it.
        issuer: The issuer's DID.
        valid_from: When the list was made.
        valid_until: Until when a copy may be used.
    """
    own = list_url(url, list_.purpose)
    return {
        "@context": [CONTEXT],
        "id": own,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": instant.format_stamp(valid_from),
        "validUntil": instant.format_stamp(valid_until),
        "credentialSubject": {
            "id": f"{own}#list",
            "type": "BitstringStatusList",
            "statusPurpose": list_.purpose,
            "encodedList": list_.encode(),
        },
    }


def parse(document: Mapping[str, Json]) -> Bitstring:
    """The list in a verified BitstringStatusListCredential (section 3.2, steps 5 to 9).

    Only lists of one purpose and of one bit an entry are read.

    Raises:
        Refused: `status.bitstring`, `codec.*`.
    """
    if "BitstringStatusListCredential" not in shape.texts(document, "type", maximum=16):
        raise Refused("status.bitstring", "/type", "not a BitstringStatusListCredential")
    where = "/credentialSubject"
    subject = shape.child(document, "credentialSubject")
    if shape.text(subject, "type", where) != "BitstringStatusList":
        raise Refused("status.bitstring", f"{where}/type", "not a BitstringStatusList")
    if shape.optional_integer(subject, "statusSize", where, minimum=1) not in (None, 1):
        raise Refused("status.bitstring", f"{where}/statusSize", "one bit an entry is wanted")
    purpose = shape.text(subject, "statusPurpose", where, maximum=64)
    text = shape.text(subject, "encodedList", where, maximum=MAX_CHARS)
    return Bitstring.decode(purpose, text, f"{where}/encodedList")
