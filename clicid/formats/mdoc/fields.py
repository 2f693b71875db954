"""CBOR narrowed to what the CDDL of ISO/IEC 18013-5 has in its place."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from clicid.codec import cbor
from clicid.codec.cbor import EMBEDDED, Tagged
from clicid.errors import Refused

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor, Key

TDATE: Final = 0
"""RFC 8949 3.4.1."""
FULL_DATE: Final = 1004
"""RFC 8943 2.2."""
VALUE_TAGS: Final = frozenset((TDATE, EMBEDDED, FULL_DATE))
"""The tags that may stand in a data element."""

MAX_DEPTH: Final = 12
MAX_TEXT_CHARS: Final = 2048
MAX_NAME_CHARS: Final = 127
"""Of a namespace and of an element: both together stand in a report."""

_CODE: Final = "mdoc.structure"
# 7.2.1: no fraction of a second, and UTC by its letter.
_TDATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_FULL_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_VERSION: Final = re.compile(r"1\.\d{1,3}", re.ASCII)


def read(raw: bytes, where: str) -> Cbor:
    """CBOR that was embedded: definite lengths, shortest heads, members in any order but only once.

    Raises:
        Refused: `codec.cbor`, `codec.size`.
    """
    return cbor.loads(raw, tags=VALUE_TAGS, where=where, max_depth=MAX_DEPTH, any_order=True)


def as_map(value: Cbor, where: str) -> dict[Key, Cbor]:
    """A map; raises Refused `mdoc.structure`, as all here."""
    if not isinstance(value, dict):
        raise Refused(_CODE, where, "a map is wanted")
    return value


def as_items(value: Cbor, where: str, maximum: int) -> list[Cbor]:
    """An array of at least one."""
    if not isinstance(value, list) or not 1 <= len(value) <= maximum:
        raise Refused(_CODE, where, f"an array of 1 to {maximum} is wanted")
    return value


def as_text(value: Cbor, where: str, maximum: int = MAX_TEXT_CHARS) -> str:
    """A text that says something."""
    if not isinstance(value, str) or not 1 <= len(value) <= maximum:
        raise Refused(_CODE, where, f"a text of 1 to {maximum} characters is wanted")
    return value


def as_bytes(value: Cbor, where: str) -> bytes:
    """A byte string."""
    if not isinstance(value, bytes):
        raise Refused(_CODE, where, "a byte string is wanted")
    return value


def as_uint(value: Cbor, where: str) -> int:
    """A number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refused(_CODE, where, "an unsigned number is wanted")
    return value


def as_embedded(value: Cbor, where: str) -> bytes:
    """The bytes of CBOR inside a byte string (#6.24)."""
    if not isinstance(value, Tagged) or value.tag != EMBEDDED or not isinstance(value.value, bytes):
        raise Refused(_CODE, where, "a byte string with CBOR is wanted")
    return value.value


def is_tdate(value: Cbor) -> bool:
    """Whether a value is a point in time in whole seconds, in UTC (7.2.1)."""
    return _instant(value) is not None


def as_tdate(value: Cbor, where: str) -> datetime:
    """A point in time."""
    found = _instant(value)
    if found is None:
        raise Refused(_CODE, where, "a time in whole seconds and UTC is wanted")
    return found


def is_full_date(value: Cbor) -> bool:
    """Whether a value is a day of the calendar."""
    if not isinstance(value, Tagged) or value.tag != FULL_DATE or not isinstance(value.value, str):
        return False
    try:
        return _FULL_DATE.fullmatch(value.value) is not None and bool(date.fromisoformat(value.value))
    except ValueError:
        return False


def check_version(value: Cbor, where: str) -> None:
    """Of a later minor version the members that are known mean the same (8.1)."""
    if value != "1.0" and (not isinstance(value, str) or not _VERSION.fullmatch(value)):
        raise Refused(_CODE, where, "version 1 is wanted")


def _instant(value: Cbor) -> datetime | None:
    if not isinstance(value, Tagged) or value.tag != TDATE or not isinstance(value.value, str):
        return None
    try:
        return datetime.fromisoformat(value.value) if _TDATE.fullmatch(value.value) else None
    except ValueError:
        return None
