"""Status by the signed list of an issuer that the policy names because it is on no chain.

The list is the issuer's own word, and nobody vouches that others are shown the same. What a verifier has seen
of it before is the only memory there is: the shell gives no list that is older, or lacks a revocation that
was there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats.base import CheckName, Line, Material, Need, NeedKind, Outcome, Wanted
from clicid.formats.issuer import stale
from clicid.status import token_list
from clicid.verification import signed_lists

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Have, NamedIssuer, Rules, StatusRef

SECTION: Final = "Token Status List 8.3"
OWN_WORD: Final = "the issuer's own word: no chain anchors this list"
EXPIRED: Final = "the list says itself that it is over"
_CHECK: Final = CheckName.STATUS
_REFUSES: Final = {token_list.INVALID: "status.revoked", token_list.SUSPENDED: "status.suspended"}


def line(
    entry: StatusRef, issuer: str, named: NamedIssuer, have: Have, *, rules: Rules, now: datetime
) -> Line | Wanted:
    """What the list says of one entry.

    1. The policy names the list's URL: a credential leads nobody to a place of its own choice.
    2. The list is at hand, for that URL, signed by a key that the issuer has now.
    3. A revocation in it refuses, whatever the list's age.
    4. Its age, from its `iat`: at most the issuer's own `max_age` of kind STATUS; and it has not expired.
    5. Suspension and unknown values refuse.

    Args:
        entry: Where the credential's status stands.
        issuer: The issuer's DID.
        named: What the policy says of it.
        have: Material at hand.
        rules: The rules for the credential's type.
        now: The time of the check.

    Returns:
        A line: undecided `status.unavailable`, `status.too_old`, `clock.behind`; refused `status.index`,
        `status.revoked`, `status.suspended`, `status.value`. Or what is wanted for it.
    """
    if entry.list_url not in named.lists:  # 1
        return _undecided("the policy does not name this list of the issuer's")
    need = Need(NeedKind.STATUS_LIST, entry.list_url, issuer)
    material = have.get(need)
    if material is None:
        return Wanted((need,))
    if not isinstance(material, Material):
        return _undecided(material.why)
    try:  # 2
        signed = signed_lists.authentic(material.body, entry.list_url, issuer, have, rules=rules, now=now)
    except Refused as error:
        return _undecided(f"what was found cannot be used: {error.code}")
    return _judged(signed, entry.index, material, rules.about(issuer), now)


def _judged(
    signed: token_list.StatusListToken, index: int, material: Material, rules: Rules, now: datetime
) -> Line:
    """Steps 3 to 5."""
    allowed = rules.max_age.get(NeedKind.STATUS)
    found = Line(_CHECK, Outcome.FAILED, SECTION, "status.index", OWN_WORD)
    found = found._replace(age=now - material.as_of, source=material.source, allowed=allowed)
    try:
        value = signed.status_list[index]
    except IndexError:
        return found
    late = stale(material, NeedKind.STATUS, check=_CHECK, section=SECTION, rules=rules, now=now)
    if late is not None and value != token_list.INVALID:
        return late._replace(detail=OWN_WORD)
    if signed_lists.expired(signed, now) and value != token_list.INVALID:
        return found._replace(outcome=Outcome.UNDECIDED, code="status.too_old", detail=EXPIRED)
    if value == token_list.VALID:
        return found._replace(outcome=Outcome.PASSED, code="")
    return found._replace(code=_REFUSES.get(value, "status.value"))


def _undecided(detail: str) -> Line:
    return Line(_CHECK, Outcome.UNDECIDED, SECTION, code="status.unavailable", detail=detail)
