"""The two status entries of a credential: revocation and suspension in one list (Bitstring 1.0, 2.1).

On chain a list has one URL and one row of bits an entry; over HTTP each purpose has a bitstring of
its own, below that URL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape, web
from clicid.errors import Refused
from clicid.formats.base import StatusRef
from clicid.status import entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

PURPOSES: Final = (entry.REVOCATION, entry.SUSPENSION)

_MEMBERS: Final = ("id", "type", "statusPurpose", "statusListIndex", "statusListCredential")


def entries(status: StatusRef) -> list[Json]:
    """The `credentialStatus` of a place in a list."""
    return [
        {
            "id": f"{status.list_url}/{purpose}#{status.index}",
            "type": entry.TYPE,
            "statusPurpose": purpose,
            "statusListIndex": str(status.index),
            "statusListCredential": f"{status.list_url}/{purpose}",
        }
        for purpose in PURPOSES
    ]


def parse(secured: Mapping[str, Json]) -> StatusRef:
    """The place in the list that all entries of a credential name.

    Raises:
        Refused: `vc.status` for entries of another type, purpose, list or index than one another's;
            `status.entry`, `codec.shape`, `codec.url`.
    """
    found = _objects(shape.member(secured, "credentialStatus"), "/credentialStatus")
    places = [_entry(one, shape.pointer("/credentialStatus", index)) for index, one in enumerate(found)]
    purposes = {purpose for purpose, _ in places}
    if len(purposes) != len(places) or len({place for _, place in places}) != 1:
        raise Refused("vc.status", "/credentialStatus")
    return places[0][1]


def _objects(value: Json, where: str) -> list[dict[str, Json]]:
    if not isinstance(value, list):
        return [shape.as_object(value, where)]
    items = shape.as_items(value, where, minimum=1, maximum=len(PURPOSES))
    return [shape.as_object(item, shape.pointer(where, index)) for index, item in enumerate(items)]


def _entry(members: Mapping[str, Json], where: str) -> tuple[str, StatusRef]:
    shape.only(members, _MEMBERS, where)
    found = entry.parse(members, where)
    if found.purpose not in PURPOSES:
        raise Refused("vc.status", where, "another kind of entry than revocation and suspension")
    place = shape.pointer(where, "statusListCredential")
    list_url, slash, last = found.list_credential.rpartition("/")
    if not slash or last != found.purpose:
        raise Refused("vc.status", place, "not the list's URL with the purpose behind it")
    return found.purpose, StatusRef(web.web_url(list_url, place, bare=True), found.index)
