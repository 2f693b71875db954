"""Who lost the wallet and came back: what the old one holds is revoked, if the person asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clicid.errors import Refused
from issuer.usecases import auditing
from issuer.usecases.enrolment import KNOWN
from issuer.usecases.offering import burn_offers
from issuer.usecases.onboarding import load
from issuer.usecases.revocation import Reason
from issuer.usecases.states import State

if TYPE_CHECKING:
    from issuer.usecases.environment import Environment
    from issuer.usecases.revocation import Revocation


class Recovery:
    """A returning person's choice.

    Args:
        env: Store, keys, time, randomness.
        revocation: Changes statuses.
    """

    def __init__(self, env: Environment, revocation: Revocation) -> None:
        self._env = env
        self._revocation = revocation

    def revoke_earlier(self, session_id: str) -> int:
        """Revoke what the person held before this onboarding; gives how many were revoked.

        Offers under way are burnt, and the resume tokens of the person's other onboardings are out of
        force: whoever has the lost device has nothing left to ask with.

        Raises:
            Refused: ``onboarding.wrong_step`` unless it ended with a person who was known already.
        """
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            if session.state is not State.APPROVED or session.person_id is None or KNOWN not in session.codes:
                raise Refused("onboarding.wrong_step", session.state)
            approved_at = tx.sessions.decisions(session_id)[-1].at
            revoked = self._revocation.revoke_held(tx, session.person_id, Reason.LOST, approved_at)
            burn_offers(tx, session.person_id)
            for other in tx.sessions.of_key(session.key_id):
                if other.id != session_id:
                    closed = self._env.sealer.lookup("resume", self._env.secret())
                    tx.sessions.save(replace(other, resume_hash=closed))
            auditing.record(
                tx, self._env, actor=auditing.PERSON, act="revoke_earlier", subject=session.person_id
            )
        self._revocation.wake()
        return revoked
