"""Schemas that a credential names, held against it (VC JSON Schema, 3; JSON Schema 2020-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import jsonschema_rs

from clicid.codec import shape, strict_json
from clicid.errors import LocalError, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.data_model.entries import Entry

TYPE: Final = "JsonSchema"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MAX_SHOWN: Final = 80


class Schemas:
    """The schemas at hand. None is ever fetched, not even one that another refers to.

    Args:
        documents: URL to the bytes of the schema; the shell has held them against their digests.

    Raises:
        LocalError: `vc.schema` for what is no JSON Schema 2020-12.
    """

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        self._validators: Final = {url: _validator(url, raw) for url, raw in documents.items()}

    def __contains__(self, url: object) -> bool:
        return url in self._validators

    def check(self, named: Entry, document: Mapping[str, Json]) -> None:
        """Hold the whole document against one schema that it names.

        Args:
            named: An entry of `credentialSchema`.
            document: The credential, its securing taken off.

        Raises:
            Refused: `vc.schema_mismatch` with the place in the document.
            Undecided: `vc.schema_unavailable` for a schema of another type, or one not at hand.
        """
        if TYPE not in named.types or named.id not in self._validators:
            raise Undecided("vc.schema_unavailable", named.where, (named.id or "")[:_MAX_SHOWN])
        error = next(self._validators[named.id].iter_errors(dict(document)), None)
        if error is not None:
            where = "".join(shape.pointer("", step) for step in error.instance_path)
            # The library's own message quotes the value.
            keyword = "/".join(str(step) for step in error.schema_path)
            raise Refused("vc.schema_mismatch", where, f"of the schema: {keyword}")


def _validator(url: str, raw: bytes) -> jsonschema_rs.Draft202012Validator:
    try:
        schema = shape.as_object(strict_json.loads(raw))
        if schema.get("$schema") != DIALECT:
            raise LocalError("vc.schema", url, "another dialect than 2020-12")
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, offline=True)
    except Refused as error:
        raise LocalError("vc.schema", url, error.code) from error
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise LocalError("vc.schema", url, "no JSON Schema, or one that refers to another") from error
