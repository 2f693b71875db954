"""Offers under way, nonces, and the copies issued."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from issuer.store.tables import (
    credential,
    grant,
    grant_key,
    issuance_leaf,
    nonce,
    session,
    status_batch,
    status_entry,
    status_list,
)
from issuer.usecases.records import BatchState, Copy, CopyState, GrantRow, Key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, RowMapping


class SqlIssuance:
    """Offers, nonces and copies."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_grant(self, grant_: GrantRow, /) -> None:
        """Keep an offer's state in place of an older one of that id."""
        row = asdict(grant_)
        statement = upsert(grant).values(row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))

    def put_key(self, grant_id: str, kind: Key, hash_: bytes) -> None:
        """Find an issuance by this hash from now on, no longer by another of that kind but refresh tokens."""
        same = (grant_key.c.grant_id == grant_id) & (grant_key.c.kind == kind)
        if kind is not Key.REFRESH:
            self._connection.execute(delete(grant_key).where(same, grant_key.c.hash != hash_))
        row = {"hash": hash_, "grant_id": grant_id, "kind": kind}
        self._connection.execute(upsert(grant_key).values(row).on_conflict_do_nothing())

    def grant(self, lookup: bytes) -> GrantRow | None:
        """An issuance by the keyed hash of a secret of any kind."""
        query = select(grant).join(grant_key).where(grant_key.c.hash == lookup)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else GrantRow(**row)

    def grant_by_id(self, grant_id: str) -> GrantRow | None:
        """An issuance by its id."""
        row = self._connection.execute(select(grant).where(grant.c.id == grant_id)).mappings().one_or_none()
        return None if row is None else GrantRow(**row)

    def over(self, now: datetime, most: int) -> tuple[GrantRow, ...]:
        """Issuances whose time is over."""
        query = select(grant).where(grant.c.expires_at <= now).order_by(grant.c.expires_at).limit(most)
        return tuple(GrantRow(**row) for row in self._connection.execute(query).mappings())

    def remove_grant(self, grant_id: str) -> None:
        """Burn one."""
        self._connection.execute(delete(grant).where(grant.c.id == grant_id))

    def grants_of(self, person_id: str) -> tuple[GrantRow, ...]:
        """A person's issuances."""
        found = self._connection.execute(select(grant).where(_owned(person_id))).mappings()
        return tuple(GrantRow(**row) for row in found)

    def remove_grants(self, person_id: str) -> None:
        """Burn every offer of a person."""
        self._connection.execute(delete(grant).where(_owned(person_id)))

    def add_nonce(self, hash_: bytes, until: datetime, now: datetime) -> None:
        """Keep a nonce. Those that are over go: anyone may ask for some, also where nobody uses one."""
        self._connection.execute(delete(nonce).where(nonce.c.expires_at <= now))
        self._connection.execute(insert(nonce).values(hash=hash_, expires_at=until, used=False))

    def use_nonces(self, hashes: Sequence[bytes], now: datetime) -> bool:
        """Use different nonces up; False, and none is, if one is unknown, expired or used already."""
        good = (nonce.c.hash.in_(hashes), nonce.c.expires_at > now, nonce.c.used.is_(False))
        found = self._connection.scalar(select(func.count()).select_from(nonce).where(*good))
        if found != len(hashes):
            return False
        self._connection.execute(update(nonce).where(*good).values(used=True))
        return True

    def reserve(self, copy: Copy) -> None:
        """Keep a copy and its status entry; the database refuses a second one of index or holder key."""
        self._connection.execute(
            insert(status_entry).values(list_id=copy.list_id, idx=copy.index, flags=0, anchored=0)
        )
        self._connection.execute(
            update(status_list).where(status_list.c.id == copy.list_id).values(given=status_list.c.given + 1)
        )
        row = asdict(copy)
        row["idx"] = row.pop("index")
        self._connection.execute(insert(credential).values(row))

    def void(self, copy_id: str) -> None:
        """The copy was never handed out and never will be: its holder key is nobody's again."""
        nobodys = {"state": CopyState.VOID, "holder_hash": copy_id.encode()}
        self._connection.execute(update(credential).where(credential.c.id == copy_id).values(nobodys))

    def set_state(self, copy_id: str, state: CopyState) -> None:
        """How far the copy has come."""
        self._connection.execute(update(credential).where(credential.c.id == copy_id).values(state=state))

    def hand_out(self, copy_id: str, notification_hash: bytes) -> bool:
        """The copy goes out under this notification id; False if it is no longer reserved."""
        row = {"state": CopyState.ISSUED, "notification_hash": notification_hash}
        reserved = (credential.c.id == copy_id, credential.c.state == CopyState.RESERVED)
        return self._connection.execute(update(credential).where(*reserved).values(row)).rowcount == 1

    def copy(self, copy_id: str) -> Copy | None:
        """Find one."""
        return next(iter(self._copies(credential.c.id == copy_id)), None)

    def copy_at(self, list_id: str, index: int) -> Copy | None:
        """The copy behind a status entry."""
        return next(iter(self._copies((credential.c.list_id == list_id) & (credential.c.idx == index))), None)

    def copies_of_offer(self, offer_id: str, configuration: str) -> tuple[Copy, ...]:
        """All copies of one offer and configuration."""
        return self._copies(
            (credential.c.offer_id == offer_id) & (credential.c.configuration == configuration)
        )

    def copies_of_person(self, person_id: str) -> tuple[Copy, ...]:
        """All copies of a person."""
        return self._copies(credential.c.person_id == person_id)

    def copies_notified(self, hash_: bytes) -> tuple[Copy, ...]:
        """The copies behind a notification id."""
        return self._copies(credential.c.notification_hash == hash_)

    def copies_in(self, state: CopyState) -> tuple[Copy, ...]:
        """All copies in a state."""
        return self._copies(credential.c.state == state)

    def out_under(self, configurations: Collection[str], now: datetime) -> tuple[int, datetime | None]:
        """How many copies of some configurations are out and valid, and when the last of them ends."""
        query = select(func.count(), func.max(credential.c.valid_until))
        count, last = self._connection.execute(query.where(_out(configurations, now))).one()
        return int(count), last

    def anchored_before(self, configurations: Collection[str], block: int, now: datetime) -> int:
        """How many of those stand under an issuance root of a block before this one."""
        leaf, batch = issuance_leaf.c, status_batch.c
        query = (
            select(func.count())
            .select_from(credential)
            .join(issuance_leaf, leaf.credential_id == credential.c.id)
            .join(status_batch, (batch.list_id == leaf.list_id) & (batch.version == leaf.version))
            .where(_out(configurations, now), batch.block > 0, batch.block < block)
        )
        return self._connection.scalar(query) or 0

    def holder_known(self, hash_: bytes) -> bool:
        """Whether a holder key was used before."""
        query = select(credential.c.id).where(credential.c.holder_hash == hash_)
        return self._connection.scalar(query) is not None

    def add_leaf(self, digest: bytes, copy_id: str | None, at: datetime) -> None:
        """A credential goes out that waits for an issuance root; None if no copy is kept of it.

        Of one digest there is one credential, which a client can have signed twice in a second.
        """
        row = {"digest": digest, "credential_id": copy_id, "at": at}
        self._connection.execute(upsert(issuance_leaf).values(row).on_conflict_do_nothing())

    def waiting_leaves(self, most: int) -> tuple[tuple[bytes, datetime], ...]:
        """Digests that no version's root covers, and when they went out; the oldest first."""
        waiting = select(issuance_leaf.c.digest, issuance_leaf.c.at).where(issuance_leaf.c.version == 0)
        rows = self._connection.execute(waiting.order_by(issuance_leaf.c.at).limit(most))
        return tuple((row.digest, row.at) for row in rows)

    def place_leaves(self, list_id: str, version: int, proofs: Mapping[bytes, bytes]) -> None:
        """The root of this version of a list covers these digests; with the proof of each."""
        self._connection.execute(
            update(issuance_leaf)
            .where(issuance_leaf.c.digest == bindparam("leaf"))
            .values(list_id=list_id, version=version, proof=bindparam("shown")),
            [{"leaf": digest, "shown": proof} for digest, proof in proofs.items()],
        )

    def inclusion_proof(self, digest: bytes) -> bytes | None:
        """The proof of a digest; None if there is none, or its root is not final."""
        same = (status_batch.c.list_id == issuance_leaf.c.list_id) & (
            status_batch.c.version == issuance_leaf.c.version
        )
        final = (issuance_leaf.c.digest == digest) & (status_batch.c.state == BatchState.FINAL)
        found: bytes | None = self._connection.scalar(
            select(issuance_leaf.c.proof).join(status_batch, same).where(final)
        )
        return found

    def forget_person(self, person_id: str) -> None:
        """Cut the link from status entries to the person, and drop the digests of what it was given."""
        self.remove_grants(person_id)
        self._connection.execute(delete(credential).where(credential.c.person_id == person_id))

    def _copies(self, where: ColumnElement[bool]) -> tuple[Copy, ...]:
        return tuple(
            _copy(row) for row in self._connection.execute(select(credential).where(where)).mappings()
        )


def _owned(person_id: str) -> ColumnElement[bool]:
    # Also of an onboarding that nobody has decided on: its key becomes the person's.
    sessions = select(session.c.id).where(session.c.key_id == person_id)
    return (grant.c.person_id == person_id) | grant.c.session_id.in_(sessions)


def _out(configurations: Collection[str], now: datetime) -> ColumnElement[bool]:
    handed_out = credential.c.state.in_((CopyState.ISSUED, CopyState.ACCEPTED))
    return credential.c.configuration.in_(configurations) & handed_out & (credential.c.valid_until > now)


def _copy(row: RowMapping) -> Copy:
    values = dict(row) | {"index": row["idx"], "state": CopyState(row["state"])}
    del values["idx"]
    return Copy(**values)
