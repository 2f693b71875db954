"""A line of a zone found in what a recogniser saw, and a failing check digit settled by a doubt."""

from __future__ import annotations

import numpy as np
import pytest

from issuer.engines.marks import BLANK, CHARACTERS, Alphabet, likeliest
from issuer.engines.mrz import Check, parse
from issuer.engines.mrz_layout import LAYOUTS, TD1, TD2, TD3, Layout
from issuer.engines.mrz_settling import settle
from issuer.engines.mrz_spelling import MAX_STEPS, Doubt, spell
from tests.support.marks import marks_of, step
from tests.support.mrz_writer import write

VALUES = {
    "document_code": "P", "issuing_state": "UTO", "nationality": "UTO", "number": "L898902C3",
    "birth_date": "740812", "expiry_date": "120415", "sex": "F", "names": "ERIKSSON<<ANNA<MARIA",
    "optional": "ZE184226B",
}  # fmt: skip
UPPER, LOWER = write(TD3, VALUES)


def line_of(layout: Layout, line: int) -> str:
    return write(layout, VALUES | {"optional": "AB1"})[line]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_line_seen_well_is_spelt_as_it_stands(layout: Layout) -> None:
    for line in range(layout.lines):
        spelt = spell(marks_of(line_of(layout, line)), layout, line)
        assert spelt is not None
        assert spelt.text == line_of(layout, line)
        assert spelt.cost < 0.3


def test_only_what_can_stand_is_spelt() -> None:
    """The same marks are a digit in a date and a letter in a name."""
    name = spell(marks_of(UPPER.replace("ERIKSSON", "3R1K550N")), TD3, 0)
    date = spell(marks_of(LOWER.replace("740812", "74OB1Z")), TD3, 1)
    assert name is not None
    assert name.text[5:13] == "BRIKSSON"  # a 3 looks like no letter: any may stand there, and it costs
    assert date is not None
    assert date.text == LOWER
    assert date.cost < 0.3 < name.cost


def test_a_filler_lost_between_two_that_run_together_is_found() -> None:
    """Read freely, steps without a blank between are one filler; the format says that there are more."""
    marks = marks_of(LOWER)
    gaps = [3 * column for column in range(38, 42)]
    marks[gaps] = step({"<": 0.7}, blank=0.2)
    freely, _ = likeliest(marks)
    assert len(freely) < TD3.width
    spelt = spell(marks, TD3, 1)
    assert spelt is not None
    assert spelt.text == LOWER


def test_what_else_may_stand_is_told_with_how_likely_it_is() -> None:
    spelt = spell(marks_of(LOWER, {3: {"8": 0.6, "B": 0.3}}), TD3, 1)
    assert spelt is not None
    (doubt,) = [doubt for doubt in spelt.doubts if doubt.column == 3 and doubt.cost < 2]
    assert doubt.character == "B"
    assert doubt.cost == pytest.approx(np.log(2), abs=0.01)


def test_no_line_is_spelt_from_too_few_or_too_many_steps() -> None:
    assert spell(marks_of(UPPER[:14]), TD3, 0) is None
    assert spell(np.full((MAX_STEPS + 1, 38), 1 / 38, np.float32), TD3, 0) is None


def test_all_forms_of_a_character_count_as_one() -> None:
    """A recogniser that wavers between three forms of a filler is sure of a filler, not of the C."""
    known = ["blank", "C", "<", "く", "ヘ", "é", *CHARACTERS[1:]]
    seen = np.zeros((1, len(known)), np.float32)
    seen[0, :6] = (0.0, 0.4, 0.2, 0.2, 0.15, 0.05)
    marks = Alphabet(known).marks(seen)
    assert marks.shape == (1, 1 + len(CHARACTERS))
    assert marks[0, BLANK] == 0
    text, sure = likeliest(marks)
    assert text == "<"
    assert sure == pytest.approx(0.55)
    assert likeliest(marks[:0]) == ("", 0.0)


def misread(**wrong: str) -> tuple[str, str]:
    """The zone, with fields read as given while the check digits stand as printed."""
    upper, lower = UPPER, LOWER
    for name, text in wrong.items():
        lower = lower.replace(VALUES[name], text, 1)
    return upper, lower


def test_a_look_alike_in_the_number_is_settled_by_the_check_digits() -> None:
    mrz = parse("\n".join(misread(number="L8989O2C3")))
    assert mrz.checks["number"] is Check.FAILED
    settled = settle(mrz, ((), ()))
    assert settled is not None
    assert settled.mrz.lines == (UPPER, LOWER)
    assert (settled.fields, settled.exchanges) == (("number",), 1)


def test_a_doubt_of_the_recogniser_comes_before_look_alikes() -> None:
    """Digits look alike to no table, but the recogniser saw both."""
    mrz = parse("\n".join(misread(birth_date="710812")))
    assert settle(mrz, ((), ())) is None
    settled = settle(mrz, ((), (Doubt(14, "4", 0.4), Doubt(15, "6", 3.0))))
    assert settled is not None
    assert settled.mrz.birth_date == "740812"
    assert settled.fields == ("birth_date",)
    assert settle(mrz, ((), (Doubt(14, "4", 9.0),))) is None


def test_where_two_exchanges_pass_none_is_made() -> None:
    # 1 to I and 1 to I: in two places of equal weight either makes the check digit agree.
    number = "AB1CD1EF9"
    lines = write(TD3, VALUES | {"number": number.replace("1", "I", 1)})
    mrz = parse("\n".join((lines[0], number + lines[1][9:])))
    assert mrz.checks["number"] is Check.FAILED
    assert settle(mrz, ((), ())) is None


def test_where_only_the_composite_fails_the_fields_without_a_check_digit_are_looked_at() -> None:
    for layout in (TD1, TD2):
        lines = write(layout, VALUES | {"document_code": "I", "optional": "X5A"})
        wrong = [line.replace("X5A", "XSA") for line in lines]
        mrz = parse("\n".join(wrong))
        assert [name for name, check in mrz.checks.items() if check is Check.FAILED] == ["composite"]
        settled = settle(mrz, [()] * layout.lines)
        assert settled is not None
        assert settled.mrz.lines == tuple(lines)
        assert settled.fields == ("optional",)
