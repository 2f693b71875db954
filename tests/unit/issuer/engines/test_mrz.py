"""The machine readable zone: vectors for the parser, and what the repair may and may not do."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from issuer.engines.mrz import birth_date, check_digit, expiry_date, parse
from issuer.engines.mrz_layout import LAYOUTS, TD1, TD3, layout_of
from issuer.engines.mrz_repair import repair
from tests.support.mrz_writer import write
from tests.support.refusals import refused

FILE = Path(__file__).parents[3] / "vectors" / "issuer" / "mrz.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text())["vectors"]
GOOD = VECTORS[0]["lines"]
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    text = "\n".join(vector["lines"])
    if "refused" in vector:
        with refused(vector["refused"], vector["where"]):
            parse(text)
        return
    mrz = parse(text)
    for name, value in vector["expected"].items():
        seen: Any = mrz.layout.name if name == "format" else getattr(mrz, name)
        assert (dict(seen) if name == "checks" else seen) == value, name


def test_check_digit_by_hand() -> None:
    # 5*7 + 2*3 + 0*1 + 7*7 + 2*3 + 7*1 = 103
    assert check_digit("520727") == 3
    # 10*7 + 11*3 + 2*1 + 1*7 + 3*3 + 4*1 = 125
    assert check_digit("AB2134<<<") == 5


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_layout_leaves_no_position_out(layout: Any) -> None:
    covered = [(field.line, field.start + place) for field in layout.fields for place in range(field.width)]
    assert sorted(covered) == [(line, place) for line in range(layout.lines) for place in range(layout.width)]
    assert layout_of(layout.lines, layout.width, "V" if layout.name.startswith("MRV") else "P") is layout


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("850314", date(1985, 3, 14)),
        ("261122", date(2026, 11, 22)),
        ("261123", date(1926, 11, 23)),
        ("000229", date(2000, 2, 29)),
        ("010229", None),
        ("8503<<", None),
        ("<<<<<<", None),
        ("851301", None),
        ("8503", None),
    ],
)
def test_century_of_a_birth_date(text: str, born: date | None) -> None:
    assert birth_date(text, TODAY) == born


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("330501", date(2033, 5, 1)),
        ("120415", date(2012, 4, 15)),
        ("991231", date(1999, 12, 31)),
        ("751231", date(2075, 12, 31)),
        ("761231", date(1976, 12, 31)),
        ("330230", None),
    ],
)
def test_century_of_an_expiry_date(text: str, ends: date | None) -> None:
    assert expiry_date(text, TODAY) == ends


def test_repair_leaves_a_good_zone_alone() -> None:
    repaired = repair(GOOD)
    assert repaired.mrz == parse("\n".join(GOOD))
    assert repaired.repairs == ()


def test_repair_exchanges_look_alikes_by_type_only_and_says_so() -> None:
    upper, lower = GOOD
    read = [upper.replace("AAKERSTROEM", "AAKER5TR0EM"), lower.replace("850314", "B5O3I4", 1)]
    repaired = repair(read)
    assert repaired.mrz.lines == tuple(GOOD)
    assert repaired.repairs == ("names", "birth_date")


def test_repair_never_touches_fields_that_take_letters_and_digits() -> None:
    upper, lower = GOOD
    repaired = repair([upper, lower.replace("UT4071852", "UT4O71852")])
    assert repaired.mrz.number == "UT4O71852"
    assert repaired.mrz.checks["number"] == "failed"
    assert repaired.repairs == ()


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_repair_of_fillers_lost_at_the_end_of_the_name(lost: int) -> None:
    repaired = repair([GOOD[0][:-lost], GOOD[1]])
    assert (repaired.mrz.lines, repaired.repairs) == (tuple(GOOD), ("line 1",))


@pytest.mark.parametrize(
    ("read", "names"),
    [
        ("SPECIMEN<<VZOR<<<<<<C<<<CC", ("SPECIMEN", "VZOR")),
        ("SPECIMEN<<VZOR<<<<<<C<<<CC<<<<<", ("SPECIMEN", "VZOR")),
        ("SPECIMEN<<VZOR<KC<<<", ("SPECIMEN", "VZOR KC")),  # after one filler a name follows
        ("SPECIMEN<<VZOR<<<ANNA<<", ("SPECIMEN", "VZOR ANNA")),  # no letters that fillers are misread as
        ("SPECIMEN<<KEKE<<<<", ("SPECIMEN", "KEKE")),
        ("VAN<DER<BERG<<ANNA<KEE<<<CK<<K", ("VAN DER BERG", "ANNA KEE")),
    ],
)
def test_repair_of_letters_read_in_the_fillers_after_the_names(read: str, names: tuple[str, str]) -> None:
    for state in ("UTO", "D<<"):
        upper = f"P<{state}{read.ljust(39, '<')}"
        mrz = repair([upper, GOOD[1]]).mrz
        assert (mrz.surname, mrz.given_names) == names


def test_repair_of_fillers_is_settled_by_the_check_digits() -> None:
    zone = write(TD1, {
        "document_code": "I", "issuing_state": "UTO", "number": "D23145890", "birth_date": "740812",
        "sex": "F", "expiry_date": "280415", "nationality": "UTO", "names": "LINDH<<EVA",
    })  # fmt: skip
    shorter = [zone[0].replace("<<<<<", "<<<<", 1), zone[1].replace("<<<<<", "<<<", 1), zone[2] + "<<"]
    repaired = repair(shorter)
    assert repaired.mrz.lines == tuple(zone)
    assert repaired.repairs == ("line 1", "line 2", "line 3")


def test_repair_takes_none_of_two_that_pass_alike() -> None:
    values = {
        "document_code": "P", "issuing_state": "UTO", "number": "UT4071852", "birth_date": "850314",
        "sex": "M", "expiry_date": "330501", "nationality": "UTO", "names": "LINDH<<EVA",
        "optional": "211271<426U",
    }  # fmt: skip
    upper, lower = write(TD3, values)
    with refused("document.mrz_format"):
        repair([upper, lower.replace("U<<<", "U<<")])


def test_repair_drops_marks_at_the_ends_and_spaces() -> None:
    repaired = repair([f"| {GOOD[0]} .", f"{GOOD[1][:20]} {GOOD[1][20:]}"])
    assert repaired.mrz.lines == tuple(GOOD)


@pytest.mark.parametrize("lines", [[], [""], ["<"] * 3, ["A" * 61, "B" * 61], GOOD[:1], ["HELLO", "WORLD"]])
def test_repair_refuses_what_is_no_zone(lines: list[str]) -> None:
    with refused("document.mrz_format"):
        repair(lines)
