"""The chip of a travel document as a step of the onboarding: judged at once, and kept like a photograph.

What a chip that is not authentic says is thrown away; the onboarding stands where it stood, and the
photograph of the document remains a way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.chip import tlv
from issuer.evidence.evidence import EvidenceKind, chip_evidence
from issuer.evidence.ports import ChipAnswers
from issuer.usecases.onboarding import (
    CHIP,
    CHIP_PORTRAIT,
    CHIP_READING,
    DOCUMENT,
    DOCUMENT_BACK,
    load,
    move,
)
from issuer.usecases.profile import fields_from_bytes, fields_to_bytes
from issuer.usecases.states import Event, State, step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from issuer.evidence.evidence import Evidence
    from issuer.evidence.ports import ChipCommand, ChipJudge, ChipReading, DocumentFields
    from issuer.usecases.environment import Environment
    from issuer.usecases.onboarding import Policy
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Session

CHIP_CHALLENGE: Final = "chip_challenge"
CHALLENGE_BYTES: Final = 8
CHALLENGE_LIFE: Final = timedelta(minutes=10)
TRIES: Final = 30
"""Uploads and questions of one onboarding in an hour: whoever reads a chip badly needs a few of each."""
_WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a chip is asked.

    Args:
        challenge: 8 bytes for active authentication.
        command: For chip authentication; None before the chip's files were given, or where it has no key.
        expires_in: Seconds.
    """

    challenge: bytes = field(repr=False)
    command: ChipCommand | None
    expires_in: int


@dataclass(frozen=True, slots=True)
class KeptChip:
    """What an authentic chip said: the fields, and the portrait as JPEG (None once consent is withdrawn)."""

    fields: DocumentFields
    portrait: bytes | None = field(repr=False)


def kept(tx: Transaction, key_id: str) -> KeptChip | None:
    """The chip that was given; None if none was."""
    raw = tx.vault.get(key_id, CHIP_READING)
    return None if raw is None else KeptChip(fields_from_bytes(raw), tx.vault.get(key_id, CHIP_PORTRAIT))


