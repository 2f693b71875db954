from __future__ import annotations

import copy
import hashlib
import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from clicid.errors import Refused
from clicid.rdf import canon, compiling, quick, safe, shapes, template
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile
from clicid.rdf.shapes import Budget, Shapes
from tests.support import w3c

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "rdf" / "safe_mode.json").read_text())
URL = "https://vectors.example/context"
CLOSED = Profile.CLOSED


def contexts_of(context: Any) -> Contexts:
    raw = json.dumps({"@context": context}).encode()
    return Contexts({URL: raw}, {URL: hashlib.sha256(raw).hexdigest()})


CONTEXTS = contexts_of(VECTORS["context"])


def tree(**members: Any) -> dict[str, Any]:
    return {"@context": URL, **members}


def learned(document: dict[str, Any], contexts: Contexts = CONTEXTS) -> Shapes:
    known = Shapes(contexts)
    for _ in range(2):
        known.learn(document, "somebody", profile=CLOSED)
    return known


def free(document: dict[str, Any]) -> set[str]:
    found = learned(document).find(document, profile=CLOSED)
    return set() if found is None else {"/".join(map(str, path)) for path in found[0].free}


def filled(known: Shapes, document: dict[str, Any]) -> bytes | None:
    """By the shape alone."""
    found = known.find(document, profile=CLOSED)
    return None if found is None else found[0].nquads(found[1])


def credential(number: int, **changes: Any) -> dict[str, Any]:
    return {**w3c.unsigned(), "id": f"urn:uuid:0000-{number}", **changes}


def test_a_shape_fills_in_what_the_reference_path_would_say() -> None:
    known = learned(credential(0), w3c.CONTEXTS)
    for number in range(5):
        document = credential(number, validFrom=f"202{number}-11-01T00:00:00Z")
        expected = safe.process(document, w3c.CONTEXTS, profile=CLOSED)
        assert filled(known, document) == expected.nquads
        assert known.process(document, profile=CLOSED) == expected


def test_nothing_is_compiled_until_somebody_vouches() -> None:
    known = Shapes(w3c.CONTEXTS)
    for number in range(3):
        known.process(credential(number), profile=CLOSED)
    assert known.find(credential(1), profile=CLOSED) is None


def test_types_words_contexts_languages_and_scalars_belong_to_the_shape() -> None:
    document = tree(
        id="urn:x:1",
        type=["Thing", "urn:x:Other"],
        word="Thing",
        text=[{"@value": "hej", "@language": "sv"}, "a", 5],
        flag=True,
        svenska="hej",
        list=["a", "b"],
        node={"id": "urn:x:2", "text": "x"},
    )
    assert free(document) == {
        "id",
        "text/0/@value",
        "text/1",
        "svenska",
        "list/0",
        "list/1",
        "node/id",
        "node/text",
    }


def test_a_word_that_is_an_iri_may_be_another_iri_but_not_a_term() -> None:
    known = learned(tree(word="urn:x:a", text="t"))
    for word in ("urn:x:b", "Thing", "did:x"):
        document = tree(word=word, text="u")
        try:
            expected = safe.process(document, CONTEXTS, profile=CLOSED).nquads
        except Refused:
            expected = b""
        assert filled(known, document) in (expected, None)
    assert filled(known, tree(word="Thing", text="u")) is None


@pytest.mark.parametrize(
    "value",
    [
        '"',
        "\\",
        "\n",
        "\t",
        "\x00",
        "\x7f",
        "\u00a0",
        "\u2028",
        "\ud800",
        "\ufffe",
        "\U0001f468\u200d\U0001f469",
    ],
)
def test_unusual_text_is_for_the_other_paths(value: str) -> None:
    assert filled(learned(tree(text="a", day="b")), tree(text=value, day="b")) is None


@pytest.mark.parametrize(
    "value",
    ["", "x", "_:b0", "urn:", "urn:a b", "did:x", "@id", "urn:<x>", "urn:%4", "urn:x" + "a" * 3000, "Urn:x"],
)
def test_an_id_that_is_not_of_its_kind_is_for_the_other_paths(value: str) -> None:
    assert filled(learned(tree(id="urn:x:1", text="a")), tree(id=value, text="a")) is None


