"""Our own credentials of a known shape: what the data model said of one holds for the next.

An issuer makes many credentials that differ in who they are about. What `secure_credential` found out
about one without looking at the values that may differ (`places`) it does not find out again, and the
canonical form comes from the compiled shape (`clicid.rdf.shapes`) on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec.layout import taker
from clicid.errors import Refused
from clicid.formats.vc_di.places import FROM, UNTIL, Places, may_differ
from clicid.rdf import shapes
from clicid.rdf.safe import Canonical
from clicid.securing.data_integrity.inputs import Ready

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.formats.data_model import CredentialDocument
    from clicid.formats.data_model.entries import Entry
    from clicid.formats.data_model.resources import RelatedResource
    from clicid.rdf.compiling import Shape
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile

_MOST: Final = 256


class Named(NamedTuple):
    """What a credential names: its issuer, resources fixed by their digests, and schemas."""

    issuer: str
    related: tuple[RelatedResource, ...]
    schemas: tuple[Entry, ...]


class Known(NamedTuple):
    """What is known of a credential without reading it."""

    named: Named
    ready: Ready


def named(model: CredentialDocument) -> Named:
    """What a credential names that was read."""
    return Named(model.issuer, model.related, model.entries.get("credentialSchema", ()))


@dataclass(frozen=True, slots=True)
class _Kind:
    """Credentials of one shape.

    Args:
        shape: The shape.
        places: Where in its free values may differ what is looked at.
        compared: Takes out the other free values.
        named: What credentials name, by those.
    """

    shape: Shape
    places: Places
    compared: Callable[[Sequence[str]], tuple[str, ...]]
    named: dict[tuple[str, ...], Named] = field(default_factory=dict)


class Issued:
    """What was learned of the credentials that are issued under one set of contexts."""

    def __init__(self, contexts: Contexts, profile: Profile) -> None:
        self._shapes: Final = shapes.of(contexts)
        self._profile: Final = profile
        # By the number of the shape, which the kind holds so that no other gets it.
        self._kinds: Final[dict[int, _Kind]] = {}

    def find(self, unsigned: Mapping[str, Json]) -> Known | None:
        """What is known of a credential, whose values were looked at; None for the long way."""
        text = shapes.text_of(unsigned)
        found = self._shapes.find_text(text, profile=self._profile)
        kind = None if found is None else self._kinds.get(id(found[0]))
        if found is None or kind is None:
            return None
        shape, values = found
        names = kind.named.get(kind.compared(values))
        try:
            if names is None or kind.places.read(values) is None:
                return None
        except Refused:
            return None
        # Every IRI is a URL that was looked at, or equal to one that was.
        nquads = shape.template.fill(values)
        return None if nquads is None else Known(names, Ready(text, Canonical(nquads, shape.types)))

    def learn(self, unsigned: Mapping[str, Json], names: Named) -> None:
        """Remember what a credential names that passed the data model, if its shape is compiled."""
        found = self._shapes.find(unsigned, profile=self._profile)
        if found is None:
            return
        shape, values = found
        kind = self._kinds.get(id(shape)) or _kind(shape)
        # An end that stands in no free place is not held against a beginning that does.
        half = (FROM in shape.free) != (UNTIL in shape.free)
        if kind is None or kind.places.read(values) is None or (half and {*FROM, *UNTIL} <= unsigned.keys()):
            return
        if len(self._kinds) >= _MOST or len(kind.named) >= _MOST:
            self._kinds.clear()
            kind.named.clear()
        schemas = tuple(replace(entry, members={}) for entry in names.schemas)
        kind.named[kind.compared(values)] = names._replace(schemas=schemas)
        self._kinds[id(shape)] = kind


def of(contexts: Contexts, profile: Profile) -> Issued:
    """What was learned of these contexts under this profile, shared by all who issue with them."""
    key = ("issued", profile)
    if key not in contexts.compiled:
        contexts.compiled.setdefault(key, Issued(contexts, profile))
    found: Issued = contexts.compiled[key]
    return found


def _kind(shape: Shape) -> _Kind | None:
    differs = [may_differ(path) for path in shape.free]
    schemes = [scheme if may else "" for scheme, may in zip(shape.schemes, differs, strict=True)]
    places = Places.of(shape.free, schemes)
    compared = taker([place for place, may in enumerate(differs) if not may])
    return None if places is None else _Kind(shape, places, compared)
