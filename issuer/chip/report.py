"""What may be told of a chip that was judged: one JSON object, of a form that does not depend on the ending.

What a chip says of a person is in it only where the chip is authentic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import instant
from clicid.errors import REASONS, ClicidError, Undecided
from issuer.chip import files, passive, proofs, security_object
from issuer.chip.files import name_of
from issuer.engines import mrz

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from clicid.codec.strict_json import Json
    from issuer.chip.certificates import Certificate
    from issuer.chip.csca import CscaStore
    from issuer.chip.files import ChipFiles
    from issuer.chip.passive import Authentic

_UNLISTED: Final = "unlisted"


@dataclass(frozen=True, slots=True)
class Answer:
    """The 8 bytes that the chip was asked to sign, and its answer to INTERNAL AUTHENTICATE."""

    challenge: bytes
    response: bytes


def judge(
    read: Iterable[bytes], store: CscaStore, *, now: datetime, answer: Answer | None = None
) -> dict[str, Json]:
    """Authenticate a chip, and say everything about it.

    Args:
        read: Its files.
        store: What the operator trusts.
        now: The time of the check.
        answer: Active authentication, where the chip was asked.

    Returns:
        ``verdict`` is ``authentic``, ``refused`` or ``undecided``; ``reasons`` is what decided, or what
        whoever relies on an authentic chip should know. Members that the ending leaves unknown are null.
    """
    found: ChipFiles | None = None
    document: Authentic | None = None
    proof: str | None = None
    ended: ClicidError | None = None
    try:
        found = files.sort(read)
        document = passive.authenticate(found, store, now=now)
        if answer is not None:
            proof = proofs.active_authentication(document, answer.challenge, answer.response)
    except ClicidError as reason:
        ended, document = reason, None
    return {
        "verdict": _verdict(ended),
        "reasons": _reasons(ended, document, now),
        "fields": _fields(document, now),
        "portrait": _portrait(document),
        "groups": _groups(found),
        "active_authentication": proof,
        "signed_at": _signed_at(document),
        "signer": _certificate(document.signer if document else None),
        "country_signer": _certificate(document.path.issuer if document else None),
        "links": [one.fingerprint for one in document.path.links] if document else [],
        "algorithms": _algorithms(document),
    }


def _verdict(ended: ClicidError | None) -> str:
    if ended is None:
        return "authentic"
    return "undecided" if isinstance(ended, Undecided) else "refused"


def _reasons(ended: ClicidError | None, document: Authentic | None, now: datetime) -> list[Json]:
    if ended is not None:
        return [_reason(ended.code, ended.where, ended.detail)]
    notes = list(document.notes) if document else []
    expiry = mrz.expiry_date(document.zone.expiry_date, now.date()) if document else None
    if expiry is not None and expiry < now.date():
        notes.append("document.expired")
    return [_reason(code) for code in notes]


def _reason(code: str, where: str = "", detail: str = "") -> Json:
    row = REASONS[code]
    return {"code": code, "where": where, "detail": detail, "en": row.en, "sv": row.sv}


def _fields(document: Authentic | None, now: datetime) -> Json:
    if document is None:
        return None
    zone, details = document.zone, document.details
    return {
        "format": zone.layout.name,
        "document_code": zone.document_code,
        "issuing_state": zone.issuing_state,
        "number": zone.number,
        "family_name_mrz": zone.surname,
        "given_name_mrz": zone.given_names,
        "family_name": details.surname if details else "",
        "given_name": details.given_names if details else "",
        "nationality": zone.nationality,
        "birth_date": _day(mrz.birth_date(zone.birth_date, now.date())),
        "sex": zone.sex,
        "expiry_date": _day(mrz.expiry_date(zone.expiry_date, now.date())),
        "personal_number": details.personal_number if details else "",
        "optional": zone.optional,
    }


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _portrait(document: Authentic | None) -> Json:
    if document is None or document.portrait is None:
        return None
    return {"type": document.portrait.kind.value, "bytes": len(document.portrait.image)}


def _groups(found: ChipFiles | None) -> dict[str, Json]:
    """Each group against the list in the security object, whoever signed that."""
    if found is None:
        return {}
    try:
        security = security_object.read(found.sod)
    except ClicidError:
        return {}
    listed = {number: data for number, data in found.groups.items() if number in security.hashes}
    states: dict[int, str] = dict(security.compare(listed))
    states |= dict.fromkeys(found.groups.keys() - listed.keys(), _UNLISTED)
    return {name_of(number): states[number] for number in sorted(states)}


def _signed_at(document: Authentic | None) -> Json:
    time = document.security.message.signing_time if document else None
    return instant.format_stamp(time) if time else None


def _certificate(certificate: Certificate | None) -> Json:
    if certificate is None:
        return None
    return {
        "country": certificate.country,
        "serial": f"{certificate.serial:x}",
        "sha256": certificate.fingerprint,
        "valid_from": instant.format_stamp(certificate.not_before),
        "valid_until": instant.format_stamp(certificate.not_after),
        "key": certificate.key.name,
    }


def _algorithms(document: Authentic | None) -> Json:
    if document is None:
        return None
    return {
        "groups": document.security.digest,
        "signature": document.security.message.scheme.name,
        "certificate": document.signer.scheme.name,
    }
