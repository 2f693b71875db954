"""Master lists: country signers that a state has collected and signed for (9303-12 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from asn1crypto import core, x509

from clicid.errors import Refused
from issuer.chip import asn1, certificates, cms, crl, csca, passive

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from issuer.chip.certificates import Certificate
    from issuer.chip.csca import CscaStore

_CSCA_MASTER_LIST: Final = "2.23.136.1.1.2"
_LIST_SIGNER: Final = "2.23.136.1.1.3"
MAX_BYTES: Final = 8_388_608
MAX_OBJECTS: Final = 400_000
MAX_CERTIFICATES: Final = 4_096
_CODE: Final = "chip.master_list"


class _Certificates(core.SetOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = x509.Certificate


class _CscaMasterList(core.Sequence):  # type: ignore[misc]
    _fields: Final = [("version", core.Integer), ("certificates", _Certificates)]


class MasterList(NamedTuple):
    """A list that somebody trusted signed.

    Args:
        signer: Who.
        certificates: What is in it.
        skipped: For each certificate that cannot be read, its reason code.
    """

    signer: Certificate
    certificates: tuple[Certificate, ...]
    skipped: tuple[str, ...]


def verified(
    der: bytes, trusted: CscaStore, pinned: Collection[str], *, now: datetime, where: str
) -> MasterList:
    """Read a list whose signer is pinned, or a list signer below a country signer that is trusted already.

    Args:
        der: The signed message.
        trusted: What the operator trusts without this list.
        pinned: SHA-256 fingerprints of certificates of list signers, in hexadecimal.
        now: The time of the check.
        where: The place.

    Raises:
        Refused: `chip.master_list`; as `passive.check_may_sign`, `passive.check_time`, `csca.path` and
            `crl.check` for its signer.
        Undecided: `chip.csca_unknown`, `chip.crl_stale`.
    """
    if len(der) > MAX_BYTES:
        raise Refused(_CODE, where, "too long")
    message = cms.read(der, _CODE, where)
    if message.content_type != _CSCA_MASTER_LIST:
        raise Refused(_CODE, where, f"signed content of type {message.content_type}")
    signer = message.signer(where)
    message.check(signer, _CODE, where)
    passive.check_time(signer, message.signing_time, now, where)
    if signer.fingerprint not in pinned:
        passive.check_may_sign(signer, where, purpose=_LIST_SIGNER)
        path = csca.path(signer, trusted, at=message.signing_time or now, where=where)
        crl.check(signer, path.authorities, trusted, now=now, where=where)
    return _read(message.content, signer, where)


def _read(content: bytes, signer: Certificate, where: str) -> MasterList:
    listed = asn1.load(_CscaMasterList, content, _CODE, where, objects=MAX_OBJECTS)
    with asn1.reading(_CODE, where):
        if listed["version"].native != 0 or len(listed["certificates"]) > MAX_CERTIFICATES:
            raise Refused(_CODE, where, "its version, or too many certificates")
        ders = [one.dump() for one in listed["certificates"]]
    found: list[Certificate] = []
    skipped: list[str] = []
    for der in ders:
        try:
            found.append(certificates.read(der, where))
        except Refused as reason:
            skipped.append(reason.code)
    return MasterList(signer, tuple(found), tuple(skipped))
