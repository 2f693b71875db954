"""The `status` claim of a JWT that refers to a Token Status List (Token Status List 6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.formats.base import StatusRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

_MAX_URI: Final = 2048


def claim(status: StatusRef) -> Json:
    """The value of `status`."""
    return {"status_list": {"idx": status.index, "uri": status.list_url}}


def parse(payload: Mapping[str, Json]) -> StatusRef | None:
    """The entry that a payload's `status` names; None if it has none.

    Raises:
        Refused: `codec.shape`, also for another mechanism than the list: one that we could not check.
    """
    status = shape.optional_child(payload, "status")
    if status is None:
        return None
    entry = shape.child(status, "status_list", "/status")
    where = "/status/status_list"
    return StatusRef(shape.text(entry, "uri", where, maximum=_MAX_URI), shape.integer(entry, "idx", where))
