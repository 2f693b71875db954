"""A decision is written down once, with everything it stood on, whoever made it.

The file of evidence lies sealed under the person's key; its digest enters the audit table, so that
nobody can exchange it afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from issuer.evidence.decision import RULES_VERSION, Outcome, Rules
from issuer.evidence.file import DecisionPart, EvidenceFile, level_part, piece_parts, read, rules_part
from issuer.usecases import auditing
from issuer.usecases.records import DecisionRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from issuer.evidence.levels import Claim
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Session

BY_RULES: Final = "rules"
FILE: Final = "evidence"


@dataclass(frozen=True, slots=True)
class Made:
    """A decision as it was made.

    Args:
        outcome: What was decided.
        codes: Why.
        claim: The row of the level reached; None where not approved.
        by: `BY_RULES`, or the name of the operator who decided last.
        persons: How many persons decided: none for the rules, two where four eyes are wanted.
        found_after: Codes of what was found when the engines were done.
        forced: Whether a sandbox's test person ends as it must.
        notes: SHA-256 of the reviewers' notes.
    """

    outcome: Outcome
    codes: tuple[str, ...]
    claim: Claim | None
    by: str = BY_RULES
    persons: Literal[0, 1, 2] = 0
    found_after: tuple[str, ...] = ()
    forced: bool = False
    notes: Sequence[str] = ()


_BY: Final[dict[int, Literal["rules", "one person", "two persons"]]] = {
    0: "rules",
    1: "one person",
    2: "two persons",
}


def record(tx: Transaction, env: Environment, session: Session, made: Made, rules: Rules) -> None:
    """Write a decision down: its row, its file of evidence, and the file's digest in the audit table.

    Args:
        tx: The transaction in which it is made.
        env: For the time.
        session: The onboarding as it was before the decision.
        made: The decision.
        rules: The rules in force.
    """
    level = "" if made.claim is None else str(made.claim.eidas)
    tx.sessions.add_decision(
        DecisionRecord(session.id, made.outcome, made.codes, level, RULES_VERSION, made.by, env.now())
    )
    evidence = tx.sessions.evidence(session.id)
    file = EvidenceFile(
        version=1,
        onboarding=session.id,
        number=len(tx.sessions.decisions(session.id)),
        evidence=piece_parts(evidence),
        rules=rules_part(evidence, rules),
        resubmissions=session.resubmissions,
        notes=list(made.notes),
        decision=DecisionPart(
            outcome=made.outcome,
            codes=list(made.codes),
            level=level_part(made.claim),
            by=_BY[made.persons],
            at=env.now(),
            found_after=list(made.found_after),
            forced=made.forced,
        ),
    )
    tx.vault.put(session.key_id, _name(session.id, file.number), file.to_bytes())
    auditing.record(
        tx,
        env,
        actor=auditing.SYSTEM if made.by == BY_RULES else made.by,
        act=auditing.DECISION,
        subject=session.id,
        detail=" ".join(filter(None, (made.outcome, level, auditing.SHA256 + file.digest()))),
    )


def files_of(tx: Transaction, session: Session) -> tuple[EvidenceFile, ...]:
    """The files of an onboarding, oldest first."""
    numbers = range(1, len(tx.sessions.decisions(session.id)) + 1)
    found = (tx.vault.get(session.key_id, _name(session.id, number)) for number in numbers)
    return tuple(read(raw) for raw in found if raw is not None)


def _name(session_id: str, number: int) -> str:
    return f"{FILE} {session_id} {number}"
