"""What the known chain says about a subject now, one-sidedly, as the bodies of materials.

What gives trust is read from final blocks only; what takes it away also from blocks that are not
final yet and from lost ones. So no reorganisation shows a moment in which a revoked credential is
good, or an issuer accredited that was so on a lost branch only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.did.ethr import EthrDid
from clicid.ledger import events
from clicid.ledger.events import Contract, DidEvent
from clicid.ledger.facts import ABSENT, Accreditation, IssuanceRoot, Registration, StatusSnapshot
from clicid.ledger.heads import NOTHING
from clicid.ledger.histories import Standing
from clicid.ledger.lists import put
from clicid.ledger.records import AccreditationRecord, ListRecord, Right
from clicid.ledger.state import NO_ROOT, changed_did, commit_of
from clicid.ledger.sticky import Matter, matter, set_positions, takes_away

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clicid.did.ethr import EthrRecord
    from clicid.ledger.branch import Branch
    from clicid.ledger.events import Event
    from clicid.ledger.lists import ListRules
    from clicid.ledger.state import State


@dataclass(frozen=True, slots=True)
class _When:
    """The part of a block that an event's meaning depends on."""

    number: int
    time: int


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A list folded beyond what is final, up to its commit `last`."""

    last: events.Committed | None
    record: ListRecord


@dataclass(frozen=True, slots=True)
class _Shown:
    """A list's body, and all that it depends on."""

    made_of: tuple[int, int, str, frozenset[int]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Worked:
    """What views have worked out of lists, as long as their final state is the same object."""

    state: State
    ahead: dict[bytes, _Ahead] = field(default_factory=dict)
    bodies: dict[bytes, _Shown] = field(default_factory=dict)


_News: TypeAlias = list[tuple["Event", _When]]
_DidNews: TypeAlias = list[tuple["DidEvent", _When]]


class View:
    """Answers as of the branch's head; made anew when the branch has changed.

    Args:
        branch: What is known; it must not be changed while the view is in use.
        worked: What earlier views, which are not used any more, have worked out of the same state: it is
            gone on from, so that a block costs what it changes.
    """

    def __init__(self, branch: Branch, worked: Worked | None = None) -> None:
        self._state = branch.state
        self._head = branch.head
        self.final: Final = -1 if branch.final is None else branch.final.number
        """Number of the last final block, -1 before the first."""
        self._bits = {list_id: set(bits) for list_id, bits in branch.sticky.bits.items()}
        self._commits: dict[bytes, list[events.Committed]] = {}
        same = worked is not None and worked.state is branch.state
        self.worked: Final = worked if worked is not None and same else Worked(branch.state)
        """For the view after this one."""
        self._news: dict[Matter, _News] = {}
        self._did_news: dict[bytes, _DidNews] = {}
        self._did_coming: dict[bytes, _DidNews] = {}
        self._coming_lists: dict[bytes, bytes] = {}
        self._coming_roots: set[tuple[bytes, bytes]] = set()
        for orphan in branch.sticky.orphans.values():
            self._hear(orphan.logged.event, _When(orphan.block, orphan.time))
        for pending in branch.pending:
            for logged in pending.block.logs:
                when = _When(pending.block.number, pending.block.time)
                self._hear(logged.event, when)
                if isinstance(logged.event, DidEvent):
                    self._did_coming.setdefault(logged.event.identity, []).append((logged.event, when))

    def _hear(self, event: Event, when: _When) -> None:
        match event:
            case events.ListCreated():
                self._coming_lists[event.list_id] = event.identity
            case events.Committed():
                self._hear_commit(event)
            case events.OwnerChanged() | events.AttributeChanged() if takes_away(event, when.time):
                self._did_news.setdefault(event.identity, []).append((event, when))
            case _:
                self._news.setdefault(matter(event), []).append((event, when))

    def _hear_commit(self, event: events.Committed) -> None:
        held = self._state.lists.get(event.list_id)
        identity = self._coming_lists.get(event.list_id) if held is None else held.identity
        if identity is not None and event.root != NO_ROOT:
            self._coming_roots.add((identity, event.root))
        if held is not None:
            self._commits.setdefault(event.list_id, []).append(event)
            self._bits.setdefault(event.list_id, set()).update(set_positions(event, self._state))

    def did(self, identity: bytes) -> EthrRecord:
        """The record of an identity: final keys, less those revoked in any block seen.

        1. A compromise that is stated of a key's coming number counts for the number it has: a number is
           known only to who counts what is not final.
        2. A statement spares what was anchored before it. So of a key that is revoked in a final block
           it counts when it is final itself.
        """
        final, news = self._state.did(identity), self._did_news.get(identity, [])
        if not news:
            return final
        record = _after(final, news)
        coming = _after(final, self._did_coming.get(identity, []))
        stated = {key.value: key.compromised_from for key in coming.keys}
        revoked = {key.number for key in final.keys if key.ended_at is not None and not key.compromised_from}
        keys = []
        for key in record.keys:
            block = stated.get(key.value)
            known = key if block is None else key.compromised(block)  # 1
            keys.append(replace(known, compromised_from=None) if key.number in revoked else known)  # 2
        return replace(record, keys=tuple(keys))

    def standing(self, identity: bytes) -> Standing:
        """What is known of an identity beside its final events, which a store keeps."""
        return Standing(
            EthrDid(self._state.chain_id, identity),
            self._head,
            self._state.heads.get((Contract.DID, identity), NOTHING).version,
            tuple((event, when.number, when.time) for event, when in self._did_news.get(identity, ())),
        )

    def accreditation(self, identity: bytes, type_id: bytes) -> bytes:
        """Body of an `Accreditation`: the issuer's own, or else the best passed on to it; or `ABSENT`."""
        own = self._accreditation(identity, type_id)
        if own is not None:
            return self._accreditation_fact(identity, type_id, own, "").to_bytes()
        passed_on = [
            self._accreditation_fact(identity, type_id, record, self._name(giver))
            for giver in self._state.delegations.get((identity, type_id), ())
            if (record := self._delegation(identity, type_id, giver)) is not None
        ]
        passed_on.sort(key=lambda fact: (fact.withdrawn_at is None, fact.valid_until))
        return passed_on[-1].to_bytes() if passed_on else ABSENT

    def _accreditation(self, identity: bytes, type_id: bytes) -> AccreditationRecord | None:
        record = self._state.accreditations.get((identity, type_id))
        if record is None:
            return None
        return replace(record, right=self._darkened(record.right, ("accreditation", identity, type_id)))

    def _delegation(self, identity: bytes, type_id: bytes, giver: bytes) -> AccreditationRecord | None:
        record = self._accreditation(giver, type_id)
        if record is None or not record.may_delegate:
            return None
        held = self._state.delegations[identity, type_id][giver]
        right = self._darkened(held, ("delegation", giver, type_id, identity))
        return replace(record, right=right.narrowed(record.right), identifier="", ca_digest=bytes(32))

    def _accreditation_fact(
        self, identity: bytes, type_id: bytes, record: AccreditationRecord, delegated_by: str
    ) -> Accreditation:
        return Accreditation(
            did=self._name(identity),
            type_id=type_id,
            schema_digest=record.schema_digest,
            valid_from=record.right.valid_from,
            valid_until=record.right.valid_until,
            withdrawn_at=record.right.withdrawn_at,
            keeps_anchored=record.right.keeps_anchored,
            identifier=record.identifier,
            ca_digest=record.ca_digest,
            delegated_by=delegated_by,
        )

    def registration(self, identity: bytes) -> bytes:
        """Body of a service provider's `Registration`, or `ABSENT`."""
        record = self._state.registrations.get(identity)
        if record is None:
            return ABSENT
        right = self._darkened(record.right, ("registration", identity))
        return Registration(
            did=self._name(identity),
            digest=record.digest,
            valid_from=right.valid_from,
            valid_until=right.valid_until,
            withdrawn_at=right.withdrawn_at,
        ).to_bytes()

    def issuance_root(self, identity: bytes, root: bytes) -> bytes:
        """Body of an `IssuanceRoot`, or `ABSENT`; a root of a lost branch never was."""
        did = self._name(identity)
        held = self._state.roots.get((identity, root))
        if held is not None:
            return IssuanceRoot(did, root, final=True, block=held.block, time=held.time).to_bytes()
        coming = (identity, root) in self._coming_roots
        return IssuanceRoot(did, root, final=False).to_bytes() if coming else ABSENT

    def status(self, list_id: bytes) -> bytes:
        """Body of the `StatusSnapshot` of a list, or `ABSENT`. The same bytes at every call."""
        held = self._state.lists.get(list_id)
        if held is None:
            return ABSENT
        ahead = self._at_head(list_id, held)
        bits = frozenset(self._bits.get(list_id, ()))
        made_of = held.version, ahead.version, ahead.trouble, bits
        shown = self.worked.bodies.get(list_id)
        if shown is None or shown.made_of != made_of:
            shown = self.worked.bodies[list_id] = _Shown(
                made_of, _snapshot(held, ahead, bits, self._state.rules)
            )
        return shown.body

    def broken_lists(self) -> dict[str, str]:
        """URL to reason code of each list that leads to no acceptance, of those whose issuers have a right.

        Anybody may open a list and write rubbish into it: of others' nothing is told.
        """
        held = {list_id: one for list_id, one in self._state.lists.items() if one.entries is not None}
        known = [self._at_head(list_id, one) for list_id, one in held.items()]
        return {one.url: one.trouble for one in known if one.trouble}

    def _at_head(self, list_id: bytes, held: ListRecord) -> ListRecord:
        """A list with what is not final: the digest of every version is compared, once."""
        commits = self._commits.get(list_id, [])
        if not commits and held.entries is not None:
            self.worked.ahead.pop(list_id, None)
            return held
        done = self.worked.ahead.get(list_id)
        if done is None or done.last not in commits:
            # An event holds the running hash before it, so that equal ones have one history.
            done = _Ahead(None, held.copy())
            done.record.wake(self._state.rules)
        start = 0 if done.last is None else commits.index(done.last) + 1
        for event in commits[start:]:
            done.record.commit(commit_of(event), self._state.rules)
        if commits:
            self.worked.ahead[list_id] = _Ahead(commits[-1], done.record)
        return done.record

    def _darkened(self, right: Right, about: Matter) -> Right:
        """A final right, narrowed by whatever else has been said of it."""
        for event, when in self._news.get(about, ()):
            match event:
                case events.Withdrawn() | events.DelegationWithdrawn():
                    right = right.withdrawn(when.time, keeps_anchored=event.keeps_anchored)
                case events.ServiceProviderWithdrawn():
                    right = right.withdrawn(when.time, keeps_anchored=False)
                case events.Accredited() | events.Delegated() | events.ServiceProviderRegistered():
                    right = right.narrowed(Right.granted(event))
                case _:
                    raise AssertionError(about)
        return right

    def _name(self, identity: bytes) -> str:
        return str(EthrDid(self._state.chain_id, identity))


def _snapshot(held: ListRecord, ahead: ListRecord, bits: Iterable[int], rules: ListRules) -> bytes:
    """Final entries, and on them every bit that was set since."""
    entries = bytearray(held.entries if held.entries is not None else held.copy().wake(rules))
    put(entries, bits)
    return StatusSnapshot(
        held.list_id, ahead.version, held.width, held.size, memoryview(entries), ahead.trouble
    ).to_bytes()


def _after(record: EthrRecord, news: _DidNews) -> EthrRecord:
    for event, when in news:
        record = changed_did(record, event, block=when.number, time=when.time)
    return record
