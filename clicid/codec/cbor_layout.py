"""CBOR that is laid out as some that was read before is taken apart in one piece.

Of two encodings with the same heads in the same places, the one is well-formed if the other is: what differs
is inside strings and long numbers. So where they stand is found once, and what stands between them is
compared. Arrays of embedded CBOR may differ in the lengths of their items, as data elements do.

A layout says nothing of whoever wrote it, and cannot be made to say anything wrong; but to find one takes
longer than to read, so a caller learns from those alone whose signature was good.
"""

from __future__ import annotations

import struct
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from clicid.codec import cbor
from clicid.codec.cbor import EMBEDDED, Tagged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clicid.codec.cbor import Cbor, Key

Parts: TypeAlias = "Sequence[bytes | list[Cbor]]"
Build: TypeAlias = "Callable[[Parts], Cbor]"

MAX_BYTES: Final = 1 << 16
"""Nothing larger is learned from."""

_KNOWN: Final = 16
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)
_FIRST: Final = bytes((_ARRAY << 5,))
_AFTER: Final = bytes((_TAG << 5,))
_CONSTANTS: Final[dict[int, Cbor]] = {0xF4: False, 0xF5: True, 0xF6: None}
_EMBEDDED_HEAD: Final = bytes((0xD8, EMBEDDED))
_HEAD_OF_ONE_BYTE: Final = _EMBEDDED_HEAD + b"\x58"
_HEAD_OF_TWO_BYTES: Final = _EMBEDDED_HEAD + b"\x59"
_SHORT: Final = 0x40
_LEAST: Final = {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}
"""What a number is that needs so many bytes."""
_LEAST_OF_ONE, _LEAST_OF_TWO = _LEAST[1], _LEAST[2]


class Contents(list["Cbor"]):
    """What an array of embedded CBOR holds: the bytes of each item, without their tag."""


class _Block(NamedTuple):
    """What is always of one length, then an array of embedded CBOR.

    Args:
        cut: Takes it apart: a part that is the same each time, one that is free, and so on.
        same: Every other part.
        items: How many the array has; none at the end.
    """

    cut: struct.Struct
    same: tuple[bytes, ...]
    items: int


class _Layout(NamedTuple):
    blocks: tuple[_Block, ...]
    build: Build
    bare: bool

    def read(self, raw: bytes) -> Cbor:
        """Raises ValueError, IndexError or struct.error where `raw` is laid out in another way."""
        at = 0
        parts: list[bytes | list[Cbor]] = []
        for cut, same, count in self.blocks:
            found = cut.unpack_from(raw, at)
            if found[::2] != same:
                raise ValueError
            parts += found[1::2]
            at += cut.size
            if count:
                contents, at = _embedded(raw, at, count)
                parts.append(contents if self.bare else [Tagged(EMBEDDED, one) for one in contents])
        if at != len(raw):
            raise ValueError
        return self.build(parts)


class Layouts:
    """The layouts that are known, those that were of use last first.

    Args:
        tags: As `cbor.loads` has it.
        max_depth: The same.
        bare: Whether arrays of embedded CBOR, where a layout has one, come as `Contents`: for whoever takes
            them apart at once, and takes no others.
    """

    def __init__(self, tags: frozenset[int], max_depth: int = cbor.MAX_DEPTH, *, bare: bool = False) -> None:
        self._tags = tags
        self._bare = bare
        self._max_depth = max_depth
        self._known: tuple[_Layout, ...] = ()

    def read(self, raw: bytes, where: str, unknown: list[Unknown] | None = None) -> Cbor:
        """One data item, its members in any order. Only arrays and maps have layouts.

        Args:
            raw: The item, and nothing after it.
            where: The place to name in an error.
            unknown: Gets the item if no known layout is its; None if nothing is learned from it.

        Raises:
            Refused: What `cbor.loads` raises.
        """
        if _FIRST <= raw[:1] < _AFTER and len(raw) <= MAX_BYTES:
            known = self._known
            for layout in known:
                try:
                    value = layout.read(raw)
                except (ValueError, IndexError, struct.error):
                    continue
                if layout is not known[0]:
                    self._known = (layout, *(other for other in known if other is not layout))
                return value
            if unknown is not None:
                unknown.append(Unknown(self, raw))
        return self._loads(raw, where)

    def learn(self, raw: bytes) -> None:
        """Know the layout of an item that `read` took."""
        self._known = (_Finder(raw, self._tags).layout(bare=self._bare), *self._known[: _KNOWN - 1])

    def _loads(self, raw: bytes, where: str) -> Cbor:
        return cbor.loads(raw, tags=self._tags, where=where, max_depth=self._max_depth, any_order=True)


class Unknown(NamedTuple):
    """An item that was read head by head.

    Args:
        layouts: Those among which it had none.
        raw: The item.
    """

    layouts: Layouts
    raw: bytes


