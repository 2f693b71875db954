"""Data elements whose namespaces say of what type they are: the driving licence's and the EU identity's.

An element that its namespace does not define is taken as it is: issuers may add some, and later versions do.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.errors import Refused
from clicid.formats.mdoc.fields import is_full_date, is_tdate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.codec.cbor import Cbor, Key

MDL_DOCTYPE: Final = "org.iso.18013.5.1.mDL"
MDL: Final = "org.iso.18013.5.1"
PID_DOCTYPE: Final = "eu.europa.ec.eudi.pid.1"
PID: Final = "eu.europa.ec.eudi.pid.1"
ISSUING_COUNTRY: Final = "issuing_country"

Type: TypeAlias = "Callable[[Cbor], bool]"

_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_OVER: Final = re.compile(r"age_over_\d\d", re.ASCII)
_TEMPLATE: Final = re.compile(r"biometric_template_[a-z_]+", re.ASCII)


def check(namespace: str, element: str, value: Cbor) -> None:
    """Return if a value has the type that its name demands.

    Raises:
        Refused: `mdoc.element`.
    """
    kind = type_of(namespace, element)
    if kind is not None and not kind(value):
        raise wrong(namespace, element)


def wrong(namespace: str, element: str) -> Refused:
    """What an element is refused by that does not have its type."""
    return Refused("mdoc.element", f"{namespace}/{element}")


def types_of(namespace: str) -> Mapping[str, Type]:
    """The types of a namespace's elements whose names are fixed."""
    return _NAMESPACES.get(namespace, {})


# Names come again and again: with every document of a type.
@functools.lru_cache(maxsize=512)
def type_of(namespace: str, element: str) -> Type | None:
    """The type that a name demands; None where its namespace does not define it."""
    types = _NAMESPACES.get(namespace)
    if types is None:
        return None
    if element not in types and _OVER.fullmatch(element):
        return _boolean
    if element not in types and _TEMPLATE.fullmatch(element):
        return _octets
    return types.get(element)


def _text(value: Cbor) -> bool:
    return isinstance(value, str)


def _octets(value: Cbor) -> bool:
    return isinstance(value, bytes) and bool(value)


def _boolean(value: Cbor) -> bool:
    return isinstance(value, bool)


def _uint(value: Cbor) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _country(value: Cbor) -> bool:
    return isinstance(value, str) and _COUNTRY.fullmatch(value) is not None


def _countries(value: Cbor) -> bool:
    """The EU identity lists nationalities; its first version had one."""
    return _country(value) or (isinstance(value, list) and bool(value) and all(map(_country, value)))


def _day_or_time(value: Cbor) -> bool:
    return is_full_date(value) or is_tdate(value)


def _one_of(*numbers: int) -> Type:
    return lambda value: _uint(value) and value in numbers


def _members(value: Cbor, types: Mapping[Key, Type], *required: str) -> bool:
    """A map whose members have these types, with those that are required; others may be there."""
    if not isinstance(value, dict):
        return False
    for name in required:
        if name not in value:
            return False
    for key, member in value.items():
        kind = types.get(key)
        if kind is not None and not kind(member):
            return False
    return True


def _place(value: Cbor) -> bool:
    """Where somebody was born (PID Rulebook 3.1.1)."""
    return _members(value, _PLACE) and bool(value)


def _privileges(value: Cbor) -> bool:
    """7.2.4: none is an empty array."""
    return isinstance(value, list) and all(map(_privilege, value))


def _privilege(value: Cbor) -> bool:
    return _members(value, _PRIVILEGE, "vehicle_category_code")


def _codes(value: Cbor) -> bool:
    return isinstance(value, list) and bool(value) and all(_members(item, _CODE, "code") for item in value)


_PLACE: Final[Mapping[Key, Type]] = {"country": _country, "region": _text, "locality": _text}
_CODE: Final[Mapping[Key, Type]] = {"code": _text, "sign": _text, "value": _text}
_PRIVILEGE: Final[Mapping[Key, Type]] = {
    "vehicle_category_code": _text,
    "issue_date": is_full_date,
    "expiry_date": is_full_date,
    "codes": _codes,
}


def _texts(*names: str) -> dict[str, Type]:
    return dict.fromkeys(names, _text)


_RESIDENT: Final = _texts("resident_address", "resident_city", "resident_state", "resident_postal_code")
_AGES: Final[dict[str, Type]] = {"age_in_years": _uint, "age_birth_year": _uint}

_NAMESPACES: Final[Mapping[str, Mapping[str, Type]]] = {
    # ISO/IEC 18013-5 7.2.1, table 5.
    MDL: {
        **_texts("family_name", "given_name", "issuing_authority", "document_number"),
        **_texts(
            "un_distinguishing_sign", "administrative_number", "eye_colour", "hair_colour", "birth_place"
        ),
        **_texts("issuing_jurisdiction", "family_name_national_character", "given_name_national_character"),
        **_RESIDENT,
        **_AGES,
        "birth_date": is_full_date,
        "issue_date": _day_or_time,
        "expiry_date": _day_or_time,
        ISSUING_COUNTRY: _country,
        "portrait": _octets,
        "driving_privileges": _privileges,
        "sex": _one_of(0, 1, 2, 9),
        "height": _uint,
        "weight": _uint,
        "portrait_capture_date": is_tdate,
        "nationality": _country,
        "resident_country": _country,
        "signature_usual_mark": _octets,
    },
    # PID Rulebook (EUDI ARF annex 3.01) 3.1; both names of what its versions call differently.
    PID: {
        **_texts("family_name", "given_name", "family_name_birth", "given_name_birth", "issuing_authority"),
        **_texts("document_number", "issuing_jurisdiction", "personal_administrative_number", "birth_place"),
        **_texts("resident_street", "resident_house_number", "email_address", "mobile_phone_number"),
        **_texts("trust_anchor", "attestation_legal_category"),
        **_RESIDENT,
        **_AGES,
        "birth_date": is_full_date,
        "place_of_birth": _place,
        "nationality": _countries,
        "resident_country": _country,
        "portrait": _octets,
        "sex": _one_of(0, 1, 2, 3, 4, 5, 6, 9),
        "issuance_date": _day_or_time,
        "expiry_date": _day_or_time,
        ISSUING_COUNTRY: _country,
    },
}
