"""CBOR in the core deterministic encoding (RFC 8949 4.2.1): each value has one form, read from no other.

cbor2 writes. It is not asked to read: it takes heads longer than needed, indefinite lengths, members
given twice and bytes left over, and a walk that looks at every head to refuse those has the values.
Floating-point numbers and the simple values besides false, true and null are in nothing we read.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import cbor2

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 16
MAX_VALUES: Final = 1 << 14

EMBEDDED: Final = 24
"""The tag before a byte string that is itself CBOR (RFC 8949 3.4.5.1)."""

_EMBEDDED_HEAD: Final = bytes((0xD8, EMBEDDED))
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_FIRST_SIMPLE: Final = _SIMPLE << 5
_CONSTANTS: Final[dict[int, Cbor]] = {0xF4: False, 0xF5: True, 0xF6: None}
# RFC 8949 3: what follows the first byte for additional information 24 to 27; 28 to 31 is refused.
_ONE_BYTE: Final = 24
_NOTHING: Final = 0xFF
"""What no item begins with."""
_ORDER: Final = "keys given twice or out of order"
_ARGUMENT_SIZE: Final = {24: 1, 25: 2, 26: 4, 27: 8}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value under a tag."""

    tag: int
    value: Cbor


Key: TypeAlias = int | str
Cbor: TypeAlias = "bool | int | str | bytes | list[Cbor] | dict[Key, Cbor] | Tagged | None"
Writable: TypeAlias = "Cbor | Sequence[Writable] | Mapping[Any, Writable]"
"""What comes out as `Cbor`; the keys are `Key`."""


def loads(
    raw: bytes,
    *,
    tags: frozenset[int] = frozenset(),
    where: str = "",
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    max_values: int = MAX_VALUES,
    any_order: bool = False,
) -> Cbor:
    """One data item to Python values.

    Args:
        raw: The item, and nothing after it.
        tags: The tags that may stand anywhere in it.
        where: The place to name in an error.
        max_bytes: Size cap.
        max_depth: How many arrays, maps and tags may stand inside each other.
        max_values: How many items there may be in all, keys not counted.
        any_order: Whether the members of maps may stand in any order: for bytes that are signed as they
            are, by writers who need not sort.

    Raises:
        Refused: `codec.size` above a cap; `codec.cbor` for whatever else is not the deterministic
            encoding of a value made of these types.
    """
    if len(raw) > max_bytes:
        raise Refused("codec.size", where, f"more than {max_bytes} bytes")
    reader = _Reader(raw, tags, where, max_values, any_order=any_order)
    value = reader.item(max_depth)
    if reader.at != len(raw):
        raise Refused("codec.cbor", where, "bytes after the item")
    return value


def dumps(value: Writable) -> bytes:
    """The deterministic encoding of what `loads` can give; an unsigned integer takes up to 64 bits."""
    return cbor2.dumps(_ordered(value))


def byte_string(content: bytes) -> bytes:
    """The encoding of a byte string."""
    size = len(content)
    if size < 24:
        return bytes((0x40 | size,)) + content
    if size < 1 << 8:
        return bytes((0x58, size)) + content
    return cbor2.dumps(content)


def embedded(content: bytes) -> bytes:
    """The encoding of CBOR inside a byte string, under its tag."""
    return _EMBEDDED_HEAD + byte_string(content)


# Names come again and again: with every document of a kind.
_encoded_key: Final = functools.lru_cache(maxsize=512, typed=True)(cbor2.dumps)


def _ordered(value: Writable) -> object:
    """`value` with its maps in the order that 4.2.1 asks for; cbor2 has only the older one of RFC 7049."""
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=_encoded_key)}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if isinstance(value, Tagged):
        return cbor2.CBORTag(value.tag, _ordered(value.value))
    return value


class _Reader:
    def __init__(
        self, raw: bytes, tags: frozenset[int], where: str, max_values: int, *, any_order: bool
    ) -> None:
        self.at = 0
        self._raw = raw
        self._size = len(raw)
        self._tags = tags
        self._where = where
        self._values_left = max_values
        self._any_order = any_order

    def item(self, depth_left: int) -> Cbor:
        """The next data item (RFC 8949 3)."""
        self._values_left -= 1
        if self._values_left < 0:
            raise Refused("codec.size", self._where, "too many values")
        at = self.at
        first = self._raw[at] if at < self._size else _NOTHING
        if first < _FIRST_SIMPLE and first & 0x1F < _ONE_BYTE:  # most heads, without a call
            self.at = at + 1
            kind, argument = first >> 5, first & 0x1F
        else:
            kind, argument = self._head()
        if kind == _BYTES:
            return self._take(argument)
        if kind <= _NEGATIVE or kind == _TEXT:
            return self._key(kind, argument)
        if kind == _SIMPLE:
            return _CONSTANTS[argument]
        if depth_left == 0:
            raise Refused("codec.size", self._where, "too deep")
        if kind == _ARRAY:
            return [self.item(depth_left - 1) for _ in range(argument)]
        if kind == _MAP:
            return self._map(argument, depth_left - 1)
        if argument not in self._tags:
            raise self._refused("a tag that is not expected here")
        return Tagged(argument, self.item(depth_left - 1))

    def _head(self) -> tuple[int, int]:
        """Major type and argument; for a simple value, its first byte."""
        at = self.at
        if at >= self._size:
            raise self._refused("cut off")
        first = self._raw[at]
        self.at = at + 1
        if first >= _FIRST_SIMPLE:
            if first not in _CONSTANTS:
                raise self._refused("not one of false, true and null")
            return _SIMPLE, first
        information = first & 0x1F
        if information < 24:
            return first >> 5, information
        if information not in _ARGUMENT_SIZE:
            raise self._refused("an indefinite length or a reserved head")
        if information == _ONE_BYTE and at + 1 < self._size and self._raw[at + 1] >= _ONE_BYTE:
            self.at = at + 2
            return first >> 5, self._raw[at + 1]
        size = _ARGUMENT_SIZE[information]
        argument = int.from_bytes(self._take(size), "big")
        if argument < (24 if size == 1 else 1 << 4 * size):
            raise self._refused("a head longer than needed")
        return first >> 5, argument

    def _map(self, count: int, depth_left: int) -> dict[Key, Cbor]:
        """Members in the order of their keys' bytes, unless any is taken; no key comes twice."""
        members: dict[Key, Cbor] = {}
        before = b""
        for _ in range(count):
            start = self.at
            key = self._key(*self._head())
            if key in members:
                raise self._refused(_ORDER)
            if not self._any_order:
                encoded = self._raw[start : self.at]
                if encoded <= before:
                    raise self._refused(_ORDER)
                before = encoded
            members[key] = self.item(depth_left)
        return members

    def _key(self, kind: int, argument: int) -> Key:
        """An integer or a text: a value that may be a key."""
        if kind in (_UNSIGNED, _NEGATIVE):
            return argument if kind == _UNSIGNED else -1 - argument
        if kind != _TEXT:
            raise self._refused("a key that is neither an integer nor a text")
        try:
            return self._take(argument).decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._refused("a text that is not UTF-8") from error

    def _take(self, size: int) -> bytes:
        start = self.at
        end = self.at = start + size
        if end > self._size:
            raise self._refused("cut off")
        return self._raw[start:end]

    def _refused(self, detail: str) -> Refused:
        return Refused("codec.cbor", self._where, detail)