def _embedded(raw: bytes, at: int, count: int) -> tuple[Contents, int]:
    """So many byte strings with CBOR, and where the last one ends."""
    items = Contents()
    for _ in range(count):
        head = raw[at : at + 3]
        if head == _HEAD_OF_ONE_BYTE:
            size, begins, least = raw[at + 3], at + 4, _LEAST_OF_ONE
        elif head == _HEAD_OF_TWO_BYTES:
            size, begins, least = raw[at + 3] << 8 | raw[at + 4], at + 5, _LEAST_OF_TWO
        else:
            size, begins, least = head[2] - _SHORT, at + 3, 0
            if size >= _LEAST_OF_ONE or head[:2] != _EMBEDDED_HEAD:
                raise ValueError
        if size < least:
            raise ValueError
        at = begins + size
        items.append(raw[begins:at])
    return items, at


class _Finder:
    """Finds the layout of an item that is known to be well-formed."""

    def __init__(self, raw: bytes, tags: frozenset[int]) -> None:
        self._raw = raw
        self._tags = tags
        self._at = 0
        self._blocks: list[_Block] = []
        self._same: list[bytes] = []
        self._format: list[str] = []
        self._from = 0
        self._parts = 0

    def layout(self, *, bare: bool) -> _Layout:
        """The layout of all of it."""
        build = self._item()
        self._close(0)
        return _Layout(tuple(self._blocks), build, bare)

    def _item(self) -> Build:
        start = self._at
        if self._raw[start] in _CONSTANTS:
            self._at += 1
            return _always(_CONSTANTS[self._raw[start]])
        kind, argument = self._head()
        if kind == _UNSIGNED:
            size = self._at - start - 1
            return _number(self._free(start + 1, size), _LEAST[size]) if size else _always(argument)
        if kind == _NEGATIVE:
            return _always(-1 - argument)
        if kind in (_BYTES, _TEXT):
            self._at += argument
            part = self._free(self._at - argument, argument)
            return itemgetter(part) if kind == _BYTES else _text(part)
        if kind in (_ARRAY, _MAP):
            return self._array(argument) if kind == _ARRAY else self._map(argument)
        return _tagged(argument, self._item())

    def _array(self, count: int) -> Build:
        if count and EMBEDDED in self._tags:
            try:
                _, end = _embedded(self._raw, self._at, count)
            except (ValueError, IndexError):
                end = 0
            if end:
                self._close(count)
                self._at = self._from = end
                self._parts += 1
                return itemgetter(self._parts - 1)
        return _array([self._item() for _ in range(count)])

    def _map(self, count: int) -> Build:
        members: list[tuple[Key, Build]] = []
        before = self._parts
        for _ in range(count):
            kind, argument = self._head()
            if kind == _TEXT:
                self._at += argument
                key: Key = self._raw[self._at - argument : self._at].decode()
            else:
                key = argument if kind == _UNSIGNED else -1 - argument
            members.append((key, self._item()))
        if count and all(isinstance(build, itemgetter) for _, build in members):
            # Each is one part, and they stand one after the other: as digests do.
            return _strings([key for key, _ in members], before)
        return _map(members)

    def _head(self) -> tuple[int, int]:
        first = self._raw[self._at]
        self._at += 1
        argument = first & 0x1F
        if argument >= _LEAST[1]:
            size = 1 << argument - _LEAST[1]
            argument = int.from_bytes(self._raw[self._at : self._at + size], "big")
            self._at += size
        return first >> 5, argument

    def _free(self, start: int, size: int) -> int:
        """That so many bytes are free; the number of their part."""
        self._fixed(start)
        self._format.append(f"{size}s")
        self._from = start + size
        self._parts += 1
        return self._parts - 1

    def _fixed(self, end: int) -> None:
        self._same.append(self._raw[self._from : end])
        self._format.append(f"{end - self._from}s")
        self._from = end

    def _close(self, items: int) -> None:
        self._fixed(self._at)
        self._blocks.append(_Block(struct.Struct("".join(self._format)), tuple(self._same), items))
        self._same, self._format = [], []


def _always(value: Cbor) -> Build:
    return lambda _: value


def _text(part: int) -> Build:
    return lambda parts: parts[part].decode()  # type: ignore[union-attr] # a hole's part is never asked for


def _number(part: int, least: int) -> Build:
    def build(parts: Parts) -> int:
        number = int.from_bytes(parts[part], "big")  # type: ignore[arg-type] # as above
        if number < least:
            raise ValueError
        return number

    return build


def _array(builds: list[Build]) -> Build:
    def build_all(parts: Parts) -> list[Cbor]:
        found = []
        for build in builds:
            found.append(build(parts))  # noqa: PERF401 - to comprehend is a call more
        return found

    return build_all


def _map(members: list[tuple[Key, Build]]) -> Build:
    if len(members) == 1:
        ((only, build_only),) = members
        return lambda parts: {only: build_only(parts)}

    def build_all(parts: Parts) -> dict[Key, Cbor]:
        found = {}
        for key, build in members:
            found[key] = build(parts)
        return found

    return build_all


def _strings(keys: list[Key], first: int) -> Build:
    last = first + len(keys)
    return lambda parts: dict(zip(keys, parts[first:last], strict=True))


def _tagged(tag: int, content: Build) -> Build:
    return lambda parts: Tagged(tag, content(parts))
