"""A security object: refused, or the very statement that the document signer made."""

from __future__ import annotations

from clicid.errors import ClicidError
from issuer.chip import certificates, csca, files, security_object
from issuer.chip.passive import authenticate
from tests.support.chip_files import tlv
from tests.support.chip_signing import NOW, Chip, Way, certify, lds_object, message

_ROOT = certify("CSCA")
_CHIP = Chip(certify("Signer", _ROOT))
_STORE = csca.store_of([certificates.read(_ROOT.der, "")])
_CONTENT = lds_object(_CHIP.groups)
SEEDS = [
    _CHIP.sod,
    tlv(0x77, message(_CONTENT, _CHIP.signer, by_key=True, at=None)),
    *(tlv(0x77, message(_CONTENT, certify("Other", way=Way(kind)))) for kind in ("pss", "brainpoolP384r1")),
]


def target(data: bytes) -> None:
    try:
        read = files.sort([data, *_CHIP.groups.values()])
        found = authenticate(read, _STORE, now=NOW)
    except ClicidError:
        return
    assert found.security.message.content == _CONTENT
    assert found.signer.der == _CHIP.signer.der
    assert security_object.read(data).hashes == found.security.hashes
