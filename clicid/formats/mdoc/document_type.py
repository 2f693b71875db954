"""A document type whose every data element has a claim and a type: the same claims as in the other formats.

Types are written as CDDL has them (RFC 8610), in JSON: a name for what is one value, an array with one type
for any number of values of it, an object for a map, with the type of each of its members.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, shape, strict_json
from clicid.codec.cbor import Tagged
from clicid.errors import LocalError, Refused
from clicid.formats.mdoc.fields import FULL_DATE, TDATE, is_full_date, is_tdate
from clicid.formats.mdoc.values import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.codec.cbor import Cbor, Key
    from clicid.codec.strict_json import Json

_TAGS: Final = {"full-date": FULL_DATE, "tdate": TDATE}
_BYTES: Final = "bstr"
_VALUES: Final[Mapping[str, Callable[[Cbor], bool]]] = {
    "tstr": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "true": lambda value: value is True,
    "uint": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    _BYTES: lambda value: isinstance(value, bytes),
    "full-date": is_full_date,
    "tdate": is_tdate,
}


@dataclass(frozen=True, slots=True)
class Element:
    """A data element.

    Args:
        claim: The claim that it holds.
        type: Its type, as the module says.
        mandatory: Whether each document has it.
    """

    claim: str
    type: Json = field(hash=False)
    mandatory: bool

    def check(self, value: Cbor, where: str) -> None:
        """Return if a value has this type, and members and elements of it theirs; raises `mdoc.element`."""
        _check(self.type, value, where)


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A type, with all that a document of it may hold.

    Args:
        doctype: Its name.
        namespaces: By namespace and identifier, each element.
    """

    doctype: str
    namespaces: Mapping[str, Mapping[str, Element]]

    @classmethod
    def parse(cls, raw: bytes) -> DocumentType:
        """From what is published of it.

        Raises:
            LocalError: `config.file` if it is malformed, has a type that is not known, or a claim twice.
        """
        try:
            obj = shape.as_object(strict_json.loads(raw))
            spaces = shape.child(obj, "namespaces")
            namespaces = {name: _elements(shape.child(spaces, name)) for name in spaces}
            doctype = shape.text(obj, "doctype")
        except Refused as error:
            raise LocalError("config.file", error.where, error.code) from error
        claims = [element.claim for each in namespaces.values() for element in each.values()]
        if len(set(claims)) != len(claims):
            raise LocalError("config.file", doctype, "a claim in two elements")
        return cls(doctype, namespaces)

    def of_claims(self, claims: Mapping[str, Json]) -> dict[str, dict[str, Cbor]]:
        """The elements that hold these claims.

        Raises:
            LocalError: `mdoc.seal` for a claim that is in no element, of another type than its element, or
                missing where each document has it.
        """
        found: dict[str, dict[str, Cbor]] = {}
        left = dict(claims)
        for namespace, elements in self.namespaces.items():
            for name, element in elements.items():
                if element.claim in left:
                    place = f"{namespace}/{name}"
                    value = _made(element.type, left.pop(element.claim))
                    try:
                        element.check(value, place)
                    except Refused as error:
                        raise LocalError("mdoc.seal", place, "not of its type") from error
                    found.setdefault(namespace, {})[name] = value
                elif element.mandatory:
                    raise LocalError("mdoc.seal", f"{namespace}/{name}", "missing")
        if left:
            raise LocalError("mdoc.seal", min(left), "no element holds this claim")
        return found

    def to_claims(self, namespaces: Mapping[str, Mapping[str, Cbor]]) -> dict[str, Json]:
        """The claims that elements hold, those that are shown.

        Raises:
            Refused: `mdoc.element` for one that the type does not have, or of another type.
        """
        claims: dict[str, Json] = {}
        for namespace, elements in namespaces.items():
            for name, value in elements.items():
                self.check(namespace, name, value)
                claims[self.namespaces[namespace][name].claim] = to_json(value)
        return claims

    def check(self, namespace: str, element: str, value: Cbor) -> None:
        """Return if an element is one of the type's, and has its type; raises `mdoc.element`."""
        place = f"{namespace}/{element}"
        known = self.namespaces.get(namespace, {}).get(element)
        if known is None:
            raise Refused("mdoc.element", place, "the type has no such element")
        known.check(value, place)


def _elements(obj: dict[str, Json]) -> dict[str, Element]:
    return {
        name: Element(
            shape.text(row, "claim"), _type(shape.member(row, "type"), name), shape.boolean(row, "mandatory")
        )
        for name in obj
        for row in (shape.child(obj, name),)
    }


def _type(kind: Json, where: str) -> Json:
    if isinstance(kind, dict):
        return {name: _type(each, f"{where}/{name}") for name, each in kind.items()}
    if isinstance(kind, list) and len(kind) == 1:
        return [_type(kind[0], where)]
    if not isinstance(kind, str) or kind not in _VALUES:
        raise Refused("codec.shape", where, "no type of a data element")
    return kind


def _made(kind: Json, value: Json) -> Cbor:
    """A claim's value in CBOR; what does not fit stays as it is, and is refused where types are checked."""
    if isinstance(kind, dict) and isinstance(value, dict):
        found: dict[Key, Cbor] = {name: _made(kind.get(name), member) for name, member in value.items()}
        return found
    if isinstance(kind, list) and isinstance(value, list):
        return [_made(kind[0], item) for item in value]
    if kind in _TAGS and isinstance(value, str):
        return Tagged(_TAGS[str(kind)], value)
    if kind == _BYTES and isinstance(value, str):
        try:
            return base64url.decode(value)
        except Refused:
            return value
    return value  # type: ignore[return-value]  # a floating-point number has no type here, and fits none


def _check(kind: Json, value: Cbor, where: str) -> None:
    if isinstance(kind, dict):
        if not isinstance(value, dict) or set(value) != set(kind):
            raise Refused("mdoc.element", where, "a map with the members of its type")
        for name, member in kind.items():
            _check(member, value[name], f"{where}/{name}")
    elif isinstance(kind, list):
        if not isinstance(value, list):
            raise Refused("mdoc.element", where, "an array")
        for item in value:
            _check(kind[0], item, where)
    elif not _VALUES[str(kind)](value):
        raise Refused("mdoc.element", where, str(kind))
