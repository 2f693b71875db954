"""Compiling a shape: which values of a document are free, and the template that they fill.

What `clicid.rdf.shapes` says in its second point is done here: the reference path runs on copies of the
document whose values are marks, and every mark has to come out whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import layout
from clicid.errors import Refused
from clicid.rdf import contexts as shipped
from clicid.rdf import iri, safe, template
from clicid.rdf.template import Unfit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from clicid.codec.layout import Path
    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile
    from clicid.rdf.template import Template

MAX_FREE: Final = 128
MAX_INTEGER: Final = 2**31
"""Beyond it, numbers are written in more than one way by processors that have only doubles."""
_ROUNDS: Final = 3
_CONTEXT: Final = "@context"
# What another member name with an at sign holds decides how other values are read.
_READABLE: Final = ("@id", "@value")


@dataclass(frozen=True, slots=True)
class Shape:
    """One compiled shape.

    Args:
        free: Where the free values stand, in the order of the text.
        schemes: For each what it must begin with: the scheme if it is an IRI, with its colon.
        template: What they are filled into.
        types: The type IRIs of the root node.
    """

    free: tuple[Path, ...]
    schemes: tuple[str, ...]
    template: Template
    types: tuple[str, ...]

    def nquads(self, values: tuple[str, ...]) -> bytes | None:
        """The canonical N-Quads of the document with these values, or None for the reference path.

        Args:
            values: Free strings as `layout.cut` gives them: plain.
        """
        for value, scheme in zip(values, self.schemes, strict=True):
            if scheme and not (value.startswith(scheme) and iri.is_absolute(value)):
                return None
        return self.template.fill(values)


def compile_shape(
    document: dict[str, Json], contexts: Contexts, *, profile: Profile, algorithm: str
) -> tuple[tuple[int, ...], Shape] | None:
    """The shape of a document, and which of its strings (by `layout.cut`) are free; None if it has none.

    Args:
        document: One whose canonical form is worth knowing: its issuer is known.
        contexts: The shipped contexts.
        profile: How much of JSON-LD it may use.
        algorithm: The hash by which blank nodes are told apart.
    """
    return _Compiler(document, contexts, profile, algorithm).run()


class _Place(NamedTuple):
    """A value that may be free: the place of its string, its path and text, and its scheme if an IRI."""

    number: int
    path: Path
    text: str
    scheme: str

    def mark(self, name: str) -> str:
        """A value of the same kind that stands nowhere else."""
        return f"{self.scheme}{name}" if self.scheme else name


class _Compiler:
    def __init__(
        self, document: dict[str, Json], contexts: Contexts, profile: Profile, algorithm: str
    ) -> None:
        self._document = document
        self._contexts = contexts
        self._profile = profile
        self._algorithm = algorithm
        self._strings = list(layout.strings(document))
        self._names = contexts.names | set(shipped.names(document.get(_CONTEXT)))

    def run(self) -> tuple[tuple[int, ...], Shape] | None:
        if not _plain_numbers(self._document):
            return None
        try:
            original = self._process(self._document)
            marked = self._marked(list(self._candidates()))
            if marked is None:
                return None
            places, made, iris = marked
            shape = Shape(
                tuple(place.path for place in places),
                tuple(place.scheme if gap in iris else "" for gap, place in enumerate(places)),
                made,
                original.types,
            )
            wild = [
                f"{scheme}{_WILD_IRI}{gap}" if scheme else f"{_WILD_TEXT}{gap}"
                for gap, scheme in enumerate(shape.schemes)
            ]
            for values in ([place.text for place in places], wild):
                expected = self._process(_with(self._document, places, values))
                if shape.nquads(tuple(values)) != expected.nquads or expected.types != original.types:
                    return None
        except (Refused, Unfit):
            return None
        return tuple(place.number for place in places), shape

    def _process(self, document: dict[str, Json]) -> safe.Canonical:
        return safe.process(document, self._contexts, profile=self._profile, algorithm=self._algorithm)

    def _candidates(self) -> Iterator[_Place]:
        for number, (path, is_name, text) in enumerate(self._strings):
            name = next((step for step in reversed(path) if isinstance(step, str)), "")
            fixed = name == "type" or (name.startswith("@") and name not in _READABLE)
            if is_name or fixed or _CONTEXT in path:
                continue
            scheme = text.partition(":")[0]
            if not iri.is_absolute(text):
                yield _Place(number, path, text, "")
            elif not any(known == scheme or known.startswith(f"{scheme}:") for known in self._names):
                yield _Place(number, path, text, f"{scheme}:")

    def _marked(self, places: list[_Place]) -> tuple[list[_Place], Template, Collection[int]] | None:
        """Those of the candidates that can be marked all together, and the template that makes."""
        for _ in range(_ROUNDS):
            if len(places) > MAX_FREE:
                return None
            try:
                return places, *self._template(places)
            except Unfit as unfit:
                if not unfit.marks:
                    return None
                places = [place for gap, place in enumerate(places) if gap not in unfit.marks]
            except Refused:
                places = [place for place in places if self._alone(place)]
        return None

    def _alone(self, place: _Place) -> bool:
        try:
            self._template([place])
        except (Refused, Unfit):
            return False
        return True

    def _template(self, places: Sequence[_Place]) -> tuple[Template, Collection[int]]:
        stem = self._unused()
        marks = [place.mark(f"{stem}{gap}x") for gap, place in enumerate(places)]
        marked = _with(self._document, places, marks)
        located = safe.locate(marked, self._contexts, profile=self._profile)
        statements = [placed.statement for placed in located.placed]
        return template.of(statements, {mark: gap for gap, mark in enumerate(marks)}, self._algorithm)

    def _unused(self) -> str:
        """A text that no string of the document has in it."""
        number = 0
        while any(f"mark{number}-" in text for _, _, text in self._strings):
            number += 1
        return f"mark{number}-"


# Marks that are nothing but letters would not show what becomes of other characters.
_WILD_IRI: Final = "//x.é/%41/../?a=@b&c#"
_WILD_TEXT: Final = "@id true %s 1.0 urn:x åäö 漢 🙂:"


def _with(document: dict[str, Json], places: Sequence[_Place], values: Sequence[str]) -> dict[str, Json]:
    """A copy of the document with other values at these places."""
    by_path = {place.path: value for place, value in zip(places, values, strict=True)}
    copied = _copy(document, by_path, ())
    assert isinstance(copied, dict)
    return copied


def _copy(value: Json, by_path: Mapping[Path, str], path: Path) -> Json:
    if isinstance(value, dict):
        return {name: _copy(child, by_path, (*path, name)) for name, child in value.items()}
    if isinstance(value, list):
        return [_copy(child, by_path, (*path, index)) for index, child in enumerate(value)]
    return by_path.get(path, value)


def _plain_numbers(value: Json) -> bool:
    if isinstance(value, dict):
        return all(_plain_numbers(child) for child in value.values())
    if isinstance(value, list):
        return all(_plain_numbers(child) for child in value)
    if isinstance(value, int):
        return abs(value) <= MAX_INTEGER
    return isinstance(value, str)
