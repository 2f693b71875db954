"""Altered presentations are refused or say the same; random documents mean the same to three readers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.adapters import package_data
from clicid.errors import ClicidError
from clicid.formats.base import Checked, Outcome
from clicid.formats.vc_di import LdpVcChecker, LdpVpChecker
from clicid.rdf import safe
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile
from tests.support import datasets, w3c

CREDENTIAL = w3c.credential()
PRESENTATION = w3c.presentation()
CREDENTIALS = LdpVcChecker(w3c.CONTEXTS)
PRESENTATIONS = LdpVpChecker(w3c.CONTEXTS)


def accepts(raw: bytes) -> bool:
    """Whether the presentation and every credential in it passes."""
    try:
        outer = PRESENTATIONS.check(
            PRESENTATIONS.parse(raw), {}, rules=w3c.RULES, binding=w3c.BINDING, now=w3c.NOW
        )
        checked = [outer, *(inside(inner.raw, inner.holder_key) for inner in outer.nested)]
    except ClicidError:
        return False
    return all(line.outcome is Outcome.PASSED for one in checked for line in one.lines)


def inside(raw: bytes, holder_key: Any) -> Checked:
    binding = replace(w3c.BINDING, holder_key=holder_key)
    checked = CREDENTIALS.check(
        CREDENTIALS.parse(raw), w3c.have(), rules=w3c.RULES, binding=binding, now=w3c.NOW
    )
    assert isinstance(checked, Checked)
    return checked


def test_unaltered_it_is_accepted() -> None:
    assert accepts(PRESENTATION)


@settings(max_examples=300)
@given(st.integers(0, len(PRESENTATION) - 1), st.integers(1, 255))
def test_altered_in_any_byte(at: int, change: int) -> None:
    """White space is no part of what is signed; nothing else may change under a good signature."""
    raw = bytearray(PRESENTATION)
    raw[at] ^= change
    assert not accepts(bytes(raw)) or json.loads(raw) == json.loads(PRESENTATION)


@settings(max_examples=200)
@given(st.data())
def test_altered_in_any_value(data: st.DataObject) -> None:
    """A value anywhere replaced by another, or a member removed."""
    document = json.loads(PRESENTATION)
    parent, key = data.draw(st.sampled_from(list(_places(document))))
    before = parent[key]
    replacement = data.draw(
        st.sampled_from([None, True, False, 0, 1, "", "x", "true", [], {}, [before], {"id": before}, "gone"])
    )
    if replacement == "gone":
        del parent[key]
    else:
        parent[key] = replacement
    if accepts(json.dumps(document).encode()):
        assert _plain(document) == _plain(json.loads(PRESENTATION))


def _places(value: Any) -> Any:
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


def _plain(value: Any) -> Any:
    """Without the two differences of form that safe mode leaves: one object in an array, an id as object."""
    if isinstance(value, dict):
        return value["id"] if set(value) == {"id"} else {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return _plain(value[0]) if len(value) == 1 else [_plain(item) for item in value]
    return value


TERMS = {
    "id": "@id",
    "type": "@type",
    "Thing": "urn:x:Thing",
    "Other": {"@id": "urn:x:Other", "@context": {"inside": "urn:x:inside"}},
    "text": "urn:x:text",
    "flag": {"@id": "urn:x:flag", "@type": "http://www.w3.org/2001/XMLSchema#boolean"},
    "node": {"@id": "urn:x:node", "@type": "@id"},
    "list": {"@id": "urn:x:list", "@container": "@list"},
    "graph": {"@id": "urn:x:graph", "@type": "@id", "@container": "@graph"},
}
URL = "https://vectors.example/context"
RAW = json.dumps({"@context": TERMS}).encode()
CONTEXTS = Contexts({URL: RAW}, {URL: hashlib.sha256(RAW).hexdigest()})

iris = st.sampled_from(["urn:x:a", "urn:x:b", "urn:x:c", "https://example.com/å?q#f", "a b", "", "_:b"])
scalars = st.text(max_size=6) | st.booleans() | st.integers(-9, 9) | st.none() | iris
tagged = st.fixed_dictionaries({"@value": st.text(max_size=6), "@language": st.sampled_from(["sv", "en-gb"])})


def node_objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    values = inner | st.lists(inner, max_size=3)
    return st.dictionaries(
        st.sampled_from(["text", "flag", "node", "list", "graph", "inside", "unknown"]), values, max_size=4
    ).flatmap(
        lambda members: st.fixed_dictionaries(
            {name: st.just(value) for name, value in members.items()},
            optional={"id": iris, "type": st.sampled_from(["Thing", ["Thing", "Other"], "Unknown"])},
        )
    )


@settings(max_examples=400)
@given(
    st.recursive(scalars | tagged, node_objects, max_leaves=12).filter(lambda value: isinstance(value, dict))
)
def test_random_documents_mean_the_same_to_another_processor(document: dict[str, Any]) -> None:
    """What safe mode accepts, pyoxigraph's JSON-LD reader and canonicaliser read alike."""
    try:
        ours = safe.canonicalize({"@context": URL, **document}, CONTEXTS, profile=Profile.CLOSED)
    except ClicidError:
        return
    written_out = json.dumps({"@context": TERMS, **document}).encode()
    assert ours == datasets.canonical(written_out, ox.RdfFormat.JSON_LD)


