"""Certificate chains under an anchor: a signer, or our error."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.trust import anchors
from clicid.trust.anchors import Anchor
from tests.support.world import NOW
from tests.support.x509 import Party, issue

_ROOT, _MIDDLE, _LEAF = (Party(name, number) for number, name in enumerate(["Root", "Middle", "Leaf"], 31))
_MIDDLE_DER = issue(_MIDDLE, _ROOT, ca=True, path_length=0)
_TRUSTED = (Anchor.load(issue(_ROOT, _ROOT, ca=True)),)

SEEDS = [
    issue(_LEAF, _MIDDLE, names=["https://pid.example", "pid.example"]),
    issue(_LEAF, _ROOT),
    _MIDDLE_DER,
]


def target(data: bytes) -> None:
    for chain in ((data,), (data, _MIDDLE_DER), (SEEDS[0], data)):
        try:
            found = anchors.leaf(chain, _TRUSTED, now=NOW)
        except ClicidError:
            continue
        assert found.key == _LEAF.key
    try:
        assert Anchor.load(data).certificate == data
    except ClicidError:
        return
