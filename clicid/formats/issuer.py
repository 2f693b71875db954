"""Two steps that every format walks: is the issuer known, and which key of it signed.

Both are pure: what is missing comes back as `Wanted`, what did not pass as a bare `Line`. Bad news
that can never be undone (a revoked key, a deactivated DID) refuses whatever the age of the
material that shows it; everything else counts only from material that is fresh enough.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from clicid.codec import instant
from clicid.did import ethr, jwk, web
from clicid.did import key as did_key
from clicid.did.document import DidDocument, Relationship
from clicid.did.webvh import documents as webvh
from clicid.did.webvh.identifier import METHOD as WEBVH
from clicid.errors import ClicidError, Refused
from clicid.formats.base import (
    Accredited,
    CheckName,
    Line,
    Material,
    Need,
    NeedKind,
    Outcome,
    Unavailable,
    Wanted,
)
from clicid.ledger.facts import Accreditation
from clicid.trust import accreditation as trust
from clicid.trust import issuer_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clicid.formats.base import Have, Rules
    from clicid.keys.public import PublicKey
    from clicid.ledger.facts import IssuanceRoot

T = TypeVar("T")

_NONE: Final = timedelta(0)
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_KNOWN_SECTION: Final = "design 3: issuer allowed"
NAMED: Final = "named by the policy, not accredited on chain"
ANYBODY: Final = "not looked at: the policy lets anybody be the issuer"
_KEY_SECTION: Final = "Controlled Identifiers 1.0 3.3"


class Known(NamedTuple):
    """An issuer that may issue this type: the passed line and its accreditation.

    There is none where the rules name the issuer, or let anybody be the issuer.
    """

    line: Line
    accreditation: Accreditation | None


class Keyed(NamedTuple):
    """The issuer's key that the credential names: the passed line and the key."""

    line: Line
    key: PublicKey


def failed(check: CheckName, section: str, error: ClicidError) -> Line:
    """The line of a check that an error of ours ended."""
    detail = ": ".join(part for part in (error.where, error.detail) if part)
    return Line(check, Outcome.FAILED, section, code=error.code, detail=detail, where=error.where)


def look_up(need: Need, have: Have, *, check: CheckName, section: str) -> Material | Line | Wanted:
    """Material of any age; `Wanted` if nobody tried; an undecided line if trying failed, and why."""
    found = have.get(need)
    if found is None:
        return Wanted((need,))
    if isinstance(found, Unavailable):
        told = found.why in _EQUIVOCATION
        code = found.why if told else f"{need.kind}.unavailable"
        return Line(check, Outcome.UNDECIDED, section, code=code, detail="" if told else found.why)
    return found


def unreadable(need: Need, error: ClicidError, *, check: CheckName, section: str) -> Line:
    """An undecided line: what the shell's store gave is no fact of that kind. Not the holder's fault."""
    detail = f"what was found cannot be used: {error.code}"
    return Line(check, Outcome.UNDECIDED, section, code=f"{need.kind}.unavailable", detail=detail)


def stale(
    material: Material, kind: NeedKind, *, check: CheckName, section: str, rules: Rules, now: datetime
) -> Line | None:
    """An undecided line if the material is in doubt, older than the rules allow, or from the future.

    A kind for which the rules name no age allows none.
    """
    age, allowed = now - material.as_of, rules.max_age.get(kind, _NONE)
    if material.doubt:
        code = material.doubt
    elif age + rules.leeway < _NONE:
        code = "clock.behind"
    elif age > allowed:
        code = f"{kind}.too_old"
    else:
        return None
    return Line(
        check, Outcome.UNDECIDED, section, code=code, age=age, source=material.source, allowed=allowed
    )


def fresh(
    material: Material, kind: NeedKind, rules: Rules, now: datetime, *, check: CheckName, section: str
) -> Line | None:
    """The line of a check that material lets pass; None if `stale` has something to say of it."""
    age, allowed = now - material.as_of, rules.max_age.get(kind, _NONE)
    if material.doubt or age > allowed or (age < _NONE and age + rules.leeway < _NONE):
        return None
    return Line(check, Outcome.PASSED, section, "", "", age, material.source, "", allowed)


