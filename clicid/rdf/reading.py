"""Our own reading of a JSON-LD document: a statement for every key and value, or a refusal.

The walk meets every member of every object. It either raises or records at least one statement, so
a processor whose dataset holds the same statements has dropped nothing. What JSON-LD allows but a
credential does not need (maps, reverse properties, nested contexts, JSON literals) is refused, and
so is every second way to write the same graph that could deceive a reader of the JSON: one that begins
with another of its nodes (`rdf.root`), say. What remains free under one graph: the order of members
and of arrays without ``@list``, one object or an array of it, and a reference or an object with
nothing but that id.

The open profile reads more, as JSON-LD means it: contexts written out and nested ones, JSON literals,
fractions, value and list objects. Free under one graph are then also which word stands for an IRI of
the document's own contexts, one value or an array of it, arrays inside arrays without ``@list``, and
a plain value or a value object of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyld.jsonld import JsonLdError, JsonLdProcessor

from clicid.codec.shape import pointer
from clicid.errors import Refused
from clicid.rdf import canon, limits, literals
from clicid.rdf.canon import BLANK
from clicid.rdf.profile import Profile
from clicid.rdf.terms import RDF_TYPE
from clicid.rdf.written import WrittenContexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.canon import Dataset
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.terms import ActiveContext, Term, Vocabulary

DEFAULT_GRAPH: Final = ""
_MAX_SHOWN: Final = 80


class Statement(NamedTuple):
    """One quad; `datatype` is empty for an IRI or blank node, `language` unless it is a tagged text."""

    graph: str
    subject: str
    predicate: str
    object: str
    datatype: str = ""
    language: str = ""

    def anonymous(self) -> Statement:
        """With `BLANK` in place of each blank node's label: which is which, canonicalisation says."""
        value = self.object if self.datatype else _anonymous(self.object)
        return self._replace(graph=_anonymous(self.graph), subject=_anonymous(self.subject), object=value)


class Placed(NamedTuple):
    """A statement and the JSON pointer of the value it was read from.

    An object's types stand at its type member, the statement that names it (or its graph) at the
    object, and what a list is made of at the list.
    """

    where: str
    statement: Statement


@dataclass(slots=True)
class Reading:
    """What a document says.

    `types` are the type IRIs of the root node, in the order given; `inner` those of other nodes of its
    graph, each with a place; `keywords` the names of all members that hold an id or types.
    """

    placed: list[Placed] = field(default_factory=list)
    types: tuple[str, ...] = ()
    inner: dict[str, str] = field(default_factory=dict)
    keywords: set[str] = field(default_factory=set)

    @property
    def statements(self) -> Counter[Statement]:
        """What is said how often, whatever its blank nodes are called."""
        return Counter(statement.anonymous() for _, statement in self.placed)


def read(
    document: dict[str, Json], contexts: Contexts, vocabulary: Vocabulary, *, hashed: bool = True
) -> Reading:
    """Read a document.

    Args:
        document: A JSON object.
        contexts: The shipped contexts.
        vocabulary: For this document alone; it knows the profile.
        hashed: Whether what is said will be hashed, so that all has to be in the statements. A base
            direction is in the datatype then, as issuers in the field sign it (`literals.directed`); one
            that comes from a context has no statement.

    Raises:
        Refused: An `rdf.*` code with the JSON pointer of what is not accepted.
    """
    walk = _Walk(contexts, vocabulary, hashed=hashed)
    walk.node(document, _Place(vocabulary.initial(), None, DEFAULT_GRAPH, set(), "", limits.MAX_DEPTH))
    if not walk.reading.placed:
        raise Refused("rdf.empty", detail="the document says nothing")
    if vocabulary.profile is Profile.CLOSED:
        _check_root(walk.reading)
    return walk.reading


def _check_root(read: Reading) -> None:
    """That no other node could be taken for the root: a graph does not say which node a document begins with.

    A document about a credential in which another one is described, under its own id and with the way
    back, has the graph of a document about that other one.
    """
    for name in read.types:
        if name in read.inner:
            raise Refused("rdf.root", read.inner[name])


def dataset(statements: Iterable[Statement]) -> Dataset:
    """Statements in PyLD's form, each once, as RDF has it."""
    graphs: Dataset = {}
    for statement in dict.fromkeys(statements):
        triple = {
            "subject": _term(statement.subject),
            "predicate": _term(statement.predicate),
            "object": _literal(statement) if statement.datatype else _term(statement.object),
        }
        graphs.setdefault(statement.graph or "@default", []).append(triple)
    return graphs


