"""Key attestations: only those that a provider signed are accepted, and nothing but our error comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.errors import ClicidError
from clicid.oid4vci import key_attestation
from tests.support import attesting
from tests.support.attesting import ALGS, BY_KID, MINUTE, PROVIDERS
from tests.support.world import DAY, NOW

if TYPE_CHECKING:
    from clicid.securing.jws import PreparedJws


def _prepared(*chain: bytes) -> PreparedJws:
    return key_attestation.prepare(
        [attesting.instance()],
        alg="ES256",
        kid="kid-1",
        chain=chain,
        now=NOW,
        lifetime=DAY,
        key_storage=[key_attestation.BASIC],
        user_authentication=[],
        nonce="n",
    )


SEEDS = [
    attesting.sign(_prepared(*attesting.CHAINS["listed"])).encode(),
    attesting.sign(_prepared(), BY_KID).encode(),
]
_GENUINE = frozenset(SEEDS)


def target(data: bytes) -> None:
    try:
        key_attestation.verify(
            data.decode("latin-1"),
            providers=PROVIDERS,
            algs=ALGS,
            now=NOW,
            max_age=MINUTE,
            leeway=MINUTE,
            need_exp=True,
        )
    except ClicidError:
        return
    assert data in _GENUINE, "an attestation that nobody made"
