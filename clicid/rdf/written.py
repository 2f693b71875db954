"""Contexts that are written out in a document: what they may hold, before a processor sees them.

Whoever has the document chose them, not its issuer alone: a context is not signed, only what it makes
of the document. So they may define terms and no more: nothing that moves relative IRIs, clears what
shipped contexts protect, fetches, or makes a processor ignore a definition. What is left is for the
processor (JSON-LD 1.1 API 4.1), under a budget of terms.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clicid.codec.shape import pointer
from clicid.errors import Refused
from clicid.rdf import iri, limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts

DELIMITERS: Final = (":", "/", "?", "#", "[", "]", "@")
"""What ends the IRI of a term that is a prefix too (JSON-LD 1.1 API 4.2.2, 14.2.5)."""
_VERSION: Final = 1.1
_MAX_SHOWN: Final = 80
_ALIASED: Final = frozenset(("@id", "@type"))
# Not @none: processors disagree about the language of a text under it.
_COERCIONS: Final = frozenset(("@id", "@vocab", "@json"))
_CONTAINERS: Final = frozenset(("@set", "@list", "@graph"))
# A processor passes over what looks like a keyword (JSON-LD 1.1 9.15).
_LIKE_KEYWORD: Final = re.compile(r"@[A-Za-z]+")
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f-\xa0\ud800-\udfff]")


class WrittenContexts:
    """What one document has in contexts of its own, counted.

    Args:
        shipped: The contexts that it may name.
    """

    def __init__(self, shipped: Contexts) -> None:
        self._shipped = shipped
        self._terms_left = limits.MAX_TERMS
        self._text_left = limits.MAX_CONTEXT_TEXT
        self.found = False
        """Whether one has been written out so far."""

    def check(self, context: Json, where: str) -> None:
        """The value of an ``@context`` member.

        Raises:
            Refused: `rdf.context_unknown`, `rdf.context_place` and `rdf.context_written` for what is not
                accepted, `rdf.size` above a cap.
        """
        self._check(context, where, limits.MAX_CONTEXT_DEPTH)

    def _check(self, context: Json, where: str, depth_left: int) -> None:
        if depth_left == 0:
            raise Refused("rdf.size", where, "scoped contexts too deep")
        parts = context if isinstance(context, list) else [context]
        if not 1 <= len(parts) <= limits.MAX_CONTEXTS:
            raise Refused("rdf.context_place", where, "one to eight contexts are wanted")
        for index, part in enumerate(parts):
            place = pointer(where, index) if isinstance(context, list) else where
            if isinstance(part, str):
                if part not in self._shipped:
                    raise Refused("rdf.context_unknown", place, part[:_MAX_SHOWN])
            elif isinstance(part, dict):
                self.found = True
                self._object(*_unwrapped(part, place), depth_left)
            else:
                raise Refused("rdf.context_written", place, "neither a URL nor an object")

    def _object(self, context: dict[str, Json], where: str, depth_left: int) -> None:
        for name, value in context.items():
            self._spend(name, where)
            place = pointer(where, name[:_MAX_SHOWN])
            if name in _KEYWORDS:
                _demand(_KEYWORDS[name](value), place)
            else:
                self._term(name, value, place, depth_left)
            if isinstance(value, str):
                self._spend(value, where)

    def _term(self, name: str, value: Json, where: str, depth_left: int) -> None:
        self._terms_left -= 1
        if self._terms_left < 0:
            raise Refused("rdf.size", where, "too many terms")
        _demand(name != "" and not name.startswith("@") and not _CONTROL.search(name), where)
        if not isinstance(value, dict):
            _demand(value is None or _is_name(value, _ALIASED), where)
            return
        # Processors disagree about which of the two holds, and about what is a prefix without being told.
        _demand(not {"@type", "@language"} <= value.keys(), where)
        _demand("@prefix" in value or not str(value.get("@id", "")).endswith(DELIMITERS), where)
        for member, definition in value.items():
            place = pointer(where, member[:_MAX_SHOWN])
            if member == "@context":
                self._check(definition, place, depth_left - 1)
            else:
                _demand(member in _MEMBERS and _MEMBERS[member](definition), place)
            if isinstance(definition, str):
                self._spend(definition, where)

    def _spend(self, text: str, where: str) -> None:
        self._text_left -= len(text)
        if self._text_left < 0:
            raise Refused("rdf.size", where, "too much text in contexts")


def _unwrapped(context: dict[str, Json], where: str) -> tuple[dict[str, Json], str]:
    """A context that stands as a context document would, inside an object with an ``@context`` alone.

    Processors take it for what is inside, and issuers write it.
    """
    inside = context.get("@context")
    if len(context) == 1 and isinstance(inside, dict):
        return inside, pointer(where, "@context")
    return context, where


def _is_name(value: Json, keywords: frozenset[str]) -> bool:
    """Whether a value is an IRI, a term or one of the keywords."""
    if not isinstance(value, str) or value == "" or _CONTROL.search(value):
        return False
    return value in keywords or (not _LIKE_KEYWORD.match(value) and not value.startswith("_:"))


def _is_language(value: Json) -> bool:
    return isinstance(value, str) and iri.is_language(value.lower())


def _is_container(value: Json) -> bool:
    named = value if isinstance(value, list) else [value]
    return bool(named) and all(isinstance(one, str) and one in _CONTAINERS for one in named)


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool)


_KEYWORDS: Final[dict[str, Callable[[Json], bool]]] = {
    "@version": lambda value: not isinstance(value, bool) and value == _VERSION,
    "@vocab": lambda value: isinstance(value, str) and iri.is_absolute(value),
    "@language": _is_language,
    "@protected": _is_flag,
}
_MEMBERS: Final[dict[str, Callable[[Json], bool]]] = {
    "@id": lambda value: _is_name(value, _ALIASED),
    "@type": lambda value: _is_name(value, _COERCIONS),
    "@container": _is_container,
    "@language": lambda value: value is None or _is_language(value),
    "@protected": _is_flag,
    "@prefix": _is_flag,
}


def _demand(fits: bool, where: str) -> None:  # noqa: FBT001 - a condition, not a switch
    if not fits:
        raise Refused("rdf.context_written", where)
