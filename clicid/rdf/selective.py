"""Statements that can be shown one by one (VC Data Integrity ECDSA 1.0, 3.4; BBS Cryptosuites 1.0, 3.2).

The issuer signs a document's canonical N-Quads under blank node labels that a secret key makes, so
that they tell nothing of statements which the holder leaves out. Whoever gets a part of the document
gets the labels of the blank nodes in it too.

The specification turns blank nodes into IRIs before it selects, so that they can be found again. Here
each statement has kept its place in the document (`clicid.rdf.safe.locate`), and a selection is a set
of places: the document is read once.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from clicid.codec import base64url
from clicid.errors import LocalError, Refused
from clicid.rdf import canon, literals, quick, reading, selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile
    from clicid.rdf.reading import Placed, Statement
    from clicid.rdf.safe import Canonical

_CANONICAL: Final = "_:c14n"
MAX_UNMARKED: Final = 7


class LabelMaker(Protocol):
    """Makes the labels of a document's blank nodes from their canonical ones, all without ``_:``."""

    def __call__(self, canonical: Iterable[str], key: bytes) -> Mapping[str, str]:
        """For each canonical label its secret one."""


def hmac_labels(canonical: Iterable[str], key: bytes) -> dict[str, str]:
    """Each label's own HMAC-SHA-256 in base64url behind a ``u`` (ECDSA 3.4.4)."""
    return {label: "u" + base64url.encode(hmac.digest(key, label.encode(), "sha256")) for label in canonical}


def shuffled_labels(canonical: Iterable[str], key: bytes) -> dict[str, str]:
    """``b0``, ``b1`` ... in the order of those HMACs' texts (BBS 3.2.1)."""
    macs = hmac_labels(canonical, key)
    return {label: f"b{number}" for number, label in enumerate(sorted(macs, key=macs.__getitem__))}


def unmarking_key(
    document: dict[str, Json], contexts: Contexts, draw: Callable[[], bytes], *, profile: Profile
) -> bytes:
    """A key for `shuffled_labels` by which the labels say nothing of whose document it is.

    What a holder shows has the labels of its blank nodes, and its statements' places in an order that
    comes of the labels: a shuffle of its own would be a mark by which two shows of one document are
    linked. So keys are drawn until the labels number the nodes as they stand in the document; then
    they are the same for all documents of one form. The key stays a secret that says nothing of the
    statements left out.

    Args:
        document: The document.
        contexts: The shipped contexts.
        draw: Gives a secret random key each time.
        profile: How much of JSON-LD it may use.

    Raises:
        LocalError: `securing.suite` for more than `MAX_UNMARKED` blank nodes: too many orders to draw.
        Refused: As `separate`.
    """
    canonical = list(quick.locate(document, contexts, profile=profile).labels.values())
    if len(canonical) > MAX_UNMARKED:
        raise LocalError("securing.suite", detail=f"more than {MAX_UNMARKED} nodes without an id")
    names = [label[len(canon.BLANK) :] for label in canonical]
    wanted = {name: f"b{number}" for number, name in enumerate(names)}
    while True:
        key = draw()
        if shuffled_labels(names, key) == wanted:
            return key


