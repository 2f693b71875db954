"""Files of evidence and rows of the audit table: refused, or checked without a fault of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from clicid.errors import ClicidError
from issuer.evidence import file
from issuer.evidence.checking import check
from issuer.evidence.decision import Decision, Outcome, Rules, decide
from issuer.evidence.evidence import Evidence, EvidenceKind
from issuer.evidence.levels import Claim, Level
from issuer.evidence.ports import Finding
from issuer.usecases import auditing

_PHOTOGRAPHED: Final = frozenset({EvidenceKind.DOCUMENT, EvidenceKind.FACE})
_RULES: Final = Rules((Claim(Level.SUBSTANTIAL, _PHOTOGRAPHED),), specimens=False)
_EVIDENCE: Final = (
    Evidence(EvidenceKind.DOCUMENT, "e", "1", {"document": "0" * 64}, {"text": 0.9}, {"number": "ok"}),
    Evidence(EvidenceKind.FACE, "e", "1", scores={"distance": 0.3}, findings=(Finding("face.blurred"),)),
)


def _file(made: Decision) -> bytes:
    return file.EvidenceFile(
        version=1,
        onboarding="0a",
        number=1,
        evidence=file.piece_parts(_EVIDENCE),
        rules=file.rules_part(_EVIDENCE, _RULES),
        resubmissions=0,
        notes=[],
        decision=file.DecisionPart(
            outcome=made.outcome,
            codes=list(made.codes),
            level=file.level_part(made.claim),
            by="rules",
            at=datetime(2026, 11, 22, tzinfo=UTC),
            found_after=[],
            forced=False,
        ),
    ).to_bytes()


_ROW: Final = (
    b'[{"number":1,"at":"2026-11-22T12:00:00Z","actor":"system","act":"decision","subject":"0a",'
    b'"detail":"approved","previous":"' + b"00" * 32 + b'","hash":"' + b"00" * 32 + b'"}]'
)
SEEDS = [
    _file(decide(_EVIDENCE, _RULES)),
    _file(Decision(Outcome.APPROVED, (), _RULES.levels[0])),
    _ROW,
]


def target(data: bytes) -> None:
    try:
        rows = auditing.rows_from_json(data, max_bytes=file.MAX_BYTES)
        auditing.digests_of(rows, "0a")
        auditing.walk(rows)
    except ClicidError:
        pass
    try:
        found = file.read(data)
    except ClicidError:
        return
    checked = check(found, {"document": b""}, ())
    assert not checked.sound
    assert file.read(found.to_bytes()) == found