# The scoped context of cnf redefines a protected term, as it may; pyoxigraph says it may not.
_NAMES = st.sampled_from(sorted(w3c.CONTEXTS.names - {"cnf"}))
_TYPES = st.sampled_from(
    [
        *("VerifiableCredential", "VerifiablePresentation", "DataIntegrityProof", "ClicAge", "JsonSchema"),
        *("BitstringStatusListEntry", "BitstringStatusList", "EnvelopedVerifiableCredential"),
    ]
)
# Of two types with contexts of their own, pyoxigraph forgets the first's.
_TYPE_LISTS: st.SearchStrategy[list[str]] = st.tuples(_TYPES, st.sampled_from(["ClicAge", "urn:x:T"])).map(
    list
) | st.just([])
_VALUES = iris | _TYPES | st.booleans() | st.integers(0, 9) | tagged | st.text(max_size=4)
_SHIPPED = st.sampled_from(
    ["https://www.w3.org/ns/credentials/v2", ["https://www.w3.org/ns/credentials/v2", w3c.AGE_CONTEXT]]
)


def shipped_nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    values = inner | st.lists(inner, min_size=1, max_size=3)
    optional = {"id": iris, "type": _TYPES | _TYPE_LISTS, "@context": _SHIPPED}
    return st.dictionaries(_NAMES, values, max_size=4).flatmap(
        lambda members: st.fixed_dictionaries(
            {name: st.just(value) for name, value in members.items()},
            optional={name: value for name, value in optional.items() if name not in members},
        )
    )


@settings(max_examples=300)
@given(st.recursive(_VALUES, shipped_nodes, max_leaves=10), _SHIPPED)
def test_the_shipped_contexts_bear_any_document(value: Any, context: Any) -> None:
    """Whatever the members: canonical bytes that another processor agrees with, or our error."""
    document = {**(value if isinstance(value, dict) else {"name": value}), "@context": context}
    try:
        ours = safe.canonicalize(document, w3c.CONTEXTS, profile=Profile.CLOSED)
    except ClicidError:
        return
    assert ours == datasets.canonical(json.dumps(_written_out(document)).encode(), ox.RdfFormat.JSON_LD)


def _written_out(value: Any) -> Any:
    """With the contexts themselves in the place of their URLs, as pyoxigraph has no loader."""
    if isinstance(value, list):
        return [_written_out(item) for item in value]
    if not isinstance(value, dict):
        return value
    out = {name: _written_out(item) for name, item in value.items() if name != "@context"}
    if "@context" in value:
        named = value["@context"] if isinstance(value["@context"], list) else [value["@context"]]
        out["@context"] = [_CONTEXT_OF[url] for url in named]
    return out


_CONTEXT_OF = {
    "https://www.w3.org/ns/credentials/v2": json.loads(package_data.schema("contexts/credentials-v2.jsonld"))[
        "@context"
    ],
    w3c.AGE_CONTEXT: json.loads(package_data.schema("contexts/clicid-age-v1.jsonld"))["@context"],
}