def issuer_known(
    did: str,
    credential_type: str,
    have: Have,
    *,
    rules: Rules,
    now: datetime,
    anchored: IssuanceRoot | None = None,
) -> Known | Line | Wanted:
    """Is the issuer one the policy accepts, and accredited on chain for this type now?

    A policy's list narrows: an issuer on it still needs its accreditation. That an issuer of no chain stands
    in `by_name` for this type takes the accreditation's place. A right that an accredited issuer passed on
    holds only while the giver's own does, and is not passed on again.

    Args:
        did: The issuer's DID as the credential states it; nothing is fetched in its name.
        credential_type: The type's URI (`vct`, or the type IRI of a W3C credential).
        have: Material at hand.
        rules: Accepted issuers and largest ages.
        now: The time of the check.
        anchored: The root under which the credential is known to stand (`clicid.formats.anchored`).

    Returns:
        `Known`; or a line with `issuer.unknown`, `issuer.not_accredited`,
        `issuer.accreditation_withdrawn`, `issuer.not_anchored`, `issuer.accreditation_expired`,
        `accreditation.too_old`, `accreditation.unavailable`; or what is wanted.
    """
    rules = rules.of(credential_type)
    if rules.issuers is not None and did not in rules.issuers:
        return failed(CheckName.ISSUER_KNOWN, _KNOWN_SECTION, Refused("issuer.unknown"))
    by_policy = _by_policy(did, credential_type, rules)
    if by_policy:
        return Known(Line(CheckName.ISSUER_KNOWN, Outcome.PASSED, _KNOWN_SECTION, detail=by_policy), None)
    usual = _usually_known(did, credential_type, have, rules, now)
    if usual is not None:
        return usual
    own = _accredited(did, credential_type, have, rules=rules, now=now, anchored=anchored)
    giver_did = _giver(own)
    if not giver_did:
        return own
    giver = _accredited(giver_did, credential_type, have, rules=rules, now=now, anchored=anchored)
    if _giver(giver):
        error = Refused("issuer.not_accredited", detail="passed on by one that had it passed on")
        return failed(CheckName.ISSUER_KNOWN, _KNOWN_SECTION, error)
    return own if isinstance(giver, Known) else giver


def _by_policy(did: str, credential_type: str, rules: Rules) -> str:
    """Why no accreditation is asked for; empty where one is."""
    if rules.accredited is Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER:
        return ANYBODY
    return "" if rules.named(did, credential_type) is None else NAMED


class _Holds(NamedTuple, Generic[T]):
    """What a body of material says, and from when to when it says nothing else."""

    what: T
    begins: datetime
    ends: datetime


def _usually_known(did: str, credential_type: str, have: Have, rules: Rules, now: datetime) -> Known | None:
    """The issuer of a credential as nearly all are; None where the steps have to be walked one by one."""
    found = have.get(Need(NeedKind.ACCREDITATION, credential_type, did))
    right = _right(did, credential_type, found.body) if isinstance(found, Material) else None
    if right is None or not isinstance(found, Material) or not right.begins <= now < right.ends:
        return None
    line = fresh(
        found, NeedKind.ACCREDITATION, rules, now, check=CheckName.ISSUER_KNOWN, section=_KNOWN_SECTION
    )
    return None if line is None else Known(line, right.what)


@functools.lru_cache(maxsize=1024)
def _right(did: str, credential_type: str, body: bytes) -> _Holds[Accreditation] | None:
    """An accreditation of the issuer's own that nobody has withdrawn."""
    try:
        fact = Accreditation.from_bytes(body)
        if fact is None or fact.delegated_by or fact.withdrawn_at is not None:
            return None
        last = min(fact.valid_until, instant.MAX_NUMERIC_DATE)
        begins, ends = instant.from_numeric_date(fact.valid_from), instant.from_numeric_date(last)
        return _Holds(trust.check(fact, did, credential_type, now=begins), begins, ends)
    except Refused:
        return None


