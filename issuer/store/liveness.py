"""Challenges of head turns, and keyed hashes of frames that were given once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from issuer.evidence.liveness import Move
from issuer.store.tables import liveness_challenge, liveness_frame
from issuer.usecases.liveness import Challenge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


class SqlChallenges:
    """`issuer.usecases.ports.liveness.Challenges`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_challenge(self, challenge_: Challenge) -> None:
        """Keep a challenge in place of the onboarding's former one."""
        row = {
            "id": challenge_.id,
            "moves": json.dumps(challenge_.moves),
            "expires_at": challenge_.expires_at,
            "count": challenge_.count,
        }
        statement = upsert(liveness_challenge).values(session_id=challenge_.session_id, **row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["session_id"], set_=row))

    def challenge(self, session_id: str) -> Challenge | None:
        """The onboarding's last one."""
        query = select(liveness_challenge).where(liveness_challenge.c.session_id == session_id)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        return Challenge(**dict(row) | {"moves": tuple(Move(move) for move in json.loads(row["moves"]))})

    def drop_challenge(self, session_id: str) -> None:
        """Forget it, and how many there were."""
        self._connection.execute(
            delete(liveness_challenge).where(liveness_challenge.c.session_id == session_id)
        )

    def remember_frames(self, hashes: Sequence[bytes]) -> bool:
        """Keep the frames' keyed hashes for good; True if one was known before, or stands there twice."""
        known = select(liveness_frame.c.hash).where(liveness_frame.c.hash.in_(hashes)).limit(1)
        if len(set(hashes)) < len(hashes) or self._connection.scalar(known) is not None:
            return True
        self._connection.execute(insert(liveness_frame), [{"hash": hash_} for hash_ in hashes])
        return False
