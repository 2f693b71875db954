from __future__ import annotations

from typing import Any

import pytest

from clicid.codec import jcs
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ({"b": 1, "a": (1.0, 2.5, 1e21, 1e-7)}, '{"a":[1,2.5,1e+21,1e-7],"b":1}'),
        ('\u0000\u001f"\\\n\u007f\u2028å', '"\\u0000\\u001f\\"\\\\\\n\u007f\u2028å"'),
        # Names are ordered by UTF-16 code units: U+1F600 (D83D DE00) stands before U+FB33.
        ({"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3}, '{"\u20ac":3,"\U0001f600":2,"\ufb33":1}'),
        ([True, None, -0.0, {}], "[true,null,0,{}]"),
    ],
)
def test_canonical_form(value: Any, canonical: str) -> None:
    assert jcs.dumps(value) == canonical.encode()


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("-inf"),
        2**53,
        "\ud800",
        {"\ud800": 1},
        {1: 2},
        {"a": {1: 2}},
        b"bytes",
        {"a": object()},
    ],
)
def test_what_has_no_canonical_form(value: Any) -> None:
    with refused("codec.jcs"):
        jcs.dumps(value)


def test_depth() -> None:
    value: Any = 1
    for _ in range(jcs.MAX_DEPTH):
        value = [value]
    assert jcs.dumps(value).count(b"[") == jcs.MAX_DEPTH
    with refused("codec.jcs"):
        jcs.dumps({"a": value})
