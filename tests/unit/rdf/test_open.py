"""The open profile, construct by construct; `tests/vectors/rdf/open_profile.json` has the cases."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from clicid.adapters import package_data
from clicid.errors import Refused
from clicid.rdf import limits, quick, safe, terms
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile
from tests.support import datasets

VECTORS = json.loads(
    (Path(__file__).resolve().parents[2] / "vectors" / "rdf" / "open_profile.json").read_text()
)
SHIPPED = {url: json.dumps({"@context": context}).encode() for url, context in VECTORS["contexts"].items()}
CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"


def shipped() -> Contexts:
    return Contexts(SHIPPED, {url: hashlib.sha256(raw).hexdigest() for url, raw in SHIPPED.items()})


CONTEXTS = shipped()
FIRST = next(iter(SHIPPED))


def canonical(document: dict[str, Any], contexts: Contexts = CONTEXTS) -> list[str]:
    return safe.canonicalize(document, contexts, profile=Profile.OPEN).decode().splitlines()


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["what"])
def test_accepted(case: dict[str, Any]) -> None:
    assert canonical(case["document"]) == case["nquads"]


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["what"])
def test_another_processor_reads_it_likewise(case: dict[str, Any]) -> None:
    inlined = json.dumps(datasets.inlined(case["document"], VECTORS["contexts"])).encode()
    assert datasets.canonical(inlined, ox.RdfFormat.JSON_LD).decode().splitlines() == case["nquads"]


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["what"])
def test_the_closed_profile_accepts_nothing_of_it(case: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        safe.canonicalize(case["document"], CONTEXTS, profile=Profile.CLOSED)


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["what"])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        canonical(case["document"])
    assert (caught.value.code, caught.value.where) == (case["code"], case["where"])


def own_terms(prefix: str, count: int) -> dict[str, Any]:
    return {f"{prefix}{number}": f"urn:{prefix}:{number}" for number in range(count)}


def scoped(levels: int) -> dict[str, Any]:
    return {"p": {"@id": "urn:x:p", "@context": scoped(levels - 1)}} if levels else {"q": "urn:x:q"}


def in_arrays(levels: int) -> Any:
    return [in_arrays(levels - 1)] if levels else "x"


@pytest.mark.parametrize(
    "document",
    [
        {"@context": own_terms("t", limits.MAX_TERMS + 1), "t0": "x"},
        {"@context": own_terms("t", 5000), "t0": "x"},
        {"@context": [own_terms(f"t{number}_", limits.MAX_TERMS // 8 + 1) for number in range(8)]},
        {"@context": {"p": {"@id": "urn:x:p", "@context": own_terms("t", limits.MAX_TERMS)}}, "p": "x"},
        {"@context": {"p": "urn:x:p"}, "p": {"@context": own_terms("t", limits.MAX_TERMS), "t0": "x"}},
        {"@context": scoped(limits.MAX_CONTEXT_DEPTH), "p": "x"},
        {"@context": {"p": "urn:x:" + "y" * limits.MAX_CONTEXT_TEXT}, "p": "x"},
        {"@context": {"p" * limits.MAX_CONTEXT_TEXT: "urn:x:p", "q": "urn:x:q"}, "q": "x"},
        {"@context": {"p": {"@id": "urn:x:" + "y" * limits.MAX_CONTEXT_TEXT}}, "p": "x"},
        {
            "@context": {"@vocab": "urn:v:"},
            "@type": [f"T{number}" for number in range(limits.MAX_OPEN_TYPES + 1)],
        },
        {"@context": {"p": "urn:x:p"}, "p": in_arrays(limits.MAX_DEPTH + 1)},
        {"@context": {"p": {"@id": "urn:x:p", "@type": "@json"}}, "p": "x" * limits.MAX_TEXT},
    ],
    ids=[
        *("terms", "thousands of terms", "terms of several", "scoped terms", "terms of nodes", "depth"),
        *("text", "a long term", "a long IRI", "types", "arrays", "JSON literal"),
    ],
)
def test_numbers_are_bounded(document: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"rdf\.size"):
        canonical(document)


def test_what_is_just_within_the_bounds() -> None:
    types = [f"T{number}" for number in range(limits.MAX_OPEN_TYPES)]
    assert len(canonical({"@context": {"@vocab": "urn:v:"}, "@type": types})) == limits.MAX_OPEN_TYPES
    assert canonical({"@context": own_terms("t", limits.MAX_TERMS), "t0": "x"})
    assert canonical({"@context": scoped(limits.MAX_CONTEXT_DEPTH - 1), "p": {"p": {"p": {"q": "x"}}}})
    assert canonical({"@context": {"p": "urn:x:p"}, "p": in_arrays(limits.MAX_DEPTH - 1)})


def tree(levels: int) -> dict[str, Any]:
    return {"p0": tree(levels - 1), "p1": tree(levels - 1)} if levels else {"end": "x"}


def with_scopes(terms_each: int) -> dict[str, Any]:
    return {
        "end": "urn:x:end",
        "p0": {"@id": "urn:x:p0", "@context": own_terms("a", terms_each)},
        "p1": {"@id": "urn:x:p1", "@context": own_terms("b", terms_each)},
    }


def test_contexts_that_change_from_node_to_node_end_in_a_refusal() -> None:
    """Each path through the tree has an active context of its own."""
    started = time.process_time()
    with pytest.raises(Refused) as caught:
        canonical({"@context": with_scopes(120), **tree(7)})
    assert (caught.value.code, caught.value.detail) == ("rdf.size", "the contexts take too much work")
    assert time.process_time() - started < 10  # an eighth of a second, unless every line is traced
    assert canonical({"@context": with_scopes(2), **tree(5)})


def test_what_contexts_take_does_not_depend_on_what_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last budget under which a document is accepted is the same the first time and the second."""
    document = {"@context": [FIRST, with_scopes(2)], "type": "Thing", **tree(3)}

    def least(contexts: Contexts) -> int:
        for budget in range(1, 2000):
            monkeypatch.setattr(terms, "MAX_CONTEXT_WORK", budget)
            with contextlib.suppress(Refused):
                canonical(document, contexts)
                return budget
        raise AssertionError

    fresh, warm = shipped(), shipped()
    canonical(document, warm)
    named: dict[str, Any] = {"@context": FIRST, "type": "Thing", "name": "x"}
    canonical(named, warm)
    assert 1 < least(fresh) == least(warm) < 2000


