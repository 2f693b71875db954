"""Objects that say by their type what they are: status, schemas, services, terms, evidence (4.10 to 5.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec.shape import pointer
from clicid.errors import Refused
from clicid.formats.data_model import fields
from clicid.formats.data_model.version import Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json


@dataclass(frozen=True, slots=True)
class Entry:
    """One such object.

    Args:
        types: What it is.
        id: Its id, or None.
        members: The whole object, for whoever knows the type.
        where: Its JSON pointer.
    """

    types: tuple[str, ...]
    id: str | None
    members: Mapping[str, Json] = field(repr=False)
    where: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """The code of a member's refusals, and in which versions its objects must have an id."""

    code: str
    id_in: frozenset[Version] = frozenset()


_1_1: Final = frozenset((Version.V1_1,))

RULES: Final = {
    "credentialStatus": _Rule("vc.status", _1_1),
    "credentialSchema": _Rule("vc.schema", frozenset(Version)),
    "refreshService": _Rule("vc.refresh", _1_1),
    "termsOfUse": _Rule("vc.terms"),
    "evidence": _Rule("vc.evidence"),
    # Reserved (5.10): experimental, but never without a type.
    "confidenceMethod": _Rule("vc.reserved"),
    "renderMethod": _Rule("vc.reserved"),
}


def parse(document: Mapping[str, Json], where: str, version: Version) -> dict[str, tuple[Entry, ...]]:
    """All such objects of a credential or presentation, by the member they stand in.

    Raises:
        Refused: The code of the member.
    """
    return {
        name: tuple(
            _entry(item, place, rule, version)
            for item, place in fields.objects(document[name], pointer(where, name), rule.code)
        )
        for name, rule in RULES.items()
        if name in document
    }


def _entry(item: dict[str, Json], where: str, rule: _Rule, version: Version) -> Entry:
    types = fields.types(item, where, rule.code)
    found = fields.optional_id(item, where, rule.code)
    if found is None and version in rule.id_in:
        raise Refused(rule.code, pointer(where, "id"), "missing")
    return Entry(types, found, item, where)
