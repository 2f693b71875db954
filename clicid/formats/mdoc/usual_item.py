"""A data element as nearly all are written, read by its layout; any other is read member by member.

Whoever shows twenty elements has a verifier read two hundred heads of CBOR. Two orders of the four members
are in use: that of ISO/IEC 18013-5 D.4.1, and the deterministic one of RFC 8949 4.2.1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec.cbor import Tagged
from clicid.formats.mdoc.fields import FULL_DATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.codec.cbor import Cbor


class Item(NamedTuple):
    """An IssuerSignedItem.

    Args:
        digest_id: Which of the namespace's digests is its.
        element: Its name.
        value: What it says.
        content: As it was signed.
    """

    digest_id: int
    element: str
    value: Cbor
    content: bytes


# A salt of 16 or of 32 bytes; an id below 2^16, by its shortest head; a name of at most 23 bytes, as is.
_SALT: Final = rb"frandom(?:X .{32}|P.{16})"
_ID: Final = rb"hdigestID(?:([\x00-\x17])|\x18([\x18-\xff])|\x19([\x01-\xff].))"
_NAME_KEY: Final = b"qelementIdentifier"
_NAME: Final = rb"qelementIdentifier([\x61-\x77])([a-zA-Z0-9_]{1,23})"
_DETERMINISTIC: Final = re.compile(rb"\xa4" + _SALT + _ID + rb"lelementValue(.+)" + _NAME, re.DOTALL)
_ISO: Final = re.compile(rb"\xa4" + _ID + _SALT + _NAME + rb"lelementValue(.+)", re.DOTALL)

_CONSTANTS: Final = {0xF4: False, 0xF5: True}
_SMALL: Final = 24
_TEXT: Final = 0x60
_UINT_OF_ONE_BYTE: Final = 0x18
_BYTES_OF_TWO: Final = 0x59
"""A byte string whose length takes two bytes, as portraits are."""
_DATE_HEAD: Final = b"\xd9\x03\xec\x6a"
_DATE_BYTES: Final = len(_DATE_HEAD) + 10


def read(raw: bytes, read_value: Callable[[bytes], Cbor]) -> Item | None:
    """An IssuerSignedItem; None where it is written in another way.

    Args:
        raw: The item.
        read_value: Reads a value that is none of the commonest, all of it.

    Raises:
        Refused: What `read_value` raises.
    """
    if raw.count(_NAME_KEY) != 1:
        return None  # where the value ends, is then no matter of layout
    match = _DETERMINISTIC.fullmatch(raw)
    if match is not None:
        small, middle, large, value, head, name = match.groups()
    else:
        match = _ISO.fullmatch(raw)
        if match is None:
            return None
        small, middle, large, head, name, value = match.groups()
    if head[0] - 0x60 != len(name):
        return None
    digest_id = int.from_bytes(small or middle or large, "big")
    return Item(digest_id, name.decode("ascii"), _value(value, read_value), raw)


def _value(raw: bytes, read_value: Callable[[bytes], Cbor]) -> Cbor:
    first, size = raw[0], len(raw)
    if size == 1:
        return first if first < _SMALL else _CONSTANTS[first] if first in _CONSTANTS else read_value(raw)
    if _TEXT <= first < _TEXT + _SMALL and size == first - _TEXT + 1:
        text = raw[1:]
        if text.isascii():
            return text.decode("ascii")
    elif size == _DATE_BYTES and raw.startswith(_DATE_HEAD):
        text = raw[len(_DATE_HEAD) :]
        if text.isascii():
            return Tagged(FULL_DATE, text.decode("ascii"))
    elif first == _UINT_OF_ONE_BYTE and size == 2 and raw[1] >= _SMALL:
        return raw[1]
    elif first == _BYTES_OF_TWO and size >= (1 << 8) + 3 and int.from_bytes(raw[1:3], "big") == size - 3:
        return raw[3:]
    return read_value(raw)
