"""State that a core hands to its application to store: versioned JSON, read back as strictly."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from clicid.codec import shape, strict_json
from clicid.errors import LocalError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.codec.strict_json import Json

MAX_STATE_BYTES: Final = 4 << 20
E = TypeVar("E", bound=StrEnum)


@contextmanager
def reading(code: str) -> Iterator[None]:
    """Turn what parsers raise about stored bytes into a `LocalError`: they are ours, not a peer's."""
    try:
        yield
    except Refused as fault:
        raise LocalError(code, fault.where, f"{fault.code} {fault.detail}".rstrip()) from fault


def dump(kind: str, version: int, members: dict[str, Json]) -> bytes:
    """The bytes of a state, which names its kind and version."""
    return strict_json.dumps({"kind": kind, "version": version, **members})


def load(raw: bytes, kind: str, version: int) -> dict[str, Json]:
    """The members of a state of that kind and version.

    Raises:
        Refused: `codec.*`; `codec.shape` for another kind or version.
    """
    obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_STATE_BYTES, max_depth=64))
    if shape.text(obj, "kind") != kind or shape.integer(obj, "version") != version:
        raise Refused("codec.shape", "/version", f"{kind} of version {version} is wanted")
    return obj


def text(obj: dict[str, Json], key: str) -> str:
    """A member that is a string, which may be empty."""
    value = shape.member(obj, key)
    if not isinstance(value, str):
        raise Refused("codec.shape", f"/{key}", "a string is wanted")
    return value


def choice(kind: type[E], value: str, where: str) -> E:
    """A member of a string enumeration by its value.

    Raises:
        Refused: `codec.shape` for a value that it does not have.
    """
    for member in kind:
        if member.value == value:
            return member
    raise Refused("codec.shape", where, f"not one of {kind.__name__}")
