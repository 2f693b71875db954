"""Whether an accreditation read off the chain lets an issuer issue a credential type now."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

from clicid.codec import instant
from clicid.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.ledger.facts import Accreditation, IssuanceRoot


@functools.lru_cache(maxsize=1024)
def type_id(credential_type: str) -> bytes:
    """The name of a credential type on chain: SHA-256 of its URI (32 bytes)."""
    return hashlib.sha256(credential_type.encode()).digest()


def check(
    accreditation: Accreditation | None,
    did: str,
    credential_type: str,
    *,
    now: datetime,
    anchored: IssuanceRoot | None = None,
) -> Accreditation:
    """The accreditation, if it lets this issuer issue this type now.

    A withdrawal counts for every credential; where it keeps what was anchored, for all but those under
    an issuance root of an earlier block, whose time is earlier too.

    Args:
        accreditation: What the chain says; None where it says nothing.
        did: The issuer.
        credential_type: The type's URI.
        now: The time of the check.
        anchored: The final root under which the credential stands, where that is known.

    Raises:
        Refused: `issuer.not_accredited` for none, one about something else or one that has not
            begun; `issuer.accreditation_withdrawn`, or `issuer.not_anchored` where it keeps what was
            anchored; `issuer.accreditation_expired`.
    """
    if accreditation is None:
        raise Refused("issuer.not_accredited")
    if (accreditation.did, accreditation.type_id) != (did, type_id(credential_type)):
        raise Refused("issuer.not_accredited", detail="the accreditation is for another issuer or type")
    second = instant.to_numeric_date(now)
    if accreditation.withdrawn_at is not None and not _spared(accreditation, anchored):
        kept = accreditation.keeps_anchored
        raise Refused("issuer.not_anchored" if kept else "issuer.accreditation_withdrawn")
    if second < accreditation.valid_from:
        raise Refused("issuer.not_accredited", detail="the accreditation has not begun")
    if second >= accreditation.valid_until:
        raise Refused("issuer.accreditation_expired")
    return accreditation


def _spared(accreditation: Accreditation, anchored: IssuanceRoot | None) -> bool:
    """Whether a withdrawal leaves good what stands under a root."""
    if anchored is None or accreditation.withdrawn_at is None:
        return False
    return accreditation.keeps_anchored and anchored.time < accreditation.withdrawn_at
