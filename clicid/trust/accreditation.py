"""Whether an accreditation read off the chain lets an issuer issue a credential type now."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from clicid.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.ledger.facts import Accreditation


def type_id(credential_type: str) -> bytes:
    """The name of a credential type on chain: SHA-256 of its URI (32 bytes)."""
    return hashlib.sha256(credential_type.encode()).digest()


def check_subject(accreditation: Accreditation, did: str, credential_type: str) -> None:
    """The accreditation is about this issuer and this type.

    Raises:
        Refused: `issuer.not_accredited`: it is about someone or something else.
    """
    if (accreditation.did, accreditation.type_id) != (did, type_id(credential_type)):
        raise Refused("issuer.not_accredited", detail="the accreditation is for another issuer or type")


def check_not_withdrawn(accreditation: Accreditation, now: datetime) -> None:
    """Governance has not taken it back.

    A withdrawal counts for every credential: `keeps_anchored` spares those that prove an issuance
    root older than the withdrawal, and no credential carries such a proof yet.

    Raises:
        Refused: `issuer.accreditation_withdrawn`.
    """
    if accreditation.withdrawn_at is not None and accreditation.withdrawn_at <= now:
        raise Refused("issuer.accreditation_withdrawn")


def check_period(accreditation: Accreditation, now: datetime) -> None:
    """`valid_from` <= now < `valid_until`.

    Raises:
        Refused: `issuer.not_accredited` before the period, `issuer.accreditation_expired` after it.
    """
    if now < accreditation.valid_from:
        raise Refused("issuer.not_accredited", detail="the accreditation has not begun")
    if now >= accreditation.valid_until:
        raise Refused("issuer.accreditation_expired")
