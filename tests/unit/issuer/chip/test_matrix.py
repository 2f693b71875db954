"""Every algorithm, every fault: chips made by the sandbox's hands, judged by the issuer's.

The two are written from the specification apart from each other; ``tests/vectors/chip/matrix.json`` says what
each chip must end with. The suite has every algorithm with one fault and every fault with one algorithm; with
``CLICID_PROVE_CHIPS=1`` (`make prove`, chip-matrix) it is all of them.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from clicid.errors import Refused, Undecided
from sandbox.chips.chip import world
from sandbox.chips.faults import applies, maker_named
from sandbox.chips.keys import ALGORITHMS, generate
from tests.support.chips import HOLDER, NOW, judged, portrait, world_of

if TYPE_CHECKING:
    from sandbox.chips.chip import Case, World

TABLE: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "chip" / "matrix.json").read_text()
)
OF_THE_CHIP: Final = "chip.active_authentication"
WHOLE: Final = os.environ.get("CLICID_PROVE_CHIPS") == "1"
HOMES: Final = ("p256-sha256", "rsa-sha256", "pss-sha256")
"""Where each fault is tried at least: the first of these that has it."""


def chosen(rows: list[dict[str, Any]], name: str, algorithm: str) -> list[dict[str, Any]]:
    """The rows that an algorithm is tried with: those it is the home of, and one by its place."""
    there = [row for row in rows if applies(row[name], ALGORITHMS[algorithm])]
    if WHOLE:
        return there
    home = {row[name]: next(one for one in HOMES if applies(row[name], ALGORITHMS[one])) for row in there}
    one = there[list(ALGORITHMS).index(algorithm) % len(there)]
    return [row for row in there if row is one or home[row[name]] == algorithm]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_fault_ends_as_the_table_says(algorithm: str) -> None:
    place = world_of(algorithm)
    rows = chosen(TABLE["faults"], "fault", algorithm)
    seen = {row["fault"]: ending(place, maker_named(row["fault"], place.algorithm)(place)) for row in rows}
    # The files of these are good: what is wrong is the chip that they lie on.
    expected = {
        row["fault"]: ("accepted", "") if row["code"] == OF_THE_CHIP else (row["ending"], row["code"])
        for row in rows
    }
    assert seen == expected
    assert seen
    assert len(seen) >= 65 or not (WHOLE or algorithm == HOMES[0]), len(seen)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_unusual_and_right_is_taken(algorithm: str) -> None:
    place = world_of(algorithm)
    weak = {"chip.sha1"} if "sha1" in algorithm.split("-") else set()
    for row in chosen(TABLE["variants"], "variant", algorithm):
        found = judged(place, maker_named(row["variant"], place.algorithm)(place))
        assert set(found.notes) == weak | set(row["notes"]), row["variant"]
        assert found.zone.number == HOLDER.number
        assert found.details is not None
        assert found.details.surname == HOLDER.family_name
        assert found.details.given_names == HOLDER.given_name


def test_the_subset_has_every_fault_and_every_variant() -> None:
    for kind, name in (("faults", "fault"), ("variants", "variant")):
        tried = {row[name] for algorithm in ALGORITHMS for row in chosen(TABLE[kind], name, algorithm)}
        assert tried == {row[name] for row in TABLE[kind]}


def test_a_country_of_one_letter() -> None:
    holder = replace(HOLDER, issuing_state="D")
    place = world(("D", "FRA"), ALGORITHMS["p256-sha256"], holder, portrait(), now=NOW, new_key=generate)
    assert judged(place, place.good).signer.country == "DE"
    wrong = maker_named("wrong_country", place.algorithm)(place)
    assert ending(place, wrong) == ("refused", "chip.country")


def ending(place: World, case: Case) -> tuple[str, str]:
    """How it ends, and its code."""
    try:
        judged(place, case)
    except Refused as reason:
        return "refused", reason.code
    except Undecided as reason:
        return "undecided", reason.code
    return "accepted", ""
