"""Signs of forgery outlast their photograph, else whoever tries until none is seen has his way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from issuer.evidence.decision import EARLIER_SIGN, SIGNS
from issuer.evidence.evidence import NO_ENGINE, Evidence, EvidenceKind
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Session

_BADLY_LIT: Final = frozenset({"document.too_bright", "document.too_dark"})
_BADLY_READ: Final = _BADLY_LIT | {
    "document.blurred",
    "document.check_digit",
    "document.cut",
    "document.glare",
    "document.too_small",
    "document.unreadable",
}
# What a bad photograph explains is no sign: an honest person takes it again and is not asked about it.
_EXPLAINED: Final[Mapping[str, frozenset[str]]] = {
    "chip.document_mismatch": _BADLY_READ,
    "document.date": _BADLY_READ,
    "document.mrz_mismatch": _BADLY_READ,
    "document.no_colour": _BADLY_LIT,
    "document.two_documents": _BADLY_READ,
}


def keep_signs(tx: Transaction, session: Session, kinds: Collection[EvidenceKind], now: datetime) -> None:
    """Keep what was a sign in evidence that makes room for a later round's; a person will look at it.

    Args:
        tx: The transaction in which it goes.
        session: The onboarding.
        kinds: Of what evidence.
        now: The time.
    """
    pieces = tx.sessions.evidence(session.id)
    kept = {
        one.field: one for piece in pieces if piece.kind is EvidenceKind.EARLIER for one in piece.findings
    }
    gone = {one.code: one for piece in pieces if piece.kind in kinds for one in _signs(piece)}
    if gone.keys() <= kept.keys():
        return
    kept |= {code: Finding(EARLIER_SIGN, code, sign.score) for code, sign in gone.items() if code not in kept}
    tx.sessions.drop_evidence(session.id, EvidenceKind.EARLIER)
    piece = Evidence(EvidenceKind.EARLIER, NO_ENGINE, "", findings=tuple(kept.values()))
    tx.sessions.add_evidence(session.id, piece, now)


def _signs(piece: Evidence) -> Iterator[Finding]:
    codes = {finding.code for finding in piece.findings}
    for finding in piece.findings:
        if finding.code in SIGNS and codes.isdisjoint(_EXPLAINED.get(finding.code, ())):
            yield finding
