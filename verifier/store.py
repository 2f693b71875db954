"""The verifier's own memory of requests and access tokens, in one database.

A session's state is the versioned JSON of `clicid.oid4vp.verifier`; every change is a compare-and-set
on its version, so that two answers to one request cannot both be taken. Claims lie sealed under a key
of the vault until the client that asked takes them, once; untaken, they go ten minutes after the
session expired (`forget_claims`), and the session with the first request made a day after that. A hosted page
has a row of its own, which names the session that it has begun, if any.

What is deleted is overwritten in the file (`secure_delete`), and soon gone from the log beside it (`wipe`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)

from clicid.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

_MOST_REMEMBERED: Final = 10_000
_GRACE_SECONDS: Final = 600
"""How long after its request expired an answer can still be collected: it may have come in last."""

_META = MetaData()
_SESSIONS = Table(
    "sessions",
    _META,
    Column("id", String(64), primary_key=True),
    Column("client_id", String(128), nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("report", LargeBinary),
    Column("sealed_claims", LargeBinary),
    Column("expires_at", Integer, nullable=False, index=True),
)
_TOKENS = Table(
    "tokens",
    _META,
    Column("sha256", LargeBinary, primary_key=True),
    Column("client_id", String(128), nullable=False),
    Column("expires_at", Integer, nullable=False, index=True),
)


_PAGES = Table(
    "pages",
    _META,
    Column("id", String(64), primary_key=True),
    Column("client_id", String(128), nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False, index=True),
)
_ANSWER_SEEDS = Table(
    "answer_seeds",
    _META,
    Column("session_id", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", Integer, nullable=False, index=True),
)


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A hosted page's row; `state` is the versioned JSON of `usecases.paging`."""

    page_id: str
    client_id: str
    state: bytes
    version: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One stored request. `report` is the report's JSON once there is one."""

    session_id: str
    client_id: str
    state: bytes
    version: int
    report: bytes | None


