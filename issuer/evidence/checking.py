"""Checking a file of evidence again: does the decision follow, are the inputs the ones, is it unaltered?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from issuer.evidence.decision import TABLE, Decision, Outcome, decide, shown, table_digest
from issuer.evidence.file import level_part
from issuer.evidence.levels import Level, reached

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from issuer.evidence.file import EvidenceFile


class Follows(StrEnum):
    """Whether the recorded evidence and rules lead to the recorded decision."""

    YES = "yes"
    NO = "no"
    BY_PERSON = "a person decided"
    FORCED = "forced by a sandbox's test person"


class Input(StrEnum):
    """Whether a given input is the recorded one."""

    SAME = "same"
    OTHER = "other"
    NOT_RECORDED = "not recorded"


class Audit(StrEnum):
    """Whether the audit table has the file's digest."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_GIVEN = "not given"


@dataclass(frozen=True, slots=True)
class Checked:
    """What came out.

    Args:
        follows: Whether the decision follows; a person's outcome is judgement, but the level that the
            evidence allows a person to give is checked.
        table: Whether the rule table is the one of this software; if not, the rows in the file were used.
        inputs: For each given input, by name.
        audit: Whether the digest stands in the audit table, for this onboarding.
    """

    follows: Follows
    table: bool
    inputs: Mapping[str, Input]
    audit: Audit

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against the file."""
        return (
            self.follows is not Follows.NO
            and all(one is Input.SAME for one in self.inputs.values())
            and self.audit is not Audit.ABSENT
        )


def check(file: EvidenceFile, given: Mapping[str, bytes], audited: Collection[str] | None = None) -> Checked:
    """Check a file.

    Args:
        file: The file.
        given: Inputs at hand, by the name that the file has for them: ``document``, ``selfie``.
        audited: The digests that the audit table has for this onboarding; None if it is not at hand.
    """
    recorded = {name: value for piece in file.evidence for name, value in piece.digests.items()}
    audit = Audit.NOT_GIVEN
    if audited is not None:
        audit = Audit.PRESENT if file.digest() in audited else Audit.ABSENT
    return Checked(
        follows=_follows(file),
        table=file.rules.table_sha256 == table_digest(),
        inputs={name: _input(recorded.get(name), body) for name, body in given.items()},
        audit=audit,
    )


def _input(recorded: str | None, body: bytes) -> Input:
    if recorded is None:
        return Input.NOT_RECORDED
    return Input.SAME if hashlib.sha256(body).hexdigest() == recorded else Input.OTHER


def _follows(file: EvidenceFile) -> Follows:
    own = file.rules.table_sha256 == table_digest()
    if own and any(TABLE.get(code) is not outcome for code, outcome in file.rules.rows.items()):
        return Follows.NO  # the rows are not those of the table that the file names
    if file.decision.forced:
        return Follows.FORCED
    if file.decision.by != "rules":
        return Follows.BY_PERSON if _allowed(file) else Follows.NO
    made = _again(file)
    same = (
        made.outcome is file.decision.outcome
        and list(made.codes) == file.decision.codes
        and level_part(made.claim) == file.decision.level
    )
    return Follows.YES if same else Follows.NO


def _again(file: EvidenceFile) -> Decision:
    # A table that is known is taken whole: a row that was left out of the file would count as one for review.
    table = TABLE if file.rules.table_sha256 == table_digest() else file.rules.rows
    made = decide(file.pieces(), file.rules_in_force(), resubmissions=file.resubmissions, table=table)
    if made.outcome is Outcome.APPROVED and file.decision.found_after:
        return Decision(Outcome.REVIEW, tuple(file.decision.found_after), None)
    return made


def _allowed(file: EvidenceFile) -> bool:
    """Whether a person may give this level on this evidence."""
    given = file.decision.level
    if given is None or file.decision.outcome is not Outcome.APPROVED:
        return given is None and file.decision.outcome is not Outcome.APPROVED
    rows = [row for row in file.rules_in_force().levels if _rank(row.eidas) <= _rank(given.eidas)]
    return level_part(reached(rows, shown(file.pieces()), by_person=True)) == given


def _rank(level: Level) -> int:
    return list(Level).index(level)
