"""JSON-LD contexts by digest: what is not among them does not exist, and nothing is ever fetched."""

from __future__ import annotations

import copy
import hashlib
import threading
import warnings
from typing import TYPE_CHECKING, Any, Final

from pyld.context_resolver import ContextResolver
from pyld.jsonld import JsonLdError, JsonLdProcessor
from pyld.resolved_context import ResolvedContext

from clicid.codec import shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.rdf import work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clicid.codec.strict_json import Json


class Contexts:
    """The contexts that documents may name: an immutable set with one cache of processed ones.

    Args:
        documents: URL to the bytes of the context document.
        digests: URL to the lower-case hex SHA-256 that the bytes must have; for the same URLs.

    Raises:
        LocalError: `rdf.context_digest` when bytes and digests do not fit each other,
            `rdf.context_broken` when a context is not valid or names one that is not in the set.
    """

    def __init__(self, documents: Mapping[str, bytes], digests: Mapping[str, str]) -> None:
        if set(documents) != set(digests):
            raise LocalError("rdf.context_digest", detail="contexts and digests name different URLs")
        for url, raw in documents.items():
            if hashlib.sha256(raw).hexdigest() != digests[url]:
                raise LocalError("rdf.context_digest", url)
        self._documents: Final = {url: _parsed(url, raw) for url, raw in documents.items()}
        self._digests: Final = dict(digests)
        self._resolved: Final[dict[str, Any]] = {}
        self.names: Final = frozenset(name for one in self._documents.values() for name in names(one))
        """Every name that a context defines anywhere: what an IRI's scheme must not be."""
        self.weights: Final = {url: work.weigh(one["@context"], {}) for url, one in self._documents.items()}
        """For `terms`: what it takes to process each."""
        self.compiled: Final[dict[object, Any]] = {}
        """For `shapes`: what was compiled for these contexts."""
        self.terms: Final[dict[object, Any]] = {}
        """For `terms`: what names stand for."""
        self.processed: Final[dict[object, Any]] = {}
        """For `terms`."""
        self.lock: Final = threading.Lock()
        """Held while PyLD works: its caches are not made for threads."""
        for url in self._documents:
            self._check_usable(url)

    def __contains__(self, url: object) -> bool:
        return url in self._documents

    @property
    def urls(self) -> frozenset[str]:
        """The URLs served."""
        return frozenset(self._documents)

    def digest(self, url: str) -> str:
        """The hex SHA-256 of a context document; `Refused` (`rdf.context_unknown`) for others."""
        if url not in self._digests:
            raise Refused("rdf.context_unknown", detail=url[:80])
        return self._digests[url]

    def options(self, *, apart: bool = False) -> dict[str, Any]:
        """Options for one PyLD operation: our loader, our cache, no base to resolve against.

        With `apart` the cache is read and nothing stays in it: for documents with contexts of their own.
        """
        return {
            "base": "",
            "contextResolver": ContextResolver(
                _Apart(self._resolved) if apart else self._resolved, self._load
            ),
            "documentLoader": self._load,
            "extractAllScripts": False,
            "isFrame": False,
            "processingMode": "json-ld-1.1",
            "rdfDirection": "i18n-datatype",
        }

    def _load(self, url: str, _options: object) -> dict[str, Any]:
        """PyLD's document loader. It gets a copy, as PyLD rewrites URLs in place."""
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": copy.deepcopy(self._documents[url]),
            "tag": "static",
        }

    def _check_usable(self, url: str) -> None:
        options = self.options()
        processor = JsonLdProcessor()
        try:
            with warnings.catch_warnings():
                # Terms that look like keywords are ignored with this warning: a silent drop.
                warnings.simplefilter("error", SyntaxWarning)
                processor.process_context(processor.process_context({}, None, options), url, options)
        except (JsonLdError, SyntaxWarning, LookupError, TypeError, ValueError, RecursionError) as error:
            # PyLD trips over some malformed contexts instead of refusing them.
            raise LocalError("rdf.context_broken", url, _root_code(error)) from error


class _Apart(dict[str, Any]):
    """PyLD's cache of contexts for one document.

    A context is in it with what came of it under others; of those that ship, what came of them in
    other documents can be read, and what comes of them in this one stays here.
    """

    def __init__(self, shared: Mapping[str, Any]) -> None:
        super().__init__()
        self._shared = shared

    def get(self, key: str, default: Any = None) -> Any:
        """A map of tag to resolved context, as PyLD has it."""
        if key not in self and key in self._shared:
            self[key] = {tag: _copied(one) for tag, one in self._shared[key].items()}
        return super().get(key, default)


def _copied(resolved: ResolvedContext | list[ResolvedContext]) -> ResolvedContext | list[ResolvedContext]:
    if isinstance(resolved, list):
        return [copied for one in resolved if isinstance(copied := _copied(one), ResolvedContext)]
    other = ResolvedContext(resolved.document)
    other.cache.update(resolved.cache)
    return other


def _parsed(url: str, raw: bytes) -> dict[str, Any]:
    try:
        document = shape.as_object(strict_json.loads(raw))
        shape.child(document, "@context")
    except Refused as error:
        raise LocalError("rdf.context_broken", url, error.code) from error
    return document


def names(value: Json) -> Iterator[str]:
    """The member names in a JSON value, at any depth."""
    if isinstance(value, dict):
        yield from value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from names(child)


def _root_code(error: BaseException) -> str:
    """The JSON-LD error code nearest to the cause; PyLD wraps the telling one."""
    code = ""
    cause: BaseException | None = error
    while cause is not None:
        code = getattr(cause, "code", None) or code
        cause = cause.__cause__
    return code
