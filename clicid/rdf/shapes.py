"""Compiled shapes: the canonical N-Quads of documents like one that was processed before.

Two documents with the same contexts, member names, nesting, types and array lengths have the same
N-Quads up to their values and the order of their blank nodes. So a shape is compiled once: the
reference path (`safe`) runs on documents whose values are marks, and gives a template with gaps.
From then on values are filled in. What makes that sound:

1. A shape is a layout (`clicid.codec.layout`): everything but the values that are *free* belongs to
   its key, numbers and booleans too; contexts do not change (`Contexts` holds them by digest).
2. A value is free only if the marks in its place became the whole of one literal, or of IRIs, in
   two runs; an IRI keeps its scheme, and no term of a context begins with that scheme.
3. What is unusual is not compiled, and a document with an unusual value goes the reference path.
4. Only documents that the caller vouches for are compiled, so many at most, and so many for each
   voucher: a stranger's shapes cost nothing but the reference path.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import layout, strict_json
from clicid.codec.layout import Layouts
from clicid.rdf import canon, quick, safe
from clicid.rdf.canon import SHA_256
from clicid.rdf.compiling import compile_shape
from clicid.rdf.profile import Profile
from clicid.rdf.safe import Canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.compiling import Shape
    from clicid.rdf.contexts import Contexts

_NO_LAYOUT: Final = '"'
MAX_MET: Final = 1024
"""Shapes that were met and are not compiled."""
MAX_SHAPES: Final = 512
"""Shapes held at a time, all vouchers together."""
MAX_CHARS: Final = 1 << 14
"""Of a document that is compiled, or filled in."""


class Budget:
    """How much may be compiled: a right to it is earned by documents that went the reference path.

    One compilation costs what `cost` documents earn, so it adds at most about as much work as they made,
    whoever sends them. Each voucher has an account of its own, for as many vouchers as are remembered.
    """

    _MOST: Final = 64
    _MOST_EACH: Final = 16
    _VOUCHERS: Final = 256

    def __init__(self, cost: int = 16) -> None:
        self._cost: Final = cost
        self._all = cost * self._MOST
        self._each: dict[str, int] = {}

    def spend(self, voucher: str) -> bool:
        """Count one document, and say whether to compile it."""
        own = self._each.pop(voucher, self._cost * self._MOST_EACH)
        self._all = min(self._all + 1, self._cost * self._MOST)
        own = min(own + 1, self._cost * self._MOST_EACH)
        granted = own >= self._cost and self._all >= self._cost
        if granted:
            own, self._all = own - self._cost, self._all - self._cost
        self._each[voucher] = own
        if len(self._each) > self._VOUCHERS:
            del self._each[next(iter(self._each))]
        return granted


class Types(NamedTuple):
    """The type IRIs of a root node, and whether the document's shape is compiled: nothing to learn then."""

    iris: tuple[str, ...]
    compiled: bool


class Shapes:
    """The shapes that were compiled for one set of contexts."""

    def __init__(self, contexts: Contexts, budget: Budget | None = None) -> None:
        self._contexts: Final = contexts
        self._known: Final[dict[tuple[Profile, str], Layouts[Shape]]] = {
            (profile, algorithm): Layouts(MAX_SHAPES) for profile in Profile for algorithm in canon.ALGORITHMS
        }
        self._met: Final[dict[tuple[Profile, str, str], None]] = {}
        self._budget: Final = budget or Budget()
        self._lock: Final = threading.Lock()

    def find(
        self, document: Mapping[str, Json], *, profile: Profile, algorithm: str = SHA_256
    ) -> tuple[Shape, tuple[str, ...]] | None:
        """The shape of a document and its free values, if that shape was compiled."""
        return self.find_text(text_of(document), profile=profile, algorithm=algorithm)

    def find_text(
        self, text: str, *, profile: Profile, algorithm: str = SHA_256
    ) -> tuple[Shape, tuple[str, ...]] | None:
        """The same of a document that was written by `text_of`."""
        return self._known[profile, algorithm].find(text) if len(text) <= MAX_CHARS else None

    def recall(
        self, document: Mapping[str, Json], *, profile: Profile, algorithm: str = SHA_256
    ) -> Canonical | None:
        """What `safe.process` says of a document of a compiled shape; None for any other."""
        found = self.find(document, profile=profile, algorithm=algorithm)
        if found is None:
            return None
        shape, values = found
        nquads = shape.nquads(values)
        return None if nquads is None else Canonical(nquads, shape.types)

    def process(
        self, document: Mapping[str, Json], *, profile: Profile, algorithm: str = SHA_256
    ) -> Canonical:
        """What `safe.process` says of a document, sooner, and much sooner if its shape was compiled.

        Raises:
            Refused: As `safe.process` does.
        """
        recalled = self.recall(document, profile=profile, algorithm=algorithm)
        return recalled or quick.process(dict(document), self._contexts, profile=profile, algorithm=algorithm)

    def types(self, document: Mapping[str, Json], *, profile: Profile) -> Types:
        """What `safe.types` says of a document, sooner if its shape was compiled.

        Raises:
            Refused: As `safe.types` does.
        """
        found = self.find(document, profile=profile)
        if found is not None and found[0].nquads(found[1]) is not None:
            return Types(found[0].types, compiled=True)
        return Types(safe.types(dict(document), self._contexts, profile=profile), compiled=found is not None)

    def learn(
        self, document: Mapping[str, Json], voucher: str, *, profile: Profile, algorithm: str = SHA_256
    ) -> None:
        """Compile a document's shape, if it was met before, is not compiled, and the budget allows.

        Many shapes are met once and never again: to compile one takes as long as forty documents of it.

        Args:
            document: One that the caller has issued, or whose signature was good.
            voucher: Who signed it: the name of the account that pays.
            profile: How much of JSON-LD it may use.
            algorithm: The hash by which blank nodes are told apart.
        """
        text = text_of(document)
        known = self._known[profile, algorithm]
        if len(text) > MAX_CHARS or known.find(text) is not None:
            return
        outline = layout.outline(text)
        if outline is None:
            return
        with self._lock:
            if not self._meet((profile, algorithm, outline)) or not self._budget.spend(voucher):
                return
        compiled = compile_shape(dict(document), self._contexts, profile=profile, algorithm=algorithm)
        if compiled is not None:
            places, shape = compiled
            known.add(text, places, shape)

    def _meet(self, outline: tuple[Profile, str, str]) -> bool:
        """Whether what is met now was met before."""
        if outline in self._met:
            return True
        self._met[outline] = None
        if len(self._met) > MAX_MET:
            del self._met[next(iter(self._met))]
        return False


def of(contexts: Contexts) -> Shapes:
    """The shapes compiled for these contexts, shared by all who use them."""
    shapes = contexts.compiled.get("shapes")
    if shapes is None:
        shapes = contexts.compiled.setdefault("shapes", Shapes(contexts))
    found: Shapes = shapes
    return found


def text_of(document: Mapping[str, Json]) -> str:
    """A document as the one JSON text by which it is looked up, compact and in the order of its members."""
    try:
        return strict_json.dumps(dict(document)).decode()
    except (TypeError, ValueError):  # What no JSON text can say is of no layout.
        return _NO_LAYOUT
