"""Whom a grant is for, and what that person can have: it may have been made before anybody decided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clicid.errors import Refused
from issuer.usecases.configurations import AGE
from issuer.usecases.offering import threshold_name
from issuer.usecases.profile import age_claims, default_threshold, identity_claims, profile_of
from issuer.usecases.states import State

if TYPE_CHECKING:
    from datetime import date

    from issuer.usecases.configurations import Offered
    from issuer.usecases.ports import Transaction
    from issuer.usecases.profile import Profile
    from issuer.usecases.records import GrantRow


def person_of(tx: Transaction, found: GrantRow) -> str | None:
    """Whom a grant is for: nobody ("") if the onboarding was refused, None while it is not decided on."""
    if found.person_id is not None or found.session_id is None:
        return found.person_id or ""
    session = tx.sessions.get(found.session_id)
    if session is None or session.state is State.REFUSED:
        return ""
    if session.state is not State.APPROVED or session.person_id is None:
        return None
    tx.issuance.put_grant(replace(found, person_id=session.person_id))
    return session.person_id


def subject_of(tx: Transaction, person_id: str, grant_id: str, today: date) -> tuple[Profile, int]:
    """The person, and the age threshold: as chosen with the grant, or the one that says least."""
    profile = profile_of(tx, person_id)
    chosen = tx.vault.get(person_id, threshold_name(grant_id))
    if chosen is not None:
        return profile, int(chosen)
    return profile, default_threshold(profile, today) or 0


def can_have(offered: Offered, profile: Profile, threshold: int, today: date) -> bool:
    """Whether what is known of the person is enough for a credential of that kind."""
    try:
        if offered.type.name == AGE:
            age_claims(profile, threshold, today)
        else:
            identity_claims(profile, today)
    except Refused:
        return False
    return True