def _giver(found: Known | Line | Wanted) -> str:
    """The DID of whoever passed the right on; empty if it was not passed on, or is none."""
    right = found.accreditation if isinstance(found, Known) else None
    return right.delegated_by if right else ""


def _accredited(
    did: str,
    credential_type: str,
    have: Have,
    *,
    rules: Rules,
    now: datetime,
    anchored: IssuanceRoot | None = None,
) -> Known | Line | Wanted:
    check = CheckName.ISSUER_KNOWN
    need = Need(NeedKind.ACCREDITATION, credential_type, did)
    material = look_up(need, have, check=check, section=_KNOWN_SECTION)
    if not isinstance(material, Material):
        return material
    late = stale(material, need.kind, check=check, section=_KNOWN_SECTION, rules=rules, now=now)
    if late is not None:
        return late
    try:
        fact = Accreditation.from_bytes(material.body)
    except Refused as error:
        return unreadable(need, error, check=check, section=_KNOWN_SECTION)
    try:
        accreditation = trust.check(fact, did, credential_type, now=now, anchored=anchored)
    except Refused as error:
        return failed(check, _KNOWN_SECTION, error)
    allowed = rules.max_age.get(need.kind)
    return Known(_passed(check, _KNOWN_SECTION, material, now, allowed), accreditation)


def issuer_key(
    key_id: str,
    did: str,
    have: Have,
    *,
    rules: Rules,
    now: datetime,
    anchored: IssuanceRoot | None = None,
) -> Keyed | Line | Wanted:
    """The key that `key_id` names, if the issuer's DID document lets it sign credentials.

    Args:
        key_id: The DID URL in the credential (`kid`, `verificationMethod`).
        did: The issuer, already known; a URL that is no DID controls a key only if the rules name it.
        have: Material at hand.
        rules: Largest ages, those of the credential's type.
        now: The time of the check.
        anchored: The root under which the credential is known to stand (`clicid.formats.anchored`).

    Returns:
        `Keyed`; or a line with `issuer.key_unknown`, `issuer.key_compromised`, `issuer.key_revoked`,
        `issuer.key_expired`, `issuer.deactivated`, `did.too_old`, `did.unavailable`,
        `did.forked`, `did.rolled_back`; or what is wanted.
    """
    check = CheckName.ISSUER_KEY
    if key_id.partition("#")[0] != did:
        error = Refused("issuer.key_unknown", detail="the key is not of the issuer's DID")
        return failed(check, _KEY_SECTION, error)
    named = did in rules.by_name and did.startswith(issuer_metadata.SCHEMES)
    if not did.startswith("did:") and not named:
        # An issuer may be a URL of another kind (VC Data Model 2.0, 4.7), and so may the key's. Which keys
        # it controls would be said by a document that nothing here vouches for, unless the policy does.
        error = Refused("issuer.key_unknown", detail="the issuer must control the key, and is no DID")
        return failed(check, _KEY_SECTION, error)
    for prefix, read in _OFFLINE:
        if did.startswith(prefix):
            return _in_identifier(read, did, key_id)
    usual = _usual_key(key_id, did, have, rules, now)
    return usual or _by_material(key_id, did, have, rules, now, anchored=anchored)


def _usual_key(key_id: str, did: str, have: Have, rules: Rules, now: datetime) -> Keyed | None:
    """The key of an issuer as nearly all are; None where the steps have to be walked one by one."""
    found = have.get(Need(NeedKind.DID, did))
    held = _held(key_id, did, found.body) if isinstance(found, Material) else None
    if held is None or not isinstance(found, Material) or not now < held.ends:
        return None
    line = fresh(found, NeedKind.DID, rules, now, check=CheckName.ISSUER_KEY, section=_KEY_SECTION)
    return None if line is None else Keyed(line, held.what)


