"""Multicodec: an unsigned varint that says what the bytes after it are."""

from __future__ import annotations

from typing import Final

from clicid.errors import Refused

# Rows of the multicodec registry (table.csv) that we meet.
SHA2_256: Final = 0x12
JSON: Final = 0x0200
SECP256K1_PUB: Final = 0xE7
BLS12_381_G2_PUB: Final = 0xEB
X25519_PUB: Final = 0xEC
ED25519_PUB: Final = 0xED
P256_PUB: Final = 0x1200
P384_PUB: Final = 0x1201
PUBLIC_KEYS: Final = frozenset({SECP256K1_PUB, BLS12_381_G2_PUB, X25519_PUB, ED25519_PUB, P256_PUB, P384_PUB})
"""Those of them that say: a public key."""

_MAX_VARINT_BYTES: Final = 9
"""The unsigned-varint specification's practical limit: 63 bits."""


def encode(code: int, payload: bytes) -> bytes:
    """The payload behind its prefix.

    Raises:
        Refused: `codec.multicodec` for a code outside 63 bits.
    """
    if not 0 <= code < 1 << 63:
        raise Refused("codec.multicodec", detail="code out of range")
    prefix = bytearray()
    while code >= 0x80:
        prefix.append(code & 0x7F | 0x80)
        code >>= 7
    prefix.append(code)
    return bytes(prefix) + payload


def decode(raw: bytes, *, where: str = "") -> tuple[int, bytes]:
    """Prefix and payload.

    Raises:
        Refused: `codec.multicodec` for a varint that is cut off, too long, or longer than needed.
    """
    code = 0
    for position, byte in enumerate(raw[:_MAX_VARINT_BYTES]):
        code |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            if byte == 0 and position > 0:
                raise Refused("codec.multicodec", where, "varint longer than needed")
            return code, raw[position + 1 :]
    raise Refused("codec.multicodec", where, "varint without an end")
