"""Whoever was blocked, suspended or revoked as a person gets nothing new by an onboarding from before that.

Else a thief of the phone, or the person that an operator stopped, would ask for the next offer and hold
credentials that nobody has revoked. A new onboarding, or an operator who lifts it, ends it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused

if TYPE_CHECKING:
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Session

_NAME: Final = "barred"


def bar(tx: Transaction, person_id: str, now: datetime) -> None:
    """From now on."""
    tx.vault.put(person_id, _NAME, now.isoformat().encode())


def lift(tx: Transaction, person_id: str) -> None:
    """No longer."""
    tx.vault.drop(person_id, _NAME)


def check(tx: Transaction, session: Session) -> None:
    """Refuse an approved onboarding that was decided on before its person was barred.

    Raises:
        Refused: ``issuing.barred``.
    """
    since = None if session.person_id is None else tx.vault.get(session.person_id, _NAME)
    if since is not None and tx.sessions.decisions(session.id)[-1].at <= datetime.fromisoformat(
        since.decode()
    ):
        raise Refused("issuing.barred")
