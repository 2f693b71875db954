"""Machine readable zones: what is written is read back, also after the confusions of a recogniser."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clicid.errors import ClicidError
from issuer.engines.mrz import Check, parse
from issuer.engines.mrz_layout import LAYOUTS, Kind, Layout
from issuer.engines.mrz_repair import repair
from tests.support.mrz_writer import write

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WORD = st.text(LETTERS, min_size=1, max_size=6)
NUMBER = st.text(LETTERS + "0123456789", min_size=1, max_size=7)
DATE = st.dates().map(lambda day: day.strftime("%y%m%d"))


@st.composite
def zones(draw: st.DrawFn) -> tuple[Layout, dict[str, str]]:
    layout = draw(st.sampled_from(LAYOUTS))
    surname, given_names = (draw(st.lists(WORD, min_size=1, max_size=2)) for _ in range(2))
    values = {
        "document_code": "V"
        if layout.name.startswith("MRV")
        else draw(st.sampled_from(["P", "I", "ID", "C"])),
        "issuing_state": draw(st.sampled_from(["UTO", "SWE", "D"])),
        "nationality": "UTO",
        "number": draw(NUMBER),
        "birth_date": draw(DATE),
        "expiry_date": draw(DATE),
        "sex": draw(st.sampled_from(["M", "F", ""])),
        "names": f"{'<'.join(surname)}<<{'<'.join(given_names)}"[:29],
        "optional": draw(NUMBER),
    }
    return layout, values


@given(zones())
def test_what_is_written_is_read(zone: tuple[Layout, dict[str, str]]) -> None:
    layout, values = zone
    lines = write(layout, values)
    mrz = parse("\n".join(lines))
    assert mrz.layout is layout
    assert mrz.all_checks_pass
    for name in ("issuing_state", "number", "birth_date", "expiry_date", "optional"):
        assert getattr(mrz, name) == values[name]
    assert f"{mrz.surname}<<{mrz.given_names}".replace(" ", "<") == values["names"].rstrip("<")
    assert repair(lines).mrz == mrz


@given(zones(), st.data())
def test_confusions_that_the_type_settles_are_mended(zone: tuple[Layout, Any], data: st.DataObject) -> None:
    layout, values = zone
    lines = write(layout, values)
    confused = list(lines)
    for field in layout.fields:
        if field.kind in {Kind.LETTER, Kind.DIGIT} and data.draw(st.booleans()):
            table = ("OISB", "0158") if field.kind is Kind.LETTER else ("0158", "OISB")
            text = field.of(tuple(confused)).translate(str.maketrans(*table))
            line = confused[field.line]
            confused[field.line] = line[: field.start] + text + line[field.start + field.width :]
    assert repair(confused).mrz.lines == tuple(lines)


@given(zones(), st.data())
def test_one_wrong_character_under_a_check_digit_is_noticed(
    zone: tuple[Layout, Any], data: st.DataObject
) -> None:
    layout, values = zone
    lines = write(layout, values)
    field = data.draw(st.sampled_from([f for f in layout.fields if f.name in {"birth_date", "expiry_date"}]))
    place = field.start + data.draw(st.integers(0, 5))
    line = lines[field.line]
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != line[place]]))
    lines[field.line] = line[:place] + other + line[place + 1 :]
    assert parse("\n".join(lines)).checks[field.name] is Check.FAILED


@given(st.lists(st.text("<ABP0123ÅØ \t«|", max_size=50), max_size=4))
def test_any_text_is_a_zone_or_refused(lines: list[str]) -> None:
    text = "\n".join(lines)
    for strict in (True, False):
        try:
            zone = parse(text) if strict else repair(lines).mrz
        except ClicidError:
            continue
        assert len(zone.lines) == zone.layout.lines