@functools.lru_cache(maxsize=1024)
def _held(key_id: str, did: str, body: bytes) -> _Holds[PublicKey] | None:
    """A key that a chain knows the issuer to have, and that nobody has revoked."""
    if not did.startswith(f"did:{ethr.METHOD}:"):
        return None
    try:
        found = ethr.held(body, key_id)
        if found is None:
            return None
        key = _assertion_key(DidDocument(did, (found.method,)), did, key_id)
    except Refused:
        return None
    return _Holds(key, _EVER, found.over) if found.did == did else None


def _by_material(
    key_id: str,
    did: str,
    have: Have,
    rules: Rules,
    now: datetime,
    *,
    anchored: IssuanceRoot | None = None,
) -> Keyed | Line | Wanted:
    """The key where the document is what the shell found."""
    check = CheckName.ISSUER_KEY
    rules = rules.about(did)
    need = Need(NeedKind.DID, did)
    material = look_up(need, have, check=check, section=_KEY_SECTION)
    if not isinstance(material, Material):
        return material
    late = stale(material, need.kind, check=check, section=_KEY_SECTION, rules=rules, now=now)
    try:
        document = _found(did, key_id, material.body, now)
    except Refused as error:
        return late or unreadable(need, error, check=check, section=_KEY_SECTION)
    try:
        key = _assertion_key(document, did, key_id, anchored)
    except Refused as error:
        if late is not None and error.code not in _FOREVER:
            return late
        return failed(check, _KEY_SECTION, error)
    return late or Keyed(_passed(check, _KEY_SECTION, material, now, rules.max_age.get(need.kind)), key)


def _in_identifier(read: Callable[[str], DidDocument], did: str, key_id: str) -> Keyed | Line:
    """The key where nothing is wanted for the document."""
    check = CheckName.ISSUER_KEY
    try:
        key = _assertion_key(read(did), did, key_id)
    except Refused as error:
        return failed(check, _KEY_SECTION, error)
    return Keyed(Line(check, Outcome.PASSED, _KEY_SECTION), key)


def _found(did: str, key_id: str, body: bytes, now: datetime) -> DidDocument:
    """What the shell found for a DID: a web server's document, or what a chain says."""
    if did.startswith(issuer_metadata.SCHEMES):
        return issuer_metadata.document(did, body)
    if did.startswith(f"did:{web.METHOD}:"):
        return web.document(did, body, now)
    if did.startswith(f"did:{WEBVH}:"):
        return webvh.resolve(did, body, now)
    return ethr.resolve(body, now, only=key_id)


# Methods whose document is in the identifier: nothing is wanted for them.
_OFFLINE: Final[Sequence[tuple[str, Callable[[str], DidDocument]]]] = (
    (f"did:{did_key.METHOD}:", did_key.document),
    (f"did:{jwk.METHOD}:", jwk.document),
)
# What a shell says that saw a source contradict itself.
_EQUIVOCATION: Final = frozenset({"did.forked", "did.rolled_back"})
# What no later block can undo: true whatever the age of the material that shows it.
_FOREVER: Final = frozenset({"issuer.key_compromised", "issuer.key_revoked", "issuer.deactivated"})


def _passed(
    check: CheckName, section: str, material: Material, now: datetime, allowed: timedelta | None
) -> Line:
    return Line(
        check, Outcome.PASSED, section, age=now - material.as_of, source=material.source, allowed=allowed
    )


def _assertion_key(
    document: DidDocument, did: str, key_id: str, anchored: IssuanceRoot | None = None
) -> PublicKey:
    if document.id != did:
        raise Refused("issuer.key_unknown", detail="the material is about another DID")
    if document.deactivated:
        raise Refused("issuer.deactivated")
    method = document.method(key_id)
    if method is None or Relationship.ASSERTION_METHOD not in method.relationships:
        raise Refused("issuer.key_unknown", detail="no such key for credentials in the DID document")
    if method.compromised_from is not None:
        if anchored is None or anchored.block >= method.compromised_from:
            raise Refused("issuer.key_compromised")
    elif method.ended_at is not None:
        raise Refused("issuer.key_revoked")
    if method.retired_at is not None:
        raise Refused("issuer.key_expired")
    return method.key
