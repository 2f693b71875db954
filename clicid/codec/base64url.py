"""base64url without padding (RFC 4648 5, RFC 7515 2), read so that each value has one text."""

from __future__ import annotations

import binascii
from typing import Final

import pybase64

from clicid.errors import Refused

MAX_CHARS: Final = 4 << 20

_PADDING: Final = ("", "=", "==", "=")
# The last character of a text of 4n+2 (4n+3) carries four (two) bits that belong to no byte.
_LAST_OF_TWO: Final = frozenset("AQgw")
_LAST_OF_THREE: Final = frozenset("AEIMQUYcgkosw048")


def encode(raw: bytes) -> str:
    """Bytes to text, no padding."""
    text = binascii.b2a_base64(raw, newline=False).decode("ascii")
    return text.rstrip("=").replace("+", "-").replace("/", "_")


def decode(text: str, *, where: str = "", max_chars: int = MAX_CHARS) -> bytes:
    """Text to bytes.

    Args:
        text: Letters, digits, ``-`` and ``_`` only.
        where: The place to name in an error.
        max_chars: Size cap.

    Raises:
        Refused: `codec.size` above the cap; `codec.base64url` for padding, other characters, an
            impossible length, or unused bits that are not zero (RFC 4648 3.5).
    """
    if len(text) > max_chars:
        raise Refused("codec.size", where, f"more than {max_chars} characters")
    # The library takes padding, and the other alphabet's two characters for ours.
    if "=" in text or "+" in text or "/" in text:
        raise Refused("codec.base64url", where)
    rest = len(text) % 4
    try:
        raw = pybase64.b64decode(text + _PADDING[rest], b"-_", validate=True)
    except ValueError as error:
        raise Refused("codec.base64url", where) from error
    if (rest == 2 and text[-1] not in _LAST_OF_TWO) or (rest == 3 and text[-1] not in _LAST_OF_THREE):
        raise Refused("codec.base64url", where, "unused bits are not zero")
    return raw
