"""A photographed document beside its chip: what a state signed wins, and where the two differ is a sign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from issuer.evidence.ports import DocumentFields

_ZONE: Final = (
    "format", "document_type", "issuing_state", "number", "family_name_mrz", "given_name_mrz",
    "nationality", "birth_date", "sex", "expiry_date",
)  # fmt: skip
_NAMES: Final = (("family_name", "family_name_mrz"), ("given_name", "given_name_mrz"))


def differences(chip: DocumentFields, photographed: DocumentFields) -> Iterator[Finding]:
    """Each field in which the photographed document is another than its chip.

    A name's own letters are compared where both have them.
    """
    for name in _ZONE:
        if getattr(chip, name) != getattr(photographed, name):
            yield Finding("chip.document_mismatch", name)
    for name, _ in _NAMES:
        own, printed = getattr(chip, name), getattr(photographed, name)
        if own is not None and printed is not None and own.casefold() != printed.casefold():
            yield Finding("chip.document_mismatch", name)


def joined(chip: DocumentFields, photographed: DocumentFields | None) -> DocumentFields:
    """What the chip says; a name that it has only in A to Z is the printed one, if that is the same name.

    The reader of a photograph has held the printed name against the photographed zone, so it is the
    chip's name where the two zones have the same one.
    """
    if photographed is None:
        return chip
    printed = {
        name: getattr(photographed, name)
        for name, machine in _NAMES
        if getattr(chip, name) is None and getattr(chip, machine) == getattr(photographed, machine)
    }
    return replace(chip, **printed)
