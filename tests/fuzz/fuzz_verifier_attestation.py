"""Verifier attestations: only the genuine one is believed."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from clicid.errors import ClicidError
from clicid.oid4vp import verifier_attestation
from clicid.oid4vp.rules import Attester
from tests.support.requests import ATTESTER, ISSUER, attestation
from tests.support.world import NOW

_ATTESTERS = {ISSUER: Attester("Test attester", {"1": ATTESTER.key})}
GENUINE = [attestation(), attestation(redirect_uris=["https://shop.example/r"], nbf=1)]
SEEDS = [text.encode() for text in GENUINE]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError, UnicodeDecodeError):
        text = data.decode()
        verifier_attestation.verify(
            text, _ATTESTERS, algorithms={"ES256"}, leeway=timedelta(seconds=30), now=NOW
        )
        assert text in GENUINE, "an attestation that nobody gave"
