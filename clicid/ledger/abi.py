"""Reading ABI-encoded words as compilers write them, and no other way (contracts: ABI)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

Value: TypeAlias = int | bool | bytes

WORD: Final = 32
_DYNAMIC: Final = frozenset({"string", "bytes"})


def word(value: bytes, name: str) -> Value:
    """One 32-byte word as a static type: address, bool, uintN or bytesN.

    Raises:
        Refused: `ledger.event` if bits outside the type are set.
    """
    reader, size = _STATIC[name]
    return reader(value, size)


def is_dynamic(name: str) -> bool:
    """Whether a type has an offset in its place."""
    return name in _DYNAMIC


def unpack(data: bytes, names: tuple[str, ...]) -> list[Value]:
    """The values of an event's data; a string's as its bytes: contracts take any bytes for one.

    Dynamic values must follow the head in order, without holes, each padded with zeros; the data
    ends with the last of them.

    Raises:
        Refused: `ledger.event`.
    """
    end = WORD * len(names)
    if len(data) < end:
        raise Refused("ledger.event", "", "data is too short")
    values: list[Value] = []
    for at, name in enumerate(names):
        head = data[WORD * at : WORD * (at + 1)]
        if is_dynamic(name):
            if int.from_bytes(head) != end:
                raise Refused("ledger.event", "", "an offset out of order")
            content, end = _dynamic(data, end)
            values.append(content)
        else:
            values.append(word(head, name))
    if end != len(data):
        raise Refused("ledger.event", "", "something after the data")
    return values


def _dynamic(data: bytes, at: int) -> tuple[bytes, int]:
    length = int.from_bytes(data[at : at + WORD])
    start = at + WORD
    end = start + (length + WORD - 1) // WORD * WORD
    if end > len(data) or any(data[start + length : end]):
        raise Refused("ledger.event", "", "length or filling of a byte string")
    return data[start : start + length], end


def _uint(value: bytes, bits: int) -> int:
    number = int.from_bytes(value)
    if number >> bits:
        raise Refused("ledger.event", "", f"more than {bits} bits")
    return number


def _bool(value: bytes, bits: int) -> bool:
    return bool(_uint(value, bits))


def _right(value: bytes, size: int) -> bytes:
    if any(value[: WORD - size]):
        raise Refused("ledger.event", "", "an address of more than 20 bytes")
    return value[WORD - size :]


def _left(value: bytes, size: int) -> bytes:
    if any(value[size:]):
        raise Refused("ledger.event", "", f"more than {size} bytes")
    return value[:size]


_STATIC: Final[dict[str, tuple[Callable[[bytes, int], Value], int]]] = {
    "address": (_right, 20),
    "bool": (_bool, 1),
    "bytes28": (_left, 28),
    "bytes32": (_left, 32),
    "uint8": (_uint, 8),
    "uint32": (_uint, 32),
    "uint64": (_uint, 64),
    "uint256": (_uint, 256),
}