def nquad(statement: Statement, labels: Mapping[str, str]) -> str:
    """A statement as a line of canonical N-Quads, its blank nodes under the labels that are given."""
    names = [statement.subject, statement.predicate]
    if not statement.datatype:
        names.append(statement.object)
    words = [labels[name] if name.startswith(BLANK) else f"<{name}>" for name in names]
    if statement.datatype:
        words.append(canon.literal(statement.object, statement.datatype, statement.language))
    if statement.graph != DEFAULT_GRAPH:
        graph = statement.graph
        words.append(labels[graph] if graph.startswith(BLANK) else f"<{graph}>")
    return " ".join((*words, ".\n"))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: its context, the member's name, its graph and who is described there."""

    active: ActiveContext
    key: str | None
    graph: str
    described: set[str]
    where: str
    depth_left: int

    def deeper(self) -> _Place:
        """The same place, one array or list object further in."""
        if self.depth_left == 0:
            raise Refused("rdf.size", self.where, "too deep")
        return replace(self, depth_left=self.depth_left - 1)


class _Walk:
    def __init__(self, contexts: Contexts, vocabulary: Vocabulary, *, hashed: bool) -> None:
        self.reading = Reading()
        self._directed = vocabulary.profile is Profile.OPEN and not hashed
        self._contexts = contexts
        self._vocabulary = vocabulary
        self._open = vocabulary.profile is Profile.OPEN
        self._written = WrittenContexts(contexts)
        self._nodes_left = limits.MAX_NODES
        self._statements_left = limits.MAX_STATEMENTS
        self._text_left = limits.MAX_TEXT
        self._blanks = 0

    def node(self, node: dict[str, Json], place: _Place) -> str:
        """Record a node object's statements; its id, or a label of its own."""
        self._take_node(place.where)
        if place.depth_left == 0:
            raise Refused("rdf.size", place.where, "too deep")
        self._check_context(node, place)
        members, types = self._node_contexts(node, place)
        terms = self._terms(node, members, place.where)
        if self._open and "@context" in node and all(term.iri == "@id" for term in terms.values()):
            # By their own contexts some processors drop such objects.
            raise Refused("rdf.empty", place.where)
        subject = self._subject(node, terms, members, place)
        for key, term in terms.items():
            where = pointer(place.where, key)
            if term.iri in ("@id", "@type"):
                self.reading.keywords.add(key)
            if term.iri == "@type":
                self._types(node[key], types, subject, place, where)
            elif term.iri != "@id":
                inner = self._vocabulary.value_context(members, key)
                self._member(
                    node[key], term, subject,
                    _Place(inner, key, place.graph, place.described, where, place.depth_left - 1),
                )  # fmt: skip
        return subject

    def _node_contexts(self, node: dict[str, Json], place: _Place) -> tuple[ActiveContext, ActiveContext]:
        try:
            return self._vocabulary.node_contexts(place.active, place.key, node)
        except JsonLdError as error:
            where = pointer(place.where, "@context") if "@context" in node else place.where
            raise Refused("rdf.invalid", where, str(error.code or "")) from error

    def _check_context(self, node: dict[str, Json], place: _Place) -> None:
        where = pointer(place.where, "@context")
        if self._open:
            if "@context" in node:
                self._written.check(node["@context"], where)
                if self._written.found:
                    self._vocabulary.keep_apart()
            return
        # A context may stand only where none is in force: at the root, or where it was cleared.
        wanted = not place.active["mappings"]
        if ("@context" in node) != wanted:
            raise Refused("rdf.context_place", place.where)
        if not wanted:
            return
        named = node["@context"]
        urls = named if isinstance(named, list) else [named]
        if not 1 <= len(urls) <= limits.MAX_CONTEXTS:
            raise Refused("rdf.context_place", place.where, "one to eight contexts are wanted")
        for url in urls:
            if not isinstance(url, str):
                raise Refused("rdf.context_place", place.where, "contexts are named, not written out")
            if url not in self._contexts:
                raise Refused("rdf.context_unknown", place.where, url[:_MAX_SHOWN])

    def _terms(self, node: dict[str, Json], active: ActiveContext, where: str) -> dict[str, Term]:
        terms: dict[str, Term] = {}
        names: set[str] = set()
        for key in node:
            if key == "@context":
                continue
            term = self._vocabulary.remembered(active, key)
            if term is None:
                term = self._vocabulary.term(active, key, pointer(where, key[:_MAX_SHOWN]))
                self._vocabulary.remember(active, key, term)
            if term.iri in names:
                raise Refused("rdf.term_ambiguous", pointer(where, key[:_MAX_SHOWN]))
            terms[key] = term
            names.add(term.iri)
        return terms

    def _subject(
        self, node: dict[str, Json], terms: dict[str, Term], active: ActiveContext, place: _Place
    ) -> str:
        named = [key for key, term in terms.items() if term.iri == "@id"]
        if not named:
            return self._blank()
        where = pointer(place.where, named[0])
        value = node[named[0]]
        if not isinstance(value, str):
            raise Refused("rdf.id", where)
        self._spend(value, where)
        subject = self._vocabulary.id_iri(active, value, where)
        if len(terms) > 1:
            if subject in place.described:
                raise Refused("rdf.node_repeated", where)
            place.described.add(subject)
        return subject

    def _types(self, value: Json, active: ActiveContext, subject: str, place: _Place, where: str) -> None:
        if value == []:
            raise Refused("rdf.empty", where)
        found = []
        for text in value if isinstance(value, list) else [value]:
            if not isinstance(text, str):
                raise Refused("rdf.type", where)
            self._spend(text, where)
            found.append(self._vocabulary.type_iri(active, text, where))
            self._record(Statement(place.graph, subject, RDF_TYPE, found[-1]), where)
        if place.key is None:
            self.reading.types = tuple(found)
        elif place.graph == DEFAULT_GRAPH:
            self.reading.inner |= dict.fromkeys(found, where)

    def _member(self, value: Json, term: Term, subject: str, place: _Place) -> None:
        stem = (place.graph, subject, term.iri)
        if term.json:
            self._json(value, stem, place.where)
            return
        if self._open and "@list" in term.container:
            self._list(_elements(value, place), stem, place, place.where)
            return
        items: list[Json] = value if isinstance(value, list) else [value]
        self._check_items(value, term, place.where)
        if "@list" in term.container:
            self._list(items, stem, place, place.where)
            return
        for index, item in enumerate(items):
            where = pointer(place.where, index) if isinstance(value, list) else place.where
            if "@graph" in term.container:
                self._graph(item, term, subject, place, where)
            else:
                self._value(item, stem, place, where)

    def _check_items(self, value: Json, term: Term, where: str) -> None:
        if value == []:
            raise Refused("rdf.empty", where)
        if self._open:
            return
        if not isinstance(value, list):
            if term.container & {"@set", "@list"}:
                raise Refused("rdf.literal", where, "the term's values are written in an array")
        # [false] has the graph of false, but reads as true.
        elif len(value) == 1 and not isinstance(value[0], dict) and not term.container:
            raise Refused("rdf.literal", where, "one value is written without an array")

    def _list(self, items: list[Json], stem: tuple[str, str, str], place: _Place, where: str) -> None:
        """An RDF collection: a cell for each element (JSON-LD API 8.3)."""
        cell = self._blank() if items else literals.RDF + "nil"
        self._record(Statement(*stem, cell), where)
        for index, item in enumerate(items):
            self._take_node(where)
            if isinstance(item, list):
                # Some processors make a list of it, some put its elements in this one.
                raise Refused("rdf.literal", pointer(where, index), "an array in a list")
            stem = (place.graph, cell, literals.RDF + "first")
            self._value(item, stem, place, pointer(where, index))
            rest = literals.RDF + "nil" if index == len(items) - 1 else self._blank()
            self._record(Statement(place.graph, cell, literals.RDF + "rest", rest), where)
            cell = rest

    def _graph(self, item: Json, term: Term, subject: str, place: _Place, where: str) -> None:
        """A node object in a graph of its own, as `proof` and `verifiableCredential` have it."""
        if not isinstance(item, dict):
            raise Refused("rdf.unsupported", where, "an object is wanted")
        graph = self._blank()
        self._record(Statement(place.graph, subject, term.iri, graph), where)
        before = self._statements_left
        self.node(item, _Place(place.active, place.key, graph, set(), where, place.depth_left))
        if self._statements_left == before:
            raise Refused("rdf.empty", where)

    def _value(self, item: Json, stem: tuple[str, str, str], place: _Place, where: str) -> None:
        """One value of a property: `stem` is the graph, subject and predicate."""
        if isinstance(item, dict):
            if "@value" in item:
                self._value_object(item, stem, place, where)
            elif self._open and item.keys() == {"@list"}:
                self._list(_elements(item, place), stem, place.deeper(), pointer(where, "@list"))
            else:
                inner = _Place(place.active, place.key, place.graph, place.described, where, place.depth_left)
                # The statement that names it comes first, so that an object that says nothing has one.
                self._record(Statement(*stem, self.node(item, inner)), where)
        elif item is None or (isinstance(item, list | float) and not self._open):
            raise Refused("rdf.literal", where)
        elif isinstance(item, list):
            if not item:
                raise Refused("rdf.empty", where)
            for index, part in enumerate(item):
                self._value(part, stem, place.deeper(), pointer(where, index))
        else:
            self._scalar(item, stem, place, where)

    def _value_object(
        self, item: dict[str, Json], stem: tuple[str, str, str], place: _Place, where: str
    ) -> None:
        """A value with its datatype or language beside it (JSON-LD 1.1 4.1 and 4.2)."""
        value = item["@value"]
        if self._open and "@direction" in item:
            text, datatype = literals.directed(item, where)
            self._spend(text, where)
            self._record(Statement(*stem, text, datatype), where)
            return
        if item.keys() == {"@value", "@language"}:
            text, language = literals.tagged(value, item["@language"], where, self._vocabulary.profile)
            self._spend(text, where)
            self._record(Statement(*stem, text, literals.LANGUAGE_TEXT, language), where)
            return
        if not self._open or item.keys() - {"@value", "@type"}:
            raise Refused("rdf.literal", where, "only language-tagged text is written as an object")
        kind = item.get("@type")
        if kind == "@json":
            self._json(value, stem, where)
            return
        if (
            value is None
            or isinstance(value, dict | list)
            or not ("@type" not in item or isinstance(kind, str))
        ):
            raise Refused("rdf.literal", where)
        self._spend(str(value), where)
        typed = self._vocabulary.type_iri(place.active, kind, where) if isinstance(kind, str) else None
        text, datatype = literals.native(value, typed, where, self._vocabulary.profile)
        self._record(Statement(*stem, text, datatype), where)

    def _json(self, value: Json, stem: tuple[str, str, str], where: str) -> None:
        text = literals.json(value, where)
        self._spend(text, where)
        self._record(Statement(*stem, text, literals.JSON), where)

    def _scalar(self, item: literals.Scalar, stem: tuple[str, str, str], place: _Place, where: str) -> None:
        self._spend(str(item), where)
        coercion = JsonLdProcessor.get_context_value(place.active, place.key, "@type")
        if coercion in ("@id", "@vocab"):
            if not isinstance(item, str):
                raise Refused("rdf.literal", where)
            expand = self._vocabulary.id_iri if coercion == "@id" else self._vocabulary.type_iri
            self._record(Statement(*stem, expand(place.active, item, where)), where)
            return
        datatype = None if coercion == "@none" else coercion
        text, kind = literals.native(item, datatype, where, self._vocabulary.profile)
        language = ""
        if isinstance(item, str) and datatype is None:
            language, kind = self._default_language(place, kind, where)
        self._record(Statement(*stem, text, kind, language), where)

    def _default_language(self, place: _Place, kind: str, where: str) -> tuple[str, str]:
        direction = JsonLdProcessor.get_context_value(place.active, place.key, "@direction")
        if direction is not None and not self._directed:
            raise Refused("rdf.unsupported", where, "a base direction by the context")
        language = JsonLdProcessor.get_context_value(place.active, place.key, "@language")
        return (language, literals.LANGUAGE_TEXT) if language else ("", kind)

    def _blank(self) -> str:
        """A label that no other blank node has."""
        self._blanks += 1
        return f"{BLANK}b{self._blanks}"

    def _take_node(self, where: str) -> None:
        self._nodes_left -= 1
        if self._nodes_left < 0:
            raise Refused("rdf.size", where, "too many nodes")

    def _record(self, statement: Statement, where: str) -> None:
        self.reading.placed.append(Placed(where, statement))
        self._statements_left -= 1
        if self._statements_left < 0:
            raise Refused("rdf.size", where, "too many statements")

    def _spend(self, text: str, where: str) -> None:
        self._text_left -= len(text)
        if self._text_left < 0:
            raise Refused("rdf.size", where, "too much text")


def _term(name: str) -> dict[str, Any]:
    return {"type": "blank node" if name.startswith(BLANK) else "IRI", "value": name}


def _literal(statement: Statement) -> dict[str, Any]:
    literal = {"type": "literal", "value": statement.object, "datatype": statement.datatype}
    return literal | {"language": statement.language} if statement.language else literal


def _anonymous(name: str) -> str:
    return BLANK if name.startswith(BLANK) else name


def _elements(value: Json, place: _Place) -> list[Json]:
    """The elements of a list: an array, a list object, or one value alone."""
    if isinstance(value, dict) and value.keys() == {"@list"}:
        if "previousContext" in place.active:
            # In it the context of the node's type is no longer in force (JSON-LD 1.1 API 5.1.2, 8).
            raise Refused("rdf.unsupported", place.where, "a list object under the context of a type")
        value = value["@list"]
    return value if isinstance(value, list) else [value]
