"""What the use cases need from outside, as protocols.

The store, the key file, the chain and the carrier of one-time codes implement them; `issuer.main`
puts them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from issuer.evidence.evidence import Evidence
    from issuer.usecases.emergency import Selection
    from issuer.usecases.records import (
        Act,
        Batch,
        BatchState,
        Channel,
        Code,
        ConsentKind,
        Copy,
        CopyState,
        DecisionRecord,
        Entry,
        GrantRow,
        Job,
        ListRow,
        Operator,
        Progress,
        Sending,
        Session,
    )


class Clock(Protocol):
    """The time now, UTC."""

    def __call__(self) -> datetime:
        """Read it."""


class Random(Protocol):
    """A source of random bytes."""

    def __call__(self, size: int, /) -> bytes:
        """`size` bytes."""


class Sealer(Protocol):
    """Keys per person, kept apart from the database."""

    def create(self) -> str:
        """A new key; gives its id."""

    def erase(self, key_id: str) -> None:
        """Destroy a key and with it everything sealed under it, wherever copies lie."""

    def ids(self) -> frozenset[str]:
        """The ids of the keys that are there."""

    def lookup(self, kind: str, value: str) -> bytes:
        """A keyed hash, to find a value again without storing it."""


class Outbox(Protocol):
    """Carries one-time codes to a phone number or an e-mail address."""

    def send(self, channel: Channel, address: str, purpose: str, code: str, language: str) -> None:
        """Send a code. `purpose` is ``contact`` or ``transaction``; raises `Undecided` if it cannot."""


class Vault(Protocol):
    """Sealed values by key and name."""

    def put(self, key_id: str, name: str, value: bytes, keep_until: datetime | None = None) -> None:
        """Seal and keep a value, in place of an older one of that name."""

    def get(self, key_id: str, name: str) -> bytes | None:
        """Open a value; None if there is none."""

    def has(self, key_id: str, name: str) -> bool:
        """Whether there is a value, without opening it."""

    def all(self, key_id: str) -> tuple[tuple[str, bytes, datetime | None], ...]:
        """Name, opened value and last day of everything under a key."""

    def drop(self, key_id: str, name: str) -> None:
        """Remove one value."""

    def drop_all(self, key_id: str) -> None:
        """Remove every value under a key."""

    def drop_expired(self, now: datetime) -> int:
        """Remove what is kept no longer than now; gives how many."""


class Sessions(Protocol):
    """Onboardings and what belongs to one."""

    def add(self, session_: Session, /) -> None:
        """Keep a new one."""

    def get(self, session_id: str) -> Session | None:
        """Find one."""

    def save(self, session_: Session, /) -> None:
        """Write one back with its version one higher; ``onboarding.changed`` if it was changed meanwhile."""

    def in_state(self, state: str, limit: int) -> tuple[Session, ...]:
        """Those in a state, oldest first."""

    def of_key(self, key_id: str) -> tuple[Session, ...]:
        """Those whose data is sealed under a key."""

    def without_person(self, before: datetime, limit: int) -> tuple[Session, ...]:
        """Those that led to no person, wait for no review, and were last touched before that time."""

    def add_consent(
        self, session_: Session, /, kind: ConsentKind, policy_version: str, at: datetime, *, given: bool
    ) -> None:
        """Record what was told or agreed, in which version and language."""

    def withdraw_consent(self, session_id: str, kind: ConsentKind, at: datetime) -> None:
        """Record the withdrawal beside the consent."""

    def consents(self, session_id: str) -> tuple[dict[str, str | bool], ...]:
        """The records, for an export."""

    def put_code(self, code: Code) -> None:
        """Keep a code in place of an older one of that channel."""

    def code(self, session_id: str, channel: Channel) -> Code | None:
        """The code under way."""

    def drop_code(self, session_id: str, channel: Channel) -> None:
        """Forget it: used, burnt or expired."""

    def add_evidence(self, session_id: str, evidence_: Evidence, /, at: datetime) -> None:
        """Keep a piece of evidence."""

    def evidence(self, session_id: str) -> tuple[Evidence, ...]:
        """All pieces, oldest first."""

    def drop_evidence(self, session_id: str, kind: str) -> None:
        """Remove the pieces of one kind."""

    def add_decision(self, decision_: DecisionRecord, /) -> None:
        """Keep a decision."""

    def decisions(self, session_id: str) -> tuple[DecisionRecord, ...]:
        """All, oldest first."""

    def remove(self, session_id: str) -> None:
        """Remove an onboarding with everything that belongs to it."""


class Attempts(Protocol):
    """Counts tries per keyed hash, so that limits hold for what exists and what does not alike."""

    def count(self, hash_: bytes, since: datetime) -> int:
        """How many since then."""

    def add(self, hash_: bytes, at: datetime) -> None:
        """One more."""

    def drop_before(self, when: datetime) -> None:
        """Forget older ones."""


class Jobs(Protocol):
    """The table of heavy work. A job is there until it is done."""

    def add(self, job_id: str, session_id: str, at: datetime) -> None:
        """One more."""

    def claim(self, worker: str, now: datetime, lease_until: datetime) -> Job | None:
        """Take the oldest one that nobody holds a lease on; counts the attempt."""

    def release(self, job_id: str) -> None:
        """Give it back for another attempt."""

    def release_all(self, worker: str) -> None:
        """Give back what an earlier life of this worker held."""

    def remove(self, job_id: str) -> None:
        """Done."""


class Persons(Protocol):
    """People, by random ids and keyed hashes."""

    def add(self, person_id: str, at: datetime) -> None:
        """A new one."""

    def key_ids(self) -> frozenset[str]:
        """The keys that persons and onboardings here are sealed under."""

    def exists(self, person_id: str) -> bool:
        """Whether there is one of that id."""

    def find(self, hashes: Collection[bytes]) -> frozenset[str]:
        """The persons that any of the hashes belong to."""

    def add_lookup(self, hash_: bytes, kind: str, person_id: str) -> None:
        """Find the person by this hash from now on."""

    def set_block(self, person_id: str, id_hash: bytes, salt: bytes, code: bytes) -> None:
        """Set block id and stretched blocking code in place of older ones."""

    def block(self, id_hash: bytes) -> tuple[str, bytes, bytes] | None:
        """Person, salt and stretched code behind a block id."""

    def remove(self, person_id: str) -> None:
        """Remove the person and its look-ups."""


class Issuance(Protocol):
    """Offers under way, nonces, and the copies issued."""

    def put_grant(self, grant: GrantRow, /) -> None:
        """Keep an offer's state in place of an older one of that id."""

    def grant(self, lookup: bytes) -> GrantRow | None:
        """An offer by the keyed hash of its code or access token."""

    def grants_of(self, person_id: str) -> tuple[str, ...]:
        """The ids of a person's offers."""

    def remove_grants(self, person_id: str) -> None:
        """Burn every offer of a person."""

    def add_nonce(self, hash_: bytes, until: datetime) -> None:
        """Keep a nonce."""

    def use_nonce(self, hash_: bytes, now: datetime) -> bool:
        """Use a nonce up; False if it is unknown, expired or used already."""

    def reserve(self, copy: Copy) -> None:
        """Keep a copy and its status entry; the database refuses a second one of index or holder key."""

    def set_state(self, copy_id: str, state: CopyState) -> None:
        """How far the copy has come."""

    def hand_out(self, copy_id: str, notification_hash: bytes) -> None:
        """The copy goes out under this notification id."""

    def copy(self, copy_id: str) -> Copy | None:
        """Find one."""

    def copy_at(self, list_id: str, index: int) -> Copy | None:
        """The copy behind a status entry."""

    def copies_of_offer(self, offer_id: str, configuration: str) -> tuple[Copy, ...]:
        """All copies of one offer and configuration."""

    def copies_of_person(self, person_id: str) -> tuple[Copy, ...]:
        """All copies of a person."""

    def copies_notified(self, hash_: bytes) -> tuple[Copy, ...]:
        """The copies behind a notification id."""

    def copies_in(self, state: CopyState) -> tuple[Copy, ...]:
        """All copies in a state."""

    def out_under(self, configurations: Collection[str], now: datetime) -> tuple[int, datetime | None]:
        """How many copies of some configurations are out and valid, and when the last of them ends."""

    def anchored_before(self, configurations: Collection[str], block: int, now: datetime) -> int:
        """How many of those stand under an issuance root of a block before this one."""

    def holder_known(self, hash_: bytes) -> bool:
        """Whether a holder key was used before."""

    def add_leaf(self, digest: bytes, copy_id: str, at: datetime) -> None:
        """A credential went out that waits for an issuance root."""

    def waiting_leaves(self, most: int) -> tuple[tuple[bytes, datetime], ...]:
        """Digests that no version's root covers, and when they went out; the oldest first."""

    def place_leaves(self, list_id: str, version: int, proofs: Mapping[bytes, bytes]) -> None:
        """The root of this version of a list covers these digests; with the proof of each."""

    def inclusion_proof(self, digest: bytes) -> bytes | None:
        """The proof of a digest; None if there is none, or its root is not final."""

    def forget_person(self, person_id: str) -> None:
        """Cut the link from status entries to the person, and drop the digests of what it was given."""


