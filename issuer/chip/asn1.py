"""Where asn1crypto is let at bytes: after our own caps, and with what it raises turned into a refusal."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clicid.errors import Refused
from issuer.chip import tlv

if TYPE_CHECKING:
    from collections.abc import Iterator

# It parses when it is asked, so each of these can come out of any access.
_RAISED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


@contextmanager
def reading(code: str, where: str) -> Iterator[None]:
    """Everything asked of asn1crypto's objects stands in such a block.

    Args:
        code: The reason for what it cannot read.
        where: The place.
    """
    try:
        yield
    except Refused:
        raise
    except _RAISED as error:
        raise Refused(code, where, "not of the form that ASN.1 gives it") from error


def load(kind: Any, data: bytes, code: str, where: str, *, objects: int = tlv.MAX_OBJECTS) -> Any:
    """One whole object of a class of asn1crypto.

    Raises:
        Refused: `chip.file` for the frame, `code` for what is in it.
    """
    tlv.check_der(data, where, objects=objects)
    with reading(code, where):
        return kind.load(data, strict=True)


def moment(value: object, code: str, where: str) -> datetime:
    """A point in time: a datetime that knows its zone.

    Raises:
        Refused: `code` for a time without a zone, or one that no calendar has.
    """
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Refused(code, where, "a time without a zone")
    return value
