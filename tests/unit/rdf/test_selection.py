from __future__ import annotations

import random
from typing import Any

import pytest

from clicid.rdf import selection
from tests.support.refusals import refused

DOCUMENT: dict[str, Any] = {
    "@context": "urn:x:context",
    "id": "urn:x:credential",
    "type": ["Thing", "Other"],
    "issuer": {"id": "urn:x:issuer", "name": "I", "a/b~c": 1},
    "sails": [{"size": 5}, {"size": 6, "year": 2023}, {"size": 7}],
    "words": ["a", "b", "c"],
    "": {"": 0, "01": "leading zero"},
}
FRAME = {name: DOCUMENT[name] for name in ("@context", "id", "type")}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("/a", ("a",)),
        ("/a/0/b", ("a", "0", "b")),
        ("/", ("",)),
        ("//", ("", "")),
        ("/a~1b~0c", ("a/b~c",)),
        ("/~01", ("~1",)),
        ("/~00", ("~0",)),
        ("/%2F", ("%2F",)),
        ("/åäö 水", ("åäö 水",)),
    ],
)
def test_tokens(text: str, tokens: tuple[str, ...]) -> None:
    assert selection.parse(text) == tokens


@pytest.mark.parametrize(
    "text", ["", "a", "a/b", "#/a", "/~", "/~2", "/a~", "/~0~", "/a/~x/b", "/" * 33, "/" + "x" * 1024]
)
def test_malformed(text: str) -> None:
    with refused("rdf.pointer", "/selectivePointers/3"):
        selection.parse(text, "/selectivePointers/3")


@pytest.mark.parametrize(
    ("pointers", "part"),
    [
        (["/type"], {}),
        (["/type/1"], {}),
        (["/issuer"], {"issuer": DOCUMENT["issuer"]}),
        (["/issuer/name"], {"issuer": {"id": "urn:x:issuer", "name": "I"}}),
        (["/issuer/a~1b~0c"], {"issuer": {"id": "urn:x:issuer", "a/b~c": 1}}),
        (["/issuer/name", "/issuer"], {"issuer": DOCUMENT["issuer"]}),
        (["/issuer", "/issuer/name"], {"issuer": DOCUMENT["issuer"]}),
        (["/issuer", "/issuer"], {"issuer": DOCUMENT["issuer"]}),
        (["/sails/1"], {"sails": [{"size": 6, "year": 2023}]}),
        (["/sails/1/year"], {"sails": [{"year": 2023}]}),
        (["/sails/2", "/sails/0"], {"sails": [{"size": 5}, {"size": 7}]}),
        (["/words/2", "/words/0"], {"words": ["a", "c"]}),
        (["/words"], {"words": ["a", "b", "c"]}),
        (["/"], {"": DOCUMENT[""]}),
        (["//"], {"": {"": 0}}),
        (["//01"], {"": {"01": "leading zero"}}),
    ],
)
def test_part(pointers: list[str], part: dict[str, Any]) -> None:
    found = selection.select(DOCUMENT, pointers)
    assert found.document == FRAME | part


def test_no_pointer_selects_nothing() -> None:
    assert selection.select(DOCUMENT, []) == selection.Selection()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("/nothing", "/nothing"),
        ("/issuer/nothing/more", "/issuer/nothing"),
        ("/issuer/name/more", "/issuer/name/more"),
        ("/issuer/a", "/issuer/a"),
        ("/sails/3", "/sails/3"),
        ("/sails/-", "/sails/-"),
        ("/sails/-1", "/sails/-1"),
        ("/sails/01", "/sails/01"),
        ("/sails/+1", "/sails/+1"),
        ("/sails/ 1", "/sails/ 1"),
        ("/sails/1.0", "/sails/1.0"),
        ("/sails/1e0", "/sails/1e0"),
        ("/sails/٣", "/sails/٣"),
        ("/sails/size", "/sails/size"),
        ("/sails/9999999999999999999999", "/sails/9999999999999999999999"),
        ("/words/0/0", "/words/0/0"),
        ("/sails/", "/sails/"),
        ("/issuer/", "/issuer/"),
    ],
)
def test_nothing_there(text: str, where: str) -> None:
    with refused("rdf.pointer_nothing", where):
        selection.select(DOCUMENT, ["/issuer", text] if text.startswith("/sails") else [text])


def test_a_pointer_to_nothing_is_seen_below_a_whole_value() -> None:
    with refused("rdf.pointer_nothing", "/issuer/nothing"):
        selection.select(DOCUMENT, ["/issuer", "/issuer/nothing"])
    with refused("rdf.pointer_nothing", "/issuer/nothing"):
        selection.select(DOCUMENT, ["/issuer/nothing", "/issuer"])


def test_too_many() -> None:
    with refused("rdf.pointer"):
        selection.select(DOCUMENT, ["/issuer"] * 257)


def test_where_things_are_and_where_some_are_missing() -> None:
    found = selection.select(DOCUMENT, ["/sails/1/year", "/issuer"])
    assert found.present == {
        *("/@context", "/id", "/type", "/type/0", "/type/1"),
        *("/sails", "/sails/1", "/sails/1/year"),
        *("/issuer", "/issuer/id", "/issuer/name", "/issuer/a~1b~0c"),
    }
    assert found.cut == {"", "/sails", "/sails/1"}


def test_the_part_shares_nothing_with_the_document() -> None:
    found = selection.select(DOCUMENT, ["/issuer", "/words"])
    assert found.document["issuer"] is not DOCUMENT["issuer"]
    assert found.document["words"] is not DOCUMENT["words"]


def test_the_order_makes_no_difference() -> None:
    pointers = ["/sails/2/size", "/sails/0", "/issuer/name", "/words/1", "/sails/2", "/issuer"]
    whole = selection.select(DOCUMENT, pointers)
    for seed in range(20):
        assert selection.select(DOCUMENT, random.Random(seed).sample(pointers, len(pointers))) == whole