class Statuses(Protocol):
    """Status lists, entries, and versions on their way to the chain."""

    def add_list(self, row: ListRow) -> None:
        """A new list."""

    def lists(self) -> tuple[ListRow, ...]:
        """All lists, in a stable order."""

    def seen(self, list_id: str) -> None:
        """The list is on chain."""

    def entry(self, list_id: str, index: int) -> Entry | None:
        """One entry."""

    def entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries with any flag, here or on chain."""

    def open_entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries whose flags differ from what stands on chain, but for those held back."""

    def shown_entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries with any flag, as they may be shown: what is held back reads as it did."""

    def set_flags(self, list_id: str, index: int, flags: int, *, held: bool = False) -> None:
        """Decide an entry's flags; what is held waits for `release`."""

    def release(self, list_id: str, at: datetime) -> None:
        """Let go what was held back."""

    def use_up(self, list_id: str, index: int, flags: int) -> None:
        """Take an index that belongs to nobody and never will."""

    def add_act(self, entry: Entry, act: str, reason: str, actor: str, at: datetime) -> None:
        """Record why; it stays here."""

    def put_batch(self, batch: Batch, entries: Sequence[tuple[int, int]], at: datetime) -> None:
        """Write down a version before it is sent, and with each entry (index, flags) that it carries it."""

    def under_way(self, list_id: str) -> tuple[Batch, ...]:
        """The versions that are written down and not final, in order."""

    def put_sending(self, sending: Sending) -> None:
        """Keep a transaction; its version counts as sent from now on."""

    def sendings(self, list_id: str, version: int) -> tuple[Sending, ...]:
        """The transactions of a version, the newest first."""

    def waiting(self) -> tuple[Sending, ...]:
        """The transactions that wait for a block: the newest of each version, in the order of nonces."""

    def lost(self, hash_: bytes) -> None:
        """Another transaction took this one's nonce."""

    def set_batch(self, list_id: str, version: int, state: BatchState) -> None:
        """How far a version has come."""

    def in_block(self, batch: Batch, transaction: str, block: int) -> None:
        """The version stands on chain, in this transaction and block: so do the flags that it carries."""

    def final(self, list_id: str, version: int) -> None:
        """No reorganisation will take the version any more: its transactions can go."""

    def reopen(self, list_id: str, standing: int) -> int:
        """The chain stands at this version: later ones that were final must be sent again; gives how many."""

    def progress(self, list_id: str, index: int) -> Progress:
        """How far the last change of an entry has come."""

    def requested(self, list_id: str) -> int:
        """How many entries differ from what stands on chain, those held back included."""

    def adopt(self, list_id: str, version: int, entries: Sequence[Entry]) -> None:
        """The chain stands at this version, and these entries are as given; nothing is under way."""