def test_an_id_whose_scheme_is_a_term_is_not_free() -> None:
    assert free(tree(node=["urn:x:1", "urn:x:2"])) == {"node/0", "node/1"}
    contexts = contexts_of(
        {"urn": "https://x.example/", "node": {"@id": "https://x.example/n", "@type": "@id"}}
    )
    document = tree(node="did:a")
    known = learned(document, contexts)
    assert filled(known, tree(node="did:b")) == b"_:c14n0 <https://x.example/n> <did:b> .\n"
    assert learned(tree(node="urn:a"), contexts).find(tree(node="urn:b"), profile=CLOSED) is None


def test_nodes_that_become_one_are_for_the_other_paths() -> None:
    known = learned(
        tree(id="urn:x:1", text="a", node=[{"id": "urn:x:2", "text": "b"}, {"id": "urn:x:3", "text": "c"}])
    )
    for ids in (("1", "2", "2"), ("1", "1", "2")):
        one, two, three = (f"urn:x:{number}" for number in ids)
        document = tree(id=one, text="a", node=[{"id": two, "text": "b"}, {"id": three, "text": "c"}])
        assert filled(known, document) is None
        with pytest.raises(Refused, match=r"rdf\.node_repeated"):
            known.process(document, profile=CLOSED)
    known = learned(
        tree(id="urn:x:1", inner={"id": "did:x:2", "deep": "b"}, graph=[{"id": "urn:x:3", "text": "c"}])
    )
    document = tree(
        id="urn:x:1", inner={"id": "did:x:2", "deep": "b"}, graph=[{"id": "urn:x:1", "text": "c"}]
    )
    assert filled(known, document) is None


def test_statements_that_become_equal_are_for_the_other_paths() -> None:
    known = learned(tree(text=["a", "b", "c"]))
    assert filled(known, tree(text=["x", "y", "z"])) is not None
    assert filled(known, tree(text=["x", "y", "x"])) is None
    with pytest.raises(Refused, match=r"rdf\.dropped"):
        known.process(tree(text=["x", "y", "x"]), profile=CLOSED)


def test_blank_nodes_are_ordered_anew_and_ties_are_for_the_other_paths() -> None:
    def twins(one: str, two: str) -> dict[str, Any]:
        return tree(node=[{"text": one}, {"text": two}, {"list": [one, two]}], graph=[{"text": two}])

    known = learned(twins("a", "b"))
    for number in range(20):
        document = twins(f"{number}", f"{number * 7 % 20}b")
        assert filled(known, document) == safe.process(document, CONTEXTS, profile=CLOSED).nquads
    assert filled(known, twins("a", "a")) is None
    assert known.process(twins("a", "a"), profile=CLOSED) == safe.process(
        twins("a", "a"), CONTEXTS, profile=CLOSED
    )


@pytest.mark.parametrize("seed", range(20))
def test_lines_come_in_order_whatever_the_values_are(seed: int) -> None:
    """Lists are blank nodes that look alike to one another's hashes; values of one term may swap."""
    draw = random.Random(seed)

    def made() -> dict[str, Any]:
        def text() -> str:
            return "".join(draw.choices("abcXYÅ漢-.09", k=draw.randrange(1, 9)))

        def node(**members: Any) -> dict[str, Any]:
            first, second = sorted({text() + "1", text() + "2"})
            return {"id": f"urn:{text()}{draw.random()}", "text": [second, first], "day": text(), **members}

        inside = [node(list=[text(), text()], none="x"), node(list=[text()], count=5, word="Thing")]
        return tree(
            **node(graph=[node(node=inside, list=[text(), text()])], set=[f"{text()}3", f"{text()}4"])
        )

    known = Shapes(CONTEXTS)
    for _ in range(9):  # Of some texts no template can be made, and the next is tried.
        known.learn(made(), "somebody", profile=CLOSED)
    some = [made() for _ in range(20)]
    given = [filled(known, document) for document in some]
    for document, found in zip(some, given, strict=True):
        assert found in {None, safe.process(document, CONTEXTS, profile=CLOSED).nquads}
    assert any(given)


def test_other_hashes_order_blank_nodes_otherwise() -> None:
    document = tree(node=[{"text": "a"}, {"text": "b"}, {"text": "c"}, {"text": "d"}])
    known = Shapes(CONTEXTS)
    for algorithm in canon.ALGORITHMS:
        for _ in range(2):
            known.learn(document, "somebody", profile=CLOSED, algorithm=algorithm)
        found = known.find(document, profile=CLOSED, algorithm=algorithm)
        assert found is not None
        expected = safe.process(document, CONTEXTS, profile=CLOSED, algorithm=algorithm)
        assert found[0].nquads(found[1]) == expected.nquads
        assert quick.process(document, CONTEXTS, profile=CLOSED, algorithm=algorithm) == expected


