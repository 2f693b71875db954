"""Stored states of the four protocol roles: what is read is written and read again."""

from __future__ import annotations

import contextlib

from clicid.errors import ClicidError
from clicid.oid4vci.acceptance import Acceptance, Wished
from clicid.oid4vci.acceptance import Phase as AcceptancePhase
from clicid.oid4vci.issuance import Issuance
from clicid.oid4vp.presentation import Phase as PresentationPhase
from clicid.oid4vp.presentation import Presentation
from clicid.oid4vp.session import Session
from tests.support.asking import CLIENT_ID, Asking
from tests.support.authorizing import Asking as Authorizing
from tests.support.issuance import METADATA, SERVER, IssuerServer

_SERVER = IssuerServer()
_OFFER = _SERVER.offer().offer
_SESSION = Asking().session()
_ASKING = Authorizing(offered=("ClicIdentity_sd_jwt",))
_ASKING.agreed()
_ASKING.redeem()
SEEDS = [
    _SERVER.stored,
    _ASKING.state.to_bytes(),
    Acceptance(
        AcceptancePhase.CHECK,
        offer=_OFFER,
        issuer=METADATA,
        server=SERVER,
        chosen=("a",),
        tx_code="1",
        wished=(Wished("a", "b"), Wished("c")),
        credentials=("d", {"e": "f"}),
    ).to_bytes(),
    _SESSION.to_bytes(),
    Presentation(PresentationPhase.CHOICE, CLIENT_ID, "n", b"x", _SESSION.request).to_bytes(),
]


def target(data: bytes) -> None:
    for state in (Issuance, Acceptance, Session, Presentation):
        with contextlib.suppress(ClicidError):
            found = state.from_bytes(data)
            assert state.from_bytes(found.to_bytes()) == found
