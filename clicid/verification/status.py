"""The status step: what the anchored list says of a credential, and what a signed one may add.

The anchored list decides. A list that the issuer signed and published over HTTP can only take
away: a revocation in it refuses, its silence, age or absence changes nothing.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clicid.did import ethr
from clicid.errors import Refused, Undecided
from clicid.formats.base import CheckName, Line, Material, Need, NeedKind, Outcome, StatusRef, Wanted
from clicid.formats.issuer import failed, fresh, look_up, stale, unreadable
from clicid.ledger.facts import StatusSnapshot
from clicid.status import bitstring, token_list
from clicid.status.entry import REVOCATION
from clicid.status.rows import REVOKED, SUSPENDED, list_id
from clicid.verification import issuers_lists, signed_bits, signed_lists
from clicid.verification.list_credentials import list_line
from clicid.verification.policy import SignedLists
from clicid.verification.signed_lists import Agreement

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Checked, Have, Unavailable
    from clicid.status.token_list import StatusListToken
    from clicid.verification.policy import Policy
    from clicid.verification.signed_lists import Word
    from clicid.verification.walk import Checkers

SECTION: Final = "Token Status List 8.3; design 4: StatusRegistry"
_ETHR: Final = f"did:{ethr.METHOD}:"


def status_lines(
    checked: Checked, have: Have, *, policy: Policy, checkers: Checkers, now: datetime
) -> tuple[Line, ...] | Wanted:
    """One line for each list that the credential names.

    Where no chain anchors the list, `issuers_lists` has the steps for an issuer that the policy names, and
    `list_credentials` those for a list published as a credential; else these:

    1. A credential without an entry is refused, unless it is short-lived or the policy lets all pass.
    2. The anchored list: a revocation refuses whatever the list's age, for it is never undone.
    3. Its age.
    4. Suspension, unknown values, and whether the list agrees with its anchored digest.
    5. The signed list in each of its forms, if the policy asks for it and the entry is good so far.

    Args:
        checked: A credential whose other checks all passed.
        have: Material at hand.
        policy: Largest ages, and whether signed lists count.
        checkers: The formats that a list published as a credential may come in.
        now: The time of the check.

    Returns:
        The lines, or everything that is wanted for them.
    """
    entries = checked.status if len(checked.status) < 2 else tuple(dict.fromkeys(checked.status))
    if not entries:
        return (_without_entry(checked, policy),)
    rules = policy.rules.of(checked.credential_type)
    if rules is not policy.rules:
        policy = replace(policy, rules=rules)
    named = rules.named(checked.issuer, checked.credential_type)
    lines: list[Line] = []
    needs: dict[Need, None] = {}
    for entry in entries:
        if isinstance(entry, StatusRef) and named is not None:
            found = issuers_lists.line(entry, checked.issuer, named, have, rules=rules, now=now)
        elif isinstance(entry, StatusRef):
            found = _entry(entry, checked.issuer, have, policy=policy, checkers=checkers, now=now)
        else:
            found = list_line(entry, checked.issuer, have, policy=policy, checkers=checkers, now=now)
        if isinstance(found, Wanted):
            needs |= dict.fromkeys(found.needs)
        else:
            lines.append(found)
    return Wanted(tuple(needs)) if needs else tuple(lines)


def _without_entry(checked: Checked, policy: Policy) -> Line:
    short = checked.lifetime is not None and checked.lifetime <= policy.short_lived
    if policy.allow_without_status or short:
        return Line(CheckName.STATUS, Outcome.PASSED, SECTION, detail="the credential has no status entry")
    return failed(CheckName.STATUS, SECTION, Refused("status.missing"))


def _entry(
    entry: StatusRef, issuer: str, have: Have, *, policy: Policy, checkers: Checkers, now: datetime
) -> Line | Wanted:
    line = _anchored(entry, issuer, have, policy=policy, now=now)
    if isinstance(line, Wanted) or line.outcome is not Outcome.PASSED:
        return line
    if policy.signed_lists is SignedLists.IGNORED:
        return line
    said = _signed(entry, issuer, line, have, policy=policy, now=now)
    for purpose in bitstring.PURPOSES:
        if isinstance(said, Wanted) or said.outcome is not Outcome.PASSED:
            break
        said = _bits(entry, purpose, issuer, said, have, policy=policy, checkers=checkers, now=now)
    return said


def _anchored(entry: StatusRef, issuer: str, have: Have, *, policy: Policy, now: datetime) -> Line | Wanted:
    check = CheckName.STATUS
    need = Need(NeedKind.STATUS, entry.list_url, issuer)
    usual = _usually(entry, issuer, have.get(need), policy, now)
    if usual is not None:
        return usual
    material = look_up(need, have, check=check, section=SECTION)
    if not isinstance(material, Material):
        return material
    try:
        snapshot = StatusSnapshot.from_bytes(material.body)
    except Refused as error:
        return unreadable(need, error, check=check, section=SECTION)
    late = stale(material, need.kind, check=check, section=SECTION, rules=policy.rules, now=now)
    if snapshot is None:
        return late or _line(Outcome.UNDECIDED, "status.unanchored", material, policy, now)
    if issuer.startswith(_ETHR) and snapshot.list_id != _list_id(issuer, entry.list_url):
        return unreadable(need, Refused("status.unanchored"), check=check, section=SECTION)
    return _judged(snapshot, entry.index, material, late, policy=policy, now=now)


def _usually(
    entry: StatusRef, issuer: str, found: Material | Unavailable | None, policy: Policy, now: datetime
) -> Line | None:
    """The line of a good entry in a list that is fresh and sound; None where there is more to say."""
    if not isinstance(found, Material) or not issuer.startswith(_ETHR):
        return None
    line = fresh(found, NeedKind.STATUS, policy.rules, now, check=CheckName.STATUS, section=SECTION)
    try:
        snapshot = StatusSnapshot.from_bytes(found.body)
        if line is None or snapshot is None or snapshot.trouble or snapshot[entry.index]:
            return None
    except (Refused, IndexError):
        return None
    return line if snapshot.list_id == _list_id(issuer, entry.list_url) else None


def _judged(
    snapshot: StatusSnapshot,
    index: int,
    material: Material,
    late: Line | None,
    *,
    policy: Policy,
    now: datetime,
) -> Line:
    try:
        value = snapshot[index]
    except IndexError:
        return _line(Outcome.FAILED, "status.index", material, policy, now)
    if not value and late is None and not snapshot.trouble:
        return _line(Outcome.PASSED, "", material, policy, now)
    fresh = late is None
    for wrong, code in (
        (value & REVOKED, "status.revoked"),
        (fresh and value & SUSPENDED, "status.suspended"),
        (fresh and value, "status.value"),
    ):
        if wrong:
            return _line(Outcome.FAILED, code, material, policy, now)
    if late is None and snapshot.trouble:
        return _line(Outcome.UNDECIDED, snapshot.trouble, material, policy, now)
    return late or _line(Outcome.PASSED, "", material, policy, now)


def _signed(
    entry: StatusRef, issuer: str, line: Line, have: Have, *, policy: Policy, now: datetime
) -> Line | Wanted:
    need = Need(NeedKind.STATUS_LIST, entry.list_url, issuer)
    material = have.get(need)
    if material is None:
        return Wanted((need,))
    if not isinstance(material, Material):
        return line._replace(detail="the signed list could not be had")
    late = stale(material, need.kind, check=line.check, section=SECTION, rules=policy.rules, now=now)
    try:
        signed = signed_lists.verified(
            material.body, entry.list_url, issuer, have, rules=policy.rules, now=now
        )
        value = signed.status_list[entry.index]
    except (Refused, IndexError) as error:
        code = error.code if isinstance(error, Refused) else "status.index"
        return line._replace(detail=f"the signed list was not used: {code}")
    if value == token_list.INVALID:
        return _line(Outcome.FAILED, "status.revoked", material, policy, now)
    if value == token_list.SUSPENDED and late is None:
        return _line(Outcome.FAILED, "status.suspended", material, policy, now)
    return line._replace(detail=_disagreement(signed, entry, issuer, have, policy))


def _disagreement(signed: StatusListToken, entry: StatusRef, issuer: str, have: Have, policy: Policy) -> str:
    """What the line says of a signed list that is not what is anchored; it decides nothing."""
    held = _held(entry, issuer, have, policy)
    agreement = signed_lists.with_anchored(signed, *held) if held else Agreement.SAME
    return f"the signed list is not the anchored one: {agreement}" if agreement else ""


def _held(
    entry: StatusRef, issuer: str, have: Have, policy: Policy
) -> tuple[StatusSnapshot, datetime] | None:
    """The anchored list, and when a signed one was signed after it."""
    anchored = have.get(Need(NeedKind.STATUS, entry.list_url, issuer))
    snapshot = StatusSnapshot.from_bytes(anchored.body) if isinstance(anchored, Material) else None
    if snapshot is None or not isinstance(anchored, Material):
        return None
    # It may have been fetched before the last block; and who signs it has a clock of its own.
    return snapshot, anchored.as_of + policy.rules.leeway


def _bits(
    entry: StatusRef,
    purpose: str,
    issuer: str,
    line: Line,
    have: Have,
    *,
    policy: Policy,
    checkers: Checkers,
    now: datetime,
) -> Line:
    """The line after a look at the list's credential for a purpose, if there is one.

    It is looked for and not wanted: a check that was saved before there was this step has none.
    """
    material = have.get(signed_bits.need(entry.list_url, purpose, issuer))
    if not isinstance(material, Material):
        return line
    rules = policy.rules
    try:
        said = signed_bits.word(
            material, entry.list_url, purpose, issuer, have, rules=rules, checkers=checkers, now=now
        )
        marked = signed_bits.value(said, entry.index)
    except (Refused, Undecided, IndexError):
        return line
    if marked and purpose == REVOCATION:
        return _line(Outcome.FAILED, "status.revoked", material, policy, now)
    late = stale(material, NeedKind.STATUS_LIST, check=line.check, section=SECTION, rules=rules, now=now)
    if marked and late is None:
        return _line(Outcome.FAILED, "status.suspended", material, policy, now)
    agreement = _with_anchored(said, purpose, _held(entry, issuer, have, policy))
    if not agreement:
        return line
    told = f"its {purpose} credential is not the anchored one: {agreement}"
    return line._replace(detail=f"{line.detail}; {told}" if line.detail else told)


def _with_anchored(said: Word, purpose: str, held: tuple[StatusSnapshot, datetime] | None) -> Agreement:
    if held is None:
        return Agreement.SAME
    anchored = signed_bits.anchored(held[0], purpose, held[1])
    return Agreement.DIFFERS if anchored is None else signed_lists.compared(said, anchored)


@functools.lru_cache(maxsize=1024)
def _list_id(issuer: str, list_url: str) -> bytes:
    return list_id(ethr.EthrDid.parse(issuer).address, list_url)


def _line(outcome: Outcome, code: str, material: Material, policy: Policy, now: datetime) -> Line:
    allowed = policy.rules.max_age.get(NeedKind.STATUS)
    return Line(
        CheckName.STATUS,
        outcome,
        SECTION,
        code,
        age=now - material.as_of,
        source=material.source,
        allowed=allowed,
    )