def footprint(contexts: Contexts) -> dict[str, int]:
    """PyLD's cache: each context in it, and for how many others it has been processed."""
    found = {}
    for key, tags in contexts.options()["contextResolver"].shared_cache.items():
        resolved = tags["static"]
        found[key] = sum(len(one.cache) for one in (resolved if isinstance(resolved, list) else [resolved]))
    return found


def test_contexts_of_a_document_leave_nothing_behind() -> None:
    contexts = shipped()
    document = {"@context": FIRST, "type": "Thing", "inside": "x"}
    before = canonical(document, contexts)
    remembered = dict(contexts.processed), footprint(contexts)
    for number in range(20):
        own = {
            "@context": [FIRST, {f"t{number}": "urn:x:t"}],
            "type": "Thing",
            f"t{number}": "x",
        }
        canonical(own, contexts)
        with pytest.raises(Refused):
            canonical({**own, "unknown": "x"}, contexts)
    assert (dict(contexts.processed), footprint(contexts)) == remembered
    assert canonical(document, contexts) == before


def test_what_pyld_trips_over_is_a_refusal() -> None:
    """The scoped context of a term makes an alias of it: PyLD takes the value's node for a text."""
    own: dict[str, Any] = {"who": {"@id": "urn:x:who", "@context": {"who": "@id"}}}
    with pytest.raises(Refused) as caught:
        canonical({"@context": own, "who": "urn:x:me"})
    with pytest.raises(Refused, match=r"rdf\.invalid"):
        quick.process({"@context": own, "who": "urn:x:me"}, CONTEXTS, profile=Profile.OPEN)
    assert (caught.value.code, caught.value.detail) == ("rdf.invalid", "AttributeError")


def test_a_fault_of_ours_is_not_taken_for_one_of_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise KeyError

    monkeypatch.setattr(terms.Vocabulary, "dataset", broken)
    with pytest.raises(KeyError):
        safe.process({"@context": FIRST, "name": "x"}, CONTEXTS, profile=Profile.CLOSED)


