"""People, what is sealed under their keys, and counted tries. `issuer.store.people` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


class Vault(Protocol):
    """Sealed values by key and name."""

    def put(self, key_id: str, name: str, value: bytes, keep_until: datetime | None = None) -> None:
        """Seal and keep a value, in place of an older one of that name."""

    def get(self, key_id: str, name: str) -> bytes | None:
        """Open a value; None if there is none."""

    def has(self, key_id: str, name: str) -> bool:
        """Whether there is a value."""

    def all(self, key_id: str) -> tuple[tuple[str, bytes, datetime | None], ...]:
        """Name, opened value and last day of everything under a key."""

    def drop(self, key_id: str, name: str) -> None:
        """Remove one value."""

    def drop_all(self, key_id: str) -> None:
        """Remove every value under a key."""

    def withdraw_faces(self, key_id: str) -> None:
        """Destroy what consent to face comparison had let in, in every copy."""

    def withdrawn_faces(self) -> frozenset[str]:
        """The keys under which a restored copy has faces that were withdrawn since."""

    def keep(self, key_id: str, names: Collection[str], until: datetime) -> None:
        """Set another last day for what is there of these names."""

    def drop_expired(self, now: datetime) -> int:
        """Remove what is kept no longer than now, save of what waits for a reviewer; gives how many."""


class Attempts(Protocol):
    """Counts tries per keyed hash, so that limits hold for what exists and what does not alike."""

    def count(self, hash_: bytes, since: datetime) -> int:
        """How many since then."""

    def add(self, hash_: bytes, at: datetime) -> None:
        """One more."""

    def drop_before(self, when: datetime) -> None:
        """Forget older ones."""


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
