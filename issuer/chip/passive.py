"""Passive authentication: whether what was read off a chip is what a state signed (9303-11 5.1)."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError, Refused
from issuer.chip import crl, csca, files, holder, security_object
from issuer.chip.files import name_of
from issuer.chip.security_object import GroupState
from issuer.engines.states import ALPHA_2

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from issuer.chip.certificates import Certificate
    from issuer.chip.csca import CscaStore, Path
    from issuer.chip.files import ChipFiles
    from issuer.chip.holder import Details, Portrait
    from issuer.chip.security_object import SecurityObject
    from issuer.engines.mrz import Mrz

_SEAL: Final = object()
_SIGNS: Final = "digital_signature"
_WEAK: Final = "sha1"


@dataclass(frozen=True, slots=True)
class Authentic:
    """A document that a state signed, with what it says. Only `authenticate` makes one.

    Args:
        zone: DG1.
        portrait: DG2; None where it was not given.
        details: DG11; None where it was not given.
        groups: What came of each group that is signed for: ok, or absent.
        signed: The groups themselves, by number, for what asks further (active and chip authentication).
        security: The security object.
        signer: The document signer.
        path: From it to what is trusted.
        notes: Reason codes of what does not refuse it and whoever decides should know, sorted.
        seal: This module's own.

    Raises:
        LocalError: `verification.seal` if built anywhere but here.
    """

    zone: Mrz = field(repr=False)
    portrait: Portrait | None
    details: Details | None
    groups: Mapping[int, GroupState]
    signed: Mapping[int, bytes] = field(repr=False)
    security: SecurityObject = field(repr=False)
    signer: Certificate = field(repr=False)
    path: Path = field(repr=False)
    notes: tuple[str, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise LocalError("verification.seal")


def authenticate(read: ChipFiles, store: CscaStore, *, now: datetime) -> Authentic:
    """Return if a trusted state signed every group that is there.

    1. The security object is well-formed, with one signer, whose certificate it brings (9303-10 4.6.2).
    2. Each group that was read has the hash value that is listed for it, and every group is listed.
    3. The signer's key made the signature over that list (RFC 5652 5.4, 5.6).
    4. The signer's certificate is one for signing documents, and none that vouches for itself (9303-12 7.1).
    5. It was valid, and its key in use, when it signed: at the signing time that is signed, today where
       there is none.
    6. A country signer of the same country that is trusted, or linked to one, issued it (`csca.path`).
    7. No list revokes any of them (`crl.check`).
    8. EF.COM, which nobody signs, hides no group and invents none.
    9. The groups are sound; the zone's issuing state is the signer's country, and its kind of document one
       that the signer signs.

    Args:
        read: The files.
        store: What the operator trusts.
        now: The time of the check.

    Raises:
        Refused: ``chip.*`` by the first of these that does not hold; `document.mrz_format`.
        Undecided: `chip.csca_unknown`, `chip.crl_stale`.
    """
    security = security_object.read(read.sod)
    signer = security.message.signer("SOD")
    states = security.compare(read.groups)
    for number, state in states.items():
        if state is GroupState.FAILED:
            raise Refused("chip.group_hash", name_of(number))
    check_may_sign(signer, "SOD")
    security.message.check(signer, "chip.signature", "SOD")
    check_time(signer, security.message.signing_time, now, "SOD")
    path = csca.path(signer, store, at=security.message.signing_time or now, where="SOD")
    with_list = crl.check(signer, path.authorities, store, now=now, where="SOD")
    if read.com is not None and files.common(read.com).groups != security.hashes.keys():
        raise Refused("chip.com_differs", "COM")
    zone = holder.machine_readable_zone(read.groups[1])
    _check_zone(zone, signer)
    portrait, details = read.groups.get(2), read.groups.get(11)
    return Authentic(
        zone=zone,
        portrait=None if portrait is None else holder.portrait(portrait),
        details=None if details is None else holder.details(details),
        groups=states,
        signed=dict(read.groups),
        security=security,
        signer=signer,
        path=path,
        notes=_notes(security, signer, now, with_list=with_list),
        seal=_SEAL,
    )


def check_may_sign(signer: Certificate, where: str, *, purpose: str | None = None) -> None:
    """Return if a certificate is one for signing: of no authority, vouched for by another.

    Args:
        signer: The certificate.
        where: The place.
        purpose: The extended key usage that it must have; None where it may have none.

    Raises:
        Refused: `chip.self_signed`, `chip.signer`.
    """
    if signer.self_issued or csca.signed_by_itself(signer):
        raise Refused("chip.self_signed", where)
    if signer.authority or _SIGNS not in signer.usages:
        raise Refused("chip.signer", where, "a certificate for another use")
    if signer.purposes != (frozenset() if purpose is None else {purpose}):
        raise Refused("chip.signer", where, "a certificate for another purpose")


def check_time(signer: Certificate, signing_time: datetime | None, now: datetime, where: str) -> None:
    """Return if the signer's certificate was valid, and its key in use, when it signed.

    Raises:
        Refused: `chip.validity`.
    """
    time = signing_time or now
    if time > now:
        raise Refused("chip.validity", where, "signed in the future")
    if not signer.valid_at(time):
        raise Refused("chip.validity", where, "the signer's certificate")
    start, _ = signer.key_period
    in_use = signer.in_use_at(time) if signing_time is not None else start is None or start <= now
    if not in_use:
        raise Refused("chip.validity", where, "the signer's key was not in use")


def _check_zone(zone: Mrz, signer: Certificate) -> None:
    if ALPHA_2.get(zone.issuing_state) != signer.country:
        raise Refused("chip.country", "DG1", f"{zone.issuing_state} signed by {signer.country or 'nobody'}")
    types = signer.document_types
    if types is not None and not any(_covers(one, zone.document_code) for one in types):
        raise Refused("chip.document_type", "DG1")


def _covers(listed: str, code: str) -> bool:
    """A kind of one letter is every kind that begins with it; one of two letters is itself."""
    return code == listed or (len(listed) == 1 and code.startswith(listed))


def _notes(
    security: SecurityObject, signer: Certificate, now: datetime, *, with_list: bool
) -> tuple[str, ...]:
    weak = _WEAK in {security.digest, security.message.scheme.digest, signer.scheme.digest}
    told = {
        "chip.crl_missing": not with_list,
        "chip.no_signing_time": security.message.signing_time is None,
        "chip.sha1": weak,
        "chip.signer_expired": not signer.valid_at(now),
    }
    return tuple(code for code, holds in told.items() if holds)
