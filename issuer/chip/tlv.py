"""Tag, length, value: the frames of a chip's files (ISO/IEC 7816-4 5.2.2) and of what is ASN.1 in them.

Everything is walked here under our own caps before another parser sees it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from clicid.errors import Refused

MAX_DEPTH: Final = 24
MAX_OBJECTS: Final = 20_000
MAX_CHILDREN: Final = 256
MAX_NAME_BYTES: Final = 64
"""Of an object identifier: to work out a long one takes the square of its length."""
_MAX_LENGTH_BYTES: Final = 4
_MAX_TAG_BYTES: Final = 3
_CONSTRUCTED: Final = 0x20
_OBJECT_IDENTIFIER: Final = 0x06
_SEQUENCE_AND_SET: Final = (0x10, 0x11)


class Tlv(NamedTuple):
    """One object: its tag as a number (``0x7F61`` where it has two bytes) and its value."""

    tag: int
    value: bytes


class _Frame(NamedTuple):
    tag: int
    first: int
    start: int
    end: int
    shortest: bool


def children(data: bytes, where: str) -> tuple[Tlv, ...]:
    """The objects that `data` is made of, one after the other and nothing else.

    Raises:
        Refused: `chip.file` for a length that is indefinite or reaches out of `data`, or too many objects.
    """
    found: list[Tlv] = []
    at = 0
    while at < len(data):
        if len(found) == MAX_CHILDREN:
            raise Refused("chip.file", where, "too many objects")
        frame = _frame(data, at, len(data), where)
        found.append(Tlv(frame.tag, data[frame.start : frame.end]))
        at = frame.end
    return tuple(found)


def only(data: bytes, tag: int, where: str) -> bytes:
    """The value of the one object that `data` is.

    Raises:
        Refused: `chip.file` if it has another tag, or anything stands behind it.
    """
    frame = _frame(data, 0, len(data), where)
    if frame.tag != tag:
        raise Refused("chip.file", where, f"tag {frame.tag:X} where {tag:X} belongs")
    if frame.end != len(data):
        raise Refused("chip.file", where, "something stands behind it")
    return data[frame.start :]


def by_tag(data: bytes, where: str) -> dict[int, bytes]:
    """The objects of `data` by their tags.

    Raises:
        Refused: `chip.file` as in `children`, and where a tag stands twice.
    """
    objects = children(data, where)
    found = dict(objects)
    if len(found) != len(objects):
        raise Refused("chip.file", where, "a tag stands twice")
    return found


def first_tag(data: bytes, where: str) -> int:
    """The tag that `data` begins with.

    Raises:
        Refused: `chip.file` if no object begins there.
    """
    return _frame(data, 0, len(data), where).tag


def end_of(data: bytes, at: int, where: str) -> int:
    """Where the object that begins at `at` ends.

    Raises:
        Refused: `chip.file` if no object stands there.
    """
    return _frame(data, at, len(data), where).end


def write(tag: int, value: bytes) -> bytes:
    """One object with a tag of one byte, its length the shortest."""
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + value


def check_der(data: bytes, where: str, *, objects: int = MAX_OBJECTS) -> None:
    """Return if `data` is one object in the frame of DER (X.690 10.1): what ASN.1 is read from.

    Raises:
        Refused: `chip.file` for lengths that are indefinite, too long or not the shortest, for strings in
            parts, something behind the object, object identifiers too long, and structures too deep or of
            too many objects.
    """
    open_ends = [len(data)]
    at = 0
    for _ in range(objects):
        frame = _frame(data, at, open_ends[-1], where)
        if not frame.shortest:
            raise Refused("chip.file", where, "a length that is not the shortest")
        universal = frame.first < 0x40
        if universal and bool(frame.first & _CONSTRUCTED) != (frame.first & 0x1F in _SEQUENCE_AND_SET):
            raise Refused("chip.file", where, "a string in parts, or a structure that is none")
        if frame.first == _OBJECT_IDENTIFIER and frame.end - frame.start > MAX_NAME_BYTES:
            raise Refused("chip.file", where, "an object identifier too long")
        if len(open_ends) == 1 and frame.end != len(data):
            raise Refused("chip.file", where, "something stands behind it")
        if frame.first & _CONSTRUCTED:
            open_ends.append(frame.end)
            if len(open_ends) > MAX_DEPTH:
                raise Refused("chip.file", where, "too deep")
            at = frame.start
        else:
            at = frame.end
        while len(open_ends) > 1 and at == open_ends[-1]:
            open_ends.pop()
        if len(open_ends) == 1:
            return
    raise Refused("chip.file", where, "too many objects")


def _frame(data: bytes, at: int, end: int, where: str) -> _Frame:
    """The object that begins at `at` and must end by `end`."""
    start = at
    first = _byte(data, at, end, where)
    at += 1
    if first & 0x1F == 0x1F:
        while _byte(data, at, end, where) & 0x80:
            at += 1
            if at - start >= _MAX_TAG_BYTES:
                raise Refused("chip.file", where, "a tag too long")
        at += 1
    tag = int.from_bytes(data[start:at], "big")
    size = _byte(data, at, end, where)
    at += 1
    shortest = True
    if size >= 0x80:
        count = size & 0x7F
        if not 1 <= count <= _MAX_LENGTH_BYTES:
            raise Refused("chip.file", where, "a length that is indefinite or too long")
        if at + count > end:
            raise Refused("chip.file", where, "cut short")
        size = int.from_bytes(data[at : at + count], "big")
        at += count
        shortest = size >= 0x80 and size.bit_length() > 8 * (count - 1)
    if at + size > end:
        raise Refused("chip.file", where, "a length that reaches out of it")
    return _Frame(tag, first, at, at + size, shortest)


def _byte(data: bytes, at: int, end: int, where: str) -> int:
    if at >= end:
        raise Refused("chip.file", where, "cut short")
    return data[at]
