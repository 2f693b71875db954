"""Bodies of materials: bytes to a fact that is written the same, or a refusal."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.ledger.facts import ABSENT, Accreditation, IssuanceRoot, Registration, StatusSnapshot

_DID = "did:ethr:0x539:0x" + "11" * 20

SEEDS = [
    ABSENT,
    Accreditation(
        _DID, b"\1" * 32, b"\2" * 32, 0, 9, None, False, "https://a.example", b"\3" * 32
    ).to_bytes(),
    Accreditation(_DID, b"\1" * 32, b"\2" * 32, 0, 9, 5, True, "", b"\3" * 32, _DID).to_bytes(),
    Registration(_DID, b"\4" * 32, 1, 2, 3).to_bytes(),
    IssuanceRoot(_DID, b"\6" * 32, final=True, block=4, time=5).to_bytes(),
    IssuanceRoot(_DID, b"\6" * 32, final=False).to_bytes(),
    StatusSnapshot(b"\5" * 32, 7, 2, 9, b"\xe4\x00\x03").to_bytes(),
    StatusSnapshot(b"\5" * 32, 7, 1, 8, b"\0", "status.digest_mismatch").to_bytes(),
]


def target(data: bytes) -> None:
    for kind in (Accreditation, IssuanceRoot, Registration, StatusSnapshot):
        try:
            fact = kind.from_bytes(data)
        except ClicidError:
            continue
        if fact is not None and kind.from_bytes(fact.to_bytes()) != fact:
            raise AssertionError
