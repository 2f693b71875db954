from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clicid.rdf.work import Weight, weigh

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

KNOWN = {"urn:x:context": Weight(5, 2)}


@pytest.mark.parametrize(
    ("context", "weight"),
    [
        ({}, Weight(0, 1)),
        ({"a": "urn:x:a", "b": {"@id": "urn:x:b"}}, Weight(2, 1)),
        ({"a": {"@id": "urn:x:a", "@context": {"b": "urn:x:b"}}}, Weight(2, 2)),
        ({"a": {"@id": "urn:x:a", "@context": "urn:x:context"}}, Weight(6, 3)),
        ({"@context": {"a": "urn:x:a"}}, Weight(2, 2)),
        (["urn:x:context", {"a": "urn:x:a"}], Weight(6, 3)),
        ("urn:x:other", Weight(0, 1)),
        (None, Weight(0, 1)),
    ],
)
def test_weight(context: Json, weight: Weight) -> None:
    assert weigh(context, KNOWN) == weight


def test_units_grow_with_what_is_copied() -> None:
    assert Weight(0, 1).units(0) == 1
    assert Weight(10, 1).units(0) == 11
    assert Weight(10, 3).units(100) == 10 + 3 * (1 + 110 // 16)
