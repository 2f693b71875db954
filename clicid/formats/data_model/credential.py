"""A credential as the data model defines it (VC Data Model 2.0, 4 and 5; 1.1 for verification)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import instant
from clicid.codec.shape import pointer
from clicid.errors import Refused
from clicid.formats.data_model import entries, fields, resources, version
from clicid.formats.data_model.version import Version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.formats.data_model.entries import Entry
    from clicid.formats.data_model.resources import RelatedResource

TYPE: Final = "VerifiableCredential"
ISSUABLE: Final = frozenset((Version.V2_0,))
VERIFIABLE: Final = frozenset(Version)

# The members that hold the two ends of the validity in each version (4.9; 1.1: 4.6).
_VALIDITY: Final = {
    Version.V2_0: ("validFrom", "validUntil"),
    Version.V1_1: ("issuanceDate", "expirationDate"),
}
_MAX_TIME: Final = 64


@dataclass(frozen=True, slots=True)
class CredentialDocument:
    """A well-formed credential, of which nothing is verified.

    Args:
        version: The data model it follows.
        id: Its URL, or None.
        types: As written: terms and URLs.
        issuer: The issuer's URL.
        subjects: `credentialSubject`, one or more.
        valid_from: The beginning, or None.
        valid_until: The end, or None.
        entries: The objects that say by their type what they are, by the member they stand in.
        related: Resources fixed by their digests.
    """

    version: Version
    id: str | None
    types: tuple[str, ...]
    issuer: str
    subjects: tuple[Mapping[str, Json], ...] = field(repr=False)
    valid_from: datetime | None
    valid_until: datetime | None
    entries: Mapping[str, tuple[Entry, ...]]
    related: tuple[RelatedResource, ...]

    @property
    def lifetime(self) -> timedelta | None:
        """From beginning to end; None if either is open."""
        if self.valid_from is None or self.valid_until is None:
            return None
        return self.valid_until - self.valid_from


def parse_credential(
    document: Mapping[str, Json], where: str = "", *, versions: frozenset[Version] = VERIFIABLE
) -> CredentialDocument:
    """Hold a credential against every rule of the data model that needs no JSON-LD processor.

    Args:
        document: A JSON object, strictly read; with or without its proof.
        where: Its JSON pointer.
        versions: `VERIFIABLE`, or `ISSUABLE` for what is to be issued.

    Raises:
        Refused: `vc.context`, `vc.type`, `vc.id`, `vc.name`, `vc.issuer`, `vc.subject`,
            `vc.validity`, `vc.status`, `vc.schema`, `vc.refresh`, `vc.terms`, `vc.evidence`,
            `vc.reserved`, `vc.resource`, `vc.proof`, `vc.null`, with the place.
    """
    fields.check_nothing_dropped(document, where)
    found, types = begun(document, where, TYPE, versions)
    begin, end = _validity(document, where, found)
    return CredentialDocument(
        version=found,
        id=fields.optional_id(document, where, "vc.id"),
        types=types,
        issuer=fields.url_or_object(document.get("issuer"), pointer(where, "issuer"), "vc.issuer"),
        subjects=_subjects(document, where),
        valid_from=begin,
        valid_until=end,
        entries=entries.parse(document, where, found),
        related=resources.parse(document, where),
    )


def begun(
    document: Mapping[str, Json], where: str, wanted: str, versions: frozenset[Version]
) -> tuple[Version, tuple[str, ...]]:
    """Version and types, the wanted one among them: the rules that hold for presentations as well.

    Raises:
        Refused: `vc.context`, `vc.type`, `vc.name`, `vc.proof`.
    """
    found = version.parse(document, where, allowed=versions)
    types = fields.types(document, where)
    if wanted not in types:
        raise Refused("vc.type", pointer(where, "type"), f"{wanted} is wanted")
    fields.check_names(document, where)
    check_proofs(document, where)
    return found, types


def check_proofs(document: Mapping[str, Json], where: str) -> None:
    """Refuse (`vc.proof`) a `proof` that is not one or more objects with a type (4.5, 4.12)."""
    if "proof" in document:
        for proof, place in fields.objects(document["proof"], pointer(where, "proof"), "vc.proof"):
            fields.types(proof, place, "vc.proof")


def _subjects(document: Mapping[str, Json], where: str) -> tuple[Mapping[str, Json], ...]:
    """4.8: a set of objects, of each of which something is said."""
    place = pointer(where, "credentialSubject")
    found = []
    for subject, at in fields.objects(document.get("credentialSubject"), place, "vc.subject"):
        if not subject:
            raise Refused("vc.subject", at, "nothing is said of the subject")
        fields.optional_id(subject, at, "vc.subject")
        found.append(subject)
    return tuple(found)


def _validity(
    document: Mapping[str, Json], where: str, found: Version
) -> tuple[datetime | None, datetime | None]:
    first, last = _VALIDITY[found]
    if found is Version.V1_1 and first not in document:
        raise Refused("vc.validity", pointer(where, first), "missing")
    begin, end = (_time(document, name, where, found) for name in (first, last))
    if begin is not None and end is not None and end < begin:
        raise Refused("vc.validity", pointer(where, last), f"before {first}")
    return begin, end


def _time(document: Mapping[str, Json], name: str, where: str, found: Version) -> datetime | None:
    if name not in document:
        return None
    place = pointer(where, name)
    value = document[name]
    if not isinstance(value, str) or len(value) > _MAX_TIME:
        raise Refused("vc.validity", place, "an xsd:dateTimeStamp is wanted")
    try:
        return instant.parse(value, where=place, assume_utc=found is Version.V1_1)
    except Refused as error:
        raise Refused("vc.validity", place, error.detail) from error
