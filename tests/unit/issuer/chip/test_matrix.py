"""Every algorithm, every fault: chips made by the sandbox's hands, judged by the issuer's.

The two are written from the specification apart from each other; ``tests/vectors/chip/matrix.json`` says what
each chip must end with.
"""

from __future__ import annotations

import json
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


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_fault_ends_as_the_table_says(algorithm: str) -> None:
    place = world_of(algorithm)
    rows = [row for row in TABLE["faults"] if applies(row["fault"], ALGORITHMS[algorithm])]
    seen = {row["fault"]: ending(place, maker_named(row["fault"], place.algorithm)(place)) for row in rows}
    # The files of these are good: what is wrong is the chip that they lie on.
    expected = {
        row["fault"]: ("accepted", "") if row["code"] == OF_THE_CHIP else (row["ending"], row["code"])
        for row in rows
    }
    assert seen == expected
    assert len(seen) >= 65


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_unusual_and_right_is_taken(algorithm: str) -> None:
    place = world_of(algorithm)
    weak = {"chip.sha1"} if "sha1" in algorithm.split("-") else set()
    for row in TABLE["variants"]:
        if applies(row["variant"], place.algorithm):
            found = judged(place, maker_named(row["variant"], place.algorithm)(place))
            assert set(found.notes) == weak | set(row["notes"]), row["variant"]
            assert found.zone.number == HOLDER.number
            assert found.details is not None
            assert found.details.surname == HOLDER.family_name
            assert found.details.given_names == HOLDER.given_name


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
