"""The witness file: who has approved which entry (did:webvh 1.0, DID witnesses)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import shape, strict_json
from clicid.did.webvh import proofs
from clicid.did.webvh.files import MAX_BYTES
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.did.webvh.parameters import Witnesses

_MAX_DEPTH: Final = 6
_MAX_ENTRIES: Final = 1024


class Wanted(NamedTuple):
    """An entry, and who has to approve it; None for nobody."""

    version_id: str
    witnesses: Witnesses | None


def check(entries: Sequence[Wanted], raw: bytes) -> None:
    """Return if every entry was approved by as many of its witnesses as it wants.

    Whoever approved an entry has approved all before it. An approval counts by the signature over the
    entry's `versionId`, which no other log has; what is about versions that this log does not have, or by
    somebody who is nobody's witness, is passed over, and so is a signature that does not hold.

    Args:
        entries: The whole log, the oldest first.
        raw: The file; empty if there is none.

    Raises:
        Refused: `did.unwitnessed`; `codec.*` for a malformed file, also above a MiB.
    """
    if all(entry.witnesses is None for entry in entries):
        return
    approved = _approvals(entries, _read(raw) if raw else {})
    seen: set[str] = set()
    for entry in reversed(entries):
        seen |= approved.get(entry.version_id, frozenset())
        if entry.witnesses and len(seen & entry.witnesses.multikeys) < entry.witnesses.threshold:
            raise Refused("did.unwitnessed", "", f"entry {entry.version_id.partition('-')[0]}")


def _approvals(
    entries: Sequence[Wanted], found: Mapping[str, list[dict[str, Json]]]
) -> dict[str, frozenset[str]]:
    """The multikeys of those witnesses who approved each version."""
    asked = frozenset().union(*(entry.witnesses.multikeys for entry in entries if entry.witnesses))
    return {
        entry.version_id: frozenset(
            multikey
            for multikey in (_approval(entry.version_id, item, asked) for item in found[entry.version_id])
            if multikey
        )
        for entry in entries
        if entry.version_id in found
    }


def _approval(version_id: str, members: Mapping[str, Json], asked: frozenset[str]) -> str:
    """The multikey of the witness whose approval it is; empty if it is none."""
    try:
        if proofs.read(members, "").multikey not in asked:
            return ""
        return proofs.verify({"versionId": version_id}, members, "")
    except Refused:
        return ""


def _read(raw: bytes) -> dict[str, list[dict[str, Json]]]:
    """The proofs for each `versionId`, none of them checked."""
    value = strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH)
    found: dict[str, list[dict[str, Json]]] = {}
    for index, item in enumerate(shape.as_items(value, maximum=_MAX_ENTRIES)):
        where = f"/{index}"
        entry = shape.as_object(item, where)
        listed = shape.optional_items(entry, "proof", where, maximum=proofs.MAX_PROOFS) or []
        place = shape.pointer(where, "proof")
        members = [shape.as_object(one, shape.pointer(place, at)) for at, one in enumerate(listed)]
        found.setdefault(shape.text(entry, "versionId", where, maximum=64), []).extend(members)
    return found