class VerifierStore:
    """All methods are safe to call from several threads. Times are seconds since 1970.

    Args:
        path: The database file.
        sealing_key: 32 bytes, from the vault.
        random: Source of nonces for sealing.
    """

    def __init__(self, path: Path, sealing_key: bytes, random: Callable[[int], bytes]) -> None:
        self._engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
        event.listen(self._engine, "connect", _pragmas)
        _META.create_all(self._engine)
        self._aead = AESGCM(sealing_key)
        self._random = random
        self._remembered: dict[bytes, tuple[str, int]] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def add_session(self, session_id: str, client_id: str, state: bytes, expires_at: int) -> None:
        """Remember a new request, and forget those whose time has run out."""
        with self._engine.begin() as connection:
            connection.execute(delete(_SESSIONS).where(_SESSIONS.c.expires_at < expires_at - 86_400))
            connection.execute(
                insert(_SESSIONS).values(
                    id=session_id, client_id=client_id, state=state, version=1, expires_at=expires_at
                )
            )

    def session(self, session_id: str) -> StoredSession | None:
        """The request of that id, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(select(_SESSIONS).where(_SESSIONS.c.id == session_id)).one_or_none()
        return (
            None if row is None else StoredSession(row.id, row.client_id, row.state, row.version, row.report)
        )

    def replace_state(
        self,
        session: StoredSession,
        state: bytes,
        *,
        report: bytes | None = None,
        claims: bytes | None = None,
    ) -> StoredSession | None:
        """Compare-and-set the state; None when somebody else was first. Claims are sealed here."""
        values: dict[str, Any] = {"state": state, "version": session.version + 1}
        if report is not None:
            values["report"] = report
        if claims is not None:
            values["sealed_claims"] = self._seal(claims, session.session_id)
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(_SESSIONS)
                .where(_SESSIONS.c.id == session.session_id, _SESSIONS.c.version == session.version)
                .values(**values)
            )
        if changed.rowcount != 1:
            return None
        return replace(session, state=state, version=session.version + 1, report=report or session.report)

    def take_claims(self, session: StoredSession, state: bytes) -> bytes | None:
        """The claims, once: they are gone from the store before they are returned. None when gone."""
        with self._engine.begin() as connection:
            sealed = connection.execute(
                select(_SESSIONS.c.sealed_claims).where(_SESSIONS.c.id == session.session_id)
            ).scalar_one_or_none()
            changed = connection.execute(
                update(_SESSIONS)
                .where(_SESSIONS.c.id == session.session_id, _SESSIONS.c.version == session.version)
                .values(state=state, version=session.version + 1, sealed_claims=None)
            )
        if sealed is None or changed.rowcount != 1:
            return None
        return self._open(sealed, session.session_id)

    def _seal(self, secret: bytes, of: str) -> bytes:
        nonce = self._random(12)
        return nonce + self._aead.encrypt(nonce, secret, of.encode())

    def _open(self, sealed: bytes, of: str) -> bytes:
        try:
            return self._aead.decrypt(sealed[:12], sealed[12:], of.encode())
        except InvalidTag:
            raise LocalError("verifier.store", of, "what was sealed does not open") from None

    def drop_session(self, session_id: str) -> None:
        """Forget a request that another one has taken the place of: no answer to it is taken any more."""
        with self._engine.begin() as connection:
            connection.execute(delete(_SESSIONS).where(_SESSIONS.c.id == session_id))

    def add_page(self, page_id: str, client_id: str, state: bytes, expires_at: int) -> None:
        """Remember a new page, and forget those that ended a day ago."""
        with self._engine.begin() as connection:
            connection.execute(delete(_PAGES).where(_PAGES.c.expires_at < expires_at - 86_400))
            connection.execute(
                insert(_PAGES).values(
                    id=page_id, client_id=client_id, state=state, version=1, expires_at=expires_at
                )
            )

    def page(self, page_id: str) -> StoredPage | None:
        """The page of that id, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(select(_PAGES).where(_PAGES.c.id == page_id)).one_or_none()
        return (
            None if row is None else StoredPage(row.id, row.client_id, row.state, row.version, row.expires_at)
        )

    def replace_page(self, page: StoredPage, state: bytes) -> StoredPage | None:
        """Compare-and-set the state; None when somebody else was first."""
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(_PAGES)
                .where(_PAGES.c.id == page.page_id, _PAGES.c.version == page.version)
                .values(state=state, version=page.version + 1)
            )
        return replace(page, state=state, version=page.version + 1) if changed.rowcount == 1 else None

    def add_answer_seed(self, session_id: str, seed: bytes, expires_at: int) -> None:
        """Keep what the key for the answer to a request is made of, sealed."""
        sealed = self._seal(seed, _seed_of(session_id))
        with self._engine.begin() as connection:
            connection.execute(
                insert(_ANSWER_SEEDS).values(session_id=session_id, sealed=sealed, expires_at=expires_at)
            )

    def answer_seed(self, session_id: str) -> bytes | None:
        """The same, or None where it is no more."""
        with self._engine.connect() as connection:
            sealed = connection.execute(
                select(_ANSWER_SEEDS.c.sealed).where(_ANSWER_SEEDS.c.session_id == session_id)
            ).scalar_one_or_none()
        return None if sealed is None else self._open(sealed, _seed_of(session_id))

    def forget_answer_seed(self, session_id: str) -> None:
        """The key is no more."""
        with self._engine.begin() as connection:
            connection.execute(delete(_ANSWER_SEEDS).where(_ANSWER_SEEDS.c.session_id == session_id))

    def forget_late_answer_seeds(self, now: int) -> int:
        """Drop those of requests that are over, when no answer can be decided on any more; gives how many."""
        late = _ANSWER_SEEDS.c.expires_at < now - _GRACE_SECONDS
        with self._engine.begin() as connection:
            return connection.execute(delete(_ANSWER_SEEDS).where(late)).rowcount

    def wipe(self) -> None:
        """Empty the log, where what was deleted still stands; while somebody reads, the next time."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def forget_claims(self, now: int) -> int:
        """Drop the claims that nobody took in time; gives how many."""
        late = _SESSIONS.c.expires_at < now - _GRACE_SECONDS, _SESSIONS.c.sealed_claims.is_not(None)
        with self._engine.begin() as connection:
            return connection.execute(update(_SESSIONS).where(*late).values(sealed_claims=None)).rowcount

    def add_token(self, token: str, client_id: str, expires_at: int) -> None:
        """Remember an access token, by its digest only."""
        with self._engine.begin() as connection:
            connection.execute(delete(_TOKENS).where(_TOKENS.c.expires_at < expires_at - 86_400))
            connection.execute(
                insert(_TOKENS).values(sha256=_digest(token), client_id=client_id, expires_at=expires_at)
            )

    def token_client(self, token: str, now: int) -> str | None:
        """Whose unexpired token this is, or None."""
        digest = _digest(token)
        with self._engine.connect() as connection:
            row = connection.execute(
                select(_TOKENS.c.client_id, _TOKENS.c.expires_at).where(
                    _TOKENS.c.sha256 == digest, _TOKENS.c.expires_at > now
                )
            ).one_or_none()
        if row is None:
            return None
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[digest] = (row.client_id, row.expires_at)
        return str(row.client_id)

    def remembered_client(self, token: str, now: int) -> str | None:
        """The same from memory, without the database: a token is good until it expires, and never longer."""
        client, expires_at = self._remembered.get(_digest(token), ("", 0))
        return client if expires_at > now else None


def _seed_of(session_id: str) -> str:
    return f"answer {session_id}"  # Never the name of a session, under which claims are sealed.


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
