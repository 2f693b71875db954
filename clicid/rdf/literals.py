"""Literals: each JSON value has one literal and each literal one JSON value.

The graph of `false` and of `"false"` under a term typed xsd:boolean is the same, but a reader of
the JSON takes the string for true. So the JSON type must be the datatype's own. In the open profile
numbers may have fractions, as far as processors agree on their literals and nothing is rounded away.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import jcs
from clicid.codec.shape import MAX_INTEGER
from clicid.errors import Refused
from clicid.rdf import iri
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

Scalar: TypeAlias = "str | int | bool | float"

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
JSON: Final = RDF + "JSON"
LANGUAGE_TEXT: Final = RDF + "langString"
I18N: Final = "https://www.w3.org/ns/i18n#"
_DIRECTIONS: Final = ("ltr", "rtl")
_DIRECTED: Final = frozenset(("@value", "@language", "@direction"))

# The credentials context writes the XML Schema namespace with https in places.
XSD_FORMS: Final = (XSD, "https://www.w3.org/2001/XMLSchema#")
_INTEGERS: Final = frozenset(
    (
        *("integer", "nonPositiveInteger", "negativeInteger", "nonNegativeInteger", "positiveInteger"),
        *("long", "int", "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)
# Their lexical forms are many for one value, and PyLD rewrites some of them.
_INEXACT: Final = frozenset(("decimal", "double", "float"))
_BIG_INTEGER: Final = re.compile(r"-?[1-9][0-9]{15,77}", re.ASCII)
_FRACTION: Final = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+", re.ASCII)
# Below it some processors take a number for an integer; from the second on it is a double for all.
_SMALLEST: Final = 1e-6
_LARGEST: Final = 1e21
# What a literal of another form (`json`, `tagged`) says must not be written as a text.
_NO_TEXT: Final = frozenset((JSON, LANGUAGE_TEXT))


def native(value: Scalar, datatype: str | None, where: str, profile: Profile) -> tuple[str, str]:
    """Lexical form and datatype IRI of a JSON scalar under a term's datatype, if it has one.

    Raises:
        Refused: `rdf.literal` when the JSON type is not the datatype's own or the number is not
            exact, `rdf.character` for text that canonical N-Quads cannot carry plainly.
    """
    _demand(datatype is None or (datatype not in _NO_TEXT and iri.is_absolute(datatype)), where)
    _demand(datatype is None or not datatype.startswith(I18N), where)
    local = _local_name(datatype)
    if profile is Profile.CLOSED and (local in _INEXACT or isinstance(value, float)):
        raise Refused("rdf.literal", where, "an inexact number")
    if isinstance(value, bool):
        _demand(datatype is None or local == "boolean", where)
        return ("true" if value else "false"), datatype or XSD + "boolean"
    if isinstance(value, str):
        return _text(value, datatype, local, where, profile)
    if isinstance(value, int):
        _demand(abs(value) <= MAX_INTEGER, where)
    return _number(value, datatype, local, where)


def tagged(value: Json, language: Json, where: str, profile: Profile) -> tuple[str, str]:
    """Text and language tag of a language-tagged value object.

    Raises:
        Refused: `rdf.literal`, `rdf.character`, `rdf.language`.
    """
    if not isinstance(value, str) or not isinstance(language, str):
        raise Refused("rdf.literal", where)
    iri.check_literal(value, where)
    # Tags are compared without regard to case (BCP 47 2.1.1), and processors write them small.
    tag = language.lower() if profile is Profile.OPEN else language
    if not iri.is_language(tag):
        raise Refused("rdf.language", where)
    return value, tag


def directed(item: Mapping[str, Json], where: str) -> tuple[str, str]:
    """Text and datatype of a value object with a base direction (JSON-LD 1.1 10.2.1, i18n datatypes).

    Of the two ways to state a direction in a graph this is the one that signers in the field have.

    Raises:
        Refused: As `tagged` does.
    """
    value, direction = item["@value"], item["@direction"]
    if not isinstance(value, str) or direction not in _DIRECTIONS or item.keys() - _DIRECTED:
        raise Refused("rdf.literal", where, "a base direction is that of a text")
    language = tagged(value, item["@language"], where, Profile.OPEN)[1] if "@language" in item else ""
    iri.check_literal(value, where)
    return value, f"{I18N}{language}_{direction}"


def json(value: Json, where: str) -> str:
    """The lexical form of a JSON literal (JSON-LD 1.1 10.2): by RFC 8785.

    Raises:
        Refused: `rdf.character`; `rdf.literal` for what RFC 8785 cannot express.
    """
    try:
        text = jcs.dumps(value).decode("utf-8")
    except Refused as error:
        raise Refused("rdf.literal", where, error.detail) from error
    iri.check_literal(text, where)
    return text


def _text(value: str, datatype: str | None, local: str, where: str, profile: Profile) -> tuple[str, str]:
    """A string, unless a JSON number or boolean is the datatype's own form for what it says."""
    if profile is Profile.OPEN and local in _INTEGERS:
        _demand(_BIG_INTEGER.fullmatch(value) is not None and abs(int(value)) > MAX_INTEGER, where)
    elif profile is Profile.OPEN and local == "decimal":
        _demand(_FRACTION.fullmatch(value) is not None, where)
    else:
        _demand(local != "boolean" and local not in _INTEGERS and local not in _INEXACT, where)
    iri.check_literal(value, where)
    return value, datatype or XSD + "string"


def _number(value: float, datatype: str | None, local: str, where: str) -> tuple[str, str]:
    """A number (JSON-LD 1.1 API 8.2.2): 5.0 is the integer 5 for JSON, and so it is here."""
    size = abs(value)
    _demand(size <= MAX_INTEGER or _LARGEST <= size <= sys.float_info.max, where)
    fraction = value != int(value) or size >= _LARGEST
    if fraction or datatype == XSD + "double":
        _demand(datatype is None or local in ("double", "float"), where)
        return _double(float(value), where), datatype or XSD + "double"
    _demand(datatype is None or local in _INTEGERS or local in _INEXACT, where)
    return str(int(value)), datatype or XSD + "integer"


def _double(value: float, where: str) -> str:
    """The canonical lexical form of a double (JSON-LD 1.1 API 8.6), which keeps 16 digits."""
    mantissa, exponent = f"{value:.15E}".split("E")
    text = f"{mantissa.rstrip('0')}{'0' if mantissa.rstrip('0').endswith('.') else ''}E{int(exponent)}"
    # Of minus zero some keep the sign.
    _demand(text == "0.0E0" or abs(value) >= _SMALLEST, where)
    _demand(float(text) == value, where)
    return text


def _local_name(datatype: str | None) -> str:
    for namespace in XSD_FORMS:
        if datatype is not None and datatype.startswith(namespace):
            return datatype[len(namespace) :]
    return ""


def _demand(fits: bool, where: str) -> None:  # noqa: FBT001 - a condition, not a switch
    if not fits:
        raise Refused("rdf.literal", where)
