"""Answers a check's needs from what a follower knows; never from the network."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from clicid.did.ethr import EthrDid
from clicid.errors import Refused
from clicid.formats.base import Material, NeedKind, Unavailable
from clicid.ledger.facts import ABSENT
from clicid.status.rows import list_id
from clicid.trust import issuance

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from clicid.formats.base import Need
    from clicid.ledger.blocks import Block
    from clicid.ledger.ground import Ground
    from clicid.ledger.view import View


class Followed(Protocol):
    """A chain as somebody keeps knowing it: a follower of a node, or a bundle."""

    synced_at: datetime | None
    """When what is known was last confirmed."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held while a view is read or what is known changes."""

    @property
    def head(self) -> Block | None:
        """The last block known."""

    @property
    def ground(self) -> Ground:
        """How far what is known is vouched for."""

    @property
    def chain_id(self) -> int:
        """The network's EIP-155 chain id."""

    def view(self) -> View:
        """What is known now."""

    def shows(self, view: View, synced_at: datetime | None) -> bool:
        """Whether nothing has changed since a view was got."""


_NOT_ANCHORED: Final = frozenset(
    {NeedKind.STATUS_LIST, NeedKind.STATUS_LIST_CREDENTIAL, NeedKind.INCLUSION_PROOF}
)
MAX_GIVEN: Final = 1024
"""Materials at hand between two blocks."""


class _Given(NamedTuple):
    """What was given as of one view."""

    view: View
    synced_at: datetime | None
    materials: dict[Need, Material]


class LedgerMaterials:
    """The anchored materials: DID, ACCREDITATION, STATUS, REGISTRATION and ISSUANCE_ROOT.

    A body is an `EthrRecord` for a DID, otherwise one of `ledger.facts`, or `facts.ABSENT` where the
    chain says nothing. All are as of the last block that is vouched for as the policy demands
    (`Followed.ground`), so that their age grows while no node can be reached. What was asked for once is
    given again without a lock until the follower knows more.
    """

    def __init__(self, follower: Followed) -> None:
        self._follower = follower
        self._given: _Given | None = None

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """The material; `Unavailable` for what no chain holds, another chain's DIDs, or no chain yet."""
        given = self.get_at_once(need, now)
        if given is not None:
            return given
        follower = self._follower
        with follower.lock:
            ground = follower.ground
            if follower.head is None:
                return Unavailable(now, "no block of the chain is known yet")
            if ground.number < 0:
                return Unavailable(now, ", ".join(ground.notes))
            view = follower.view()
            try:
                body = self._body(need, view)
            except Refused as refusal:
                return Unavailable(now, refusal.code)
            if body is None:
                return Unavailable(now, "not on this chain")
            as_of = datetime.fromtimestamp(ground.time, UTC)
            obtained_at, source = follower.synced_at or as_of, self._source(ground)
            material = Material(body, obtained_at, as_of, source, "", ground.doubt, ground.notes)
            if need.kind is not NeedKind.ISSUANCE_ROOT:  # Anybody may name a root.
                self._remember(view, need, material)
        return material

    def _source(self, ground: Ground) -> str:
        """What a report says of where it is known from."""
        return f"chain {self._follower.chain_id} block {ground.number}"

    def get_at_once(self, need: Need, _now: datetime) -> Material | None:
        """What was given before, and still holds; nobody is waited for."""
        given = self._given
        if given is None or not self._follower.shows(given.view, given.synced_at):
            return None
        return given.materials.get(need)

    def _remember(self, view: View, need: Need, material: Material) -> None:
        given, synced_at = self._given, self._follower.synced_at
        if given is None or given.view is not view or given.synced_at is not synced_at:
            given = self._given = _Given(view, synced_at, {})
        if len(given.materials) >= MAX_GIVEN:
            del given.materials[next(iter(given.materials))]
        given.materials[need] = material

    def _body(self, need: Need, view: View) -> bytes | None:
        if need.kind in _NOT_ANCHORED:
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
            case NeedKind.ISSUANCE_ROOT:
                return view.issuance_root(did.address, issuance.digest_of(need.uri))
            case _:
                return view.status(list_id(did.address, need.uri))