class GivingChip:
    """Takes the files of a chip.

    Args:
        env: Store, keys, time, randomness.
        policy: How long they are kept.
        judge: Judges them; None where the operator trusts no country signers.
        wake: Called when there is heavy work to do.
    """

    def __init__(
        self, env: Environment, policy: Policy, judge: ChipJudge | None, wake: Callable[[], None]
    ) -> None:
        self._env = env
        self._policy = policy
        self._judge = judge
        self._wake = wake

    def challenge(self, session_id: str) -> Challenge:
        """Fresh questions for the chip, in place of those that were asked before.

        Raises:
            Refused: `chip.not_offered`, `onboarding.wrong_step`, `onboarding.too_often`.
            Undecided: where the files that were given are so by now.
        """
        judge, now = self._offered(), self._env.now()
        with self._env.store.writing() as tx:
            session = self._counted(tx, session_id)
            files = tx.vault.get(session.key_id, CHIP)
        command = None if files is None else judge.command(_apart(files), now=now)
        asked = Challenge(self._env.random(CHALLENGE_BYTES), command, int(CHALLENGE_LIFE.total_seconds()))
        until = now + CHALLENGE_LIFE
        with self._env.store.writing() as tx:
            key_id = _fitting(tx, session_id).key_id
            tx.vault.put(key_id, CHIP_CHALLENGE, _to_bytes(asked, until), until)
        return asked

    def give(
        self, session_id: str, files: Sequence[bytes], response: bytes | None, answer: bytes | None
    ) -> tuple[Session, Evidence]:
        """Judge a chip and keep what it says.

        Args:
            session_id: The onboarding.
            files: What was read off it, in any order.
            response: Its answer to the challenge; None where it was not asked.
            answer: Its answer to the command; likewise.

        Raises:
            Refused: ``chip.*``; `chip.challenge` for answers to what was not asked, or too long ago;
                `chip.not_offered`, `onboarding.wrong_step`, `onboarding.too_often`. Nothing is kept then.
            Undecided: `chip.csca_unknown`, `chip.crl_stale`; likewise.
        """
        judge = self._offered()
        with self._env.store.writing() as tx:
            self._counted(tx, session_id)
        asked = ChipAnswers()
        if response is not None or answer is not None:
            asked = self._taken(session_id, response, answer)
        reading = judge.judge(files, asked, now=self._env.now())
        with self._env.store.writing() as tx:
            session = _fitting(tx, session_id)
            moved = move(session, _event(session), self._env.now())
            if session.state is State.DOCUMENT:  # a photograph that is there was to be taken again
                for side in (DOCUMENT, DOCUMENT_BACK):
                    tx.vault.drop(session.key_id, side)
            evidence = self._keep(tx, moved, files, reading)
            if moved.state is State.DECIDING:
                tx.jobs.add(self._env.new_id(), session_id, moved.updated_at)
            tx.sessions.save(moved)
        self._wake()
        return moved, evidence

    def _offered(self) -> ChipJudge:
        if self._judge is None:
            raise Refused("chip.not_offered")
        return self._judge

    def _counted(self, tx: Transaction, session_id: str) -> Session:
        """The onboarding, if a chip can be given to it now and was not too often; this time is counted."""
        session, now = _fitting(tx, session_id), self._env.now()
        tries = self._env.sealer.lookup("chip", session_id)
        if tx.attempts.count(tries, now - _WINDOW) >= TRIES:
            raise Refused("onboarding.too_often")
        tx.attempts.add(tries, now)
        return session

    def _taken(self, session_id: str, response: bytes | None, answer: bytes | None) -> ChipAnswers:
        """The answers with what they answer, which is used up by that, whatever comes of it."""
        with self._env.store.writing() as tx:
            key_id = _fitting(tx, session_id).key_id
            raw = tx.vault.get(key_id, CHIP_CHALLENGE)
            tx.vault.drop(key_id, CHIP_CHALLENGE)
        asked = None if raw is None else _from_bytes(raw, self._env.now())
        if asked is None or (answer is not None and asked.terminal is None):
            raise Refused("chip.challenge")
        return ChipAnswers(asked.challenge, response, asked.terminal, answer)

    def _keep(
        self, tx: Transaction, session: Session, files: Sequence[bytes], reading: ChipReading
    ) -> Evidence:
        until = session.updated_at + self._policy.contest_period
        tx.vault.put(session.key_id, CHIP, b"".join(files), until)
        tx.vault.put(session.key_id, CHIP_PORTRAIT, reading.portrait, until)
        tx.vault.put(session.key_id, CHIP_READING, fields_to_bytes(reading.fields), until)
        evidence = chip_evidence(reading, tx.sessions.evidence(session.id))
        tx.sessions.drop_evidence(session.id, EvidenceKind.CHIP)
        tx.sessions.add_evidence(session.id, evidence, session.updated_at)
        return evidence


def _fitting(tx: Transaction, session_id: str) -> Session:
    """The onboarding, if a chip can be given to it now."""
    session = load(tx, session_id)
    step(session.state, _event(session))
    return session


def _event(session: Session) -> Event:
    return Event.DOCUMENT_GIVEN if session.face_consent else Event.DOCUMENT_GIVEN_ALONE


def _apart(files: bytes) -> list[bytes]:
    """Files that were put one behind the other: each says itself where it ends."""
    found: list[bytes] = []
    at = 0
    while at < len(files):
        end = tlv.end_of(files, at, CHIP)
        found.append(files[at:end])
        at = end
    return found


def _to_bytes(asked: Challenge, until: datetime) -> bytes:
    terminal = asked.command.terminal.hex() if asked.command else ""
    row = {"challenge": asked.challenge.hex(), "terminal": terminal, "until": until.isoformat()}
    return json.dumps(row).encode()


def _from_bytes(raw: bytes, now: datetime) -> ChipAnswers | None:
    row: dict[str, str] = json.loads(raw)
    if datetime.fromisoformat(row["until"]) <= now:
        return None
    terminal = bytes.fromhex(row["terminal"]) or None
    return ChipAnswers(challenge=bytes.fromhex(row["challenge"]), terminal=terminal)
