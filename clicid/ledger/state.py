"""Final blocks folded into what they say, subject by subject.

`State` holds only what is final; `branch` and `view` add what is not, one-sidedly. It is changed in
place, so that a list of millions is not copied for one bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from clicid.did.ethr import EthrDid, EthrRecord
from clicid.ledger import events
from clicid.ledger.facts import MAX_ENTRIES_BYTES
from clicid.ledger.records import (
    AccreditationRecord,
    Commit,
    ListRecord,
    RegistrationRecord,
    Right,
    RootRecord,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.ledger.blocks import Block
    from clicid.ledger.events import Event
    from clicid.ledger.heads import Head, Subject
    from clicid.ledger.lists import ListRules

Key = tuple[str, ...]
"""Names one record: its kind, then identities, ids and the like in hexadecimal."""

DID: Final = "did"
HEAD: Final = "head"
ACCREDITATION: Final = "accreditation"
DELEGATION: Final = "delegation"
REGISTRATION: Final = "registration"
LIST: Final = "list"
ROOT: Final = "root"

NO_ROOT: Final = bytes(32)
"""What a commit has for an issuance root that has none."""


@dataclass(slots=True)
class State:
    """What final blocks have said.

    Args:
        chain_id: The chain's number, part of its did:ethr identifiers.
        rules: How status lists work.
        touched: Keys of the records changed since the shell last cleared it.
    """

    chain_id: int
    rules: ListRules
    heads: dict[Subject, Head] = field(default_factory=dict)
    dids: dict[bytes, EthrRecord] = field(default_factory=dict)
    accreditations: dict[tuple[bytes, bytes], AccreditationRecord] = field(default_factory=dict)
    delegations: dict[tuple[bytes, bytes], dict[bytes, Right]] = field(default_factory=dict)
    registrations: dict[bytes, RegistrationRecord] = field(default_factory=dict)
    lists: dict[bytes, ListRecord] = field(default_factory=dict)
    roots: dict[tuple[bytes, bytes], RootRecord] = field(default_factory=dict)
    touched: set[Key] = field(default_factory=set)

    def did(self, identity: bytes) -> EthrRecord:
        """The record of an identity; one that no event names owns itself and has no keys."""
        found = self.dids.get(identity)
        return found or EthrRecord(str(EthrDid(self.chain_id, identity)), identity)

    def fold(self, block: Block, moved: Mapping[Subject, Head]) -> None:
        """Take a final block in. `moved` are the heads that `heads.follow` found it to move."""
        self.heads.update(moved)
        self.touched.update((HEAD, contract, name.hex()) for contract, name in moved)
        for logged in block.logs:
            self._fold(logged.event, block)

    def _fold(self, event: Event, block: Block) -> None:
        match event:
            case events.OwnerChanged() | events.DelegateChanged() | events.AttributeChanged():
                self.dids[event.identity] = changed_did(
                    self.did(event.identity), event, block=block.number, time=block.time
                )
                self.touched.add((DID, event.identity.hex()))
            case events.Accredited() | events.Withdrawn():
                self._fold_accreditation(event, block)
            case events.Delegated() | events.DelegationWithdrawn():
                self._fold_delegation(event, block)
            case events.ServiceProviderRegistered() | events.ServiceProviderWithdrawn():
                self._fold_registration(event, block)
            case events.ListCreated() | events.Committed():
                self._fold_list(event, block)
            case _:
                # Governance, list signers and committers decide what the contracts accept; beyond
                # the running hash they change nothing that is read here.
                return

    def _fold_accreditation(self, event: events.Accredited | events.Withdrawn, block: Block) -> None:
        key = event.identity, event.type_id
        held = self.accreditations.get(key)
        if isinstance(event, events.Accredited):
            self.accreditations[key] = AccreditationRecord(
                event.schema_digest,
                event.may_delegate,
                event.identifier,
                event.ca_digest,
                Right.granted(event),
            )
            self._wake_lists(event.identity)
        elif held is not None:
            over = held.right.withdrawn(block.time, keeps_anchored=event.keeps_anchored)
            self.accreditations[key] = replace(held, right=over)
        else:
            return
        self.touched.add((ACCREDITATION, *(part.hex() for part in key)))

    def _fold_delegation(self, event: events.Delegated | events.DelegationWithdrawn, block: Block) -> None:
        held = self.delegations.setdefault((event.delegate, event.type_id), {})
        if isinstance(event, events.Delegated):
            held[event.identity] = Right.granted(event)
            self._wake_lists(event.delegate)
        elif event.identity in held:
            over = held[event.identity].withdrawn(block.time, keeps_anchored=event.keeps_anchored)
            held[event.identity] = over
        else:
            return
        key = DELEGATION, event.delegate.hex(), event.type_id.hex(), event.identity.hex()
        self.touched.add(key)

    def _fold_registration(
        self, event: events.ServiceProviderRegistered | events.ServiceProviderWithdrawn, block: Block
    ) -> None:
        held = self.registrations.get(event.identity)
        if isinstance(event, events.ServiceProviderRegistered):
            self.registrations[event.identity] = RegistrationRecord(event.digest, Right.granted(event))
        elif held is not None:
            over = held.right.withdrawn(block.time, keeps_anchored=False)
            self.registrations[event.identity] = replace(held, right=over)
        else:
            return
        self.touched.add((REGISTRATION, event.identity.hex()))

    def _fold_list(self, event: events.ListCreated | events.Committed, block: Block) -> None:
        if isinstance(event, events.ListCreated):
            if event.size * event.width > MAX_ENTRIES_BYTES * 8:
                return  # more than anyone should have to hold: to readers there is no such list
            record = ListRecord(event.identity, event.list_id, event.url, event.width, event.size)
            self.lists[event.list_id] = record
            if self._may_issue(event.identity):
                record.wake(self.rules)
        elif event.list_id in self.lists:
            record = self.lists[event.list_id]
            record.commit(commit_of(event), self.rules)
            self._fold_root((record.identity, event.root), block)
        else:
            return
        self.touched.add((LIST, event.list_id.hex()))

    def _fold_root(self, key: tuple[bytes, bytes], block: Block) -> None:
        """A root counts from its first block: to commit it again later takes nothing away."""
        if key[1] != NO_ROOT and key not in self.roots:
            self.roots[key] = RootRecord(block.number, block.time)
            self.touched.add((ROOT, *(part.hex() for part in key)))

    def _may_issue(self, identity: bytes) -> bool:
        rights = (*self.accreditations, *self.delegations)
        return any(holder == identity for holder, _ in rights)

    def _wake_lists(self, identity: bytes) -> None:
        for record in self.lists.values():
            if record.identity == identity and record.entries is None:
                record.wake(self.rules)
                self.touched.add((LIST, record.list_id.hex()))


def commit_of(event: events.Committed) -> Commit:
    """What a Committed does to its list."""
    return Commit(event.version, event.set, event.cleared, event.digest)


def changed_did(record: EthrRecord, event: events.DidEvent, *, block: int, time: int) -> EthrRecord:
    """The record after an event about its identity, in a block of that number and time."""
    match event:
        case events.OwnerChanged():
            return record.with_owner(event.owner)
        case events.DelegateChanged():
            return record.with_delegate(event.delegate_type)
        case _:
            return record.with_attribute(
                event.name, event.value, valid_to=event.valid_to, block=block, time=time
            )
