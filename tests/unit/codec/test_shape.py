from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clicid.codec import shape
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.codec.strict_json import Json

OBJ: dict[str, Json] = {
    "object": {"in": 1},
    "text": "abc",
    "empty": "",
    "number": 7,
    "negative": -1,
    "real": 1.0,
    "yes": True,
    "null": None,
    "list": ["a", "b"],
    "mixed": ["a", 1],
}


def test_what_is_there_comes_back() -> None:
    assert shape.member(OBJ, "null") is None
    assert shape.child(OBJ, "object") == {"in": 1}
    assert shape.text(OBJ, "text") == "abc"
    assert shape.integer(OBJ, "number") == 7
    assert shape.integer(OBJ, "negative", minimum=-1) == -1
    assert shape.boolean(OBJ, "yes") is True
    assert shape.items(OBJ, "list") == ["a", "b"]
    assert shape.texts(OBJ, "list", minimum=2, maximum=2) == ("a", "b")
    assert shape.optional_child(OBJ, "object") == {"in": 1}
    assert shape.optional_text(OBJ, "text") == "abc"
    assert shape.optional_integer(OBJ, "number") == 7
    assert shape.optional_boolean(OBJ, "yes") is True
    assert shape.optional_items(OBJ, "list") == ["a", "b"]
    shape.only(OBJ, OBJ.keys())


OPTIONAL: list[Callable[[dict[str, Json], str], object]] = [
    shape.optional_child,
    shape.optional_text,
    shape.optional_integer,
    shape.optional_boolean,
    shape.optional_items,
]
REQUIRED: list[Callable[[dict[str, Json], str], object]] = [
    shape.child,
    shape.text,
    shape.integer,
    shape.boolean,
    shape.items,
    shape.texts,
]


@pytest.mark.parametrize("read", OPTIONAL)
def test_absence_is_not_null(read: Callable[[dict[str, Json], str], object]) -> None:
    assert read(OBJ, "absent") is None
    with refused("codec.shape", "/null"):
        read(OBJ, "null")


@pytest.mark.parametrize("read", REQUIRED)
def test_what_is_missing(read: Callable[[dict[str, Json], str], object]) -> None:
    with refused("codec.shape", "/absent"):
        read(OBJ, "absent")


@pytest.mark.parametrize(
    ("read", "good"),
    [
        (shape.child, {"object"}),
        (shape.text, {"text"}),
        (shape.integer, {"number"}),
        (shape.boolean, {"yes"}),
        (shape.items, {"list", "mixed"}),
        (shape.texts, {"list"}),
    ],
)
def test_each_reader_takes_its_own_type_only(
    read: Callable[[dict[str, Json], str], object], good: set[str]
) -> None:
    for key in OBJ:
        if key in good:
            read(OBJ, key)
        else:
            with refused("codec.shape"):
                read(OBJ, key)


def test_ranges() -> None:
    with refused("codec.shape", "/text"):
        shape.text(OBJ, "text", maximum=2)
    with refused("codec.shape", "/number"):
        shape.integer(OBJ, "number", maximum=6)
    with refused("codec.shape", "/list"):
        shape.items(OBJ, "list", maximum=1)
    with refused("codec.shape", "/list"):
        shape.items(OBJ, "list", minimum=3)


def test_places_are_json_pointers() -> None:
    with refused("codec.shape", "/a/x~1y~0z"):
        shape.text({}, "x/y~z", "/a")
    with refused("codec.shape", "/mixed/1"):
        shape.texts(OBJ, "mixed")
    with refused("codec.shape", "/b/extra"):
        shape.only({"extra": 1}, {"known"}, "/b")
    assert shape.pointer("", 3) == "/3"
