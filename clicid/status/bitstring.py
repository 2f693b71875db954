"""Bitstring Status List 1.0: the credential that holds a list, and what it says of an entry."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, instant, shape
from clicid.errors import Refused
from clicid.status import entry
from clicid.status.inflate import inflate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.status.rows import StatusList

MIN_ENTRIES: Final = 131_072
"""The group privacy floor (section 6.1): a list has at least 16 KiB uncompressed."""
MAX_LIST_BYTES: Final = 1 << 25
MAX_CHARS: Final = 1 << 25

CREDENTIAL_TYPE: Final = "BitstringStatusListCredential"
CREDENTIAL_IRI: Final = f"https://www.w3.org/ns/credentials/status#{CREDENTIAL_TYPE}"
CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
PURPOSES: Final = (entry.REVOCATION, entry.SUSPENSION)
"""The purpose of bit 0 and of bit 1 of an entry; also the last step of the list's URL."""

_PREFIX: Final = "u"
_MAX_TTL: Final = 10 * 365 * 86_400_000
"""Milliseconds. A longer time to live is as good as this one."""


@dataclass(frozen=True, slots=True)
class Bitstring:
    """A decoded list; the entry of index 0 begins at the most significant bit of the first byte.

    Args:
        purposes: What its entries may be for.
        bits: The bits, whole bytes.
        size: Bits of an entry.
    """

    purposes: tuple[str, ...]
    bits: bytes
    size: int = 1

    def __len__(self) -> int:
        return len(self.bits) * 8 // self.size

    def __getitem__(self, index: int) -> int:
        """The value of an entry. Raises IndexError outside the list."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        first = index * self.size
        last = first + self.size
        window = int.from_bytes(self.bits[first >> 3 : (last + 7) >> 3], "big")
        return window >> (-last & 7) & ((1 << self.size) - 1)

    def encode(self) -> str:
        """The `encodedList` (section 3.4): gzip, then multibase base64url. The same bits, the same text."""
        return _PREFIX + base64url.encode(gzip.compress(self.bits, 6, mtime=0))

    @classmethod
    def decode(cls, purposes: tuple[str, ...], text: str, where: str = "", *, size: int = 1) -> Bitstring:
        """An `encodedList` to the list (section 3.3).

        Raises:
            Refused: `status.bitstring` for another multibase or broken compression; `status.length`
                for fewer than `MIN_ENTRIES` entries; `codec.base64url`; `codec.size`.
        """
        if not text.startswith(_PREFIX):
            raise Refused("status.bitstring", where, "multibase base64url is wanted")
        packed = base64url.decode(text[1:], where=where, max_chars=MAX_CHARS)
        found = cls(purposes, inflate(packed, most=MAX_LIST_BYTES, gzip=True, code="status.bitstring"), size)
        if len(found) < MIN_ENTRIES:
            raise Refused("status.length", where, f"{len(found)} entries, {MIN_ENTRIES} are the least")
        return found


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
    return Bitstring((PURPOSES[bit],), plane.ljust(MIN_ENTRIES // 8, b"\0"))


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
    list_: Bitstring,
    *,
    url: str,
    issuer: str,
    valid_from: datetime,
    valid_until: datetime,
    ttl: timedelta,
    messages: Sequence[str] | None = None,
) -> dict[str, Json]:
    """The BitstringStatusListCredential, unsigned (section 2.2).

    Args:
        list_: The list, with its purposes.
        url: The credential's own URL.
        issuer: The issuer's DID.
        valid_from: When the list was made.
        valid_until: Until when a copy may be used.
        ttl: After how long a copy should be fetched anew; at most until `valid_until`.
        messages: What each value means; wanted for the purpose ``message``.
    """
    purposes: list[Json] = list(list_.purposes)
    subject: dict[str, Json] = {
        "id": f"{url}#list",
        "type": "BitstringStatusList",
        "statusPurpose": purposes[0] if len(purposes) == 1 else purposes,
        "ttl": min(ttl, valid_until - valid_from) // timedelta(milliseconds=1),
        "encodedList": list_.encode(),
    }
    if list_.size > 1 or messages is not None:
        subject["statusSize"] = list_.size
    if messages is not None:
        subject["statusMessages"] = [
            {"status": f"0x{value:x}", "message": message} for value, message in enumerate(messages)
        ]
    return {
        "@context": [CONTEXT],
        "id": url,
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": issuer,
        "validFrom": instant.format_stamp(valid_from),
        "validUntil": instant.format_stamp(valid_until),
        "credentialSubject": subject,
    }


@dataclass(frozen=True, slots=True)
class Published:
    """What a list credential says.

    Args:
        id: Its own URL, or "".
        list_: The decoded list.
        ttl: After how long a copy should be fetched anew, or None.
        messages: What each value means, or None.
    """

    id: str
    list_: Bitstring
    ttl: timedelta | None
    messages: tuple[str, ...] | None


def parse(subject: Mapping[str, Json], credential_id: str = "") -> Published:
    """The list in a verified BitstringStatusListCredential (section 3.2, steps 6 to 10).

    Args:
        subject: The credential's subject.
        credential_id: The credential's id, or "" if it has none.

    Raises:
        Refused: `status.bitstring`, `status.length`, `status.entry` for its messages, `codec.*`.
    """
    where = "/credentialSubject"
    if subject.get("type") not in ("BitstringStatusList", ["BitstringStatusList"]):
        raise Refused("status.bitstring", f"{where}/type", "not a BitstringStatusList")
    size = shape.optional_integer(subject, "statusSize", where, minimum=1, maximum=entry.MAX_SIZE)
    purposes = _purposes(subject, where)
    messages = entry.parse_messages(subject, "statusMessages", where, size=size or 1)
    if entry.MESSAGE in purposes and (size is None or messages is None):
        raise Refused("status.bitstring", where, "messages come with statusSize and statusMessages")
    ttl = shape.optional_integer(subject, "ttl", where, minimum=1)
    text = shape.text(subject, "encodedList", where, maximum=MAX_CHARS)
    return Published(
        credential_id,
        Bitstring.decode(purposes, text, f"{where}/encodedList", size=size or 1),
        None if ttl is None else timedelta(milliseconds=min(ttl, _MAX_TTL)),
        messages,
    )


def _purposes(subject: Mapping[str, Json], where: str) -> tuple[str, ...]:
    if isinstance(subject.get("statusPurpose"), list):
        return shape.texts(subject, "statusPurpose", where, minimum=1, maximum=16)
    return (shape.text(subject, "statusPurpose", where, maximum=64),)


@dataclass(frozen=True, slots=True)
class Status:
    """What a list says of one entry (section 3.2, step 11 to 14): its value, and the value's message."""

    purpose: str
    value: int
    message: str


def status(published: Published, of: entry.BitstringEntry) -> Status:
    """Look an entry up.

    Raises:
        Refused: `status.purpose` if the list is for another purpose; `status.bitstring` if its entries
            are of another size, or it says that it stands at another URL; `status.index`.
    """
    if of.purpose not in published.list_.purposes:
        raise Refused("status.purpose", of.where)
    if published.list_.size != of.size:
        raise Refused("status.bitstring", of.where, "the list has entries of another size")
    if published.id not in ("", of.list_credential):
        raise Refused("status.bitstring", "/id", "another list than the entry names")
    try:
        value = published.list_[of.index]
    except IndexError as error:
        raise Refused("status.index", shape.pointer(of.where, "statusListIndex")) from error
    message = published.messages[value] if published.messages is not None else of.message(value)
    return Status(of.purpose, value, message)
