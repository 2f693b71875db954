"""Token Status List: the JWT form of a list (draft-ietf-oauth-status-list, sections 4 and 5.1)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, shape
from clicid.errors import Refused
from clicid.status.inflate import inflate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.status.rows import StatusList

TYP: Final = "statuslist+jwt"
"""The JWT's `typ` (5.1)."""
MEDIA_TYPE: Final = "application/statuslist+jwt"

VALID: Final = 0x00
INVALID: Final = 0x01
SUSPENDED: Final = 0x02
"""The registered values (7.1)."""

BITS: Final = (1, 2, 4, 8)
MAX_LIST_BYTES: Final = 1 << 25
"""Most bytes of an inflated list."""
MAX_CHARS: Final = 1 << 25

# Four entries of two bits a byte: where both bits are set, revoked wins.
_REVOKED_WINS: Final = bytes(byte & ~((byte & 0x55) << 1) for byte in range(256))


@dataclass(frozen=True, slots=True)
class TokenStatusList:
    """A decoded list: `bits` an entry, packed from the least significant bit."""

    bits: int
    entries: bytes

    def __len__(self) -> int:
        return len(self.entries) * 8 // self.bits

    def __getitem__(self, index: int) -> int:
        """The status value of one entry. Raises IndexError outside the list (8.3, step 7)."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        position = index * self.bits
        return self.entries[position >> 3] >> (position & 7) & ((1 << self.bits) - 1)

    def encode(self, *, level: int = 6) -> dict[str, Json]:
        """The `status_list` member (4.2). Level 9 makes the same bytes as the draft's examples."""
        return {"bits": self.bits, "lst": base64url.encode(zlib.compress(self.entries, level))}

    @classmethod
    def decode(cls, value: Json, where: str = "/status_list") -> TokenStatusList:
        """The `status_list` member to a list (4.1, 4.2).

        Raises:
            Refused: `status.token_list` for other bits or broken compression; `codec.*`.
        """
        obj = shape.as_object(value, where)
        bits = shape.integer(obj, "bits", where)
        if bits not in BITS:
            raise Refused("status.token_list", f"{where}/bits", "1, 2, 4 or 8")
        text = shape.text(obj, "lst", where, maximum=MAX_CHARS)
        packed = base64url.decode(text, where=f"{where}/lst", max_chars=MAX_CHARS)
        entries = inflate(packed, most=MAX_LIST_BYTES, gzip=False, code="status.token_list")
        return cls(bits, entries)


def of_rows(held: StatusList) -> TokenStatusList:
    """The published form of a list: 0 valid, 1 revoked, 2 suspended; revoked wins over suspended.

    Raises:
        Refused: `status.list` for a width other than one bit (revoked) or two.
    """
    if held.width > 2:  # bits beyond these two have no registered meaning
        raise Refused("status.list", "", "one or two bits an entry")
    entries = bytes(held.entries)
    return TokenStatusList(held.width, entries.translate(_REVOKED_WINS) if held.width == 2 else entries)


@dataclass(frozen=True, slots=True)
class StatusListToken:
    """The claims of a Status List Token (5.1).

    Args:
        sub: The list's URI; the same as in the credentials.
        iat: When it was issued, seconds since 1970.
        exp: When it expires, or None.
        ttl: Seconds a copy may be used, or None.
        status_list: The list.
    """

    sub: str
    iat: int
    exp: int | None
    ttl: int | None
    status_list: TokenStatusList

    def payload(self) -> dict[str, Json]:
        """The JWT's payload."""
        members: dict[str, Json] = {
            "sub": self.sub,
            "iat": self.iat,
            "exp": self.exp,
            "ttl": self.ttl,
            "status_list": self.status_list.encode(),
        }
        return {name: value for name, value in members.items() if value is not None}

    @classmethod
    def parse(cls, payload: Mapping[str, Json]) -> StatusListToken:
        """A verified payload to its claims. Unknown claims are ignored (RFC 7519, section 4).

        Raises:
            Refused: `codec.*`, `status.token_list`.
        """
        return cls(
            sub=shape.text(payload, "sub"),
            iat=shape.integer(payload, "iat"),
            exp=shape.optional_integer(payload, "exp"),
            ttl=shape.optional_integer(payload, "ttl", minimum=1),
            status_list=TokenStatusList.decode(shape.member(payload, "status_list")),
        )
