"""RLP, Ethereum's encoding of byte strings and lists of them (yellow paper, appendix B).

Each value has one form; any other is refused, as the `rlp` package does in its strict mode. That package
comes with the chain's writing side, which no verifier installs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES: Final = 1 << 16
"""Far above a node of a state trie (at most 532 bytes, but for a leaf's value) and a block's header."""
MAX_DEPTH: Final = 32
MAX_VALUES: Final = 1 << 12

Rlp: TypeAlias = "bytes | Sequence[Rlp]"

_SHORT: Final = 55
_STRING, _LIST = 0x80, 0xC0


def encode(value: Rlp) -> bytes:
    """A byte string, or a list of such values, as RLP."""
    if isinstance(value, bytes):
        if len(value) == 1 and value[0] < _STRING:
            return value
        return _head(len(value), _STRING) + value
    body = b"".join(map(encode, value))
    return _head(len(body), _LIST) + body


def number(value: int) -> bytes:
    """A number that is not negative as RLP has it: big-endian without leading zeros."""
    return value.to_bytes((value.bit_length() + 7) // 8)


def decode(raw: bytes) -> Rlp:
    """One value, and nothing after it.

    Raises:
        Refused: `codec.rlp`.
    """
    if len(raw) > MAX_BYTES:
        raise Refused("codec.rlp", "", f"more than {MAX_BYTES} bytes")
    return _Reader(raw).whole()


def _head(size: int, kind: int) -> bytes:
    if size <= _SHORT:
        return bytes([kind + size])
    length = number(size)
    return bytes([kind + _SHORT + len(length)]) + length


class _Reader:
    """Reads values off a byte string, and counts them."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._values = 0

    def whole(self) -> Rlp:
        value, end = self._value(0, len(self._raw), 0)
        if end != len(self._raw):
            raise Refused("codec.rlp", "", "something follows")
        return value

    def _value(self, at: int, end: int, depth: int) -> tuple[Rlp, int]:
        self._values += 1
        if at >= end or depth > MAX_DEPTH or self._values > MAX_VALUES:
            raise Refused("codec.rlp", "", "cut short, too deep or too many values")
        first = self._raw[at]
        if first < _STRING:
            return self._raw[at : at + 1], at + 1
        kind = _LIST if first >= _LIST else _STRING
        start, stop = self._extent(at, first - kind, end)
        if kind == _STRING:
            content = self._raw[start:stop]
            if len(content) == 1 and content[0] < _STRING:
                raise Refused("codec.rlp", "", "a byte that stands for itself has a head")
            return content, stop
        items: list[Rlp] = []
        while start < stop:
            item, start = self._value(start, stop, depth + 1)
            items.append(item)
        return items, stop

    def _extent(self, at: int, size: int, end: int) -> tuple[int, int]:
        """Where the content whose head stands at a place begins and ends."""
        start = at + 1
        if size > _SHORT:
            start += size - _SHORT
            length = self._raw[at + 1 : start]
            size = int.from_bytes(length)
            if size <= _SHORT or length[0] == 0:
                raise Refused("codec.rlp", "", "a length that is longer than needed")
        if start + size > end:
            raise Refused("codec.rlp", "", "cut short")
        return start, start + size
