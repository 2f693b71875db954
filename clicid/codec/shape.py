"""Narrowing JSON values to the types a message demands; every refusal names its JSON pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clicid.codec.strict_json import Json

MAX_TEXT: Final = 1 << 16
MAX_ITEMS: Final = 1 << 12
MAX_INTEGER: Final = 2**53 - 1


def pointer(where: str, key: str | int) -> str:
    """The JSON pointer (RFC 6901) one step below `where`."""
    return f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}"


def as_object(value: Json, where: str = "") -> dict[str, Json]:
    """`value` as an object.

    Raises:
        Refused: `codec.shape`, as for every function of this module.
    """
    if not isinstance(value, dict):
        raise Refused("codec.shape", where, "an object is wanted")
    return value


def as_items(value: Json, where: str = "", *, minimum: int = 0, maximum: int = MAX_ITEMS) -> list[Json]:
    """`value` as an array of `minimum` to `maximum` elements."""
    if not isinstance(value, list):
        raise Refused("codec.shape", where, "an array is wanted")
    if not minimum <= len(value) <= maximum:
        raise Refused("codec.shape", where, f"{minimum} to {maximum} elements are wanted")
    return value


def as_text(value: Json, where: str = "", *, maximum: int = MAX_TEXT) -> str:
    """`value` as a string of 1 to `maximum` characters."""
    if not isinstance(value, str):
        raise Refused("codec.shape", where, "a string is wanted")
    if not 1 <= len(value) <= maximum:
        raise Refused("codec.shape", where, f"1 to {maximum} characters are wanted")
    return value


def as_integer(value: Json, where: str = "", *, minimum: int = 0, maximum: int = MAX_INTEGER) -> int:
    """`value` as an integer in a range; a boolean is none, and neither is 1.0."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused("codec.shape", where, "an integer is wanted")
    if not minimum <= value <= maximum:
        raise Refused("codec.shape", where, f"an integer from {minimum} to {maximum} is wanted")
    return value


def member(obj: Mapping[str, Json], key: str, where: str = "") -> Json:
    """A member that must be there, whatever its type."""
    if key not in obj:
        raise Refused("codec.shape", pointer(where, key), "missing")
    return obj[key]


def child(obj: Mapping[str, Json], key: str, where: str = "") -> dict[str, Json]:
    """A member that is an object."""
    return as_object(member(obj, key, where), pointer(where, key))


def optional_child(obj: Mapping[str, Json], key: str, where: str = "") -> dict[str, Json] | None:
    """A member that is an object if it is there; null is not absence."""
    return child(obj, key, where) if key in obj else None


def text(obj: Mapping[str, Json], key: str, where: str = "", *, maximum: int = MAX_TEXT) -> str:
    """A member that is a string of 1 to `maximum` characters."""
    value = obj.get(key)
    if (
        isinstance(value, str) and 1 <= len(value) <= maximum
    ):  # Where it stands is worked out for a refusal only.
        return value
    return as_text(member(obj, key, where), pointer(where, key), maximum=maximum)


def optional_text(
    obj: Mapping[str, Json], key: str, where: str = "", *, maximum: int = MAX_TEXT
) -> str | None:
    """A member that is such a string if it is there."""
    return text(obj, key, where, maximum=maximum) if key in obj else None


def integer(
    obj: Mapping[str, Json], key: str, where: str = "", *, minimum: int = 0, maximum: int = MAX_INTEGER
) -> int:
    """A member that is an integer from `minimum` to `maximum`."""
    return as_integer(member(obj, key, where), pointer(where, key), minimum=minimum, maximum=maximum)


def optional_integer(
    obj: Mapping[str, Json], key: str, where: str = "", *, minimum: int = 0, maximum: int = MAX_INTEGER
) -> int | None:
    """A member that is such an integer if it is there."""
    return integer(obj, key, where, minimum=minimum, maximum=maximum) if key in obj else None


def boolean(obj: Mapping[str, Json], key: str, where: str = "") -> bool:
    """A member that is true or false."""
    value = member(obj, key, where)
    if not isinstance(value, bool):
        raise Refused("codec.shape", pointer(where, key), "true or false is wanted")
    return value


def optional_boolean(obj: Mapping[str, Json], key: str, where: str = "") -> bool | None:
    """A member that is true or false if it is there."""
    return boolean(obj, key, where) if key in obj else None


def items(
    obj: Mapping[str, Json], key: str, where: str = "", *, minimum: int = 0, maximum: int = MAX_ITEMS
) -> list[Json]:
    """A member that is an array of `minimum` to `maximum` elements."""
    return as_items(member(obj, key, where), pointer(where, key), minimum=minimum, maximum=maximum)


def optional_items(
    obj: Mapping[str, Json], key: str, where: str = "", *, minimum: int = 0, maximum: int = MAX_ITEMS
) -> list[Json] | None:
    """A member that is such an array if it is there."""
    return items(obj, key, where, minimum=minimum, maximum=maximum) if key in obj else None


def texts(
    obj: Mapping[str, Json], key: str, where: str = "", *, minimum: int = 0, maximum: int = MAX_ITEMS
) -> tuple[str, ...]:
    """A member that is an array of strings."""
    found = items(obj, key, where, minimum=minimum, maximum=maximum)
    return tuple(
        [
            item
            if isinstance(item, str) and 1 <= len(item) <= MAX_TEXT
            else as_text(item, pointer(pointer(where, key), index))
            for index, item in enumerate(found)
        ]
    )


def only(obj: Mapping[str, Json], allowed: Collection[str], where: str = "") -> None:
    """Refuse members that are not among `allowed`."""
    for key in obj:
        if key not in allowed:
            raise Refused("codec.shape", pointer(where, key), "not expected here")
