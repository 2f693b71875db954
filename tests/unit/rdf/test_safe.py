"""The safe mode's own reading, construct by construct; `tests/vectors/rdf/safe_mode.json` has the cases."""

from __future__ import annotations

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyld.jsonld import JsonLdProcessor

from clicid.errors import Refused
from clicid.rdf import canon, limits, literals, quick, safe, terms
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "rdf" / "safe_mode.json").read_text())
URL = "https://vectors.example/context"


def contexts_of(context: Any) -> Contexts:
    raw = json.dumps({"@context": context}).encode()
    return Contexts({URL: raw}, {URL: hashlib.sha256(raw).hexdigest()})


CONTEXTS = contexts_of(VECTORS["context"])


def canonical(document: dict[str, Any]) -> list[str]:
    return (
        safe.canonicalize({"@context": URL, **document}, CONTEXTS, profile=Profile.CLOSED)
        .decode()
        .splitlines()
    )


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["what"])
def test_accepted(case: dict[str, Any]) -> None:
    assert canonical(case["document"]) == case["nquads"]


@pytest.mark.parametrize("locate", [safe.locate, quick.locate])
@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["what"])
def test_located(case: dict[str, Any], locate: Callable[..., safe.Located]) -> None:
    document = {"@context": URL, **case["document"]}
    located = locate(document, CONTEXTS, profile=Profile.CLOSED)
    assert located == safe.locate(document, CONTEXTS, profile=Profile.CLOSED)
    assert located.nquads.decode().splitlines() == case["nquads"]
    for where, _ in located.placed:
        value: Any = document
        for token in where.split("/")[1:]:
            value = value[int(token) if isinstance(value, list) else token]


def test_where_a_statement_stands() -> None:
    document: dict[str, Any] = {
        "text": "a",
        "node": [{"type": "Thing"}, {"id": "urn:x:b", "list": [{"text": "c"}]}],
    }
    located = safe.locate({"@context": URL, **document}, CONTEXTS, profile=Profile.CLOSED)
    assert [(where, *statement[1:4]) for where, statement in located.placed] == [
        ("/text", "_:b1", "urn:x:text", "a"),
        ("/node/0/type", "_:b2", terms.RDF_TYPE, "urn:x:Thing"),
        ("/node/0", "_:b1", "urn:x:node", "_:b2"),
        ("/node/1/list", "urn:x:b", "urn:x:list", "_:b3"),
        ("/node/1/list/0/text", "_:b4", "urn:x:text", "c"),
        ("/node/1/list/0", "_:b3", literals.RDF + "first", "_:b4"),
        ("/node/1/list", "_:b3", literals.RDF + "rest", literals.RDF + "nil"),
        ("/node/1", "_:b1", "urn:x:node", "urn:x:b"),
    ]
    assert set(located.labels) == {"_:b1", "_:b2", "_:b3", "_:b4"}
    assert set(located.labels.values()) == {f"_:c14n{index}" for index in range(4)}


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["what"])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        canonical(case["document"])
    assert (caught.value.code, caught.value.where) == (case["code"], case["where"])


@pytest.mark.parametrize("value", ["\ud800", "a\x00b", "a\x7fb", "\x0b", "\ufffe", "\uffff"])
def test_characters_without_a_plain_canonical_form(value: str) -> None:
    with pytest.raises(Refused, match=r"rdf\.character"):
        canonical({"text": value})


@pytest.mark.parametrize("value", [2**53, -(2**53), 10**30])
def test_integers_beyond_what_all_readers_hold(value: int) -> None:
    with pytest.raises(Refused, match=r"rdf\.literal"):
        canonical({"text": value})


def nested(levels: int) -> dict[str, Any]:
    document: dict[str, Any] = {"text": "end"}
    for _ in range(levels - 1):
        document = {"node": document}
    return document


