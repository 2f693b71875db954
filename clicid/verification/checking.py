"""The check itself: bytes and dated material in, one of three endings out, or what is wanted."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.errors import Refused
from clicid.formats.base import Accredited, CheckName, Line, Material, Need, Outcome, Wanted
from clicid.formats.issuer import ANYBODY, NAMED, failed
from clicid.formats.steps import all_passed, passed_line
from clicid.verification.endings import SEAL, Accepted, Ending, RefusedWith, Shown, UndecidedWith
from clicid.verification.report import Report, Section, Verdict, judge
from clicid.verification.status import SECTION as STATUS_SECTION
from clicid.verification.status import status_lines
from clicid.verification.walk import PRESENTATIONS, walk

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import datetime

    from clicid.formats.base import Binding, Checked, Claims, FormatId, Have
    from clicid.verification.policy import Policy, Request
    from clicid.verification.walk import Checkers, Walked

_SECTIONS: Final = {
    CheckName.POLICY: "OpenID4VP 1.0 8.6",
    CheckName.SCHEMA: "design 4: TrustRegistry",
    CheckName.STATUS: STATUS_SECTION,
}
"""The steps after a format's own, in their order."""

_POLICY: Final = passed_line(CheckName.POLICY, _SECTIONS[CheckName.POLICY])
_BY_POLICY: Final = _POLICY._replace(detail=ANYBODY)
_SCHEMA: Final = passed_line(CheckName.SCHEMA, _SECTIONS[CheckName.SCHEMA])
_SCHEMA_OF_ANYBODY: Final = _SCHEMA._replace(detail=ANYBODY)
_SCHEMA_OF_NAMED: Final = _SCHEMA._replace(detail=NAMED)

_FRESHNESS: Final = "design 3: age is now - as_of"
_AGE: Final = attrgetter("age", "source")
_SUBJECT: Final = "credentialSubject"
_TEST_CLAIMS: Final = frozenset(("test_credential", "testCredential"))
_IN_EACH: Final = "test"


def check(
    raw: bytes, have: Have, *, request: Request, policy: Policy, checkers: Checkers, now: datetime
) -> Ending | Wanted:
    """Decide on a presentation.

    1. The walk of the format that the request names: structure, issuer known, issuer key, issuer
       signature, validity, holder binding, nonce, audience, disclosures.
    2. The same for each credential nested in it, under the key that the presentation proved.
    3. Policy: the type is one that was asked for; a test credential only where the policy says so.
    4. Schema: the issuer is accredited for the schema by which this verifier reads the type (or the policy
       names the issuer for the type), and the credential fits the schemas that it names itself.
    5. Status of each credential, and the age of what is known of it.
    6. Freshness: the oldest material used, for the report.
    7. The lines are joined: one failure refuses, else one doubt leaves undecided.

    Where material is missing and nothing has failed yet, the needs come back; the caller gets them
    and calls again from the top.

    Args:
        raw: The presentation as received.
        have: Material at hand, each with its date, or that it could not be had.
        request: Format, audience, nonce and types that were asked for.
        policy: Whom and what to accept.
        checkers: The checker of each format (`clicid.verification.checkers`).
        now: The time of the check.

    Raises:
        LocalError: `verification.format` if the request names a format without a checker;
            `verification.incomplete` if a checker skipped a step.
    """
    return _decide(
        raw,
        have,
        form=request.format,
        binding=request.binding,
        types=request.credential_types,
        policy=policy,
        checkers=checkers,
        now=now,
    )


def check_credential(
    raw: bytes,
    have: Have,
    *,
    format: FormatId,  # noqa: A002 - the name the formats themselves use
    policy: Policy,
    checkers: Checkers,
    now: datetime,
) -> Ending | Wanted:
    """Decide on a credential at rest, as a wallet does on what it has just received.

    The steps of `check` without holder binding, nonce and audience; any type that the policy knows.

    Raises:
        LocalError: As `check`.
    """
    return check_unbound(
        raw, have, format=format, types=policy.types, policy=policy, checkers=checkers, now=now
    )


def check_unbound(
    raw: bytes,
    have: Have,
    *,
    format: FormatId,  # noqa: A002
    types: Container[str],
    policy: Policy,
    checkers: Checkers,
    now: datetime,
) -> Ending | Wanted:
    """Decide on a credential that whoever has a copy may show, for the asker said so (OpenID4VP 6.1, 5.3).

    The steps of `check_credential`, for one of the types that were asked for.

    Raises:
        LocalError: As `check`.
    """
    return _decide(
        raw,
        have,
        form=format,
        binding=None,
        types=types,
        policy=policy,
        checkers=checkers,
        now=now,
    )


def _decide(
    raw: bytes,
    have: Have,
    *,
    form: FormatId,
    binding: Binding | None,
    types: Container[str],
    policy: Policy,
    checkers: Checkers,
    now: datetime,
) -> Ending | Wanted:
    # 1, 2
    walked = walk(raw, form, have, checkers=checkers, rules=policy.rules, binding=binding, now=now)
    if isinstance(walked, Wanted):
        return walked
    finish = _Finish(have, types, policy, checkers, now)
    # 3 to 6
    sections: list[Section] = []
    shown: list[Shown] = []
    needs: dict[Need, None] = {}
    for item in walked:
        section, one, wanted = finish.walked(item)
        sections.append(section)
        if wanted:
            needs |= dict.fromkeys(wanted)
        if one is not None:
            shown.append(one)
    # 7
    verdict, code = judge(sections)
    report = Report(verdict, code, now, policy.name, policy.network, tuple(sections), _notes(have))
    if verdict is Verdict.REFUSED:
        return RefusedWith(report)
    if needs:
        return Wanted(tuple(needs))
    if verdict is Verdict.UNDECIDED:
        return UndecidedWith(report)
    return Accepted(report, tuple(shown), SEAL)


def _notes(have: Have) -> tuple[str, ...]:
    """What the report must say of the materials, though the policy allows it."""
    return tuple(
        sorted({note for found in have.values() if isinstance(found, Material) for note in found.notes})
    )


class _Finish(NamedTuple):
    """Steps 3 to 6 for one thing that was walked."""

    have: Have
    types: Container[str]
    policy: Policy
    checkers: Checkers
    now: datetime

    def walked(self, item: Walked) -> tuple[Section, Shown | None, tuple[Need, ...]]:
        """Its part of the report, what it shows if all passed, and what is wanted for it."""
        checked = item.checked
        if item.format in PRESENTATIONS:
            return _section(item, checked.lines), None, ()
        names = () if checked.claims is None else checked.claims.names()
        after, needs = self._after_format(checked, names) if item.passed else (_not_reached(), ())
        lines = (*checked.lines, *after)
        lines = (*lines, _freshness(lines))
        if checked.claims is None or not item.passed or not all_passed(after):
            return _section(item, lines), None, needs
        shown = Shown(
            item.format,
            checked.issuer,
            checked.credential_type,
            checked.claims,
            checked.chain,
            checked.also,
        )
        return _section(item, lines, names), shown, ()

    def _after_format(
        self, checked: Checked, names: tuple[str, ...]
    ) -> tuple[tuple[Line, ...], tuple[Need, ...]]:
        # No accreditation: then there is no type that was accredited either, and no schema of it.
        anybody = self.policy.rules.accredited is Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER
        try:
            self._check_policy(checked, names, anybody=anybody)
        except Refused as error:
            return _refused(CheckName.POLICY, error), ()
        policy = _BY_POLICY if anybody else _POLICY
        try:
            self._check_schema(checked, anybody=anybody)
        except Refused as error:
            return (policy, *_refused(CheckName.SCHEMA, error)), ()
        if checked.schema is not None and checked.schema.outcome is not Outcome.PASSED:
            schema = _schema_said(checked.schema, anybody=anybody)
        elif anybody:
            schema = _SCHEMA_OF_ANYBODY
        else:
            schema = _SCHEMA_OF_NAMED if checked.right is None else _SCHEMA
        if schema.outcome is Outcome.FAILED:
            return (policy, schema, *_not_reached(after=CheckName.SCHEMA)), ()
        found = status_lines(checked, self.have, policy=self.policy, checkers=self.checkers, now=self.now)
        if isinstance(found, Wanted):
            return (policy, schema, *_not_reached(after=CheckName.SCHEMA)), found.needs
        return (policy, schema, *found), ()

    def _check_policy(self, checked: Checked, names: tuple[str, ...], *, anybody: bool) -> None:
        of_type = checked.credential_type in self.types or any(one in self.types for one in checked.also)
        if not of_type and not anybody:
            raise Refused("policy.type")
        if self.policy.rules.allow_test:
            return
        if _is_marked(names) or (_SUBJECT in names and _is_test(checked.claims)):
            raise Refused("policy.test_credential")

    def _check_schema(self, checked: Checked, *, anybody: bool) -> None:
        if anybody:
            return
        right = checked.right
        if right is None and self.policy.rules.named(checked.issuer, checked.credential_type):
            return
        if checked.credential_type not in self.policy.schemas:
            raise Refused("schema.unknown")
        if right is None or right.schema_digest != self.policy.schemas[checked.credential_type]:
            raise Refused("schema.mismatch")


def _section(item: Walked, lines: tuple[Line, ...], shown: tuple[str, ...] = ()) -> Section:
    return Section(item.format, item.checked.issuer, item.checked.credential_type, shown, lines)


def _refused(name: CheckName, error: Refused) -> tuple[Line, ...]:
    return failed(name, _SECTIONS[name], error), *_not_reached(after=name)


def _not_reached(after: CheckName | None = None) -> tuple[Line, ...]:
    names = list(_SECTIONS)
    start = 0 if after is None else names.index(after) + 1
    return tuple(Line(name, Outcome.NOT_REACHED, _SECTIONS[name]) for name in names[start:])


def _freshness(lines: tuple[Line, ...]) -> Line:
    """The age of the oldest material used; undecided if that is what left the check undecided."""
    undecided = Outcome.UNDECIDED
    aged = []
    for line in lines:
        if line.outcome is undecided:
            return line._replace(check=CheckName.FRESHNESS, section=_FRESHNESS)
        if line.age is not None:
            aged.append(line)
    if not aged:
        return Line(CheckName.FRESHNESS, Outcome.NOT_REACHED, _FRESHNESS)
    oldest = max(aged, key=_AGE)
    return Line(
        CheckName.FRESHNESS,
        Outcome.PASSED,
        _FRESHNESS,
        age=oldest.age,
        source=oldest.source,
        where=oldest.where,
        allowed=oldest.allowed,
    )


def _schema_said(line: Line, *, anybody: bool) -> Line:
    """What a schema that it names says; where anybody may be the issuer, none need be at hand."""
    if line.outcome is Outcome.UNDECIDED and anybody:
        return line._replace(outcome=Outcome.PASSED, code="", detail=f"not at hand: {line.detail}")
    return line


def _is_marked(names: tuple[str, ...]) -> bool:
    """Whether a claim is the mark of a test. An mdoc's names have their namespace before them."""
    if _IN_EACH not in "/".join(names):
        return False
    return not _TEST_CLAIMS.isdisjoint(name[name.rfind("/") + 1 :] for name in names)


def _is_test(claims: Claims | None) -> bool:
    """Whether one of the subjects that stand as they are is marked."""
    subject = () if claims is None else claims.reveal()[_SUBJECT]
    places = subject if isinstance(subject, list) else (subject,)
    return any(isinstance(place, dict) and not _TEST_CLAIMS.isdisjoint(place) for place in places)
