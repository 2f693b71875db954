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
_LONG_HEAD: Final = _EMBEDDED_HEAD + b"\x59"
_LONG_HEAD_BYTES: Final = len(_LONG_HEAD) + 2
# The lowest first byte of each major type (RFC 8949 3.1).
_FIRST_NEGATIVE, _FIRST_BYTES, _FIRST_TEXT, _FIRST_ARRAY, _FIRST_MAP, _FIRST_TAG, _FIRST_SIMPLE = range(
    0x20, 0x100, 0x20
)
_ONE_BYTE_TAG: Final = 0xD8
_CONSTANTS: Final[dict[int, Cbor]] = {0xF4: False, 0xF5: True, 0xF6: None}
# RFC 8949 3: what follows the first byte for additional information 24 to 27; 28 to 31 is refused.
_ONE_BYTE: Final = 24
_ORDER: Final = "keys given twice or out of order"
_ARGUMENT_SIZE: Final = {24: 1, 25: 2, 26: 4, 27: 8}


# Not frozen: to build that takes three times as long, and a mobile document has one for each element.
@dataclass(slots=True, unsafe_hash=True)
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
    return reader.whole(max_depth)


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
    if size < 1 << 16:
        return b"\x59" + size.to_bytes(2, "big") + content
    return cbor2.dumps(content)


EMBEDDED_HEADS: Final = tuple(
    _EMBEDDED_HEAD + byte_string(bytes(size))[: -size or None] for size in range(1 << 8)
)
"""What `embedded` puts before what is shorter than 256 bytes, as most data elements are."""


def text(content: str) -> bytes:
    """The encoding of a text that comes again and again."""
    return _encoded_key(content)


def embedded(content: bytes) -> bytes:
    """The encoding of CBOR inside a byte string, under its tag."""
    size = len(content)
    if size < 1 << 8:
        return EMBEDDED_HEADS[size] + content
    return _EMBEDDED_HEAD + byte_string(content)


def unembedded(raw: bytes) -> bytes | None:
    """What `embedded` made this of, if it is of 256 bytes to 64 KiB; None for anything else."""
    least, most = 1 << 8, 1 << 16
    size = len(raw) - _LONG_HEAD_BYTES
    if least <= size < most and raw.startswith(_LONG_HEAD) and int.from_bytes(raw[3:5], "big") == size:
        return raw[_LONG_HEAD_BYTES:]
    return None


# Names come again and again: with every document of a kind.
_encoded_key: Final = functools.lru_cache(maxsize=512, typed=True)(cbor2.dumps)


_PLAIN: Final = frozenset((str, bytes, int, bool))


def _ordered(value: Writable) -> object:
    """`value` with its maps in the order that 4.2.1 asks for; cbor2 has only the older one of RFC 7049."""
    if type(value) in _PLAIN:
        return value  # before the question whether it is a mapping, which takes longest
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=_encoded_key)}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if isinstance(value, Tagged):
        return cbor2.CBORTag(value.tag, _ordered(value.value))
    return value


