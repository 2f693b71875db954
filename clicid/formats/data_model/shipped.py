"""What an installation has at hand of what documents name: resources and schemas. None is ever fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused, Undecided
from clicid.formats.base import CheckName, Line, Outcome
from clicid.formats.data_model.json_schema import Schemas
from clicid.formats.issuer import failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.data_model.credential import CredentialDocument
    from clicid.formats.data_model.resources import AtHand

_SECTION: Final = "VC Data Model 2.0 4.11; VC JSON Schema 3"


@dataclass(frozen=True, slots=True)
class Shipped:
    """Resources by their digests, and schemas.

    Args:
        at_hand: For the URL of each resource that is used here, the digests that stand for it.
        schemas: Schemas by their URLs.
    """

    at_hand: AtHand = field(default_factory=dict)
    schemas: Schemas = field(default_factory=lambda: Schemas({}))

    def schema_line(self, model: CredentialDocument, document: Mapping[str, Json]) -> Line | None:
        """What the schemas that a credential names say of it; None if it names none.

        Args:
            model: The credential, parsed.
            document: The same, its securing taken off.

        Returns:
            A line that failed for the first schema that does not fit, undecided for the first that is
            not at hand if all others fit.
        """
        doubt: Line | None = None
        named = model.entries.get("credentialSchema", ())
        for entry in named:
            try:
                self.schemas.check(entry, document)
            except Refused as error:
                return failed(CheckName.SCHEMA, _SECTION, error)
            except Undecided as error:
                detail = f"{error.where}: {error.detail}"
                doubt = doubt or Line(
                    CheckName.SCHEMA, Outcome.UNDECIDED, _SECTION, code=error.code, detail=detail
                )
        return doubt or (Line(CheckName.SCHEMA, Outcome.PASSED, _SECTION) if named else None)


NOTHING: Final = Shipped()
"""For those who look at no resource and no schema."""
