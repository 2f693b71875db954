from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from clicid.errors import Refused
from clicid.status import rice
from tests.support.refusals import refused


def test_one_index_in_sixteen_million_takes_five_bytes() -> None:
    assert len(rice.encode([1 << 23])) == 5


def test_a_thousand_in_sixteen_million_are_near_the_entropy() -> None:
    chance = random.Random(4)
    indexes = sorted(chance.sample(range(1 << 24), 1000))
    code = rice.encode(indexes)
    assert len(code) <= 1970  # the entropy is 1,934 bytes
    assert rice.decode(code, 1 << 24) == indexes


VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "status" / "rice.json").read_text())


@pytest.mark.parametrize("row", VECTORS["accepted"], ids=lambda row: row["code"][:16] or "empty")
def test_accepted_vectors(row: dict[str, Any]) -> None:
    assert rice.encode(row["indexes"]).hex() == row["code"]
    assert rice.decode(bytes.fromhex(row["code"]), VECTORS["limit"]) == row["indexes"]


@pytest.mark.parametrize("row", VECTORS["refused"], ids=lambda row: row["why"])
def test_refused_vectors(row: dict[str, Any]) -> None:
    with refused("status.rice"):
        rice.decode(bytes.fromhex(row["code"]), VECTORS["limit"])


@pytest.mark.parametrize(("index", "code"), [(0, "007f"), (1, "00bf"), (9, "02cf")])
def test_codes_worked_out_by_hand(index: int, code: str) -> None:
    assert rice.encode([index]).hex() == code


@pytest.mark.parametrize("indexes", [[1, 1], [2, 1], [-1]])
def test_what_does_not_rise_is_not_written(indexes: list[int]) -> None:
    with pytest.raises(Refused, match=r"status\.rice"):
        rice.encode(indexes)


def test_a_code_above_the_cap_is_not_read() -> None:
    with pytest.raises(Refused, match=r"codec\.size"):
        rice.decode(bytes(rice.MAX_BYTES + 1), 1 << 30)


def test_the_limit_is_the_first_index_refused() -> None:
    assert rice.decode(rice.encode([99]), 100) == [99]
    with pytest.raises(Refused, match=r"status\.rice"):
        rice.decode(rice.encode([100]), 100)
