"""Bytes of a presentation of a known layout: read as any others are, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clicid.errors import ClicidError
from clicid.formats.vc_di import LdpVcChecker, LdpVpChecker, parse_presentation
from clicid.formats.vc_di.credential import parse_credential
from clicid.securing import data_integrity
from tests.support import w3c

if TYPE_CHECKING:
    from clicid.formats.vc_di.presented import Presented

_CREDENTIALS = LdpVcChecker(w3c.CONTEXTS)
_CHECKER = LdpVpChecker(w3c.CONTEXTS, inside=_CREDENTIALS)
assert _CHECKER.presented is not None
_PRESENTED: Presented = _CHECKER.presented

SEEDS = [w3c.presentation(), w3c.presentation([w3c.credential(w3c.unsigned(name=None))])]


def _teach(raw: bytes) -> None:
    parsed = parse_presentation(raw, w3c.CONTEXTS)
    for _, one in parsed.credentials:
        inside = parse_credential(one, w3c.CONTEXTS)
        data_integrity.verify(inside.unverified, [w3c.STORE.public(w3c.ISSUER_REF)])
        _CREDENTIALS.recognised.learn(one, inside, w3c.CONTEXTS, _CREDENTIALS.shipped)
    data_integrity.verify(parsed.unverified, [w3c.HOLDER_KEY])
    _PRESENTED.learn(raw, parsed, w3c.CONTEXTS)


for _seed in SEEDS * 2:
    _teach(_seed)


def target(data: bytes) -> None:
    found = _PRESENTED.read(data)
    try:
        expected = parse_presentation(data, w3c.CONTEXTS)
    except ClicidError:
        assert found is None
        return
    if found is not None:
        assert found == replace(expected, unverified=replace(expected.unverified, document={}))
        assert [parse_credential(raw, w3c.CONTEXTS) for _, raw in expected.credentials] == list(found.read)
