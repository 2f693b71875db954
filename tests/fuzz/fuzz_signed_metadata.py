"""Signed metadata: only what the issuer signed is read, and nothing but our error comes out."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.oid4vci import signed_metadata
from clicid.oid4vci.signed_metadata import Signers
from tests.support import attesting
from tests.support.attesting import ALGS, INSTANCE, MINUTE, ROOT, SERVER, SIGNER
from tests.support.world import DAY, NOW
from tests.support.x509 import issue

_KEY_ID = "did:example:issuer#key-1"


def _signed(*chain: bytes) -> bytes:
    prepared = signed_metadata.prepare(
        {"credential_issuer": SERVER},
        issuer=SERVER,
        alg="ES256",
        kid=_KEY_ID,
        chain=chain,
        now=NOW,
        lifetime=DAY,
    )
    return attesting.sign(prepared, None if chain else INSTANCE).encode()


SEEDS = [_signed(), _signed(issue(SIGNER, ROOT, names=[SERVER]))]
_SIGNERS = (Signers(attesting.BY_ROOT.roots), Signers((), {_KEY_ID: attesting.instance()}))


def target(data: bytes) -> None:
    for signers in _SIGNERS:
        try:
            signed_metadata.verify(
                data, issuer=SERVER, signers=signers, algs=ALGS, now=NOW, max_age=DAY, leeway=MINUTE
            )
        except ClicidError:
            continue
        assert data in SEEDS, "metadata that nobody signed"
