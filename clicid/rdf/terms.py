"""What a key, a type or an id stands for under an active context: one reading, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyld.jsonld import JsonLdProcessor

from clicid.errors import Refused
from clicid.rdf import iri, work
from clicid.rdf.limits import MAX_CONTEXT_WORK, MAX_OPEN_TYPES, MAX_TYPES
from clicid.rdf.profile import Profile
from clicid.rdf.written import DELIMITERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.canon import Dataset
    from clicid.rdf.contexts import Contexts

ActiveContext = Any
"""PyLD's active context: an immutable mapping with ``mappings``, ``previousContext`` and defaults."""

RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_MAX_PROCESSED: Final = 512
_MAX_TERMS: Final = 8192
_CONTAINERS: Final = frozenset(
    (
        frozenset(),
        frozenset({"@set"}),
        frozenset({"@list"}),
        frozenset({"@graph"}),
        frozenset({"@graph", "@set"}),
    )
)


@dataclass(frozen=True, slots=True)
class Term:
    """What a key stands for: its IRI, or ``@id`` or ``@type``; its container; whether its value is JSON."""

    iri: str
    container: frozenset[str] = frozenset()
    json: bool = False


class Vocabulary(JsonLdProcessor):  # type: ignore[misc]  # PyLD has no types
    """Looks names up in active contexts, and follows scoped contexts as expansion does.

    In the closed profile only names that a context defines are known: a key made absolute by
    ``@vocab``, a prefix or by being an IRI would be a second way to write a known one, past whoever
    reads the JSON. In the open one such keys are known unless there is a name for what they say.
    """

    def __init__(self, contexts: Contexts, profile: Profile) -> None:
        super().__init__()
        self.profile: Final = profile
        self.apart = False
        """Whether the document has contexts of its own."""
        self._contexts = contexts
        self._options = contexts.options()
        self._processed: dict[object, Any] = {}
        self._work_left = MAX_CONTEXT_WORK
        self._names: dict[int, tuple[ActiveContext, dict[str, int]]] = {}

    def keep_apart(self) -> None:
        """From now on remember nothing beyond this document: it has contexts of its own."""
        if not self.apart:
            self.apart = True
            self._options = self._contexts.options(apart=True)

    def initial(self) -> ActiveContext:
        """The active context before any ``@context``."""
        return self._get_initial_context(self._options)

    def dataset(self, document: dict[str, Json]) -> Dataset:
        """PyLD's own reading of a document (JSON-LD 1.1 API 5.1, 8.1)."""
        dataset: Dataset = self.to_rdf(document, self._options)
        return dataset

    def _process_context(
        self, active_ctx: ActiveContext, local_ctx: Any, options: dict[str, Any], **how: Any
    ) -> ActiveContext:
        """PyLD's, remembered: it makes the contexts of types and terms anew for every node.

        What it returns is never changed, and a context outside a document is always one object, so
        identity names it; those that a document names are URLs.
        """
        if "cycles" in how:
            return super()._process_context(active_ctx, local_ctx, options, **how)
        named = local_ctx if isinstance(local_ctx, list) else [local_ctx]
        urls = tuple(named) if named and all(isinstance(url, str) for url in named) else None
        key = (id(active_ctx), urls or id(local_ctx), *sorted(how.items()))
        if key not in self._processed:
            self._charge(active_ctx, local_ctx)
            shared = self._contexts.processed
            known = shared.get(key)
            if known is None:
                # Both contexts are kept with the result, so that no other object gets their identity.
                known = (
                    super()._process_context(active_ctx, local_ctx, options, **how),
                    active_ctx,
                    local_ctx,
                )
                if not self.apart:
                    if len(shared) >= _MAX_PROCESSED:
                        shared.clear()
                    shared[key] = known
            self._processed[key] = known
        return self._processed[key][0]

    def _charge(self, active: ActiveContext, local: Any) -> None:
        if self.profile is Profile.CLOSED:
            return
        self._work_left -= work.weigh(local, self._contexts.weights).units(len(active["mappings"]))
        if self._work_left < 0:
            raise Refused("rdf.size", detail="the contexts take too much work")

    def remembered(self, active: ActiveContext, key: str) -> Term | None:
        """What `term` said of a name under a context that ships; None if nobody asked."""
        known = self._contexts.terms.get((id(active), key, self.profile))
        return None if known is None or known[0] is not active else known[1]

    def remember(self, active: ActiveContext, key: str, term: Term) -> None:
        """Keep what `term` said, unless it is about this document's own contexts."""
        if self.apart:
            return
        if len(self._contexts.terms) >= _MAX_TERMS:
            self._contexts.terms.clear()
        self._contexts.terms[id(active), key, self.profile] = active, term

    def term(self, active: ActiveContext, key: str, where: str) -> Term:
        """What a member's name stands for.

        Raises:
            Refused: `rdf.keyword`, `rdf.term_unknown`, `rdf.term_ambiguous`, `rdf.unsupported`.
        """
        if key in ("@id", "@type"):
            if self._count(active, key):
                raise Refused("rdf.keyword", where, "the context has another name for it")
            return Term(key)
        if key.startswith("@"):
            raise Refused("rdf.keyword", where)
        if self.profile is Profile.OPEN and key not in active["mappings"]:
            return self._made(active, key, where)
        mapping = active["mappings"].get(key)
        if mapping is None or not isinstance(mapping["@id"], str):
            raise Refused("rdf.term_unknown", where)
        if self._count(active, mapping["@id"]) > 1:
            raise Refused("rdf.term_ambiguous", where)
        return self._defined(mapping, where)

    def _defined(self, mapping: Mapping[str, Any], where: str) -> Term:
        """A key that a context defines."""
        name: str = mapping["@id"]
        container = frozenset(JsonLdProcessor.arrayify(mapping.get("@container") or []))
        if name == "@type" and container <= {"@set"}:
            return Term(name)
        json = mapping.get("@type") == "@json"
        if mapping["reverse"] or container not in _CONTAINERS:
            raise Refused("rdf.unsupported", where)
        if json and (self.profile is Profile.CLOSED or container):
            raise Refused("rdf.unsupported", where, "a JSON literal")
        if name == RDF_TYPE or (name != "@id" and not iri.is_absolute(name)):
            raise Refused("rdf.unsupported", where, "the term is no property of ours to sign")
        return Term(name, container, json)

    def _made(self, active: ActiveContext, key: str, where: str) -> Term:
        """A key that no context defines, made absolute by ``@vocab`` or a prefix, or as it is."""
        name = None if self._is_doubtful(active, key) else self._expand_iri(active, key, vocab=True)
        if not isinstance(name, str) or not iri.is_absolute(name):
            raise Refused("rdf.term_unknown", where)
        if self._count(active, name):
            raise Refused("rdf.term_ambiguous", where, "the context has another name for it")
        if name == RDF_TYPE:
            raise Refused("rdf.unsupported", where, "the term is no property of ours to sign")
        return Term(name)

    def _count(self, active: ActiveContext, name: str) -> int:
        """How many names the active context has for an IRI or keyword."""
        if id(active) not in self._names:
            counts: dict[str, int] = {}
            for mapping in active["mappings"].values():
                if mapping is not None and isinstance(mapping["@id"], str):
                    counts[mapping["@id"]] = counts.get(mapping["@id"], 0) + 1
            # The context is kept beside its counts, so that its id is not given to another.
            self._names[id(active)] = (active, counts)
        return self._names[id(active)][1].get(name, 0)

    def type_iri(self, active: ActiveContext, text: str, where: str) -> str:
        """A type, or a value coerced to ``@vocab``: a term, or an absolute IRI that stands for itself.

        In the open profile also what a prefix or ``@vocab`` makes one.

        Raises:
            Refused: `rdf.type`.
        """
        expanded = self._expand_iri(active, text, vocab=True)
        if not isinstance(expanded, str) or not iri.is_absolute(expanded):
            raise Refused("rdf.type", where)
        made = text not in active["mappings"] and expanded != text
        if self._is_doubtful(active, text):
            raise Refused("rdf.type", where, "a term is written like its scheme")
        if made and self.profile is Profile.CLOSED:
            raise Refused("rdf.type", where, "made absolute by a prefix or @vocab")
        return expanded

    def id_iri(self, active: ActiveContext, text: str, where: str) -> str:
        """An id: an absolute IRI that no prefix of the context rewrites.

        Raises:
            Refused: `rdf.id`.
        """
        if not iri.is_absolute(text) or self._expand_iri(active, text, base="") != text:
            raise Refused("rdf.id", where)
        if self._is_doubtful(active, text):
            raise Refused("rdf.id", where, "a term is written like its scheme")
        return text

    def _is_doubtful(self, active: ActiveContext, text: str) -> bool:
        """Whether a name is ``term:rest`` of a term that is no prefix, though some take it for one."""
        if self.profile is Profile.CLOSED or text in active["mappings"]:
            return False
        term, colon, rest = text.partition(":")
        mapping = active["mappings"].get(term) if colon and not rest.startswith("//") else None
        return mapping is not None and not mapping["_prefix"] and str(mapping["@id"]).endswith(DELIMITERS)

    def value_context(self, active: ActiveContext, key: str) -> ActiveContext:
        """The active context for the values of a member, after the term's scoped context."""
        scoped = JsonLdProcessor.get_context_value(active, key, "@context")
        if scoped is None:
            return active
        return self._process_context(active, scoped, self._options, propagate=True, override_protected=True)

    def node_contexts(
        self, active: ActiveContext, key: str | None, node: dict[str, Any]
    ) -> tuple[ActiveContext, ActiveContext]:
        """The active contexts for a node object's members and for its types (JSON-LD API 5.1.2, 3-11)."""
        scoped = JsonLdProcessor.get_context_value(active, key, "@context")
        if "previousContext" in active and not self._is_reference(active, node):
            active = active["previousContext"]
        if scoped is not None:
            active = self._process_context(active, scoped, self._options, override_protected=True)
        if "@context" in node:
            active = self._process_context(active, node["@context"], self._options)
        bare = {name: value for name, value in node.items() if name != "@context"}
        self._check_types(active, bare)
        members, _, types = self._prepare_nested_context(active, bare, self._options)
        return members, types

    def _check_types(self, active: ActiveContext, node: dict[str, Any]) -> None:
        """Refuse (`rdf.size`) many types before their scoped contexts cost anything."""
        limit = MAX_OPEN_TYPES if self.profile is Profile.OPEN else MAX_TYPES
        for name, value in node.items():
            many = isinstance(value, list) and len(value) > limit
            if many and self._expand_iri(active, name, vocab=True) == "@type":
                raise Refused("rdf.size", detail="too many types")

    def _is_reference(self, active: ActiveContext, node: dict[str, Any]) -> bool:
        """Whether a node object is nothing but an id: a type-scoped context then stays in force."""
        return len(node) == 1 and self._expand_iri(active, next(iter(node)), vocab=True) == "@id"
