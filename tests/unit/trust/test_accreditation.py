"""Who may issue what, when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clicid.errors import Refused
from clicid.trust import accreditation
from tests.support.world import DID, NOW, VCT, World

SECOND = int(NOW.timestamp())
GOOD = World().accreditation


def test_accepts_an_accredited_issuer() -> None:
    assert accreditation.check(GOOD, DID, VCT, now=NOW) is GOOD


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"did": "did:ethr:0x1:0x" + "cd" * 20}, "issuer.not_accredited"),
        ({"type_id": bytes(32)}, "issuer.not_accredited"),
        ({"valid_from": SECOND + 1}, "issuer.not_accredited"),
        ({"valid_until": SECOND}, "issuer.accreditation_expired"),
        ({"withdrawn_at": SECOND - 1}, "issuer.accreditation_withdrawn"),
        # Bad news first: a block from beyond our clock withdraws all the same.
        ({"withdrawn_at": SECOND + 60, "keeps_anchored": True}, "issuer.not_anchored"),
    ],
)
def test_refuses(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        accreditation.check(replace(GOOD, **changes), DID, VCT, now=NOW)

    assert caught.value.code == code


def test_refuses_one_the_chain_says_nothing_of() -> None:
    with pytest.raises(Refused, match=r"issuer\.not_accredited"):
        accreditation.check(None, DID, VCT, now=NOW)
