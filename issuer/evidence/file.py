"""The file of evidence: everything a decision stood on, in a form that can be checked again.

No image, no name, no number of a person: digests of what was given, engines and their versions, scores,
what was noticed, the rules in force and the decision. Its form is published as
`schemas/evidence.schema.json`; its digest (SHA-256 over the JCS form, RFC 8785) enters the audit table in
the moment of the decision.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from clicid.codec import jcs, strict_json
from clicid.errors import Refused
from issuer.evidence.decision import RULES_VERSION, TABLE, Outcome, Rules, noticed, table_digest
from issuer.evidence.evidence import Evidence, EvidenceKind
from issuer.evidence.levels import NOT_CERTIFIED, OIDS, STANDARD, Claim, Level, Loip, UseCase
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_BYTES: Final = 1 << 18

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")]
Name = Annotated[str, Field(max_length=64)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FoundPart(_Part):
    """Something noticed: its code, the name of the field it concerns, and the measure behind it."""

    code: Code
    field: Name
    score: Number | None


class PiecePart(_Part):
    """A piece of evidence, as `issuer.evidence.evidence.Evidence` has it."""

    kind: EvidenceKind
    engine: str
    engine_version: str
    digests: dict[Name, Sha256]
    scores: dict[Name, Number]
    checks: dict[Name, Name]
    findings: list[FoundPart]


class ClaimPart(_Part):
    """A row of the operator's levels."""

    eidas: Level
    evidence: list[EvidenceKind]
    etsi: Loip | None
    use_case: UseCase | None


class RulesPart(_Part):
    """The rules in force: their version, the digest of their table, the rows that applied, the numbers."""

    version: str
    table_sha256: Sha256
    rows: dict[Code, Outcome]
    match_below: Number
    review_up_to: Number
    specimens: bool
    required: list[list[EvidenceKind]]
    levels: list[ClaimPart]


class LevelPart(_Part):
    """The level reached, in the words of both vocabularies, and whose claim it is."""

    eidas: Level
    evidence: list[EvidenceKind]
    etsi: Loip | None
    use_case: UseCase | None
    oid: str | None
    standard: Literal["ETSI TS 119 461 V2.1.1 (2025-02)"]
    claim: Literal["claimed by the operator's configuration, not certified"]


class DecisionPart(_Part):
    """What was decided, by whom, and when; the audit table's row names the operators.

    `found_after` are the codes of what was found when the engines were done (a person known already under
    other numbers); `forced` says that a sandbox's test person ends as it must, whatever the evidence.
    """

    outcome: Outcome
    codes: list[Code]
    level: LevelPart | None
    by: Literal["rules", "one person", "two persons"]
    at: AwareDatetime
    found_after: list[Code]
    forced: bool


class EvidenceFile(_Part):
    """The whole file.

    `notes` are the SHA-256 of the notes that reviewers wrote: the notes themselves may say anything of a
    person, and lie sealed beside the file.
    """

    version: Literal[1]
    onboarding: Annotated[str, Field(pattern=r"^[0-9a-f]{1,64}$")]
    number: Annotated[int, Field(ge=1)]
    evidence: list[PiecePart]
    rules: RulesPart
    resubmissions: Annotated[int, Field(ge=0)]
    notes: list[Sha256]
    decision: DecisionPart

    def to_bytes(self) -> bytes:
        """The one byte form (RFC 8785)."""
        return jcs.dumps(self.model_dump(mode="json"))

    def digest(self) -> str:
        """SHA-256 over it, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def pieces(self) -> tuple[Evidence, ...]:
        """The evidence, for deciding again."""
        return tuple(
            Evidence(
                kind=piece.kind,
                engine=piece.engine,
                engine_version=piece.engine_version,
                digests=piece.digests,
                scores=piece.scores,
                checks=piece.checks,
                findings=tuple(Finding(one.code, one.field, one.score) for one in piece.findings),
            )
            for piece in self.evidence
        )

    def rules_in_force(self) -> Rules:
        """The operator's numbers, for deciding again."""
        return Rules(
            levels=tuple(
                Claim(row.eidas, frozenset(row.evidence), row.etsi, row.use_case) for row in self.rules.levels
            ),
            specimens=self.rules.specimens,
            match_below=self.rules.match_below,
            review_up_to=self.rules.review_up_to,
            required=tuple(tuple(kinds) for kinds in self.rules.required),
        )


def read(raw: bytes) -> EvidenceFile:
    """A file from its JSON.

    Raises:
        Refused: ``codec.size``, ``codec.json``; ``evidence.file`` with the place that does not fit.
    """
    value = strict_json.loads(raw, max_bytes=MAX_BYTES)
    try:
        return EvidenceFile.model_validate(value)
    except ValidationError as error:
        where = "/".join(str(step) for step in error.errors()[0]["loc"])
        raise Refused("evidence.file", where) from None


def schema() -> dict[str, Any]:
    """The JSON Schema of the file, as published."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://schemas.clicid.example/evidence/v1",
        **EvidenceFile.model_json_schema(mode="serialization"),
    }


def rules_part(evidence: Sequence[Evidence], rules: Rules) -> RulesPart:
    """The rules, with the rows that this evidence met."""
    return RulesPart(
        version=RULES_VERSION,
        table_sha256=table_digest(),
        rows={code: TABLE[code] for code in sorted(noticed(evidence, rules)) if code in TABLE},
        match_below=rules.match_below,
        review_up_to=rules.review_up_to,
        specimens=rules.specimens,
        required=[list(kinds) for kinds in rules.required],
        levels=[
            ClaimPart(eidas=row.eidas, evidence=sorted(row.evidence), etsi=row.etsi, use_case=row.use_case)
            for row in rules.levels
        ],
    )


def level_part(claim: Claim | None) -> LevelPart | None:
    """The level reached; None where none was."""
    if claim is None:
        return None
    return LevelPart(
        eidas=claim.eidas,
        evidence=sorted(claim.evidence),
        etsi=claim.etsi,
        use_case=claim.use_case,
        oid=None if claim.etsi is None else OIDS[claim.etsi],
        standard=STANDARD,
        claim=NOT_CERTIFIED,
    )


def piece_parts(evidence: Iterable[Evidence]) -> list[PiecePart]:
    """The evidence; a measure that is no number is left out."""
    return [
        PiecePart(
            kind=piece.kind,
            engine=piece.engine,
            engine_version=piece.engine_version,
            digests=dict(piece.digests),
            scores=_finite(piece.scores),
            checks=dict(piece.checks),
            findings=[
                FoundPart(code=one.code, field=one.field, score=_finite({"": one.score}).get(""))
                for one in piece.findings
            ],
        )
        for piece in evidence
    ]


def _finite(scores: Mapping[str, float | None]) -> dict[str, float]:
    return {name: float(one) for name, one in scores.items() if one is not None and math.isfinite(one)}
