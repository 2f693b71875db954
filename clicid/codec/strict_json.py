"""JSON as RFC 8259 and RFC 7493 (I-JSON) allow it, and nothing a parser might read in two ways."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

import orjson

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 32
MAX_VALUES: Final = 1 << 16
MAX_SAFE_INTEGER: Final = 2**53 - 1
"""Beyond it a reader that knows only IEEE 754 doubles sees another number (RFC 7493 2.2)."""

# Whatever a caller asks for: where a library has raised the interpreter's recursion limit (py-evm does),
# the decoder would run off the C stack before it raises.
_DEEPEST: Final = 256
_MAX_NUMBER_CHARS: Final = 64
_MAX_INTEGER_CHARS: Final = 17
# RFC 8785 3.2.2.3 writes a number below it without exponent: as an integer that would not be read back.
_SHORTEST_EXPONENT: Final = 1e21
_STRING_OR_MARK: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_STEP: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def loads(
    raw: bytes | str,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    max_values: int = MAX_VALUES,
) -> Json:
    """One JSON text to Python values.

    Args:
        raw: UTF-8 without a byte order mark, or text.
        max_bytes: Size cap, counted in UTF-8.
        max_depth: How many arrays and objects may stand inside each other.
        max_values: How many members and elements there may be in all (more or less: commas).

    Raises:
        Refused: `codec.size` above a cap; `codec.json` for whatever else is not I-JSON: member names
            given twice, NaN and infinities, integers no double can hold, lone surrogates.
    """
    text = _as_text(raw, max_bytes)
    _check_size(text, min(max_depth, _DEEPEST), max_values)
    try:
        value: Json = _DECODER.decode(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Refused("codec.json", detail="not well-formed") from error
    if _SURROGATE_ESCAPE.search(text):
        _check_surrogates(value)
    return value


def flat(raw: bytes) -> dict[str, str | int] | None:
    """What `loads` gives for an object of strings without escapes and of integers, as most small ones are.

    None for every other text, whether it is JSON or not. A member that is given twice is found out by its
    quotation marks: there are more of them than what was read has.
    """
    if b"\\" in raw:
        return None
    try:
        members = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if type(members) is not dict:
        return None
    marks = 2 * len(members)
    for value in members.values():
        if type(value) is str:
            marks += 2
        elif type(value) is not int or not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
            return None
    return members if raw.count(b'"') == marks else None


def dumps(value: Json) -> bytes:
    """Compact UTF-8 in the order of the members; for what need not be canonical (see `jcs`)."""
    try:
        raw = orjson.dumps(value, option=_NOTHING_BUT_JSON)
    except TypeError:  # What it does not write, and others may: long integers, other names than texts.
        return _ENCODER.encode(value).encode()
    # It writes a number that is none as null, which is another thing.
    return raw if b"null" not in raw else _ENCODER.encode(value).encode()


def line(value: Json) -> str:
    r"""A line for terminals and logs: what does not print stands as ``\uXXXX``, which reads back the same."""
    text = dumps(value).decode()
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _as_text(raw: bytes | str, max_bytes: int) -> str:
    if len(raw) > max_bytes:
        raise Refused("codec.size", detail=f"more than {max_bytes} bytes")
    try:
        if isinstance(raw, bytes):
            return raw.decode("utf-8")
        size = len(raw.encode("utf-8"))
    except UnicodeError as error:
        raise Refused("codec.json", detail="not UTF-8") from error
    if size > max_bytes:
        raise Refused("codec.size", detail=f"more than {max_bytes} bytes")
    return raw


def _check_size(text: str, max_depth: int, max_values: int) -> None:
    # Counting characters bounds both figures from above, so most texts never need the exact walk.
    if text.count("[") + text.count("{") <= max_depth and text.count(",") < max_values:
        return
    depth = commas = 0
    for match in _STRING_OR_MARK.finditer(text):
        mark = match.group()
        depth += _STEP.get(mark, 0)
        commas += mark == ","
        if depth > max_depth or commas >= max_values:
            raise Refused("codec.size", detail=f"deeper than {max_depth} or more than {max_values} values")


def _members(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    members: dict[str, Json] = {}
    for name, value in pairs:
        if name in members:
            raise Refused("codec.json", detail="a member name is given twice")
        members[name] = value
    return members


def _integer(digits: str) -> int:
    if len(digits) > _MAX_INTEGER_CHARS or abs(number := int(digits)) > MAX_SAFE_INTEGER:
        raise Refused("codec.json", detail="an integer beyond 2^53-1")
    return number


def _fraction(digits: str) -> float:
    if len(digits) > _MAX_NUMBER_CHARS or not math.isfinite(number := float(digits)):
        raise Refused("codec.json", detail="a number no double can hold")
    if MAX_SAFE_INTEGER < abs(number) < _SHORTEST_EXPONENT:
        raise Refused("codec.json", detail="an integer beyond 2^53-1")
    return number


def _constant(name: str) -> NoReturn:
    raise Refused("codec.json", detail=f"{name} is not JSON")


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_NOTHING_BUT_JSON: Final = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)


def _check_surrogates(value: Json) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refused("codec.json", detail="a lone surrogate") from error
