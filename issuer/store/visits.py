"""People at the authorization endpoint, and proofs that must not come twice."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from issuer.store.tables import proof_seen, session, visit
from issuer.usecases.records import Visit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


class SqlVisits:
    """Visits and proofs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, visit_: Visit, /) -> None:
        """Keep a visit in place of an older one of that grant."""
        row = asdict(visit_)
        statement = upsert(visit).values(row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["grant_id"], set_=row))

    def get(self, grant_id: str) -> Visit | None:
        """The visit of a grant."""
        query = select(visit).where(visit.c.grant_id == grant_id)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else Visit(**row)

    def remove(self, grant_id: str) -> None:
        """It is over."""
        self._connection.execute(delete(visit).where(visit.c.grant_id == grant_id))

    def remove_of(self, person_id: str) -> None:
        """So are all in which an onboarding of this person was named."""
        theirs = select(session.c.id).where(session.c.key_id == person_id)
        self._connection.execute(delete(visit).where(visit.c.session_id.in_(theirs)))

    def waiting(self, bucket: str, now: datetime) -> int:
        """How many of a bucket are under way."""
        query = select(func.count()).where(visit.c.bucket == bucket, visit.c.until > now)
        return self._connection.scalar(query) or 0

    def first(self, hash_: bytes, until: datetime, now: datetime) -> bool:
        """Whether a proof comes for the first time; remembers it until then."""
        # At its last second a proof is still good.
        self._connection.execute(delete(proof_seen).where(proof_seen.c.until < now))
        statement = upsert(proof_seen).values(hash=hash_, until=until).on_conflict_do_nothing()
        return self._connection.execute(statement).rowcount == 1
