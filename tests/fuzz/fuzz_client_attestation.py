"""Client attestations and their proofs: a bent one of either authenticates nobody."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.formats.base import StatusRef
from clicid.oid4vci import client_attestation
from tests.support import attesting
from tests.support.attesting import ALGS, CLIENT, INSTANCE, MINUTE, PROVIDERS, SERVER
from tests.support.world import DAY, NOW

_ATTESTATION = attesting.sign(
    client_attestation.prepare_attestation(
        attesting.instance(),
        issuer="https://provider.example",
        client_id=CLIENT,
        alg="ES256",
        kid="",
        chain=attesting.CHAINS["listed"],
        now=NOW,
        lifetime=DAY,
        wallet_name="w",
        status=StatusRef("https://provider.example/status", 1),
    )
)
_POP = attesting.sign(
    client_attestation.prepare_pop(alg="ES256", audience=SERVER, jti="j", now=NOW, challenge="c"), INSTANCE
)

SEEDS = [_ATTESTATION.encode(), _POP.encode()]


def target(data: bytes) -> None:
    text = data.decode("latin-1")
    for attestation, pop in ((text, _POP), (_ATTESTATION, text)):
        try:
            client_attestation.verify(
                attestation,
                pop,
                audience=SERVER,
                client_id=None,
                providers=PROVIDERS,
                algs=ALGS,
                now=NOW,
                max_age=MINUTE,
                leeway=MINUTE,
            )
        except ClicidError:
            continue
        assert (attestation, pop) == (_ATTESTATION, _POP), "a wallet that nobody attested"
