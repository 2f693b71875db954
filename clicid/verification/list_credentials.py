"""Status by a list that an issuer publishes as a credential, where no chain anchors it.

For credentials of issuers that are on no chain. The issuer's own word is all there is: the list must
be by the same issuer as the credential (by whichever of its keys), and as fresh as the policy and the
list itself want it. The steps are those of Bitstring Status List 1.0, 3.2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.errors import Refused, Undecided
from clicid.formats.base import (
    Accredited,
    CheckName,
    FormatId,
    Line,
    Material,
    Need,
    NeedKind,
    Outcome,
    Wanted,
)
from clicid.formats.issuer import failed, stale
from clicid.status import bitstring
from clicid.status.entry import MESSAGE, REFRESH, REVOCATION, SUSPENSION
from clicid.verification.walk import walk

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Have, Rules
    from clicid.status.entry import BitstringEntry
    from clicid.verification.policy import Policy
    from clicid.verification.walk import Checkers

SECTION: Final = "Bitstring Status List 1.0 3.2"

_FORMATS: Final = {
    "application/vc": FormatId.LDP_VC,
    "application/ld+json": FormatId.LDP_VC,
    "application/json": FormatId.LDP_VC,
    "application/vc+jwt": FormatId.VC_JWT,
    "application/vc+sd-jwt": FormatId.VC_SD_JWT,
    "application/vc+cose": FormatId.VC_COSE,
}
_TYPES: Final = frozenset({bitstring.CREDENTIAL_TYPE, bitstring.CREDENTIAL_IRI})
_REFUSES: Final = {REVOCATION: "status.revoked", SUSPENSION: "status.suspended"}
_CHECK: Final = CheckName.STATUS
_INFORMS: Final = frozenset({MESSAGE, REFRESH})


def list_line(
    entry: BitstringEntry, issuer: str, have: Have, *, policy: Policy, checkers: Checkers, now: datetime
) -> Line | Wanted:
    """What the list says of one entry.

    1. The list credential is at hand. It is asked for only now that the issuer's word for its URL holds.
    2. It is a credential by the same issuer, and verifies.
    3. A revocation in it refuses whatever its age.
    4. Its age: the policy's limit, and its own time to live.
    5. Suspension, and values of purposes that we give no meaning, refuse. Messages and refreshing do not.

    Args:
        entry: The entry.
        issuer: Who issued the credential.
        have: Material at hand.
        policy: Largest ages and leeway.
        checkers: The formats a list may come in, named by its media type.
        now: The time of the check.

    Returns:
        The line, or what is wanted for it.
    """
    need = Need(NeedKind.STATUS_LIST_CREDENTIAL, entry.list_credential, issuer)
    material = have.get(need)  # 1
    if material is None:
        return Wanted((need,))
    if not isinstance(material, Material):
        return Line(_CHECK, Outcome.UNDECIDED, SECTION, code="status.unavailable", detail=material.why)
    try:
        found = verified(material, issuer, have, rules=policy.rules, checkers=checkers, now=now)  # 2
        if isinstance(found, Wanted):
            return found
        status = bitstring.status(found, entry)
    except Refused as error:
        return failed(_CHECK, SECTION, error)
    except Undecided as error:
        return Line(_CHECK, Outcome.UNDECIDED, SECTION, code=error.code, detail=error.detail)
    outcome, code = _judged(status)
    late = None if code == _REFUSES[REVOCATION] else _late(found, material, policy, now)  # 3, 4
    said = f"{status.purpose}: {status.message}" if status.purpose in _INFORMS else status.purpose
    return late or Line(
        _CHECK,
        outcome,
        SECTION,
        code=code,
        detail=said,
        age=now - material.as_of,
        source=material.source,
        allowed=policy.rules.max_age.get(NeedKind.STATUS),
    )


def _judged(status: bitstring.Status) -> tuple[Outcome, str]:
    if not status.value or status.purpose in _INFORMS:
        return Outcome.PASSED, ""
    return Outcome.FAILED, _REFUSES.get(status.purpose, "status.value")


def _late(found: bitstring.Published, material: Material, policy: Policy, now: datetime) -> Line | None:
    """An undecided line for a list older than the policy allows, or kept longer than it says itself."""
    rules = policy.rules
    late = stale(material, NeedKind.STATUS, check=_CHECK, section=SECTION, rules=rules, now=now)
    if late is None and found.ttl is not None and now - material.obtained_at > found.ttl + rules.leeway:
        age, allowed = now - material.as_of, found.ttl
        return Line(
            _CHECK,
            Outcome.UNDECIDED,
            SECTION,
            code="status.too_old",
            age=age,
            source=material.source,
            allowed=allowed,
        )
    return late


def verified(
    material: Material, issuer: str, have: Have, *, rules: Rules, checkers: Checkers, now: datetime
) -> bitstring.Published | Wanted:
    """What a list published as a credential says, if it is that issuer's; or what is wanted to tell.

    Raises:
        Refused: `status.list_format`, `status.list_issuer`, `status.list_unverified`, `status.bitstring`,
            `status.length`, `codec.*`.
        Undecided: With the code of what cannot be told now, such as the issuer's keys.
    """
    form = _FORMATS.get(material.media_type.partition(";")[0].strip().lower())
    if form is None or form not in checkers:
        raise Refused("status.list_format", detail=material.media_type[:80])
    # The right to issue its type is nobody's to give. In another's name nothing is looked up.
    rules = replace(
        rules,
        issuers=frozenset({issuer}),
        accredited=Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER,
    )
    walked = walk(material.body, form, have, checkers=checkers, rules=rules, binding=None, now=now)
    if isinstance(walked, Wanted):
        return walked
    (one,) = walked
    lines = one.checked.lines
    wrong = next((line for line in lines if line.outcome is Outcome.FAILED), None)
    if wrong is not None and wrong.check is CheckName.ISSUER_KNOWN:
        raise Refused("status.list_issuer")
    if wrong is not None:
        raise Refused("status.list_unverified", detail=wrong.code)
    doubt = next((line for line in lines if line.outcome is Outcome.UNDECIDED), None)
    if doubt is not None:
        raise Undecided(doubt.code, detail=doubt.detail)
    if one.checked.credential_type not in _TYPES or one.checked.claims is None:
        raise Refused("status.bitstring", "/type", "not a BitstringStatusListCredential")
    said = one.checked.claims.reveal()
    # Of a document that was read for everybody the whole is handed out, and not its one subject.
    subject = shape.child(said, "credentialSubject") if "credentialSubject" in said else said
    return bitstring.parse(subject, one.checked.credential_id)
