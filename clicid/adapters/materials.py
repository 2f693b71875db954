"""Answers a check's needs from what a follower knows; never from the network."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.did.ethr import EthrDid
from clicid.errors import Refused
from clicid.formats.base import Material, NeedKind, Unavailable
from clicid.ledger.facts import ABSENT
from clicid.status.rows import list_id

if TYPE_CHECKING:
    from clicid.adapters.follower import Follower
    from clicid.formats.base import Need
    from clicid.ledger.view import View


MAX_GIVEN: Final = 1024
"""Materials at hand between two blocks."""


class _Given(NamedTuple):
    """What was given as of one view."""

    view: View
    synced_at: datetime | None
    materials: dict[Need, Material]


class LedgerMaterials:
    """The anchored materials: DID, ACCREDITATION, STATUS and REGISTRATION.

    A body is an `EthrRecord` for a DID, otherwise one of `ledger.facts`, or `facts.ABSENT` where the
    chain says nothing. All are as of the last block known, so that their age grows while no node can
    be reached. What was asked for once is given again without a lock until the follower knows more.
    """

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._given: _Given | None = None

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """The material; `Unavailable` for what no chain holds, another chain's DIDs, or no chain yet."""
        follower, given = self._follower, self._given
        if given is not None and follower.shows(given.view, given.synced_at):
            found = given.materials.get(need)
            if found is not None:
                return found
        with follower.lock:
            head = follower.head
            if head is None:
                return Unavailable(now, "no block of the chain is known yet")
            view, synced_at = follower.view(), follower.synced_at
            try:
                body = self._body(need, view)
            except Refused as refusal:
                return Unavailable(now, refusal.code)
        if body is None:
            return Unavailable(now, "not on this chain")
        as_of = datetime.fromtimestamp(head.time, UTC)
        source = f"chain {follower.chain_id} block {head.number}"
        material = Material(body, synced_at or as_of, as_of, source)
        if given is None or given.view is not view or given.synced_at is not synced_at:
            given = self._given = _Given(view, synced_at, {})
        if len(given.materials) < MAX_GIVEN:
            given.materials[need] = material
        return material

    def _body(self, need: Need, view: View) -> bytes | None:
        if need.kind is NeedKind.STATUS_LIST:
            return None
        # Rights are this chain's to give: of a DID of elsewhere it says nothing, for ever.
        elsewhere = ABSENT if need.kind in {NeedKind.ACCREDITATION, NeedKind.REGISTRATION} else None
        try:
            did = EthrDid.parse(need.subject or need.uri)
        except Refused:
            if elsewhere is None:
                raise
            return elsewhere
        return self._found(need, did, view) if did.chain_id == self._follower.chain_id else elsewhere

    def _found(self, need: Need, did: EthrDid, view: View) -> bytes:
        match need.kind:
            case NeedKind.DID:
                return view.did(did.address).to_bytes()
            case NeedKind.REGISTRATION:
                return view.registration(did.address)
            case NeedKind.ACCREDITATION:
                return view.accreditation(did.address, hashlib.sha256(need.uri.encode()).digest())
            case _:
                return view.status(list_id(did.address, need.uri))
