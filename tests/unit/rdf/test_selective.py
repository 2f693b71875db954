"""Statements under secret labels; `tests/unit/securing/data_integrity` has the published values."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from clicid.errors import Refused
from clicid.rdf import safe, selective
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile
from tests.support.refusals import refused

URL = "https://vectors.example/context"
RAW = json.dumps(
    {
        "@context": json.loads(
            (Path(__file__).resolve().parents[2] / "vectors" / "rdf" / "safe_mode.json").read_text()
        )["context"]
    }
).encode()
CONTEXTS = Contexts({URL: RAW}, {URL: hashlib.sha256(RAW).hexdigest()})
KEY = bytes(range(32))
DOCUMENT: dict[str, Any] = {
    "@context": URL,
    "id": "urn:x:root",
    "type": "Scoped",
    "text": ["a", "b _:c14n0", 'c "_:c14n1"'],
    "node": [
        {"type": "Thing", "text": "d", "node": {"id": "urn:x:leaf", "text": "e"}},
        {"type": "Thing", "text": "_:c14n0"},
        {"node": {"type": "Thing"}, "list": ["f", "g"]},
        {"type": "Thing", "text": {"@value": "h", "@language": "sv"}},
    ],
    "graph": [{"text": "_:c14n0 .", "node": {"text": "i _:c14n0"}}],
}


def separated(make: selective.LabelMaker = selective.hmac_labels) -> selective.Separated:
    return selective.separate(DOCUMENT, CONTEXTS, make, KEY, profile=Profile.CLOSED)


def test_the_labels() -> None:
    assert selective.hmac_labels(["c14n0"], bytes(32)) == {
        "c14n0": "uwwvlFDP5KbFJb4FLMF35iFGKuE2-9oxjBCNgkB6yr6M"
    }
    secret = selective.hmac_labels([f"c14n{number}" for number in range(20)], KEY)
    shuffled = selective.shuffled_labels(secret, KEY)
    assert sorted(shuffled.values()) == sorted(f"b{number}" for number in range(20))
    assert sorted(shuffled, key=lambda label: int(shuffled[label][1:])) == sorted(
        secret, key=secret.__getitem__
    )


@pytest.mark.parametrize("make", [selective.hmac_labels, selective.shuffled_labels])
def test_the_whole_document_is_the_same_under_other_labels(make: selective.LabelMaker) -> None:
    whole = separated(make)
    assert sorted(whole.nquads) == list(whole.nquads)
    everything = whole.part([f"/{name}" for name in DOCUMENT])
    assert everything.document == DOCUMENT
    assert everything.indexes == tuple(range(len(whole.nquads)))
    canonical = safe.canonicalize(DOCUMENT, CONTEXTS, profile=Profile.CLOSED)
    assert selective.relabelled(canonical, whole.shown_labels(everything)) == list(whole.nquads)


@pytest.mark.parametrize("make", [selective.hmac_labels, selective.shuffled_labels])
@pytest.mark.parametrize(
    "pointers",
    [
        ["/id"],
        ["/text/1", "/text/2"],
        ["/node/0/text"],
        ["/node/0/node"],
        ["/node/0/node/text", "/node/3"],
        ["/node/1", "/node/3/text"],
        ["/node/2/node", "/node/1/type"],
        ["/node/2/list"],
        ["/node/2/list/1", "/node/2/list/0"],
        ["/graph/0/node/text"],
        ["/graph"],
    ],
)
def test_a_part_by_itself_has_the_statements_of_the_whole(
    make: selective.LabelMaker, pointers: list[str]
) -> None:
    whole = separated(make)
    part = whole.part(pointers)
    canonical = safe.canonicalize(part.document, CONTEXTS, profile=Profile.CLOSED)
    shown = selective.relabelled(canonical, whole.shown_labels(part))
    assert shown == [whole.nquads[index] for index in part.indexes]
    assert 0 < len(shown) < len(whole.nquads)


def test_no_pointer_selects_no_statement() -> None:
    assert separated().part([]) == selective.Part({}, ())


@pytest.mark.parametrize(
    ("pointer", "code", "where"),
    [
        ("/node/2/list/0", "rdf.pointer_inside", "/node/2/list"),
        ("/node/3/text/@value", "rdf.pointer_inside", "/node/3/text"),
        ("/node/4", "rdf.pointer_nothing", "/node/4"),
        ("node", "rdf.pointer", ""),
    ],
)
def test_what_cannot_be_selected(pointer: str, code: str, where: str) -> None:
    with refused(code, where):
        separated().part([pointer])


def test_ids_and_types_under_other_names() -> None:
    raw = b'{"@context": {"kind": "@type", "Thing": "urn:x:Thing"}}'
    contexts = Contexts({URL: raw}, {URL: hashlib.sha256(raw).hexdigest()})
    with refused("rdf.unsupported"):
        selective.separate(
            {"@context": URL, "kind": "Thing"}, contexts, selective.hmac_labels, KEY, profile=Profile.CLOSED
        )


LINES = b'_:c14n0 <urn:x:p> _:c14n1 .\n_:c14n1 <urn:x:p> "_:c14n0" .\n'


def test_relabelled() -> None:
    assert selective.relabelled(LINES, {0: "ub", 1: "ua"}) == [
        b'_:ua <urn:x:p> "_:c14n0" .\n',
        b"_:ub <urn:x:p> _:ua .\n",
    ]


@pytest.mark.parametrize(
    ("labels", "detail"),
    [
        ({0: "ua"}, "one is missing"),
        ({1: "ua", 2: "ub"}, "one is missing"),
        ({}, "one is missing"),
        ({0: "ua", 1: "ua"}, "two nodes share one"),
        ({0: "ua", 1: "ub", 2: "uc"}, "one is for no node"),
    ],
)
def test_labels_that_do_not_fit(labels: dict[int, str], detail: str) -> None:
    with pytest.raises(Refused, match=rf"rdf\.labels.*{detail}"):
        selective.relabelled(LINES, labels)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'<urn:x:s> <urn:x:p> "a _:c14n0 b" _:c14n0 .\n', b'<urn:x:s> <urn:x:p> "a _:c14n0 b" _:x .\n'),
        (b'<urn:x:s> <urn:x:p> "a _:c14n0" _:c14n0 .\n', b'<urn:x:s> <urn:x:p> "a _:c14n0" _:x .\n'),
        (b'_:c14n0 <urn:x:p> "a _:c14n0 <b>" .\n', b'_:x <urn:x:p> "a _:c14n0 <b>" .\n'),
        (b'_:c14n0 <urn:x:p> "_:c14n0 \\""@sv .\n', b'_:x <urn:x:p> "_:c14n0 \\""@sv .\n'),
        (b'_:c14n0 <urn:x:p> "_:c14n0 "^^<urn:x:d> .\n', b'_:x <urn:x:p> "_:c14n0 "^^<urn:x:d> .\n'),
        (b"<urn:x:s> <urn:x:p> _:c14n0 <urn:x:g> .\n", b"<urn:x:s> <urn:x:p> _:x <urn:x:g> .\n"),
        (b"_:c14n0 <urn:x:p> <urn:x:o> _:c14n0 .\n", b"_:x <urn:x:p> <urn:x:o> _:x .\n"),
    ],
)
def test_a_label_in_a_text_is_text(line: bytes, expected: bytes) -> None:
    assert selective.relabelled(line, {0: "x"}) == [expected]


def test_nodes_that_look_alike() -> None:
    """Their labels are interchangeable in what is shown, whoever gave them."""
    document: dict[str, Any] = {
        "@context": URL,
        "node": [{"node": [{"type": "Thing"}, {"type": "Thing"}]}] * 2,
    }
    whole = selective.separate(document, CONTEXTS, selective.hmac_labels, KEY, profile=Profile.CLOSED)
    part = whole.part(["/node/0"])
    canonical = safe.canonicalize(part.document, CONTEXTS, profile=Profile.CLOSED)
    shown = selective.relabelled(canonical, whole.shown_labels(part))
    assert shown == [whole.nquads[index] for index in part.indexes]


def test_what_the_graph_does_not_know_twice() -> None:
    with refused("rdf.dropped"):
        selective.separate(
            {"@context": URL, "text": ["a", "a"]},
            CONTEXTS,
            selective.hmac_labels,
            KEY,
            profile=Profile.CLOSED,
        )


def test_a_part_that_is_no_document_of_its_profile() -> None:
    """One text of several would stand in an array, which the closed profile reads from nobody."""
    whole = separated()
    with refused("rdf.literal", "/text"):
        whole.shown_labels(whole.part(["/text/1"]))


def test_a_part_that_says_something_else_by_itself() -> None:
    whole = separated()
    part = whole.part(["/node/0", "/node/1"])
    fewer = selective.Part({**part.document, "node": part.document["node"][:1]}, part.indexes)  # type: ignore[index]
    with refused("rdf.pointer_inside"):
        whole.shown_labels(fewer)
