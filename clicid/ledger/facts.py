"""What the chain says about one subject: the bodies of materials, as bytes and back.

A body is what stands in `Material.body` for the kinds ACCREDITATION, STATUS, REGISTRATION and
ISSUANCE_ROOT (a DID's body is an `EthrRecord`). Facts are already one-sided: what takes trust away is
in them from the first block that shows it, what gives trust only when its block is final. `ABSENT` is
the body for "the chain was read, and it says nothing of this subject": an answer, unlike `Unavailable`.

Times are seconds since 1970 UTC as the contracts hold them, cut to `FOREVER`; identifiers and
digests are SHA-256.
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import jcs, shape, strict_json
from clicid.errors import Refused
from clicid.ledger.hexes import octets

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

ABSENT: Final = b"null"
"""The chain holds nothing about the subject."""

FOREVER: Final = shape.MAX_INTEGER
"""The latest time that is told apart; a contract's uint64 above it is cut to it."""

MAX_FACT_BYTES: Final = 16_384
MAX_ENTRIES_BYTES: Final = 1 << 26
"""64 MiB: 2^28 entries of two bits."""

WIDTHS: Final = (1, 2, 4, 8)
"""Bits an entry may have."""


@dataclass(frozen=True, slots=True)
class Accreditation:
    """That an issuer may issue a credential type (design: TrustRegistry).

    Args:
        did: The issuer.
        type_id: SHA-256 of the credential type URI (32 bytes).
        schema_digest: SHA-256 of the schema file the accreditation is for (32 bytes).
        valid_from: First second at which the right holds.
        valid_until: First second at which it no longer holds.
        withdrawn_at: Time of the block that withdrew it, or None.
        keeps_anchored: Whether the withdrawal leaves credentials good that were anchored before it.
        identifier: The issuer's HTTPS identifier bound to the DID; empty if none is bound.
        ca_digest: SHA-256 of the public key of the issuer's CA; 32 zero bytes if none is bound.
        delegated_by: The accredited issuer that passed its right on, one level deep; empty if none.
    """

    did: str
    type_id: bytes
    schema_digest: bytes
    valid_from: int
    valid_until: int
    withdrawn_at: int | None
    keeps_anchored: bool
    identifier: str
    ca_digest: bytes
    delegated_by: str = ""

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785)."""
        members: dict[str, Json] = {
            "did": self.did,
            "type_id": self.type_id.hex(),
            "schema_digest": self.schema_digest.hex(),
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "withdrawn_at": self.withdrawn_at,
            "keeps_anchored": self.keeps_anchored,
            "identifier": self.identifier or None,
            "ca_digest": self.ca_digest.hex(),
            "delegated_by": self.delegated_by or None,
        }
        return _dumps(members)

    @classmethod
    def from_bytes(cls, body: bytes) -> Accreditation | None:
        """The fact, or None where `body` is `ABSENT`. Raises Refused `codec.*`."""
        return None if body == ABSENT else _accreditation(body)


@dataclass(frozen=True, slots=True)
class Registration:
    """That a service provider is registered, with the digest of its registration document.

    Args:
        did: The service provider.
        digest: SHA-256 of the JCS form of the registration document (32 bytes).
        valid_from: First second at which it holds.
        valid_until: First second at which it no longer holds.
        withdrawn_at: Time of the block that withdrew it, or None.
    """

    did: str
    digest: bytes
    valid_from: int
    valid_until: int
    withdrawn_at: int | None

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785)."""
        members: dict[str, Json] = {
            "did": self.did,
            "digest": self.digest.hex(),
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "withdrawn_at": self.withdrawn_at,
        }
        return _dumps(members)

    @classmethod
    def from_bytes(cls, body: bytes) -> Registration | None:
        """The fact, or None where `body` is `ABSENT`. Raises Refused `codec.*`."""
        if body == ABSENT:
            return None
        obj = _loads(body, cls.__slots__)
        return cls(
            did=shape.text(obj, "did"),
            digest=octets(obj, "digest", 32),
            valid_from=shape.integer(obj, "valid_from"),
            valid_until=shape.integer(obj, "valid_until"),
            withdrawn_at=shape.optional_integer(obj, "withdrawn_at"),
        )


