"""BER-TLV as data groups use it: any tag, definite lengths (ISO/IEC 7816-4 section 5.2.2)."""

from __future__ import annotations


def tlv(tag: int, *parts: bytes) -> bytes:
    """A data object: its tag's own bytes, a length in as few bytes as it takes, the parts together."""
    value = b"".join(parts)
    head = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
    return head + length(len(value)) + value


def length(size: int) -> bytes:
    """A definite length, as DER writes it."""
    if size < 0x80:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits
