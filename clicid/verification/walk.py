"""What is presented and what is nested in it, each walked by the checker of its stated format."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeAlias

from clicid.errors import LocalError, Refused
from clicid.formats.base import (
    Binding,
    Checked,
    Checker,
    CheckName,
    FormatId,
    HolderBound,
    Line,
    Need,
    Outcome,
    Role,
    Wanted,
)
from clicid.formats.issuer import failed
from clicid.formats.steps import all_passed

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.formats.base import Have, Inner, Rules

Checkers: TypeAlias = Mapping[FormatId, Checker[Any]]

MAX_NESTED: Final = 16
_SECTION: Final = "design 3: nested things"

PRESENTATIONS: Final = frozenset(
    {
        *(FormatId.LDP_VP, FormatId.JWT_VP, FormatId.DEVICE_RESPONSE),
        *(FormatId.VP_JWT, FormatId.VP_SD_JWT, FormatId.VP_COSE),
    }
)
"""Formats that only enclose credentials and are none themselves."""

_CREDENTIAL: Final = frozenset(
    {
        CheckName.STRUCTURE,
        CheckName.ISSUER_KNOWN,
        CheckName.ISSUER_KEY,
        CheckName.ISSUER_SIGNATURE,
        CheckName.VALIDITY,
    }
)
_CHECK: Final = attrgetter("check")
_HELD: Final = frozenset({CheckName.HOLDER_BINDING})
_PRESENTED: Final = _HELD | {CheckName.NONCE, CheckName.AUDIENCE}
_WANTED: Final = {
    (encloses, answers): frozenset((CheckName.STRUCTURE,)) | answers if encloses else _CREDENTIAL | answers
    for encloses in (False, True)
    for answers in (frozenset[CheckName](), _HELD, _PRESENTED)
}


class Walked(NamedTuple):
    """One thing after its format's walk, and whether every line of it passed."""

    format: FormatId
    checked: Checked
    passed: bool

    @classmethod
    def of(cls, form: FormatId, checked: Checked) -> Self:
        """The thing that a checker walked."""
        return cls(form, checked, all_passed(checked.lines))


def walk(
    raw: bytes,
    form: FormatId,
    have: Have,
    *,
    checkers: Checkers,
    rules: Rules,
    binding: Binding | None,
    now: datetime,
) -> tuple[Walked, ...] | Wanted:
    """The presented thing first, then what is nested in it, in order; two levels, sixteen at most.

    Raises:
        LocalError: `verification.format` for a format without a checker; `verification.incomplete`
            if a checker let something pass without walking every step that must be walked.
    """
    outer = _walk_one(raw, form, have, checkers=checkers, rules=rules, binding=binding, now=now)
    if isinstance(outer, Wanted):
        return outer
    if not outer.passed or not outer.checked.nested:
        if outer.passed and form in PRESENTATIONS and rules.holder is HolderBound.REQUIRED:
            outer = _with_failure(outer, Refused("verification.empty"))
        return (_complete(outer, binding, top=True),)
    if len(outer.checked.nested) > MAX_NESTED:
        return (_with_failure(outer, Refused("codec.size", detail=f"more than {MAX_NESTED} nested")),)
    walked = [_complete(outer, binding, top=True)]
    needs: dict[Need, None] = {}
    for nested in outer.checked.nested:
        inner = _walk_nested(nested, have, checkers=checkers, rules=rules, binding=binding, now=now)
        if isinstance(inner, Wanted):
            needs |= dict.fromkeys(inner.needs)
        else:
            walked.append(inner)
    if needs and not any(line.outcome is Outcome.FAILED for one in walked for line in one.checked.lines):
        return Wanted(tuple(needs))
    return tuple(walked)


def _walk_nested(
    item: Inner,
    have: Have,
    *,
    checkers: Checkers,
    rules: Rules,
    binding: Binding | None,
    now: datetime,
) -> Walked | Wanted:
    if item.role is not Role.CREDENTIAL or item.format not in checkers or item.format in PRESENTATIONS:
        return Walked.of(item.format, Checked((_failure(Refused("verification.nested")),)))
    bound = None if binding is None else Binding(binding.audience, binding.nonce, item.holder_key)
    walked = _walk_one(
        item.raw,
        item.format,
        have,
        checkers=checkers,
        rules=rules,
        binding=bound,
        now=now,
        parsed=item.parsed,
    )
    if isinstance(walked, Wanted):
        return walked
    if walked.checked.nested:
        return _with_failure(walked, Refused("verification.depth"))
    return _complete(walked, bound, top=False)


def _walk_one(
    raw: bytes,
    form: FormatId,
    have: Have,
    *,
    checkers: Checkers,
    rules: Rules,
    binding: Binding | None,
    now: datetime,
    parsed: object = None,
) -> Walked | Wanted:
    if form not in checkers:
        raise LocalError("verification.format", detail=form)
    checker = checkers[form]
    try:
        parsed = checker.parse(raw) if parsed is None else parsed
    except Refused as error:
        return Walked.of(form, Checked((_failure(error),)))
    checked = checker.check(parsed, have, rules=rules, binding=binding, now=now)
    return checked if isinstance(checked, Wanted) else Walked(form, checked, all_passed(checked.lines))


def _complete(walked: Walked, binding: Binding | None, *, top: bool) -> Walked:
    """Hold a checker to its steps: what passed must have walked all that its place demands."""
    if not walked.passed:
        return walked
    encloses = walked.format in PRESENTATIONS
    wanted = _WANTED[encloses, frozenset() if binding is None else _PRESENTED if top else _HELD]
    steps = map(_CHECK, walked.checked.lines)
    if not wanted.issubset(steps) or (walked.checked.claims is None and not encloses):
        raise LocalError("verification.incomplete", detail=walked.format)
    return walked


def _with_failure(walked: Walked, error: Refused) -> Walked:
    checked = walked.checked
    return Walked.of(walked.format, checked._replace(lines=(*checked.lines, _failure(error)), claims=None))


def _failure(error: Refused) -> Line:
    return failed(CheckName.STRUCTURE, _SECTION, error)
