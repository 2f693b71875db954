"""Literals: each JSON value has one literal and each literal one JSON value.

The graph of `false` and of `"false"` under a term typed xsd:boolean is the same, but a reader of
the JSON takes the string for true. So the JSON type must be the datatype's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec.shape import MAX_INTEGER
from clicid.errors import Refused
from clicid.rdf import iri

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

Scalar: TypeAlias = "str | int | bool"

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

# The credentials context writes the XML Schema namespace with https in places.
_XSD_FORMS: Final = (XSD, "https://www.w3.org/2001/XMLSchema#")
_INTEGERS: Final = frozenset(
    (
        *("integer", "nonPositiveInteger", "negativeInteger", "nonNegativeInteger", "positiveInteger"),
        *("long", "int", "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)
# Their lexical forms are many for one value, and PyLD rewrites some of them.
_INEXACT: Final = frozenset(("decimal", "double", "float"))


def native(value: Scalar, datatype: str | None, where: str) -> tuple[str, str]:
    """Lexical form and datatype IRI of a JSON scalar under a term's datatype, if it has one.

    Raises:
        Refused: `rdf.literal` when the JSON type is not the datatype's own or the number is not
            exact, `rdf.character` for text that canonical N-Quads cannot carry plainly.
    """
    local = _local_name(datatype)
    if local in _INEXACT:
        raise Refused("rdf.literal", where, "an inexact number")
    if isinstance(value, bool):
        _demand(datatype is None or local == "boolean", where)
        return ("true" if value else "false"), datatype or XSD + "boolean"
    if isinstance(value, int):
        _demand(datatype is None or local in _INTEGERS, where)
        _demand(abs(value) <= MAX_INTEGER, where)
        return str(value), datatype or XSD + "integer"
    _demand(local != "boolean" and local not in _INTEGERS, where)
    iri.check_literal(value, where)
    return value, datatype or XSD + "string"


def tagged(value: Json, language: Json, where: str) -> tuple[str, str]:
    """Text and language tag of a language-tagged value object.

    Raises:
        Refused: `rdf.literal`, `rdf.character`, `rdf.language`.
    """
    if not isinstance(value, str) or not isinstance(language, str):
        raise Refused("rdf.literal", where)
    iri.check_literal(value, where)
    iri.check_language(language, where)
    return value, language


def _local_name(datatype: str | None) -> str:
    for namespace in _XSD_FORMS:
        if datatype is not None and datatype.startswith(namespace):
            return datatype[len(namespace) :]
    return ""


def _demand(fits: bool, where: str) -> None:  # noqa: FBT001 - a condition, not a switch
    if not fits:
        raise Refused("rdf.literal", where)