class _Reader:
    """Reads from `raw`: who reads beyond its end gets an IndexError, or comes to a place after it.

    Heads are read where they stand: a mobile document has hundreds of them, and to call something for
    each takes longer than to read it.
    """

    def __init__(
        self, raw: bytes, tags: frozenset[int], where: str, max_values: int, *, any_order: bool
    ) -> None:
        self._raw = raw
        self._tags = tags
        self._where = where
        self._values_left = max_values
        self._any_order = any_order

    def whole(self, depth_left: int) -> Cbor:
        """The one data item, and nothing after it (RFC 8949 3)."""
        try:
            values, at = self._items(0, 1, depth_left)
        except IndexError as error:
            raise self._refused("cut off") from error
        except UnicodeDecodeError as error:
            raise self._refused("a text that is not UTF-8") from error
        if at != len(self._raw):
            raise self._refused("cut off" if at > len(self._raw) else "bytes after the item")
        return values[0]

    def _items(  # noqa: C901, PLR0912 - heads are read where they stand
        self, at: int, count: int, depth_left: int, keys: list[Key] | None = None
    ) -> tuple[list[Cbor], int]:
        """So many items, and where the next one begins; each has its key before it if there are keys."""
        self._count(at, count)
        raw, values = self._raw, list[Cbor]()
        for _ in range(count):
            if keys is not None:
                first = raw[at]
                at += 1
                argument = first & 0x1F
                if argument >= _ONE_BYTE:
                    argument, at = self._argument(at, argument)
                if _FIRST_TEXT <= first < _FIRST_ARRAY:
                    end = at + argument
                    keys.append(raw[at:end].decode())
                    at = end
                elif first < _FIRST_BYTES:
                    keys.append(argument if first < _FIRST_NEGATIVE else -1 - argument)
                else:
                    raise self._refused("a key that is neither an integer nor a text")
            first = raw[at]
            tag = None
            if first >= _FIRST_ARRAY:
                if first == _ONE_BYTE_TAG and _FIRST_BYTES <= raw[at + 2] < _FIRST_ARRAY:
                    tag = self._tag(raw[at + 1], depth_left)
                    at += 2
                    first = raw[at]
                else:
                    value, at = self._composed(at, depth_left)
                    values.append(value)
                    continue
            at += 1
            argument = first & 0x1F
            if argument >= _ONE_BYTE:
                if argument == _ONE_BYTE and raw[at] >= _ONE_BYTE:
                    argument = raw[at]
                    at += 1
                else:
                    argument, at = self._argument(at, argument)
            end = at
            if first >= _FIRST_BYTES:
                end += argument
                value = raw[at:end]
                if first >= _FIRST_TEXT:
                    value = value.decode()
                at = end
            else:
                value = argument if first < _FIRST_NEGATIVE else -1 - argument
            values.append(value if tag is None else Tagged(tag, value))
        return values, at

    def _tag(self, tag: int, depth_left: int) -> int:
        if depth_left == 0:
            raise Refused("codec.size", self._where, "too deep")
        if tag < _ONE_BYTE or tag not in self._tags:
            raise self._refused("a tag that is not expected here")
        self._count(0, 1)
        return tag

    def _composed(self, at: int, depth_left: int) -> tuple[Cbor, int]:
        """An array, map, tagged or simple value, and where the next item begins."""
        first = self._raw[at]
        if first >= _FIRST_SIMPLE:
            if first not in _CONSTANTS:
                raise self._refused("not one of false, true and null")
            return _CONSTANTS[first], at + 1
        at += 1
        argument = first & 0x1F
        if argument >= _ONE_BYTE:
            argument, at = self._argument(at, argument)
        if depth_left == 0:
            raise Refused("codec.size", self._where, "too deep")
        if first >= _FIRST_TAG:
            if argument not in self._tags:
                raise self._refused("a tag that is not expected here")
            inner, at = self._items(at, 1, depth_left - 1)
            return Tagged(argument, inner[0]), at
        if first < _FIRST_MAP:
            return self._items(at, argument, depth_left - 1)
        keys: list[Key] = []
        values, at = self._items(at, argument, depth_left - 1, keys)
        return self._map(keys, values), at

    def _map(self, keys: list[Key], values: list[Cbor]) -> dict[Key, Cbor]:
        """Members in the order of their keys' bytes, unless any is taken; no key comes twice."""
        members = dict(zip(keys, values, strict=True))
        if len(members) != len(keys):
            raise self._refused(_ORDER)
        if not self._any_order:
            # Heads have one form, so what the keys are written as is how they were written.
            encoded = [_encoded_key(key) for key in keys]
            if encoded != sorted(encoded):
                raise self._refused(_ORDER)
        return members

    def _argument(self, at: int, information: int) -> tuple[int, int]:
        """The argument of a head that is longer than its first byte, and where its content begins."""
        size = _ARGUMENT_SIZE.get(information)
        if size is None:
            raise self._refused("an indefinite length or a reserved head")
        end = at + size
        if end > len(self._raw):
            raise self._refused("cut off")
        argument = self._raw[at] if size == 1 else int.from_bytes(self._raw[at:end], "big")
        if argument < (_ONE_BYTE if size == 1 else 1 << 4 * size):
            raise self._refused("a head longer than needed")
        return argument, end

    def _count(self, at: int, count: int) -> None:
        self._values_left -= count
        if self._values_left >= 0:
            return
        if count > len(self._raw) - at:
            raise self._refused("cut off")
        raise Refused("codec.size", self._where, "too many values")

    def _refused(self, detail: str) -> Refused:
        return Refused("codec.cbor", self._where, detail)
