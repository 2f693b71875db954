"""Names in print and in the machine readable zone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.engines.names import (
    agrees,
    begun,
    may_be_ligature,
    respaced,
    restored,
    separated_as,
    transliterate,
)

NAMES = st.lists(st.text("ABÅÄÖÜÉÑØÆßČ", min_size=1, max_size=8), min_size=1, max_size=3).map(" ".join)


@pytest.mark.parametrize(
    ("printed", "machine"),
    [
        ("ÅKERSTRÖM", "AAKERSTROEM"),
        ("ÅKERSTRÖM", "AKERSTROM"),
        ("Märta", "MAERTA"),
        ("MÜLLER", "MUELLER"),
        ("MÜLLER", "MUXXLLER"),
        ("GROß", "GROSS"),
        ("O'BRIEN", "OBRIEN"),
        ("ANNA-KARIN", "ANNA KARIN"),
        ("ANNA-KARIN", "ANNAKARIN"),
        ("NÚÑEZ", "NUNEZ"),
        ("ØSTERGÅRD", "OESTERGAARD"),
        ("ÞÓRÐUR", "THORDUR"),
    ],
)
def test_transliteration_counts_as_agreement(printed: str, machine: str) -> None:
    assert agrees(printed, machine)


@pytest.mark.parametrize(
    ("printed", "machine"),
    [
        ("AKERSTRÖM", "AAKERSTROEM"),
        ("ERIKSSON", "ERIKSON"),
        ("ERIKSON", "ERIKSSON"),
        ("ANNA", "ANNA MARIA"),
        ("ANNA MARIA", "ANNA"),
        ("", "ANNA"),
        ("ANNA", ""),
        ("李", "LI"),
        ("A" * 200, "A" * 200),
    ],
)
def test_other_names_do_not_agree(printed: str, machine: str) -> None:
    assert not agrees(printed, machine)


@pytest.mark.parametrize(
    ("printed", "machine", "agree"),
    [
        ("MARGARETA ÅSA LOVISA", "MARGARETA AASA LOV", True),
        ("MARGARETA ÅSA LOVISA", "MARGARETA A", True),
        ("MARGARETA LOVISA", "MARGARETA LOVI", True),
        ("MARGARETA LOVISA", "MARGARETA LAVI", False),
        ("LOVISA MARGARETA", "MARGARETA LOVISA", False),
    ],
)
def test_a_full_name_field_may_cut_names(printed: str, machine: str, agree: bool) -> None:
    assert agrees(printed, machine, truncated=True) is agree


@given(NAMES)
def test_a_name_agrees_with_its_recommended_transliteration(name: str) -> None:
    assert agrees(name, transliterate(name))
    assert agrees(name, transliterate(name), truncated=True)
    assert restored(name, transliterate(name), "SWE") == name


@pytest.mark.parametrize(
    ("printed", "machine", "state", "name"),
    [
        ("ÁKERSTROM", "AAKERSTROEM", "SWE", "ÅKERSTRÖM"),
        ("Akerstrom", "AAKERSTROEM", "SWE", "Åkerström"),
        ("OSTERGARD", "OESTERGAARD", "DNK", "ØSTERGÅRD"),
        ("OSTERGARD", "OESTERGAARD", "SWE", "ÖSTERGÅRD"),
        ("MARTA", "MAERTA", "SWE", "MÄRTA"),
        ("MULLER", "MUELLER", "D", "MÜLLER"),
        ("MUELLER", "MUELLER", "D", "MUELLER"),
        ("AKERSTRAM", "AAKERSTROEM", "SWE", None),
        ("AKERSTRO", "AAKERSTROEM", "SWE", None),
    ],
)
def test_marks_come_back_where_the_zone_leaves_no_doubt(
    printed: str, machine: str, state: str, name: str | None
) -> None:
    assert restored(printed, machine, state) == name


def test_spaces_that_reading_lost_come_back() -> None:
    assert respaced("ÅSAMÄRTA LOVISA", "AASA MAERTA LOVISA") == "ÅSA MÄRTA LOVISA"
    assert respaced("ANNA-KARIN", "ANNA KARIN") == "ANNA-KARIN"
    assert respaced("O'BRIEN", "OBRIEN") == "O'BRIEN"
    assert respaced("LE THIHONG", "LE THI HONG") == "LE THI HONG"
    assert respaced("D'ARC", "D ARC") == "D'ARC"  # some states have a filler for an apostrophe


@pytest.mark.parametrize(
    ("printed", "machine", "can_be"),
    [
        ("ANNA-MARIA", "ANNA MARIA", True),
        ("ANNA MARIA", "ANNA MARIA", True),
        ("LE THI HONG", "LE THI HONG", True),
        ("ÅSA MÄRTA", "AASA MAERTA", True),
        ("ANNA-MARIA", "ANNAMARIA", True),
        ("ANNA MARIA", "ANNAMARIA", False),
        ("O'BRIEN", "OBRIEN", True),
        ("O BRIEN", "O BRIEN", True),
        ("O BRIEN", "OBRIEN", False),
        ("O' BRIEN", "O BRIEN", False),
        ("ANNA -MARIA", "ANNA MARIA", False),
    ],
)
def test_separators_that_the_zone_allows(printed: str, machine: str, *, can_be: bool) -> None:
    assert separated_as(printed, machine) is can_be


@pytest.mark.parametrize(
    ("printed", "machine", "is_begun"),
    [
        ("MARGARETA ÅSA LOVISA", "MARGARETA AASA LOV", True),
        ("MARGARETA ÅSA LOVISA", "MARGARETA A", True),
        ("MARGARETA-ÅSA LOVISA", "MARGARETA", True),
        ("MARGARETA ÅSA LOVISA", "MARGARETA LOV", False),
        ("MARGARETA ÅSA LOVISA", "AASA LOVISA", False),
        ("MARGARETA", "MARGARETA AASA", False),
        ("", "MARGARETA", False),
    ],
)
def test_of_a_cut_name_only_the_last_words_are_left_out(
    printed: str, machine: str, *, is_begun: bool
) -> None:
    assert begun(printed, machine) is is_begun


@pytest.mark.parametrize(
    ("printed", "state", "doubtful"),
    [
        ("AERO", "DNK", True),
        ("AERØ-SØRENSEN", "UTO", True),
        ("MICHAEL", "DEU", False),
        ("ÆRØ", "DNK", False),  # read as it is
    ],
)
def test_what_was_read_as_ae_may_be_one_letter_where_people_write_it(
    printed: str, state: str, doubtful: bool
) -> None:
    assert may_be_ligature(printed, state) is doubtful
