"""Whether an accreditation read off the chain lets an issuer issue a credential type now."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

from clicid.codec import instant
from clicid.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.ledger.facts import Accreditation


@functools.lru_cache(maxsize=1024)
def type_id(credential_type: str) -> bytes:
    """The name of a credential type on chain: SHA-256 of its URI (32 bytes)."""
    return hashlib.sha256(credential_type.encode()).digest()


def check(
    accreditation: Accreditation | None, did: str, credential_type: str, *, now: datetime
) -> Accreditation:
    """The accreditation, if it lets this issuer issue this type now.

    A withdrawal counts for every credential: `keeps_anchored` spares those that prove an issuance
    root older than the withdrawal, and no credential carries such a proof yet.

    Args:
        accreditation: What the chain says; None where it says nothing.
        did: The issuer.
        credential_type: The type's URI.
        now: The time of the check.

    Raises:
        Refused: `issuer.not_accredited` for none, one about something else or one that has not
            begun; `issuer.accreditation_withdrawn`; `issuer.accreditation_expired`.
    """
    if accreditation is None:
        raise Refused("issuer.not_accredited")
    if (accreditation.did, accreditation.type_id) != (did, type_id(credential_type)):
        raise Refused("issuer.not_accredited", detail="the accreditation is for another issuer or type")
    second = instant.to_numeric_date(now)
    if accreditation.withdrawn_at is not None:
        raise Refused("issuer.accreditation_withdrawn")
    if second < accreditation.valid_from:
        raise Refused("issuer.not_accredited", detail="the accreditation has not begun")
    if second >= accreditation.valid_until:
        raise Refused("issuer.accreditation_expired")
    return accreditation
