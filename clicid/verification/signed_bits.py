"""The other form of an anchored list: a Bitstring Status List credential for one purpose, by its issuer.

It is made from the same rows as the token (`signed_lists`), so the same holds of it: it may be ahead of what
is anchored, and is never behind. It says one bit of each entry; of the other purpose's it says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import instant, shape, strict_json
from clicid.errors import Refused
from clicid.formats.base import Need, NeedKind, Wanted
from clicid.status import bitstring
from clicid.status.entry import REVOCATION
from clicid.status.rows import StatusList
from clicid.verification.list_credentials import verified
from clicid.verification.signed_lists import Word

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Have, Material, Rules
    from clicid.ledger.facts import StatusSnapshot
    from clicid.verification.walk import Checkers


def need(list_url: str, purpose: str, issuer: str) -> Need:
    """What asks for it. No list's own URL has a fragment, so it is never one that is fetched as it stands."""
    return Need(NeedKind.STATUS_LIST, f"{list_url}#{purpose}", issuer)


def value(said: Word, index: int) -> int:
    """The bit of an entry. Raises IndexError outside the list."""
    return said.entries[index >> 3] >> (~index & 7) & 1


def signed_at(body: bytes) -> datetime:
    """The `validFrom` of a list credential, which is when it was signed; nothing is verified here.

    Raises:
        Refused: `codec.*` for what is no such thing.
    """
    document = shape.as_object(strict_json.loads(body, max_bytes=bitstring.MAX_CHARS))
    return instant.parse(shape.text(document, "validFrom"), where="/validFrom")


def word(
    material: Material,
    list_url: str,
    purpose: str,
    issuer: str,
    have: Have,
    *,
    rules: Rules,
    checkers: Checkers,
    now: datetime,
) -> Word:
    """What a list credential says, if the issuer signed it for this list and purpose and it is not over.

    Args:
        material: The credential, and its media type.
        list_url: The list's URL, as on chain.
        purpose: The purpose, and no other beside it.
        issuer: The issuer's DID.
        have: The issuer's keys.
        rules: Leeway.
        checkers: For the credential's format.
        now: The time now.

    Raises:
        Refused: As `list_credentials.verified`; `issuer.key_unknown` without the keys; `status.bitstring` for
            another list, purpose or size of entry.
        Undecided: Likewise.
    """
    found = verified(material, issuer, have, rules=rules, checkers=checkers, now=now)
    if isinstance(found, Wanted):
        raise Refused("issuer.key_unknown")
    if found.id != bitstring.list_url(list_url, purpose):
        raise Refused("status.bitstring", "/id", "another list")
    if found.list_.purposes != (purpose,) or found.list_.size != 1:
        raise Refused("status.bitstring", "/credentialSubject", "another purpose, or size of an entry")
    return _word(found.list_.bits, purpose, signed_at(material.body))


def anchored(snapshot: StatusSnapshot, purpose: str, at: datetime) -> Word | None:
    """The anchored list as a credential of `at` for the purpose would have it; None if none is made of it."""
    held = StatusList(snapshot.width, snapshot.size, bytes(snapshot.entries))
    try:
        plane = bitstring.of_rows(held, bitstring.PURPOSES.index(purpose))
    except Refused:
        return None
    return _word(plane.bits, purpose, at)


def _word(bits: bytes, purpose: str, at: datetime) -> Word:
    # A suspension may be lifted.
    revoked = int.from_bytes(bits, "big") if purpose == REVOCATION else 0
    return Word(instant.to_numeric_date(at), 1, bits, revoked)
