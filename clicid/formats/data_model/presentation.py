"""A presentation as the data model defines it (VC Data Model 2.0, 4.13)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec.shape import pointer
from clicid.errors import Refused
from clicid.formats.data_model import entries, envelope, fields, resources
from clicid.formats.data_model.credential import (
    VERIFIABLE,
    CredentialDocument,
    begun,
    parse_credential,
)
from clicid.formats.data_model.envelope import Enveloped, is_enveloped, parse_enveloped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.data_model.entries import Entry
    from clicid.formats.data_model.version import Version

TYPE: Final = "VerifiablePresentation"
MAX_CREDENTIALS: Final = 16
_CODE: Final = "vc.credential"


@dataclass(frozen=True, slots=True)
class EmbeddedCredential:
    """A credential in the presentation itself.

    Args:
        document: What the data model says of it.
        members: The credential as it stands there.
        self_asserted: Whether it has no proof of its own: the holder is its issuer, and the
            presentation's securing is all that it has (4.13.4).
    """

    document: CredentialDocument
    members: Mapping[str, Json] = field(repr=False)
    self_asserted: bool


Held: TypeAlias = EmbeddedCredential | Enveloped


@dataclass(frozen=True, slots=True)
class PresentationDocument:
    """A well-formed presentation, of which nothing is verified.

    Args:
        version: The data model it follows.
        id: Its URL, or None.
        types: As written.
        holder: The holder's URL, or None.
        credentials: None, one or many, in order.
        entries: As in a credential.
    """

    version: Version
    id: str | None
    types: tuple[str, ...]
    holder: str | None
    credentials: tuple[Held, ...] = field(repr=False)
    entries: Mapping[str, tuple[Entry, ...]]


def parse_presentation(
    document: Mapping[str, Json], where: str = "", *, versions: frozenset[Version] = VERIFIABLE
) -> PresentationDocument:
    """Hold a presentation, and what stands in it, against every rule of the data model.

    Args:
        document: A JSON object, strictly read; with or without its proof.
        where: Its JSON pointer.
        versions: `VERIFIABLE`, or `ISSUABLE` for what is to be presented. Credentials in it may be
            of either version.

    Raises:
        Refused: What `parse_credential` raises; `vc.holder`, `vc.credential`, `vc.envelope`,
            `vc.self_asserted`.
    """
    # What is embedded is held against it there.
    own = {name: value for name, value in document.items() if name != "verifiableCredential"}
    fields.check_nothing_dropped(own, where)
    found, types = begun(document, where, TYPE, versions)
    resources.parse(document, where)
    holder = (
        fields.url_or_object(document["holder"], pointer(where, "holder"), "vc.holder")
        if "holder" in document
        else None
    )
    return PresentationDocument(
        version=found,
        id=fields.optional_id(document, where, "vc.id"),
        types=types,
        holder=holder,
        credentials=_credentials(document, where, holder),
        entries=entries.parse(document, where, found),
    )


def _credentials(document: Mapping[str, Json], where: str, holder: str | None) -> tuple[Held, ...]:
    if "verifiableCredential" not in document:
        return ()
    place = pointer(where, "verifiableCredential")
    found = list(fields.objects(document["verifiableCredential"], place, _CODE))
    if len(found) > MAX_CREDENTIALS:
        raise Refused(_CODE, place, f"more than {MAX_CREDENTIALS} credentials")
    return tuple(_held(item, at, holder) for item, at in found)


def _held(item: Mapping[str, Json], where: str, holder: str | None) -> Held:
    if is_enveloped(item, envelope.CREDENTIAL):
        return parse_enveloped(item, where, kind=envelope.CREDENTIAL)
    credential = parse_credential(item, where)
    self_asserted = "proof" not in item
    if self_asserted and credential.issuer != holder:
        raise Refused("vc.self_asserted", where, "no proof, and the issuer is not the holder")
    return EmbeddedCredential(credential, item, self_asserted)
