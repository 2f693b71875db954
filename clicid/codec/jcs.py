"""JSON Canonicalization Scheme (RFC 8785)."""

from __future__ import annotations

from typing import Any, Final

import rfc8785

from clicid.errors import Refused

MAX_DEPTH: Final = 64


def dumps(value: Any) -> bytes:
    """The one byte form of a JSON value.

    Args:
        value: Anything `strict_json` gives; tuples count as arrays.

    Raises:
        Refused: `codec.jcs` for what RFC 8785 cannot express: other types, names that are no
            strings, integers beyond 2^53-1, NaN, lone surrogates, or nesting deeper than 64.
    """
    _check_depth(value, MAX_DEPTH)
    try:
        return rfc8785.dumps(value)
    except ValueError as error:
        # Its own errors are ValueErrors too, and so is the UnicodeEncodeError of a member name.
        raise Refused("codec.jcs", detail=type(error).__name__) from error


def _check_depth(value: Any, left: int) -> None:
    if not isinstance(value, dict | list | tuple):
        return
    if left == 0:
        raise Refused("codec.jcs", detail=f"deeper than {MAX_DEPTH}")
    for child in value.values() if isinstance(value, dict) else value:
        _check_depth(child, left - 1)