@dataclass(frozen=True, slots=True)
class Part:
    """What some JSON pointers select.

    Args:
        document: The part, as a document.
        indexes: Of its statements among those of the whole document, in order.
    """

    document: dict[str, Json] = field(repr=False)
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Separated:
    """A document as statements under secret labels.

    Args:
        document: The document.
        nquads: Its N-Quads under the secret labels, sorted.
    """

    document: dict[str, Json] = field(repr=False)
    nquads: tuple[bytes, ...] = field(repr=False)
    _placed: tuple[Placed, ...] = field(repr=False)
    _statements: tuple[Statement, ...] = field(repr=False)
    _labels: Mapping[str, str] = field(repr=False)
    _reread: Callable[[dict[str, Json]], Canonical] = field(repr=False)

    def part(self, pointers: Iterable[str]) -> Part:
        """What the pointers select (3.4.15).

        Raises:
            Refused: `rdf.pointer`, `rdf.pointer_nothing`; `rdf.pointer_inside` for a pointer into
                what is signed as a whole.
        """
        found = selection.select(self.document, pointers)
        chosen = {self._whole(placed, found.cut) for placed in self._placed if placed.where in found.present}
        indexes = (index for index, statement in enumerate(self._statements) if statement in chosen)
        return Part(found.document, tuple(indexes))

    def shown_labels(self, part: Part) -> dict[int, str]:
        """For the number of each canonical label that `part` will have by itself, the secret label.

        The part is read by itself first, as its verifier will read it.

        Raises:
            Refused: `rdf.poison`; `rdf.pointer_inside` if it has other statements by itself; as
                `safe.process` does if it is no document of the profile by itself.
        """
        statements = [self._statements[index] for index in part.indexes]
        found = quick.labelled(statements, canon.SHA_256) or canon.canonicalize(reading.dataset(statements))
        if self._reread(part.document).nquads != found.nquads:
            raise Refused("rdf.pointer_inside", detail="the part says something else by itself")
        return {
            _number(label): self._labels[ours][len(canon.BLANK) :] for ours, label in found.labels.items()
        }

    def _whole(self, placed: Placed, cut: set[str]) -> Statement:
        where, statement = placed
        # The rest of a list, or of a literal that is an object, would be another statement.
        if where in cut and (statement.datatype or statement.predicate == literals.RDF + "rest"):
            raise Refused("rdf.pointer_inside", where)
        return statement


def separate(
    document: dict[str, Json], contexts: Contexts, make: LabelMaker, key: bytes, *, profile: Profile
) -> Separated:
    """Read a document in safe mode and label its blank nodes (3.4.16, steps 1 to 3).

    Raises:
        Refused: As `safe.locate` does; `rdf.unsupported` where ids or types have names of their own.
    """
    located = quick.locate(document, contexts, profile=profile)
    if names := located.keywords - selection.ALONG:
        raise Refused("rdf.unsupported", detail=f"an id or type under the name {min(names)[:80]}")
    numbered = {ours: label[len(canon.BLANK) :] for ours, label in located.labels.items()}
    secret = make(numbered.values(), key)
    labels = {ours: canon.BLANK + secret[label] for ours, label in numbered.items()}
    lines = {reading.nquad(statement, labels): statement for _, statement in located.placed}
    ordered = sorted(lines)
    return Separated(
        document,
        tuple(line.encode() for line in ordered),
        located.placed,
        tuple(lines[line] for line in ordered),
        labels,
        partial(quick.process, contexts=contexts, profile=profile),
    )


def relabelled(nquads: bytes, labels: Mapping[int, str]) -> list[bytes]:
    """Canonical N-Quads under other labels, sorted anew (3.4.1, 3.4.3).

    Args:
        nquads: As `safe.canonicalize` gives them.
        labels: For the number of each canonical label the other one.

    Raises:
        Refused: `rdf.labels` unless there is one for each blank node and no two are the same: nodes
            that share a label would have their statements put together.
    """
    names = {f"{_CANONICAL}{number}": canon.BLANK + label for number, label in labels.items()}
    if len(set(names.values())) < len(names):
        raise Refused("rdf.labels", detail="two nodes share one")
    met: set[str] = set()
    # Not splitlines: a literal may hold what only Unicode takes for the end of a line, and statements cut
    # there could be put together anew.
    lines = sorted(_relabelled(line, names, met) for line in nquads.decode().split("\n")[:-1])
    if len(met) < len(names):
        raise Refused("rdf.labels", detail="one is for no node")
    return [f"{line}\n".encode() for line in lines]


def _relabelled(line: str, names: Mapping[str, str], met: set[str]) -> str:
    terms = line.split(" ")
    # Before the full stop is the object or the graph. A literal has a quotation mark in its last word.
    last = len(terms) - 2
    positions: Sequence[int] = (0,) if '"' in terms[last] else (0, last - 1, last)
    for position in positions:
        term = terms[position]
        if term.startswith(canon.BLANK) and '"' not in term:
            if term not in names:
                raise Refused("rdf.labels", detail="one is missing")
            met.add(term)
            terms[position] = names[term]
    return " ".join(terms)


def _number(label: str) -> int:
    return int(label.removeprefix(_CANONICAL))
