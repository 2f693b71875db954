"""What is shown, as JSON (RFC 8949 6.1): claims have one form, whatever format they came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.codec.cbor import Tagged

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor
    from clicid.codec.strict_json import Json

PLAIN: Final = frozenset((str, int, bool))
"""The types of values that are the same in JSON."""


def to_json(value: Cbor) -> Json:
    """A data element's value: bytes in base64url, dates as their text, numbers that are keys as texts."""
    if type(value) in PLAIN:
        return value  # type: ignore[return-value]  # as the types say
    if isinstance(value, Tagged):
        return value.value if isinstance(value.value, str) else to_json(value.value)
    if isinstance(value, bytes):
        return base64url.encode(value)
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {str(name): to_json(member) for name, member in value.items()}
    return value
