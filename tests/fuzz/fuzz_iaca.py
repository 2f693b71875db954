"""Certificates of document signers and of roots: an authority, a signer, or our error."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.trust import iaca
from clicid.trust.iaca import Authority
from tests.support.mdoc import MdocWorld

_WORLD = MdocWorld()
_TRUSTED = (Authority.load(_WORLD.root),)

SEEDS = [_WORLD.certificate, _WORLD.root]


def target(data: bytes) -> None:
    try:
        found = iaca.signer(data, _TRUSTED)
    except ClicidError:
        pass
    else:
        # What the root has signed is one certificate: of another encoding the signature is another's too.
        assert found.key == _WORLD.keys.public(_WORLD.signer_ref)
    try:
        root = Authority.load(data)
    except ClicidError:
        return
    assert root.certificate == data
    assert iaca.signer(_WORLD.certificate, _TRUSTED).authority in (root, *_TRUSTED)