class Incidents(Protocol):
    """Many credentials at once."""

    def offers(self, credential_id: str, holder_hash: bytes) -> frozenset[str]:
        """The offers with which a credential, or one of this holder key, went out."""

    def count(self, selection: Selection) -> int:
        """How many of the selected are not revoked."""

    def revoke(self, selection: Selection, reason: str, actor: str, at: datetime) -> int:
        """Revoke those of the selected that are not, and record why; gives how many."""


class Operators(Protocol):
    """Named operators."""

    def add(self, operator_: Operator, /, token_hash: bytes, at: datetime) -> None:
        """A new one; ``operator.exists`` if the name is taken."""

    def by_token(self, token_hash: bytes) -> Operator | None:
        """The operator in force behind a token."""

    def all(self) -> tuple[Operator, ...]:
        """All, by name."""

    def disable(self, name: str, at: datetime) -> bool:
        """Take an operator out of force; False if there is none of that name."""


class Audit(Protocol):
    """The append-only table of acts."""

    def last(self) -> Act | None:
        """The newest row."""

    def add(self, act: Act) -> None:
        """One more row."""

    def page(self, after: int, limit: int) -> tuple[Act, ...]:
        """Rows after a number, in order."""


class Transaction(Protocol):
    """Everything in the store, within one transaction."""

    @property
    def vault(self) -> Vault:
        """Sealed values."""

    @property
    def sessions(self) -> Sessions:
        """Onboardings."""

    @property
    def attempts(self) -> Attempts:
        """Counted tries."""

    @property
    def jobs(self) -> Jobs:
        """Heavy work."""

    @property
    def persons(self) -> Persons:
        """People."""

    @property
    def issuance(self) -> Issuance:
        """Offers and copies."""

    @property
    def statuses(self) -> Statuses:
        """Status lists."""

    @property
    def incidents(self) -> Incidents:
        """Many credentials at once."""

    @property
    def operators(self) -> Operators:
        """Operators."""

    @property
    def audit(self) -> Audit:
        """Acts."""


class Store(Protocol):
    """The database."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction that alone may write, from its start to its end."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """A consistent view."""

    def checkpoint(self) -> None:
        """Let go of older copies of pages, so that what was erased is gone."""

    def anchoring(self) -> AbstractContextManager[bool]:
        """Be the one process that sends status changes; False if another one is."""