@pytest.mark.parametrize(
    ("value", "datatype"),
    [
        ({"@value": "x", "@direction": "rtl"}, "_rtl"),
        ({"@value": "x", "@language": "AR-eg", "@direction": "ltr"}, "ar-eg_ltr"),
    ],
)
def test_a_base_direction_is_in_the_datatype(value: dict[str, Any], datatype: str) -> None:
    """As jsonld.js writes it where the packages that sign W3C credentials call it."""
    document: dict[str, Any] = {"@context": FIRST, "type": "Thing", "name": value}
    line = f'_:c14n0 <urn:x:name> "x"^^<https://www.w3.org/ns/i18n#{datatype}> .'
    assert line in canonical(document)
    assert quick.process(document, CONTEXTS, profile=Profile.OPEN).nquads.decode().splitlines() == canonical(
        document
    )
    assert safe.types(document, CONTEXTS, profile=Profile.OPEN) == ("urn:x:Thing",)
    with pytest.raises(Refused, match=r"rdf\.literal"):
        safe.types(document, CONTEXTS, profile=Profile.CLOSED)
    said_by_its_datatype = {"@value": "x", "@type": f"https://www.w3.org/ns/i18n#{datatype}"}
    with pytest.raises(Refused, match=r"rdf\.literal"):
        canonical({**document, "name": said_by_its_datatype})


def test_a_base_direction_by_a_term_may_stand_where_no_graph_is_hashed() -> None:
    document: dict[str, Any] = {"@context": FIRST, "left": "x"}
    assert not safe.types(document, CONTEXTS, profile=Profile.OPEN)
    with pytest.raises(Refused, match=r"rdf\.unsupported"):
        canonical(document)


@pytest.mark.parametrize(
    "value",
    [
        {"@value": "x", "@direction": "up"},
        {"@value": "x", "@direction": ["rtl"]},
        {"@value": 5, "@direction": "rtl"},
        {"@value": "x", "@direction": "rtl", "@type": "urn:x:t"},
        {"@value": "x", "@direction": "rtl", "@index": "i"},
    ],
)
def test_a_base_direction_that_is_none(value: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"rdf\.literal"):
        safe.types({"@context": FIRST, "name": value}, CONTEXTS, profile=Profile.OPEN)


@pytest.mark.parametrize(
    "url",
    [
        "https://w3id.org/security/data-integrity/v2",
        "https://www.w3.org/ns/credentials/undefined-terms/v2",
        "https://w3id.org/vdl/v1",
        "https://w3id.org/vdl/aamva/v1",
        "https://w3id.org/citizenship/v4rc1",
    ],
)
def test_contexts_that_are_common_can_be_named_beside_that_of_credentials(url: str) -> None:
    document = {"@context": [CREDENTIALS, url], "type": "VerifiableCredential", "issuer": "did:ex:1"}
    assert canonical(document, package_data.open_contexts())


def test_a_presentation_of_version_1_1_holds_credentials_with_contexts() -> None:
    first = "https://www.w3.org/2018/credentials/v1"
    credential = {
        "@context": [first, {"age": "https://e.example/age"}],
        "id": "urn:x:1",
        "type": "VerifiableCredential",
        "issuer": "did:ex:1",
        "credentialSubject": {"id": "did:ex:2", "age": 30},
    }
    document = {"@context": first, "type": "VerifiablePresentation", "verifiableCredential": [credential]}
    found = canonical(document, package_data.open_contexts())
    assert any("https://e.example/age" in line for line in found)
    common = {**document, "@context": [first, "https://www.w3.org/ns/did/v1"]}
    with pytest.raises(Refused, match=r"rdf\.context_unknown"):
        canonical(common, package_data.contexts())


def test_a_credential_in_a_data_url_is_longer_than_other_ids() -> None:
    def named(name: str) -> dict[str, Any]:
        return {"@context": FIRST, "id": name, "type": "Thing"}

    url = "data:application/vc+jwt,"
    for profile in Profile:
        assert safe.canonicalize(named(url + "x" * 60_000), CONTEXTS, profile=profile)
        for long in (url + "x" * limits.MAX_DATA_URL, "urn:x:" + "x" * limits.MAX_IRI):
            with pytest.raises(Refused, match=r"rdf\.id"):
                safe.process(named(long), CONTEXTS, profile=profile)


def test_the_examples_context_is_known_to_test_suites_alone() -> None:
    document: dict[str, Any] = {
        "@context": [CREDENTIALS, EXAMPLES],
        "type": ["VerifiableCredential", "Some"],
        "issuer": "did:ex:1",
    }
    assert canonical(document, package_data.example_contexts())
    for contexts in (package_data.contexts(), package_data.open_contexts()):
        for profile in Profile:
            with pytest.raises(Refused, match=r"rdf\.context_unknown"):
                safe.process(document, contexts, profile=profile)
    with pytest.raises(Refused, match=r"rdf\.type"):
        safe.process(document, package_data.example_contexts(), profile=Profile.CLOSED)
