"""A data element as nearly all are written, read by its layout; any other is read member by member.

Whoever shows twenty elements has a verifier read two hundred heads of CBOR. Two orders of the four members
are in use: that of ISO/IEC 18013-5 D.4.1, and the deterministic one of RFC 8949 4.2.1.
"""

from __future__ import annotations

import functools
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
_ID_KEY: Final = b"hdigestID"
_ID: Final = _ID_KEY + rb"(?:([\x00-\x17])|\x18([\x18-\xff])|\x19([\x01-\xff].))"
_NAME_KEY: Final = b"qelementIdentifier"
_NAME: Final = rb"[\x61-\x77][a-zA-Z0-9_]{1,23}"
_VALUE_KEY: Final = b"lelementValue"
_DETERMINISTIC: Final = re.compile(rb"\xa4" + _SALT + _ID + _VALUE_KEY, re.DOTALL)
"""The beginning, and the whole of the other order."""
_ISO: Final = re.compile(
    rb"\xa4" + _ID + _SALT + _NAME_KEY + b"(" + _NAME + b")" + _VALUE_KEY + b"(.+)", re.DOTALL
)
_WHOLE_NAME: Final = re.compile(_NAME)
# The beginning where the id is below 24, at its commonest: with the longer salt, as we write it ourselves.
_FIRST: Final = b"\xa4frandomX\x20"
_FIRST_BYTES: Final = len(_FIRST)
_AFTER_SALT: Final = _FIRST_BYTES + 32
_IDS: Final = {_ID_KEY + bytes((each,)) + _VALUE_KEY: each for each in range(24)}
_BEGINNING_BYTES: Final = _AFTER_SALT + len(_ID_KEY) + 1 + len(_VALUE_KEY)

_SMALL: Final = 24
_CONSTANTS: Final[dict[bytes, Cbor]] = {
    b"\xf4": False,
    b"\xf5": True,
    **{bytes((each,)): each for each in range(_SMALL)},
    **{bytes((0x18, each)): each for each in range(_SMALL, 1 << 8)},
}
"""Values of one byte, and numbers of two."""
_TEXT, _TEXT_OF_ONE_BYTE = 0x60, 0x78
_CONSTANT_BYTES: Final = 2
_BYTES_OF_TWO: Final = 0x59
"""A byte string whose length takes two bytes, as portraits are."""
_DATE_HEAD: Final = b"\xd9\x03\xec\x6a"
_DATE_BYTES: Final = len(_DATE_HEAD) + 10

# What a named tuple's own `__new__` calls, which is a function of Python.
_made: Final[Callable[[tuple[int, str, Cbor, bytes]], Item]] = functools.partial(tuple.__new__, Item)


def read(raw: bytes, read_value: Callable[[bytes], Cbor]) -> Item | None:
    """An IssuerSignedItem; None where it is written in another way.

    Args:
        raw: The item.
        read_value: Reads a value that is none of the commonest, all of it.

    Raises:
        Refused: What `read_value` raises.
    """
    # No name holds the key of names: a value that does, ends where what follows is no name.
    before, _, name = raw.partition(_NAME_KEY)
    element = _element(name) if len(name) <= _SMALL else None
    if element is not None and before[:_FIRST_BYTES] == _FIRST:
        digest_id = _IDS.get(before[_AFTER_SALT:_BEGINNING_BYTES])
        value = before[_BEGINNING_BYTES:]
        if digest_id is not None and value:
            return _made((digest_id, element, _value(value, read_value), raw))
    return _by_pattern(raw, before, element, read_value)


def _by_pattern(
    raw: bytes, before: bytes, element: str | None, read_value: Callable[[bytes], Cbor]
) -> Item | None:
    match = _ISO.fullmatch(raw)
    if match is not None:
        small, middle, large, name, value = match.groups()
        element = _element(name)
    else:
        match = _DETERMINISTIC.match(before)
        if match is None:
            return None
        small, middle, large = match.groups()
        value = before[match.end() :]
    if element is None or not value:
        return None
    return Item(int.from_bytes(small or middle or large, "big"), element, _value(value, read_value), raw)


# Names come again and again: with every document of a type.
@functools.lru_cache(maxsize=512)
def _element(raw: bytes) -> str | None:
    """A name with its head, if it is a usual one."""
    if _WHOLE_NAME.fullmatch(raw) is None or _NAME_KEY in raw or raw[0] - _TEXT != len(raw) - 1:
        return None
    return raw[1:].decode("ascii")


def _value(raw: bytes, read_value: Callable[[bytes], Cbor]) -> Cbor:
    first, size = raw[0], len(raw)
    if size == first - _TEXT + 1 and first < _TEXT_OF_ONE_BYTE:
        begins = 1
    else:
        begins = 2 if first == _TEXT_OF_ONE_BYTE and size >= _SMALL + 2 and raw[1] == size - 2 else 0
    if begins:
        try:
            return raw[begins:].decode()
        except UnicodeDecodeError:
            return read_value(raw)
    if size <= _CONSTANT_BYTES:
        value = _CONSTANTS.get(raw)
        if value is not None:
            return value
    elif size == _DATE_BYTES and raw.startswith(_DATE_HEAD):
        text = raw[len(_DATE_HEAD) :]
        if text.isascii():
            return Tagged(FULL_DATE, text.decode("ascii"))
    elif first == _BYTES_OF_TWO and size >= (1 << 8) + 3 and int.from_bytes(raw[1:3], "big") == size - 3:
        return raw[3:]
    return read_value(raw)