@dataclass(frozen=True, slots=True)
class IssuanceRoot:
    """Since when an issuance root stands on chain (design 4: StatusRegistry).

    Args:
        did: The issuer with one of whose lists it was committed.
        root: The root (32 bytes).
        final: Whether the block is final. Of one that is not, nothing counts yet: a
            reorganisation can take it away.
        block: Number of the first block that has it; 0 until it is final.
        time: Time of that block; 0 until it is final.
    """

    did: str
    root: bytes
    final: bool
    block: int = 0
    time: int = 0

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785)."""
        return _dumps(
            {
                "did": self.did,
                "root": self.root.hex(),
                "final": self.final,
                "block": self.block,
                "time": self.time,
            }
        )

    @classmethod
    def from_bytes(cls, body: bytes) -> IssuanceRoot | None:
        """The fact, or None where `body` is `ABSENT`. Raises Refused `codec.*`."""
        if body == ABSENT:
            return None
        obj = _loads(body, cls.__slots__)
        return cls(
            did=shape.text(obj, "did"),
            root=octets(obj, "root", 32),
            final=shape.boolean(obj, "final"),
            block=shape.integer(obj, "block"),
            time=shape.integer(obj, "time"),
        )


def _dumps(members: dict[str, Json]) -> bytes:
    return jcs.dumps({name: value for name, value in members.items() if value is not None})


def _loads(body: bytes, names: tuple[str, ...]) -> dict[str, Json]:
    obj = shape.as_object(strict_json.loads(body, max_bytes=MAX_FACT_BYTES, max_depth=2))
    shape.only(obj, names)
    return obj


# A verifier is handed the same body with every credential of an issuer.
@functools.lru_cache(maxsize=1024)
def _accreditation(body: bytes) -> Accreditation:
    obj = _loads(body, Accreditation.__slots__)
    return Accreditation(
        did=shape.text(obj, "did"),
        type_id=octets(obj, "type_id", 32),
        schema_digest=octets(obj, "schema_digest", 32),
        valid_from=shape.integer(obj, "valid_from"),
        valid_until=shape.integer(obj, "valid_until"),
        withdrawn_at=shape.optional_integer(obj, "withdrawn_at"),
        keeps_anchored=shape.boolean(obj, "keeps_anchored"),
        identifier=shape.optional_text(obj, "identifier") or "",
        ca_digest=octets(obj, "ca_digest", 32),
        delegated_by=shape.optional_text(obj, "delegated_by") or "",
    )


# Bytes of a list whose body is remembered with what it says.
_MOST_REMEMBERED: Final = 1 << 18
_MAGIC: Final = b"clicid-status-snapshot-v1\0"
_HEAD: Final = struct.Struct(">32sQBQB")


@dataclass(frozen=True, slots=True)
class StatusSnapshot:
    """An anchored status list with all bad news applied.

    The body is binary, so that looking at one entry of a list of millions parses nothing: a tag,
    list id (32), version (u64), width (u8), size (u64), length of `trouble` (u8), `trouble`
    (ASCII), entries.

    Args:
        list_id: SHA-256 of the issuer's 20-byte identity and the list's URL.
        version: The last version of the list that is counted in.
        width: Bits an entry; bit 0 says revoked, bit 1 suspended.
        size: Number of entries.
        entries: ``ceil(size * width / 8)`` bytes, packed from the least significant bit. Of a body that
            was read they are a view: to look at one entry copies no list.
        trouble: Empty, or the reason code for which the list must not lead to acceptance
            (`status.digest_mismatch`). Bits that are set count even then.
    """

    list_id: bytes
    version: int
    width: int
    size: int
    entries: bytes | memoryview
    trouble: str = ""

    def __getitem__(self, index: int) -> int:
        """The value of one entry. Raises IndexError outside the list."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        position = index * self.width
        return self.entries[position >> 3] >> (position & 7) & ((1 << self.width) - 1)

    def to_bytes(self) -> bytes:
        """The body."""
        trouble = self.trouble.encode("ascii")
        head = _HEAD.pack(self.list_id, self.version, self.width, self.size, len(trouble))
        return b"".join((_MAGIC, head, trouble, self.entries))

    @classmethod
    def from_bytes(cls, body: bytes) -> StatusSnapshot | None:
        """The fact, or None where `body` is `ABSENT`. Raises Refused `codec.shape`, `codec.size`."""
        if body == ABSENT:
            return None
        return _known_snapshot(body) if len(body) <= _MOST_REMEMBERED else _snapshot(body)


def _snapshot(body: bytes) -> StatusSnapshot:
    start = len(_MAGIC) + _HEAD.size
    if len(body) < start or not body.startswith(_MAGIC):
        raise Refused("codec.shape", "", "not a status snapshot")
    list_id, version, width, size, length = _HEAD.unpack_from(body, len(_MAGIC))
    if width not in WIDTHS or size * width > MAX_ENTRIES_BYTES * 8:
        raise Refused("codec.size", "", "width or size of the list")
    trouble, entries = body[start : start + length], memoryview(body)[start + length :]
    if len(entries) != (size * width + 7) // 8 or not trouble.isascii():
        raise Refused("codec.shape", "", "length of the status snapshot")
    return StatusSnapshot(list_id, version, width, size, entries, trouble.decode("ascii"))


# Every credential of a list is looked up in the same body until the next block.
_known_snapshot: Final = functools.lru_cache(maxsize=8)(_snapshot)
