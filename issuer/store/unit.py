"""One transaction over all tables, as the use cases see it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from issuer.store.incidents import SqlIncidents
from issuer.store.issuance import SqlIssuance
from issuer.store.liveness import SqlChallenges
from issuer.store.onboarding import SqlJobs, SqlSessions
from issuer.store.operators import SqlAudit, SqlOperators
from issuer.store.people import SqlAttempts, SqlPersons, SqlVault
from issuer.store.statuses import SqlStatuses
from issuer.store.visits import SqlVisits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from issuer.store.database import Database
    from issuer.store.person_keys import PersonKeys


@dataclass(frozen=True, slots=True)
class SqlTransaction:
    """Everything in the store, within one transaction."""

    vault: SqlVault
    sessions: SqlSessions
    attempts: SqlAttempts
    jobs: SqlJobs
    liveness: SqlChallenges
    persons: SqlPersons
    issuance: SqlIssuance
    visits: SqlVisits
    statuses: SqlStatuses
    incidents: SqlIncidents
    operators: SqlOperators
    audit: SqlAudit


class SqlStore:
    """The database and the person keys beside it.

    Args:
        database: The database.
        keys: The person keys.
        random: A source of random bytes, for row ids.
    """

    def __init__(self, database: Database, keys: PersonKeys, random: Callable[[int], bytes]) -> None:
        self._database = database
        self._keys = keys
        self._random = random

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        """A transaction that alone may write, from its start to its end."""
        with self._database.writing() as connection:
            yield self._over(connection)

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """A consistent view."""
        with self._database.reading() as connection:
            yield self._over(connection)

    def checkpoint(self) -> None:
        """Let go of older copies of pages, so that what was erased is gone."""
        self._database.checkpoint()

    def anchoring(self) -> AbstractContextManager[bool]:
        """Be the one process that sends status changes; False if another one is."""
        return self._database.anchoring()

    def _over(self, connection: Connection) -> SqlTransaction:
        return SqlTransaction(
            vault=SqlVault(connection, self._keys),
            sessions=SqlSessions(connection, lambda: self._random(16).hex()),
            attempts=SqlAttempts(connection),
            jobs=SqlJobs(connection),
            liveness=SqlChallenges(connection),
            persons=SqlPersons(connection),
            issuance=SqlIssuance(connection),
            visits=SqlVisits(connection),
            statuses=SqlStatuses(connection),
            incidents=SqlIncidents(connection),
            operators=SqlOperators(connection),
            audit=SqlAudit(connection),
        )
