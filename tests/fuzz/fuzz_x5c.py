"""Certificates: any bytes as leaf, as authority, and as both."""

from __future__ import annotations

from cryptography import x509

from clicid.errors import ClicidError
from clicid.trust import x5c
from tests.support.world import NOW, World, chain_of

_WORLD = World()
_KEY = _WORLD.keys.public(_WORLD.issuer_ref)

_SIGNED = x509.load_der_x509_certificate(_WORLD.x5c[0]).tbs_certificate_bytes

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
        # A signature has several encodings; what it is over, only one.
        assert x509.load_der_x509_certificate(chain[0]).tbs_certificate_bytes == _SIGNED
