"""Certificates: any bytes as leaf, as authority, and as both."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.trust import x5c
from tests.support.world import NOW, World, chain_of

_WORLD = World()
_KEY = _WORLD.keys.public(_WORLD.issuer_ref)

SEEDS = [
    *_WORLD.x5c,
    *chain_of(_KEY.to_spki(), san=[]),
    *chain_of(_KEY.to_spki(), ca=False, path_length=None),
]


def target(data: bytes) -> None:
    leaf, authority = _WORLD.x5c
    for chain in ((data, authority), (leaf, data), (data, data)):
        try:
            x5c.check(chain, _KEY, _WORLD.accreditation, now=NOW)
        except ClicidError:
            continue
        assert chain == (leaf, authority) or chain[0] == leaf
