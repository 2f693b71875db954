"""Offers, and the copies issued on them. `issuer.store.issuance` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from issuer.usecases.records import Copy, CopyState, GrantRow, Key


class Issuance(Protocol):
    """Offers under way, nonces, and the copies issued."""

    def put_grant(self, grant: GrantRow, /) -> None:
        """Keep an offer's state in place of an older one of that id."""

    def put_key(self, grant_id: str, kind: Key, hash_: bytes) -> None:
        """Find an issuance by this hash from now on, no longer by another of that kind but refresh tokens."""

    def grant(self, lookup: bytes) -> GrantRow | None:
        """An issuance by the keyed hash of a secret of any kind."""

    def grant_by_id(self, grant_id: str) -> GrantRow | None:
        """An issuance by its id."""

    def over(self, now: datetime, most: int) -> tuple[GrantRow, ...]:
        """Issuances whose time is over."""

    def remove_grant(self, grant_id: str) -> None:
        """Burn one."""

    def grants_of(self, person_id: str) -> tuple[GrantRow, ...]:
        """A person's issuances, or of those who have not been decided on, by their key."""

    def remove_grants(self, person_id: str) -> None:
        """Burn every offer of a person."""

    def add_nonce(self, hash_: bytes, until: datetime, now: datetime) -> None:
        """Keep a nonce, and none that is over."""

    def use_nonces(self, hashes: Sequence[bytes], now: datetime) -> bool:
        """Use different nonces up; False, and none is, if one is unknown, expired or used already."""

    def reserve(self, copy: Copy) -> None:
        """Keep a copy and its status entry; the database refuses a second one of index or holder key."""

    def void(self, copy_id: str) -> None:
        """The copy was never handed out and never will be: its holder key is nobody's again."""

    def set_state(self, copy_id: str, state: CopyState) -> None:
        """How far the copy has come."""

    def hand_out(self, copy_id: str, notification_hash: bytes) -> bool:
        """The copy goes out under this notification id; False if it is no longer reserved."""

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

    def add_leaf(self, digest: bytes, copy_id: str | None, at: datetime) -> None:
        """A credential goes out that waits for an issuance root; None if no copy is kept of it."""

    def waiting_leaves(self, most: int) -> tuple[tuple[bytes, datetime], ...]:
        """Digests that no version's root covers, and when they went out; the oldest first."""

    def place_leaves(self, list_id: str, version: int, proofs: Mapping[bytes, bytes]) -> None:
        """The root of this version of a list covers these digests; with the proof of each."""

    def inclusion_proof(self, digest: bytes) -> bytes | None:
        """The proof of a digest; None if there is none, or its root is not final."""

    def forget_person(self, person_id: str) -> None:
        """Cut the link from status entries to the person, and drop the digests of what it was given."""
