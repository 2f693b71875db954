"""Bytes of a known layout: read as any others are, or not at all."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.formats.vc_di import LdpVcChecker
from clicid.formats.vc_di.credential import parse_credential
from clicid.securing import data_integrity
from tests.support import w3c

_CHECKER = LdpVcChecker(w3c.CONTEXTS)

SEEDS = [
    w3c.credential(),
    w3c.credential(w3c.unsigned(credentialStatus=None, name=None)),
    w3c.credential(w3c.unsigned(credentialSubject={"id": w3c.HOLDER, "ageOver65": False})),
]


def _teach(raw: bytes) -> None:
    parsed = parse_credential(raw, w3c.CONTEXTS)
    data_integrity.verify(parsed.unverified, [w3c.STORE.public(w3c.ISSUER_REF)])
    _CHECKER.recognised.learn(raw, parsed, w3c.CONTEXTS, _CHECKER.shipped)


for _seed in SEEDS * 2:
    _teach(_seed)


def target(data: bytes) -> None:
    found = _CHECKER.recognised.read(data, _CHECKER.shipped)
    try:
        expected = parse_credential(data, w3c.CONTEXTS)
    except ClicidError:
        assert found is None
        return
    assert found is None or found == expected
