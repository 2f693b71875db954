"""What a document shows: each element held against what the issuer signed (ISO/IEC 18013-5 9.3.1)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from clicid.codec.cbor import EMBEDDED_HEADS, embedded
from clicid.errors import Refused
from clicid.formats.base import Claims
from clicid.formats.mdoc import elements
from clicid.formats.mdoc.elements import ISSUING_COUNTRY, MDL, PID
from clicid.formats.mdoc.values import PLAIN, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.codec.cbor import Cbor
    from clicid.formats.mdoc.device_response import DeviceSigned, Mdoc
    from clicid.formats.mdoc.document_type import DocumentType
    from clicid.formats.mdoc.mso import MobileSecurityObject


def shown(mdoc: Mdoc, country: str, types: Mapping[str, DocumentType]) -> Claims:
    """The elements, by namespace and name, as JSON; their names are ``namespace/element``.

    1. The type beside the document is the one that was signed.
    2. Each element that the issuer signed has the digest that its id names (9.1.2.5).
    3. Each that the device states is one that it may state (9.1.2.4), and is none of the issuer's.
    4. Each has the type that its name demands; of a document type that is known as a whole, each is one of
       that type's.
    5. The issuing country, where it is shown, is the authority's (7.2.1).

    Args:
        mdoc: The document, whose issuer's signature holds.
        country: The authority's.
        types: The document types that are known as a whole, by their names.

    Raises:
        Refused: `mdoc.doctype`, `mdoc.digest`, `mdoc.key_authorization`, `mdoc.duplicate`, `mdoc.element`,
            `mdoc.country`.
    """
    security = mdoc.issuer_signed.security
    if mdoc.doc_type not in (None, security.doc_type):  # 1
        raise Refused("mdoc.doctype", "docType")
    found: dict[str, dict[str, Any]] = {}
    known = types.get(security.doc_type)
    check = elements.check if known is None else known.check
    hashed, type_of = security.hashed, elements.type_of
    for namespace, items in mdoc.issuer_signed.namespaces.items():
        digests = security.digests.get(namespace, {})
        of_namespace = found.setdefault(namespace, {})
        kinds = elements.types_of(namespace)
        for digest_id, element, value, content in items:
            size = len(content)
            signed = EMBEDDED_HEADS[size] + content if size < len(EMBEDDED_HEADS) else embedded(content)
            if digests.get(digest_id) != hashed(signed).digest():  # 2
                raise Refused("mdoc.digest", f"{namespace}/{element}")
            if known is None:  # 4
                kind = kinds.get(element) or type_of(namespace, element)
                if kind is not None and not kind(value):
                    raise elements.wrong(namespace, element)
            else:
                known.check(namespace, element, value)
            of_namespace[element] = value if type(value) in PLAIN else to_json(value)
    if mdoc.device_signed is not None:
        _add_device_signed(mdoc.device_signed, security, found, check)  # 3
    for namespace in (MDL, PID):  # 5
        if found.get(namespace, {}).get(ISSUING_COUNTRY, country) != country:
            raise Refused("mdoc.country", f"{namespace}/{ISSUING_COUNTRY}")
    names = [_names(namespace, tuple(each)) for namespace, each in found.items()]
    return Claims(found, names[0] if len(names) == 1 else {name for each in names for name in each})


# Those who ask, ask for the same again and again. What is read here, an issuer that is trusted has signed.
@functools.lru_cache(maxsize=64)
def _names(namespace: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{namespace}/{element}" for element in sorted(names))


def _add_device_signed(
    signed: DeviceSigned,
    security: MobileSecurityObject,
    found: dict[str, dict[str, Any]],
    check: Callable[[str, str, Cbor], None],
) -> None:
    for namespace, members in signed.namespaces.items():
        for name, value in members.items():
            element, place = str(name), f"{namespace}/{name}"
            if not security.authorizations.allow(namespace, element):
                raise Refused("mdoc.key_authorization", place)
            if element in found.get(namespace, {}):
                raise Refused("mdoc.duplicate", place)
            check(namespace, element, value)
            found.setdefault(namespace, {})[element] = to_json(value)
