"""The challenge of head turns: asked, answered once, or left out.

A challenge belongs to one onboarding, lives three minutes, and is used up by its first answer. A new one
takes the old one's place. How many there may be is counted with the onboarding, answered or not, for
whoever may ask until the moves suit a recording needs no luck.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.evidence.evidence import EvidenceKind
from issuer.evidence.liveness import TURNS, Answer, Move, check_count, liveness_left_out
from issuer.usecases.onboarding import LIVENESS, load, move
from issuer.usecases.signs import keep_signs
from issuer.usecases.states import Event, State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from issuer.usecases.environment import Environment
    from issuer.usecases.onboarding import Policy
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Session

LIFETIME: Final = timedelta(minutes=3)
MOST_CHALLENGES: Final = 5
"""Of one onboarding, until a reviewer asks anew: a recording is let through in 5 of 64 at most."""
_SPENT: Final = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What one onboarding was asked. `id` is empty once it was answered; `count` is how many there were."""

    session_id: str
    id: str
    moves: tuple[Move, ...]
    expires_at: datetime
    count: int


class Liveness:
    """The step LIVENESS of an onboarding.

    Args:
        env: Store, keys, time, randomness.
        policy: How long frames are kept: as long as other images.
        inspect: Refuses what is no JPEG, or too large when unpacked; decodes nothing.
        wake: Called when there is heavy work to do.
    """

    def __init__(
        self,
        env: Environment,
        policy: Policy,
        inspect: Callable[[bytes], None],
        wake: Callable[[], None],
    ) -> None:
        self._env = env
        self._policy = policy
        self._inspect = inspect
        self._wake = wake

    def challenge(self, session_id: str) -> Challenge:
        """Ask for head turns, in place of what was asked before.

        Raises:
            Refused: ``onboarding.wrong_step``, ``liveness.too_often``.
        """
        with self._env.store.writing() as tx:
            _at_liveness(tx, session_id)
            before = tx.liveness.challenge(session_id)
            count = before.count if before else 0
            if count >= MOST_CHALLENGES:
                raise Refused("liveness.too_often")
            made = Challenge(
                session_id=session_id,
                id=self._env.new_id(),
                moves=draw(self._env.random(1)[0]),
                expires_at=self._env.now() + LIFETIME,
                count=count + 1,
            )
            tx.liveness.put_challenge(made)
        return made

    def answer(self, session_id: str, challenge_id: str, frames: Sequence[bytes]) -> Session:
        """Take the frames, and have the rest decided. Whatever comes of it, the challenge is used up.

        Raises:
            Refused: ``liveness.frames``, ``liveness.not_an_image``, ``liveness.image_bomb``,
                ``liveness.expired`` for another challenge than the one asked, or too late,
                ``liveness.replayed`` for a frame that was given before, here or in any onboarding.
        """
        check_count(frames)
        for frame in frames:
            self._inspect(frame)
        with self._env.store.writing() as tx:
            session = _at_liveness(tx, session_id)
            asked = tx.liveness.challenge(session_id)
            if asked is None or _SPENT in {asked.id, challenge_id}:
                raise Refused("liveness.expired")
            tx.liveness.put_challenge(replace(asked, id=_SPENT))
            fault = self._fault(tx, asked, challenge_id, frames)
            if not fault:
                session = move(session, Event.LIVENESS_GIVEN, self._env.now())
                self._keep(tx, session, Answer(asked.moves, tuple(frames)))
        if fault:  # raised outside, so that the challenge stays used up
            raise Refused(fault)
        self._wake()
        return session

    def leave_out(self, session_id: str) -> Session:
        """Go on without turning the head: a person decides instead of the table.

        Raises:
            Refused: ``onboarding.wrong_step``.
        """
        now = self._env.now()
        with self._env.store.writing() as tx:
            session = move(_at_liveness(tx, session_id), Event.LIVENESS_LEFT_OUT, now)
            tx.vault.drop(session.key_id, LIVENESS)
            keep_signs(tx, session, {EvidenceKind.LIVENESS}, now)
            tx.sessions.drop_evidence(session_id, EvidenceKind.LIVENESS)
            tx.sessions.add_evidence(session_id, liveness_left_out(), now)
            tx.jobs.add(self._env.new_id(), session_id, now)
            tx.sessions.save(session)
        self._wake()
        return session

    def _fault(self, tx: Transaction, asked: Challenge, challenge_id: str, frames: Sequence[bytes]) -> str:
        if asked.id != challenge_id or asked.expires_at <= self._env.now():
            return "liveness.expired"
        hashes = [self._env.sealer.lookup("frame", hashlib.sha256(frame).hexdigest()) for frame in frames]
        return "liveness.replayed" if tx.liveness.remember_frames(hashes) else ""

    def _keep(self, tx: Transaction, session: Session, answer: Answer) -> None:
        keep_until = session.updated_at + self._policy.contest_period
        tx.vault.put(session.key_id, LIVENESS, answer.to_bytes(), keep_until)
        tx.jobs.add(self._env.new_id(), session.id, session.updated_at)
        tx.sessions.save(session)


def draw(random: int) -> tuple[Move, ...]:
    """The moves of a challenge, one for each of the lowest bits of a random number."""
    return tuple(Move.LEFT if random >> place & 1 else Move.RIGHT for place in range(TURNS))


def _at_liveness(tx: Transaction, session_id: str) -> Session:
    session = load(tx, session_id)
    if session.state is not State.LIVENESS:
        raise Refused("onboarding.wrong_step", session.state)
    return session
