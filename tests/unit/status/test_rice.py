from __future__ import annotations

import random

import pytest

from clicid.errors import Refused
from clicid.status import rice


def test_one_index_in_sixteen_million_takes_five_bytes() -> None:
    assert len(rice.encode([1 << 23])) == 5


def test_a_thousand_in_sixteen_million_are_near_the_entropy() -> None:
    chance = random.Random(4)
    indexes = sorted(chance.sample(range(1 << 24), 1000))
    code = rice.encode(indexes)
    assert len(code) <= 1970  # the entropy is 1,934 bytes
    assert rice.decode(code, 1 << 24) == indexes


@pytest.mark.parametrize(
    ("indexes", "code"),
    [
        ([], ""),
        ([0], "007f"),
        ([1], "00bf"),
        ([0, 1, 2], "001f"),
        ([9], "02cf"),
    ],
)
def test_known_codes(indexes: list[int], code: str) -> None:
    assert rice.encode(indexes).hex() == code
    assert rice.decode(bytes.fromhex(code), 100) == indexes


@pytest.mark.parametrize("indexes", [[1, 1], [2, 1], [-1]])
def test_what_does_not_rise_is_not_written(indexes: list[int]) -> None:
    with pytest.raises(Refused, match=r"status\.rice"):
        rice.encode(indexes)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("00", "a parameter and no codes"),
        ("207f", "a parameter above 31"),
        ("00ff", "no index at all"),
        ("001fff", "a whole byte of filling"),
        ("0802", "a code that is cut off"),
        ("013f", "a parameter that does not follow from the set"),
        ("00fffffffffffffffffffffffffffe", "an index beyond the list"),
    ],
)
def test_malformed_codes_are_refused(code: str, why: str) -> None:
    with pytest.raises(Refused, match=r"status\.rice"):
        rice.decode(bytes.fromhex(code), 100)


def test_a_code_above_the_cap_is_not_read() -> None:
    with pytest.raises(Refused, match=r"codec\.size"):
        rice.decode(bytes(rice.MAX_BYTES + 1), 1 << 30)


def test_the_limit_is_the_first_index_refused() -> None:
    assert rice.decode(rice.encode([99]), 100) == [99]
    with pytest.raises(Refused, match=r"status\.rice"):
        rice.decode(rice.encode([100]), 100)
