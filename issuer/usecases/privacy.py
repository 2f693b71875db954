"""What a person can ask of us: everything we hold (GDPR 15), and to be erased (GDPR 17)."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from clicid.errors import Refused
from clicid.oid4vci.issuance import Issuance
from issuer.evidence.decision import Outcome
from issuer.evidence.liveness import Answer
from issuer.usecases import auditing
from issuer.usecases.chip import CHIP_CHALLENGE
from issuer.usecases.offering import offer_name
from issuer.usecases.onboarding import CHIP, LIVENESS, load
from issuer.usecases.recording import BY_RULES, FILE, files_of
from issuer.usecases.review import IMAGES, NOTE, notes_of
from issuer.usecases.telling import told, told_evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from issuer.usecases.environment import Environment
    from issuer.usecases.face_search import FaceSearch
    from issuer.usecases.onboarding import Policy
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import GrantRow, Session
    from issuer.usecases.revocation import Revocation

_KEEP_ATTEMPTS: Final = timedelta(days=1)
_BATCH: Final = 500
_BYTES: Final = frozenset({*IMAGES, CHIP})
# Our own key of a question to a chip: whoever had it could answer without the chip. It lives ten minutes.
_OURS: Final = frozenset({CHIP_CHALLENGE})
# Files of evidence and notes stand with the onboarding that they belong to.
_WITH_ONBOARDING: Final = (f"{FILE} ", f"{NOTE} ")
# An offer that is handed out by its address has a code in it, for a wallet and not for a file.
_NOT_TOLD: Final = (*_WITH_ONBOARDING, offer_name(""))


class Privacy:
    """Export, erasure, and letting go of what was kept long enough.

    Args:
        env: Store, keys, time.
        revocation: Revokes what an erased person holds.
        face_search: Lets go of an erased person's face.
        withdraw: Withdraws the consent to face comparison of an onboarding.
        policy: How long an onboarding that led to no person is kept: so long it can be contested, or may wait
            for a reviewer.
    """

    def __init__(
        self,
        env: Environment,
        revocation: Revocation,
        face_search: FaceSearch,
        withdraw: Callable[[str], Session],
        policy: Policy,
    ) -> None:
        self._env = env
        self._revocation = revocation
        self._face_search = face_search
        self._withdraw = withdraw
        self._policy = policy

    def export(self, key_id: str, *, by: str) -> dict[str, Any]:
        """Everything held about one person, or about one onboarding that led to none.

        Args:
            key_id: The person's id, or the onboarding's `key_id`.
            by: Who asks, for the audit table.

        Raises:
            Refused: ``revocation.unknown`` if nothing is held.
        """
        with self._env.store.writing() as tx:
            sessions = tx.sessions.of_key(key_id)
            if not sessions and not tx.persons.exists(key_id):
                raise Refused("revocation.unknown")
            auditing.record(tx, self._env, actor=by, act="export", subject=key_id)
            return {
                "onboardings": [_onboarding(tx, session) for session in sessions],
                "face_searched": self._face_search.has(key_id),
                "held": {
                    name: _readable(name, value)
                    for name, value, _ in tx.vault.all(key_id)
                    if name not in _OURS and not name.startswith(_NOT_TOLD)
                },
                "credentials": [
                    {
                        "configuration": copy.configuration,
                        "state": copy.state,
                        "status_list_index": copy.index,
                        "valid_until": copy.valid_until.isoformat(),
                    }
                    for copy in tx.issuance.copies_of_person(key_id)
                ],
                "wallets": [_wallet(row) for row in tx.issuance.grants_of(key_id)],
            }

    def erase_session(self, session_id: str) -> None:
        """Erase the person behind an onboarding, at their own wish."""
        with self._env.store.reading() as tx:
            key_id = load(tx, session_id).key_id
        self.erase(key_id, by=auditing.PERSON)

    def erase(self, key_id: str, *, by: str) -> None:
        """Erase a person: the key first, which makes every copy unreadable, then the rows.

        Credentials still out are revoked; their status bits stay, the link to the person goes.

        Raises:
            Refused: ``revocation.unknown`` if nothing is held.
        """
        with self._env.store.reading() as tx:
            if not tx.sessions.of_key(key_id) and not tx.persons.exists(key_id):
                raise Refused("revocation.unknown")
        self._env.sealer.erase(key_id)
        self._face_search.forget(key_id)
        with self._env.store.writing() as tx:
            self._revocation.revoke_all(tx, key_id)
            tx.visits.remove_of(key_id)
            tx.issuance.forget_person(key_id)
            for session in tx.sessions.of_key(key_id):
                tx.sessions.remove(session.id)
            tx.vault.drop_all(key_id)
            tx.persons.remove(key_id)
            auditing.record(tx, self._env, actor=by, act="erase", subject=key_id)
        self._env.store.checkpoint()
        self._revocation.wake()

    def recover(self) -> int:
        """Erase again whose key is gone: an erasure that was cut short, or a backup that was restored.

        Likewise faces whose consent was withdrawn, and those that nobody agreed to have searched. Gives how
        many were erased.
        """
        with self._env.store.reading() as tx:
            gone = tx.persons.key_ids() - self._env.sealer.ids()
        for key_id in gone:
            self.erase(key_id, by=auditing.SYSTEM)
        with self._env.store.reading() as tx:
            withdrawn = tx.vault.withdrawn_faces()
            sessions = [one.id for key_id in withdrawn for one in tx.sessions.of_key(key_id)]
        for session_id in sessions:
            self._withdraw(session_id)
        return len(gone) + len(withdrawn) + self._face_search.recover()

    def let_go(self) -> int:
        """Drop what was kept long enough; gives how many images and onboardings went.

        Images go when their time is over, onboardings that led to no person with everything in them. What
        waits for a reviewer keeps its images, without which nobody could decide, and goes whole when it has
        waited too long.
        """
        now = self._env.now()
        # Images first: they go on their day, whatever hinders an erasure below.
        with self._env.store.writing() as tx:
            dropped = tx.vault.drop_expired(now)
            tx.attempts.drop_before(now - _KEEP_ATTEMPTS)
            over = (
                *tx.sessions.without_person(now - self._policy.contest_period, _BATCH),
                *tx.sessions.waiting(now - self._policy.review_period, _BATCH),
            )
        if dropped:
            self._env.store.checkpoint()
        for session in over:
            self.erase(session.key_id, by=auditing.SYSTEM)
        return dropped + len(over)


def _onboarding(tx: Transaction, session: Session) -> dict[str, Any]:
    return {
        "state": session.state,
        "language": session.language,
        "created_at": session.created_at.isoformat(),
        "consents": list(tx.sessions.consents(session.id)),
        "evidence": [asdict(piece) for piece in told_evidence(session, tx.sessions.evidence(session.id))],
        # Told whole or not at all: with a part left out nobody could check one.
        "files": [file.model_dump(mode="json") for file in files_of(tx, session) if session.person_id],
        "notes": [{"at": note.at, "text": note.text} for note in notes_of(tx, session)],
        "decisions": [
            {
                "outcome": row.outcome,
                "codes": list(told(session, row.codes, waiting=row.outcome == Outcome.REVIEW)),
                "level": row.level,
                "rules_version": row.rules_version,
                "by": BY_RULES if row.by == BY_RULES else "operator",
                "at": row.at.isoformat(),
            }
            for row in tx.sessions.decisions(session.id)
        ],
    }


def _wallet(row: GrantRow) -> dict[str, Any]:
    """An offer or authorization: for which wallet, and what it has fetched; none of its secrets."""
    state = Issuance.from_bytes(row.body.encode())
    client = state.client or (None if state.requested is None else state.requested.client)
    return {
        "wallet": "" if client is None else client.id,
        "provider": "" if client is None else client.provider,
        "instance": "" if client is None else client.jkt,
        "key": state.jkt,
        "answered_at": "" if state.requested is None else state.requested.redirect_uri,
        "state": state.phase,
        "configurations": list(state.configuration_ids),
        "renewable_until": "" if state.refreshing is None else state.refreshing.until.isoformat(),
        "fetched": [
            {
                "configuration": one.configuration_id,
                "copies": one.copies,
                "at": one.at.isoformat(),
                "outcome": one.outcome or "",
            }
            for one in state.deliveries
        ],
        "waiting": [one.configuration_id for one in state.pending],
        "forgotten_at": row.expires_at.isoformat(),
    }


def _readable(name: str, value: bytes) -> Any:
    if name in _BYTES:
        return base64.b64encode(value).decode()
    if name == LIVENESS:
        return Answer.from_bytes(value).to_json()
    text = value.decode()
    return json.loads(text) if text.startswith("{") else text
