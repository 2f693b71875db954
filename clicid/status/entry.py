"""One `BitstringStatusListEntry` of a credential (Bitstring Status List 1.0, 2.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import shape, web
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

TYPE: Final = "BitstringStatusListEntry"
REVOCATION: Final = "revocation"
SUSPENSION: Final = "suspension"
REFRESH: Final = "refresh"
MESSAGE: Final = "message"
MAX_SIZE: Final = 8
"""Bits of an entry: each bit doubles the messages that it must bring along."""

_CODE: Final = "status.entry"
_MAX_URL: Final = 2048
_MAX_PURPOSE: Final = 64
_MAX_MESSAGE: Final = 1024
_MAX_REFERENCES: Final = 16
# An arbitrarily long index lies in no list that fits into `bitstring.MAX_LIST_BYTES`.
INDEX: Final = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_HEX: Final = re.compile(r"0x[0-9a-fA-F]{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BitstringEntry:
    """Where the status of a credential stands, and what its values mean.

    Args:
        purpose: `REVOCATION`, `SUSPENSION`, `REFRESH`, `MESSAGE`, or one that we give no meaning.
        index: Which entry of the list.
        list_credential: URL of the credential that holds the list.
        size: Bits of the entry.
        messages: By value, what it means to a developer; empty where the values are set and unset.
        references: URLs of material about the status.
        where: JSON pointer of the entry.
    """

    purpose: str
    index: int
    list_credential: str
    size: int = 1
    messages: tuple[str, ...] | None = None
    references: tuple[str, ...] = ()
    where: str = ""

    def message(self, value: int) -> str:
        """What a value means: ``set`` and ``unset`` where the issuer gave no words."""
        if self.messages is None:
            return "set" if value else "unset"
        return self.messages[value]


def parse(obj: Mapping[str, Json], where: str) -> BitstringEntry:
    """Read an entry. Members that the standard does not define are let stand: they change nothing.

    Args:
        obj: The object.
        where: Its JSON pointer.

    Raises:
        Refused: `status.entry` for what the standard forbids; `codec.shape`, `codec.url`.
    """
    if obj.get("type") not in (TYPE, [TYPE]):
        raise Refused(_CODE, shape.pointer(where, "type"), f"{TYPE} is wanted")
    purpose = shape.text(obj, "statusPurpose", where, maximum=_MAX_PURPOSE)
    index = shape.text(obj, "statusListIndex", where, maximum=32)
    if not INDEX.fullmatch(index):
        raise Refused(_CODE, shape.pointer(where, "statusListIndex"), "a whole number as text, base 10")
    place = shape.pointer(where, "statusListCredential")
    url = web.web_url(shape.text(obj, "statusListCredential", where, maximum=_MAX_URL), place)
    if obj.get("id") == url:
        raise Refused(_CODE, shape.pointer(where, "id"), "the URL of the list, not of the entry")
    size = shape.optional_integer(obj, "statusSize", where, minimum=1, maximum=MAX_SIZE) or 1
    messages = parse_messages(obj, "statusMessage", where, size=size)
    if messages is None and size > 1:
        raise Refused(_CODE, shape.pointer(where, "statusMessage"), "wanted with more than one bit")
    return BitstringEntry(purpose, int(index), url, size, messages, _references(obj, where), where)


def parse_messages(obj: Mapping[str, Json], name: str, where: str, *, size: int) -> tuple[str, ...] | None:
    """The messages of all values of `size` bits, in their order; None if there is no such member.

    Raises:
        Refused: `status.entry` unless each value has one message; `codec.shape`.
    """
    items = shape.optional_items(obj, name, where, maximum=1 << MAX_SIZE)
    if items is None:
        return None
    place = shape.pointer(where, name)
    found = dict(_message(item, shape.pointer(place, at)) for at, item in enumerate(items))
    if set(found) != set(range(1 << size)) or len(items) != len(found):
        raise Refused(_CODE, place, f"one message for each of {1 << size} values is wanted")
    return tuple(found[value] for value in range(1 << size))


def _message(item: Json, where: str) -> tuple[int, str]:
    row = shape.as_object(item, where)
    status = shape.text(row, "status", where, maximum=16)
    if not _HEX.fullmatch(status):
        raise Refused(_CODE, shape.pointer(where, "status"), "a hexadecimal value such as 0x0 is wanted")
    return int(status, 16), shape.text(row, "message", where, maximum=_MAX_MESSAGE)


def _references(obj: Mapping[str, Json], where: str) -> tuple[str, ...]:
    if "statusReference" not in obj:
        return ()
    place, value = shape.pointer(where, "statusReference"), obj["statusReference"]
    items = (
        shape.as_items(value, place, minimum=1, maximum=_MAX_REFERENCES)
        if isinstance(value, list)
        else [value]
    )
    return tuple(web.web_url(shape.as_text(item, place, maximum=_MAX_URL), place) for item in items)
