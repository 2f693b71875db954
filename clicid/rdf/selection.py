"""Part of a JSON-LD document, chosen by JSON pointers (VC Data Integrity ECDSA 1.0, 3.4.10 to 3.4.13).

What a pointer names comes with everything in it; of the objects on the way there come the id and the
types. No order of the pointers and no overlap between them makes a difference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec.shape import pointer
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clicid.codec.strict_json import Json

MAX_POINTERS: Final = 256
MAX_CHARS: Final = 1024
MAX_TOKENS: Final = 32

# RFC 6901 3: ~ stands only before 0 or 1; 4: an index has no leading zeros.
_TOKEN: Final = re.compile(r"(?:[^~/]|~[01])*")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,5}")
ALONG: Final = frozenset(("@context", "id", "@id", "type", "@type"))
"""What comes of an object on the way: without them its other members would mean something else."""


@dataclass(slots=True)
class _Tree:
    """What is selected of a value: all of it, or what `below` has by tokens."""

    below: dict[str, _Tree] = field(default_factory=dict)
    whole: bool = False

    def child(self, token: str) -> _Tree:
        """What is selected of a value inside, of which something is."""
        found = self.below.get(token, _ALL)
        return _Tree(found.below, whole=True) if self.whole or token in ALONG else found


_ALL: Final = _Tree(whole=True)


@dataclass(slots=True)
class Selection:
    """A part of a document.

    Args:
        document: The part, as a document.
        present: The pointers, in the whole document, of all values that it has.
        cut: Those among them that are arrays and objects of which something is left out.
    """

    document: dict[str, Json] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)


def parse(text: str, where: str = "") -> tuple[str, ...]:
    """The reference tokens of a JSON pointer (RFC 6901 3 and 4), at least one.

    Raises:
        Refused: `rdf.pointer`; the empty pointer, which selects the whole document, is no selection.
    """
    if len(text) > MAX_CHARS or not text.startswith("/"):
        raise Refused("rdf.pointer", where)
    tokens = text[1:].split("/")
    if len(tokens) > MAX_TOKENS or not all(_TOKEN.fullmatch(token) for token in tokens):
        raise Refused("rdf.pointer", where)
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)


def select(document: dict[str, Json], pointers: Iterable[str]) -> Selection:
    """What the pointers name in a document; nothing, not even an id, where there are none.

    Raises:
        Refused: `rdf.pointer` for a malformed pointer or too many, `rdf.pointer_nothing` for one
            that names nothing.
    """
    tree = _Tree()
    for number, text in enumerate(pointers):
        if number == MAX_POINTERS:
            raise Refused("rdf.pointer", detail=f"more than {MAX_POINTERS}")
        place = tree
        for token in parse(text):
            place = place.below.setdefault(token, _Tree())
        place.whole = True
    found = Selection()
    if tree.below:
        found.document = _object(document, tree, "", found)
    return found


def _value(value: Json, tree: _Tree, where: str, found: Selection) -> Json:
    found.present.add(where)
    if isinstance(value, dict):
        return _object(value, tree, where, found)
    if isinstance(value, list):
        return _array(value, tree, where, found)
    _check(tree.below, where)
    return value


def _object(value: dict[str, Json], tree: _Tree, where: str, found: Selection) -> dict[str, Json]:
    _check(tree.below.keys() - value.keys(), where)
    chosen = [key for key in value if tree.whole or key in tree.below or key in ALONG]
    if len(chosen) < len(value):
        found.cut.add(where)
    return {key: _value(value[key], tree.child(key), pointer(where, key), found) for key in chosen}


def _array(value: list[Json], tree: _Tree, where: str, found: Selection) -> list[Json]:
    _check((token for token in tree.below if not _INDEX.fullmatch(token) or int(token) >= len(value)), where)
    chosen = range(len(value)) if tree.whole else sorted(map(int, tree.below))
    if len(chosen) < len(value):
        found.cut.add(where)
    return [_value(value[index], tree.child(str(index)), pointer(where, index), found) for index in chosen]


def _check(missing: Iterable[str], where: str) -> None:
    for token in sorted(missing):
        raise Refused("rdf.pointer_nothing", pointer(where, token))