def test_depth_is_bounded() -> None:
    assert len(canonical(nested(limits.MAX_DEPTH))) == limits.MAX_DEPTH
    with pytest.raises(Refused, match=r"rdf\.size"):
        canonical(nested(limits.MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "document",
    [
        {"node": [{"text": str(number)} for number in range(limits.MAX_NODES)]},
        {"text": [str(number) for number in range(limits.MAX_STATEMENTS + 1)]},
        {"text": ["x" * (limits.MAX_TEXT // 2), "y" * (limits.MAX_TEXT // 2), "z"]},
        {"type": ["Thing"] * (limits.MAX_TYPES + 1)},
        {"list": ["a"] * limits.MAX_NODES},
    ],
    ids=["nodes", "statements", "text", "types", "cells"],
)
def test_numbers_are_bounded(document: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"rdf\.size"):
        canonical(document)


def full_tree(levels: int) -> dict[str, Any]:
    return {"node": [full_tree(levels - 1), full_tree(levels - 1)]} if levels else {"type": "Thing"}


@pytest.mark.parametrize(
    "document",
    [
        {"node": [{"node": [{"type": "Thing"} for _ in range(12)]} for _ in range(2)]},
        {"node": [{"node": [{"type": "Thing"} for _ in range(100)]} for _ in range(2)]},
        {"node": [{"node": [{"type": "Thing"} for _ in range(7)]} for _ in range(30)]},
        {"list": ["a"] * (limits.MAX_NODES - 1)},
        {"list": [{"type": "Thing"}] * (limits.MAX_NODES // 2 - 1)},
        full_tree(6),
    ],
    ids=["twins", "large twins", "many", "list", "list of nodes", "tree"],
)
def test_blank_nodes_that_look_alike_end_in_a_refusal_and_not_in_a_search(document: dict[str, Any]) -> None:
    started = time.process_time()
    with pytest.raises(Refused, match=r"rdf\.poison"):
        canonical(document)
    assert time.process_time() - started < 10  # half a second, unless every line is traced


def test_a_few_that_look_alike_are_told_apart() -> None:
    twins = {"node": [{"node": [{"type": "Thing"}, {"type": "Thing"}]} for _ in range(2)]}
    assert len(canonical(twins)) == 2 + 2 * 2 + 4


def test_the_budget_counts_steps() -> None:
    def pair() -> canon.Dataset:
        node = [{"type": "blank node", "value": f"_:{name}"} for name in "ab"]
        predicate = {"type": "IRI", "value": "urn:x:p"}
        return {
            "@default": [
                {"subject": node[0], "predicate": predicate, "object": node[1]},
                {"subject": node[1], "predicate": predicate, "object": node[0]},
            ]
        }

    assert canon.canonicalize(pair()).nquads == b"_:c14n0 <urn:x:p> _:c14n1 .\n_:c14n1 <urn:x:p> _:c14n0 .\n"
    with pytest.raises(Refused, match=r"rdf\.poison"):
        canon.canonicalize(pair(), max_steps=3)


def test_a_label_that_looks_canonical_is_one_like_any_other() -> None:
    def statement(subject: str, value: str) -> dict[str, Any]:
        return {
            "subject": {"type": "blank node", "value": subject},
            "predicate": {"type": "IRI", "value": "urn:x:p"},
            "object": {
                "type": "literal",
                "value": value,
                "datatype": "http://www.w3.org/2001/XMLSchema#string",
            },
        }

    one = canon.canonicalize({"@default": [statement("_:c14n1", "a"), statement("_:c14n0", "\b\x01")]})
    other = canon.canonicalize({"@default": [statement("_:x", "a"), statement("_:y", "\b\x01")]})
    assert one.nquads == other.nquads
    assert one.labels == {"_:c14n1": other.labels["_:x"], "_:c14n0": other.labels["_:y"]}
    assert b'"\\b\\u0001"' in one.nquads


def test_what_pyld_loses_though_our_reading_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second line of defence, by itself: a processor that drops a statement for any reason."""
    whole = terms.Vocabulary.dataset

    def lossy(*arguments: Any) -> canon.Dataset:
        dataset: canon.Dataset = whole(*arguments)
        dataset["@default"].pop()
        return dataset

    monkeypatch.setattr(terms.Vocabulary, "dataset", lossy)
    with pytest.raises(Refused, match=r"rdf\.dropped"):
        canonical({"text": ["a", "b"]})


def test_what_pyld_says_of_another_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same statements, but two blank nodes of one kind have changed places in one of them."""
    whole = terms.Vocabulary.dataset

    def crossed(*arguments: Any) -> canon.Dataset:
        dataset: canon.Dataset = whole(*arguments)
        texts = [triple for triple in dataset["@default"] if triple["predicate"]["value"] == "urn:x:text"]
        texts[0]["subject"], texts[1]["subject"] = texts[1]["subject"], texts[0]["subject"]
        return dataset

    monkeypatch.setattr(terms.Vocabulary, "dataset", crossed)
    document: dict[str, Any] = {"@context": URL, "node": [{"text": "a"}, {"text": "b", "type": "Thing"}]}
    with pytest.raises(Refused, match=r"rdf\.dropped"):
        safe.locate(document, CONTEXTS, profile=Profile.CLOSED)


def test_a_context_that_redefines_a_protected_term_is_refused() -> None:
    raw = {
        URL: json.dumps({"@context": {"@protected": True, "text": "urn:x:one"}}).encode(),
        URL + "/2": json.dumps({"@context": {"text": "urn:x:two"}}).encode(),
    }
    shipped = Contexts(raw, {url: hashlib.sha256(body).hexdigest() for url, body in raw.items()})
    with pytest.raises(Refused) as caught:
        safe.canonicalize({"@context": [URL, URL + "/2"], "text": "x"}, shipped, profile=Profile.CLOSED)
    assert (caught.value.code, caught.value.detail) == ("rdf.invalid", "protected term redefinition")


def test_threads_share_one_set_of_contexts() -> None:
    documents: list[dict[str, Any]] = [
        {"id": f"urn:x:{number}", "type": "Scoped", "inside": "a", "node": {"text": str(number)}}
        for number in range(40)
    ]
    alone = [canonical(document) for document in documents]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(canonical, documents)) == alone


def test_what_is_remembered_of_contexts_is_bounded_and_makes_no_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accepted = [(case["document"], case["nquads"]) for case in VECTORS["accepted"]]
    monkeypatch.setattr(terms, "_MAX_PROCESSED", 2)
    CONTEXTS.processed.clear()
    for document, nquads in accepted * 2:
        assert canonical(document) == nquads
        assert len(CONTEXTS.processed) <= 2
    monkeypatch.setattr(terms.Vocabulary, "_process_context", JsonLdProcessor._process_context)
    assert [canonical(document) for document, _ in accepted] == [nquads for _, nquads in accepted]


def test_a_written_context_may_stand_as_a_document_of_it_would() -> None:
    """An object with nothing but a context in it: processors read what is inside, so do we, once."""
    context = {"alumniOf": "https://example.org/alumniOf"}
    forms = []
    for written in (context, {"@context": context}):
        document: dict[str, Any] = {"@context": [URL, written], "id": "urn:x:1", "alumniOf": "urn:x:2"}
        forms.append(safe.canonicalize(document, CONTEXTS, profile=Profile.OPEN))
    assert forms[0] == forms[1]
    wrong: tuple[Any, ...] = ({"@context": {"@context": context}}, {"@context": [context]}, {"@context": URL})
    for written in (*wrong, {"@context": context, "name": "urn:x:name"}):
        document = {"@context": [URL, written], "id": "urn:x:1", "alumniOf": "urn:x:2"}
        with pytest.raises(Refused, match=r"rdf\.context_written"):
            safe.canonicalize(document, CONTEXTS, profile=Profile.OPEN)
