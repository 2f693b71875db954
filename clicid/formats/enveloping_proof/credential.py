"""A credential as it came, read strictly; nothing is verified yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.formats import w3c

if TYPE_CHECKING:
    from clicid.formats.base import Line, StatusRef
    from clicid.formats.data_model import CredentialDocument
    from clicid.formats.enveloping_proof.opened import Opened
    from clicid.status.entry import BitstringEntry


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential with its enveloping proof.

    Args:
        opened: Signature, key id, claims and document.
        model: What the data model says of it.
        types: The IRIs of its own types, beside VerifiableCredential.
        learnt: Whether the shape of the document was met before.
        status: Its status entries.
        schema: What the schemas that it names say of it, or None if it names none.
    """

    opened: Opened
    model: CredentialDocument
    types: tuple[str, ...]
    learnt: bool
    status: tuple[StatusRef | BitstringEntry, ...]
    schema: Line | None

    @property
    def issuer(self) -> str:
        """The issuer's URL: a DID, for ClicID's own types."""
        return self.model.issuer

    @property
    def credential_type(self) -> str:
        """The IRI of the first type of its own, or of VerifiableCredential if it has none."""
        return w3c.first_type(self.types)

    def issued(self) -> tuple[bytes, bytes]:
        """What the issuer's key has signed, and the signature."""
        return self.opened.issued()
