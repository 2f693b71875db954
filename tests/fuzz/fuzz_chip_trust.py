"""Files of country signers: refused, or a signed list is the one that was signed."""

from __future__ import annotations

from clicid.errors import ClicidError, Refused
from issuer.chip import certificates, crl, tlv, trust_files
from tests.support.chip_signing import LIST_SIGNER, NOW, certify, master_list, revocations
from tests.support.chip_trust import ldif, pem, zipped

_ROOT, _OTHER = certify("CSCA"), certify("CSCA", country="DK")
_LIST = master_list([_ROOT, _OTHER], certify("List signer", _ROOT, purpose=LIST_SIGNER))
_CERTIFICATE = pem(_OTHER.der)
SEEDS = [
    *(_LIST, ldif(_LIST), zipped(_LIST), _CERTIFICATE, _OTHER.der, revocations(_ROOT, (5,))),
    b"\xb0\x83" + _CERTIFICATE,  # before a certificate in PEM anything may stand
]


def _is_signed_list(data: bytes) -> bool:
    """Whether it is a CMS message, as master lists are; else certificates that were given as they are."""
    try:
        return tlv.children(tlv.only(data, 0x30, ""), "")[0].tag == 0x06
    except Refused:
        return False


def target(data: bytes) -> None:
    for read in (certificates.read, crl.read):
        try:
            read(data, "")
        except ClicidError:
            continue
    try:
        store, _ = trust_files.trust({"root": _ROOT.der, "list": data}, (), now=NOW)
    except ClicidError:
        return
    if _is_signed_list(data):
        assert {one.der for one in store.roots + store.links} == {_ROOT.der, _OTHER.der}
