"""From a machine readable zone and the print to typed fields, and what is to be noticed about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from issuer.engines.mrz import Check
from issuer.engines.personal_number import from_optional_data
from issuer.engines.states import SPECIMEN_STATE, STATES
from issuer.evidence.ports import DocumentFields, DocumentType, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from issuer.engines.mrz import Mrz
    from issuer.engines.printed import Printed

_TYPES: Final = {"P": DocumentType.PASSPORT, "V": DocumentType.VISA}


def document_fields(mrz: Mrz, printed: Printed, birth: date | None, expiry: date | None) -> DocumentFields:
    """The typed fields.

    Args:
        mrz: The zone.
        printed: The names as printed.
        birth: The zone's birth date, century decided.
        expiry: The zone's expiry date, century decided.
    """
    number, _ = from_optional_data(mrz.optional, mrz.issuing_state, birth, mrz.sex)
    return DocumentFields(
        format=mrz.layout.name,
        document_type=_TYPES.get(mrz.document_code[:1], DocumentType.IDENTITY_CARD),
        issuing_state=mrz.issuing_state,
        number=mrz.number,
        family_name=printed.family_name,
        given_name=printed.given_name,
        family_name_mrz=mrz.surname,
        given_name_mrz=mrz.given_names,
        nationality=mrz.nationality,
        birth_date=birth,
        sex=mrz.sex,
        expiry_date=expiry,
        personal_number=number,
    )


def field_findings(mrz: Mrz, fields: DocumentFields, today: date) -> Iterator[Finding]:
    """What is to be noticed: check digits, dates, state, kind of document, personal number."""
    for name, check in mrz.checks.items():
        if check is Check.FAILED:
            yield Finding("document.check_digit", name)
    for name, day in (("birth_date", fields.birth_date), ("expiry_date", fields.expiry_date)):
        if day is None:
            yield Finding("document.date", name)
    if fields.expiry_date is not None and fields.expiry_date < today:
        yield Finding("document.expired", "expiry_date")
    if fields.document_type is DocumentType.VISA:
        yield Finding("document.kind", "document_type")
    yield from _states(fields)
    _, sound = from_optional_data(mrz.optional, mrz.issuing_state, fields.birth_date, mrz.sex)
    if not sound:
        yield Finding("document.personal_number", "personal_number")


def _states(fields: DocumentFields) -> Iterator[Finding]:
    if fields.issuing_state == SPECIMEN_STATE:
        yield Finding("document.specimen", "issuing_state")
    elif fields.issuing_state not in STATES:
        yield Finding("document.issuing_state", "issuing_state")
    if fields.nationality not in STATES:  # no check digit covers it
        yield Finding("document.issuing_state", "nationality")
