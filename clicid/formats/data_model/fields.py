"""Members that stand in many objects: ids, types, names, and values that are one or many.

Each takes the code of the member that it is read for, so that a refusal says which rule was broken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clicid.codec.shape import pointer
from clicid.errors import Refused
from clicid.formats.data_model.url import is_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clicid.codec.strict_json import Json

MAX_TYPES: Final = 16
MAX_MANY: Final = 64
# A name that is no relative reference: a slash or a question mark would make it one.
_TERM: Final = re.compile(r"[^\x00-\x20\x7f\s@:/?#][^\x00-\x20\x7f\s:/?#]{0,255}")
_DIRECTIONS: Final = ("ltr", "rtl")
_VALUE_OBJECT: Final = frozenset(("@value", "@language", "@direction"))
# RFC 5646 2.1: a language with script, region, variants and extensions; private use; the irregular ones.
_LANGUAGE_TAG: Final = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|i-[a-z]{3,8}|en-gb-oed|sgn-(?:be-fr|be-nl|ch-de))",
    re.ASCII | re.IGNORECASE,
)


def identifier(value: Json, where: str, code: str) -> str:
    """A single absolute URL (4.4)."""
    if not isinstance(value, str) or not is_url(value):
        raise Refused(code, where, "one absolute URL is wanted")
    return value


def optional_id(owner: Mapping[str, Json], where: str, code: str) -> str | None:
    """The `id` of an object that may have one."""
    return identifier(owner["id"], pointer(where, "id"), code) if "id" in owner else None


def url_or_object(value: Json, where: str, code: str) -> str:
    """The URL that stands alone, or as `id` of an object that may have a name (4.7, 4.13)."""
    if not isinstance(value, dict):
        return identifier(value, where, code)
    found = identifier(value.get("id"), pointer(where, "id"), code)
    check_names(value, where)
    return found


def types(owner: Mapping[str, Json], where: str, code: str = "vc.type") -> tuple[str, ...]:
    """The `type`: terms and absolute URLs, one or many, each once (4.5).

    What a term stands for is for the JSON-LD processor.
    """
    place = pointer(where, "type")
    value = owner.get("type")
    if isinstance(value, list):
        found = tuple(_type(item, pointer(place, index), code) for index, item in enumerate(value))
    else:
        found = (_type(value, place, code),)
    if not 1 <= len(found) <= MAX_TYPES:
        raise Refused(code, place, f"1 to {MAX_TYPES} types are wanted")
    if len(set(found)) != len(found):
        raise Refused(code, place, "a type stands twice")
    return found


def _type(value: Json, where: str, code: str) -> str:
    if not isinstance(value, str) or not (is_url(value) if ":" in value else _TERM.fullmatch(value)):
        raise Refused(code, where, "a term or an absolute URL is wanted")
    return value


def objects(value: Json, where: str, code: str) -> Iterator[tuple[dict[str, Json], str]]:
    """One object, or an array of one or more, each with its place."""
    many = isinstance(value, list)
    items = value if isinstance(value, list) else [value]
    if not 1 <= len(items) <= MAX_MANY:
        raise Refused(code, where, f"1 to {MAX_MANY} objects are wanted")
    for index, item in enumerate(items):
        place = pointer(where, index) if many else where
        if not isinstance(item, dict):
            raise Refused(code, place, "an object is wanted")
        yield item, place


def check_names(owner: Mapping[str, Json], where: str) -> None:
    """Refuse (`vc.name`) a `name` or `description` that is no text, plain or with a language (4.6, 11.1)."""
    for name in ("name", "description"):
        if name in owner:
            _check_texts(owner[name], pointer(where, name))


def _check_texts(value: Json, where: str) -> None:
    if not isinstance(value, list):
        _check_text(value, where)
        return
    if not 1 <= len(value) <= MAX_MANY:
        raise Refused("vc.name", where, f"1 to {MAX_MANY} values are wanted")
    for index, item in enumerate(value):
        _check_text(item, pointer(where, index))


def _check_text(value: Json, where: str) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, dict):
        raise Refused("vc.name", where, "a string or a language value object is wanted")
    for name in value:
        if name not in _VALUE_OBJECT:
            raise Refused("vc.name", pointer(where, name), "not expected in a language value object")
    if not isinstance(value.get("@value"), str):
        raise Refused("vc.name", pointer(where, "@value"), "a string is wanted")
    language = value.get("@language", "und")
    if not isinstance(language, str) or not _LANGUAGE_TAG.fullmatch(language):
        raise Refused("vc.name", pointer(where, "@language"), "no well-formed language tag")
    if value.get("@direction", "ltr") not in _DIRECTIONS:
        raise Refused("vc.name", pointer(where, "@direction"), "ltr or rtl is wanted")


def check_nothing_dropped(value: Mapping[str, Json], where: str = "") -> None:
    """Refuse (`vc.null`) a null anywhere but in a context: JSON-LD drops it, and what it stands under."""
    steps = _to_null(value)
    if steps is not None:
        raise Refused("vc.null", where + "".join(pointer("", step) for step in steps))


def _to_null(value: Mapping[str, Json] | list[Json]) -> tuple[str | int, ...] | None:
    """The steps to the first null below a value."""
    for key, child in enumerate(value) if isinstance(value, list) else value.items():
        if child is None:
            return (key,)
        if isinstance(child, (dict, list)) and key != "@context":
            below = _to_null(child)
            if below is not None:
                return (key, *below)
    return None
