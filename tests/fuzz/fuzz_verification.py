"""Any bytes through the whole check, in every format, with all material at hand: an ending or our error.

What is accepted must be one of the good presentations, byte for byte: nothing else was ever signed.
"""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.formats.base import FormatId, Wanted
from clicid.verification import Accepted, Request, check, checkers
from tests.support import w3c
from tests.support.sd_jwt_vectors import hostile
from tests.support.world import NOW, World

_WORLD = World()
_HAVE = {**w3c.have(), **_WORLD.have}
_CHECKERS = checkers(w3c.CONTEXTS)

_VECTORS = [(presentation.encode(), code) for _, _, presentation, code in hostile()]
_GOOD = {presentation for presentation, code in _VECTORS if not code}

SEEDS = [w3c.presentation(), w3c.credential(), *(presentation for presentation, _ in _VECTORS)]


def target(data: bytes) -> None:
    for form, binding in (
        (FormatId.SD_JWT_VC, _WORLD.request.binding),
        (FormatId.LDP_VP, w3c.BINDING),
        (FormatId.LDP_VC, w3c.BINDING),
    ):
        request = Request(form, binding, frozenset(_WORLD.policy.schemas))
        try:
            ending = check(data, _HAVE, request=request, policy=_WORLD.policy, checkers=_CHECKERS, now=NOW)
        except ClicidError:
            continue
        if isinstance(ending, Wanted):
            continue
        ending.report.to_json()
        assert not isinstance(ending, Accepted) or data in _GOOD