@pytest.mark.parametrize(
    "document",
    [
        tree(text=2**31 + 1),
        tree(text=1.5),
        tree(text=None),
        tree(unknown="x"),
        tree(text=[]),
        tree(text=["x" * 10] * 3),
        tree(text='"'),
        tree(text="x" * shapes.MAX_CHARS),
        tree(text=[str(number) for number in range(compiling.MAX_FREE + 1)]),
        tree(node=[{"text": number} for number in range(template.MAX_BLANKS + 1)]),
    ],
    ids=["integer", "fraction", "null", "unknown", "empty", "repeated", "quote", "long", "many", "blanks"],
)
def test_what_is_unusual_is_not_compiled(document: dict[str, Any]) -> None:
    assert learned(document).find(document, profile=CLOSED) is None


def test_a_document_may_hold_what_looks_like_a_mark() -> None:
    document = tree(word="Thing", text=["mark0-0x", "mark1-1x", "%s"], type="urn:mark2-")
    known = learned(document)
    assert filled(known, document) == safe.process(document, CONTEXTS, profile=CLOSED).nquads


def test_a_shape_whose_proof_fails_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling.Shape, "nquads", lambda *_: b"something else")
    assert learned(tree(text="a")).find(tree(text="a"), profile=CLOSED) is None


def test_compiling_has_a_budget_that_is_earned() -> None:
    budget = Budget(cost=4)
    granted = [budget.spend("a") for _ in range(100)]
    assert all(granted[:16])
    assert sum(granted[-40:]) == 10
    assert budget.spend("b")
    assert sum(budget.spend(str(number)) for number in range(1000)) < 400
    assert len(budget._each) <= 256


def test_hostile_shapes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []

    def compile_shape(document: dict[str, Any], *_: Any, **__: Any) -> None:
        compiled.append(copy.copy(document))

    monkeypatch.setattr(shapes, "compile_shape", compile_shape)
    known = Shapes(CONTEXTS)
    for number in range(1000):
        known.learn(tree(text=number), "hostile", profile=CLOSED)
    assert not compiled, "each was met once"
    for number in range(1000):
        for _ in range(2):
            known.learn(tree(text=number, flag=True), "hostile", profile=CLOSED)
    assert 0 < len(compiled) < 16 + 1000 / 8
    assert len(known._met) == shapes.MAX_MET


def test_the_second_of_a_shape_is_learned_from() -> None:
    known = Shapes(CONTEXTS)
    for text, met in (("a", False), ("b", True)):
        known.learn(tree(text=text, node="urn:x:1"), "somebody", profile=CLOSED)
        assert (filled(known, tree(text="c", node="urn:x:2")) is not None) is met
    for other in (tree(text="a", node=5), tree(word="Thing", node="urn:x:1"), tree(text="a")):
        known.learn(other, "somebody", profile=CLOSED)
        assert known.find(other, profile=CLOSED) is None, "another shape, met once"


def test_threads_share_shapes() -> None:
    known = Shapes(CONTEXTS)
    documents = [tree(text=f"{number}", **({"flag": True} if number % 2 else {})) for number in range(60)]

    def work(document: dict[str, Any]) -> bytes:
        known.learn(document, "somebody", profile=CLOSED)
        return known.process(document, profile=CLOSED).nquads

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, documents))
    assert found == [safe.process(document, CONTEXTS, profile=CLOSED).nquads for document in documents]


def test_the_shapes_of_contexts_are_shared() -> None:
    assert shapes.of(CONTEXTS) is shapes.of(CONTEXTS)
    assert shapes.of(CONTEXTS) is not shapes.of(w3c.CONTEXTS)


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["what"])
def test_the_faster_paths_accept_what_the_reference_path_accepts(case: dict[str, Any]) -> None:
    document = tree(**case["document"])
    expected = safe.process(document, CONTEXTS, profile=CLOSED)
    assert quick.process(document, CONTEXTS, profile=CLOSED) == expected
    known = learned(document)
    assert known.process(document, profile=CLOSED) == expected


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["what"])
def test_the_faster_path_refuses_what_the_reference_path_refuses(case: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        quick.process(tree(**case["document"]), CONTEXTS, profile=CLOSED)
    assert (caught.value.code, caught.value.where) == (case["code"], case["where"])
