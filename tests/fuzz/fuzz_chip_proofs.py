"""What a chip proves of itself: any bytes as DG14, as DG15, as challenge and as answer prove nothing."""

from __future__ import annotations

from contextlib import suppress

from clicid.errors import ClicidError
from issuer.chip import certificates, csca, files, passive, proofs
from tests.support.chip_terminal import POINT, TERMINAL
from tests.support.chips import NOW, world_of

_WORLD = world_of("p256-sha256-explicit")
_GOOD = _WORLD.good
_DOCUMENT = passive.authenticate(
    files.sort(_GOOD.files.values()),
    csca.store_of([certificates.read(_WORLD.country.root.certificate.dump(), "")]),
    now=NOW,
)
_ANSWER = _WORLD.chip.agree(POINT).protect(2, b"file")
SEEDS = [_GOOD.files["DG14"], _GOOD.files["DG15"], _GOOD.response, _ANSWER, world_of("rsa-sha256").groups[15]]


def _ask(document: passive.Authentic) -> None:
    with suppress(ClicidError):
        proofs.active_authentication(document, _GOOD.challenge, _GOOD.response)
    with suppress(ClicidError):
        proofs.chip_authentication(document, TERMINAL, _ANSWER)


def target(data: bytes) -> None:
    for number in (14, 15):
        # As if a state had signed it: only the readers are asked here.
        document = object.__new__(passive.Authentic)
        object.__setattr__(document, "signed", {**_DOCUMENT.signed, number: data})
        _ask(document)
    try:
        proofs.active_authentication(_DOCUMENT, _GOOD.challenge, data)
    except ClicidError:
        pass
    else:
        assert len(data) == len(_GOOD.response)
    try:
        proofs.chip_authentication(_DOCUMENT, TERMINAL, data)
    except ClicidError:
        return
    assert data == _ANSWER
