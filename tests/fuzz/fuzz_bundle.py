"""Any bytes as a saved bundle: an ending that its report can tell, or our error."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.verification import bundle, checkers
from tests.support import bundles
from tests.support.w3c import CONTEXTS

_CHECKERS = checkers(CONTEXTS)

SEEDS = [saved.raw for saved in bundles.cases().values()]


def target(data: bytes) -> None:
    try:
        ending = bundle.replay(data, lambda _: _CHECKERS)
    except ClicidError:
        return
    ending.report.to_json()
