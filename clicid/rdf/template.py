"""Canonical N-Quads of a shape with gaps, which a document's values fill.

A template holds the statements of a marked document: where a term is a mark, there is a gap. Filling
them gives the statements of every document of the shape; what is left to do is to tell its blank
nodes apart, and to sort. Blank nodes are told apart by their first-degree hashes (RDFC-1.0 4.6)
or not at all: where two have the same, the reference path has to search.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec.layout import taker
from clicid.rdf import literals
from clicid.rdf.canon import BLANK, escape
from clicid.rdf.terms import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from clicid.rdf.reading import Statement

MAX_LINES: Final = 256
MAX_BLANKS: Final = 32

_LABELS: Final = tuple(f"_:c14n{place}" for place in range(MAX_BLANKS))
_XSD_STRING: Final = literals.XSD + "string"
_LANG_STRING: Final = literals.RDF + "langString"
# Literals whose text stands in the graph as it stands in the JSON, whatever it is.
_VERBATIM: Final = frozenset(
    (
        *(space + name for space in literals.XSD_FORMS for name in ("string", "dateTime", "date", "anyURI")),
        _LANG_STRING,
        "https://w3id.org/security#multibase",
    )
)


_CUT: Final = "\r"
"""Between lines whose order the values decide: it stands in none of them."""


@dataclass(frozen=True, slots=True)
class _Text:
    """Lines with gaps: what takes pieces of text in their order out of values, labels and `fixed`.

    Lines between which no other can come, whatever fills the gaps, are in one piece.
    """

    take: Callable[[Sequence[str]], tuple[str, ...]]
    fixed: tuple[str, ...]

    def written(self, values: tuple[str, ...]) -> bytes:
        """All of it, with the lines sorted by code point."""
        lines = "".join(self.take(values + self.fixed)).split(_CUT)
        lines.sort()
        lines.append("")
        return "\n".join(lines).encode()


@dataclass(frozen=True, slots=True)
class Template:
    """The statements of a shape.

    Args:
        text: All lines; blank nodes' labels come after the values.
        blanks: For each blank node, if there are several, its lines as its hash is over them.
        algorithm: The hash's name.
        distinct: Whether no two lines can become equal; where they can, each is a piece by itself.
        subjects: How many gaps say which node is described.
        take_subjects: What takes these out of the values.
        described: The nodes that are described in every document.
    """

    text: _Text
    blanks: tuple[_Text, ...]
    algorithm: str
    distinct: bool
    subjects: int
    take_subjects: Callable[[Sequence[str]], tuple[str, ...]]
    described: frozenset[str]

    def fill(self, values: tuple[str, ...]) -> bytes | None:
        """The canonical N-Quads with these values, or None where that is for the reference path to say.

        Args:
            values: Plain texts, and IRIs where IRIs belong: the caller has seen to it.
        """
        if self.subjects:
            named = set(self.take_subjects(values))
            if len(named) < self.subjects or not named.isdisjoint(self.described):
                return None
        if self.blanks:
            digest = getattr(hashlib, self.algorithm)
            hashes = [digest(blank.written(values)).digest() for blank in self.blanks]
            order = sorted(hashes)
            if len(set(order)) < len(order):
                return None
            for one in hashes:
                values += (_LABELS[order.index(one)],)
        written = self.text.written(values)
        if not self.distinct:  # Then each line is a piece by itself.
            lines = written.split(b"\n")
            if len(set(lines)) < len(lines):
                return None
        return written


class Unfit(Exception):
    """The marked document makes no template; `marks` that stand where no gap can be."""

    def __init__(self, marks: frozenset[int] = frozenset()) -> None:
        super().__init__(marks)
        self.marks: Final = marks


def of(
    statements: Iterable[Statement], marks: Mapping[str, int], algorithm: str
) -> tuple[Template, frozenset[int]]:
    """The template of a marked document's statements, and which of its gaps are for IRIs.

    Args:
        statements: What the marked document says.
        marks: The marks, each a value that stands once in the document, and the number of its gap.
        algorithm: The hash by which blank nodes are told apart.

    Raises:
        Unfit: Where a mark became something else than the whole of one kind of term.
    """
    return _Builder(marks, algorithm).build(list(statements))


@dataclass(frozen=True, slots=True)
class _Term:
    """A term: the text before and after the number of its gap or blank node, if it is one."""

    before: str
    after: str = ""
    gap: int | None = None
    blank: int | None = None
    value: str = ""


_Line = tuple[_Term, ...]


class _Builder:
    def __init__(self, marks: Mapping[str, int], algorithm: str) -> None:
        self._marks = marks
        self._algorithm = algorithm
        self._blanks: dict[str, int] = {}
        self._iris: set[int] = set()
        self._texts: set[int] = set()
        self._bad: set[int] = set()

    def build(self, statements: Sequence[Statement]) -> tuple[Template, frozenset[int]]:
        lines = [self._line(statement) for statement in statements]
        if len(lines) > MAX_LINES or len(self._blanks) > MAX_BLANKS:
            raise Unfit
        lost = set(self._marks.values()) - self._iris - self._texts
        if bad := self._bad | (self._iris & self._texts) | lost:
            raise Unfit(frozenset(bad))
        subjects = {line[0] for line in lines if line[0].blank is None}
        gaps = sorted(term.gap for term in subjects if term.gap is not None)
        several, distinct = len(self._blanks) > 1, _all_distinct(lines)
        template = Template(
            text=self._text(lines, lambda _: None if several else "_:c14n0", lambda _: distinct),
            blanks=tuple(self._hashed(lines, number) for number in self._blanks.values()) if several else (),
            algorithm=self._algorithm,
            distinct=distinct,
            subjects=len(gaps),
            take_subjects=taker(gaps),
            described=frozenset(term.value for term in subjects if term.gap is None),
        )
        return template, frozenset(self._iris)

    def _line(self, statement: Statement) -> _Line:
        predicate = statement.predicate
        self._bad |= self._inside(predicate)
        if predicate == RDF_TYPE:  # it may bring a context of its own
            self._bad |= self._inside(statement.object)
        terms = [
            self._node(statement.subject),
            _Term(f"<{predicate}>"),
            self._literal(statement) if statement.datatype else self._node(statement.object),
        ]
        if statement.graph:
            terms.append(self._node(statement.graph))
        return tuple(terms)

    def _node(self, name: str) -> _Term:
        if name.startswith(BLANK):
            return _Term("", blank=self._blanks.setdefault(name, len(self._blanks)))
        gap = self._marks.get(name)
        if gap is None:
            self._bad |= self._inside(name)
            return _Term(f"<{name}>", value=name)
        self._iris.add(gap)
        return _Term("<", ">", gap)

    def _literal(self, statement: Statement) -> _Term:
        text, kind, language = statement.object, statement.datatype, statement.language
        self._bad |= self._inside(kind) | self._inside(language)
        after = f"@{language}" if language else "" if kind == _XSD_STRING else f"^^<{kind}>"
        gap = self._marks.get(text)
        if gap is None:
            self._bad |= self._inside(text)
            return _Term(f'"{escape(text)}"{after}')
        if kind not in _VERBATIM:
            self._bad.add(gap)
        self._texts.add(gap)
        return _Term('"', f'"{after}', gap)

    def _inside(self, text: str) -> set[int]:
        """The marks that a text holds."""
        return {gap for mark, gap in self._marks.items() if mark in text}

    def _text(
        self, lines: Sequence[_Line], label: Callable[[int], str | None], joined: Callable[[_Line], bool]
    ) -> _Text:
        """The lines; a blank node without a label takes it from those that come after the values.

        `joined` says whose subject no other line's subject can be written like.
        """
        pieces: list[str | int] = []
        ordered = sorted(lines, key=_begins)
        settled = [joined(line) and _settled(line, lines) for line in ordered]
        together = [
            all(settled[number : number + 2]) and line[0] == after[0]
            for number, (line, after) in enumerate(itertools.pairwise(ordered))
        ]
        for line, goes_on in zip(ordered, (*together, False), strict=True):
            for term in line:
                pieces.append(term.before)
                if term.gap is not None:
                    pieces.append(term.gap)
                elif term.blank is not None:
                    pieces.append(label(term.blank) or len(self._marks) + term.blank)
                pieces.append(f"{term.after} ")
            pieces.append(".\n" if goes_on else f".{_CUT}")
        pieces[-1] = "."
        labels = len(self._blanks) if any(label(number) is None for number in self._blanks.values()) else 0
        fixed: list[str] = []
        places = []
        for is_gap, group in itertools.groupby(pieces, lambda piece: isinstance(piece, int)):
            if is_gap:
                places += [piece for piece in group if isinstance(piece, int)]
            else:
                places.append(len(self._marks) + labels + len(fixed))
                fixed.append("".join(str(piece) for piece in group))
        return _Text(taker(places), tuple(fixed))

    def _hashed(self, lines: Sequence[_Line], number: int) -> _Text:
        own = [line for line in lines if any(term.blank == number for term in line)]
        return self._text(
            own,
            lambda other: "_:a" if other == number else "_:z",
            lambda line: line[0].blank in {None, number},
        )


def _begins(line: _Line) -> tuple[str, ...]:
    """What a line is sorted by, but for what stands in gaps; those of one subject are together."""
    return (repr(line[0]), *(f"{term.before}{term.after}" for term in line[1:]))


def _settled(line: _Line, lines: Sequence[_Line]) -> bool:
    """Whether a line's place among those of its subject is the same whatever fills the gaps."""
    alike = [other for other in lines if other[:2] == line[:2]]
    return len(alike) == 1 or all(term.gap is None is term.blank for other in alike for term in other[2:])


def _all_distinct(lines: Sequence[_Line]) -> bool:
    """Whether lines differ whatever fills the gaps, given that subjects do."""
    stems = [(line[0], line[1], line[3:]) for line in lines]
    subjects = {line[0] for line in lines}
    return all(
        stems.count(stem) == 1 or line[2] in subjects or (line[2].gap is None and _no_gap_beside(stem, lines))
        for stem, line in zip(stems, lines, strict=True)
    )


def _no_gap_beside(stem: tuple[object, ...], lines: Sequence[_Line]) -> bool:
    return all(line[2].gap is None for line in lines if (line[0], line[1], line[3:]) == stem)
