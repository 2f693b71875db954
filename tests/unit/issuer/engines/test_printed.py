"""The printed zone against the machine readable one, on lines as a recogniser gives them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from issuer.engines.diacritics import Unread
from issuer.engines.mrz import Mrz, parse
from issuer.engines.printed import Printed, compare, dates, names_missing, settle_number
from issuer.engines.text import Line
from sandbox.documents.mrz_lines import td3_lines
from tests.support.specimens import PERSON

if TYPE_CHECKING:
    from sandbox.documents.person import Person

LABELLED = ("UTOPIA", "Surname/Nom", "ÅKERSTRÖM", "Given names/Prénoms", "ERIK ÖSTEN", "UT4071852")
DATES = ("14 MAR 1985", "02 MAY 2023", "01 MAY 2033")


def zone(person: Person = PERSON) -> Mrz:
    return parse("\n".join(td3_lines(person)))


def lines(*texts: str, score: float = 0.97) -> list[Line]:
    return [
        Line(np.array([(0, y), (90, y), (90, y + 9), (0, y + 9)], np.float32), text, score)
        for y, text in zip(range(0, 1000, 10), texts, strict=False)
    ]


def check(mrz: Mrz, *texts: str, second: dict[str, str] | None = None) -> Printed:
    return compare(
        mrz,
        lines(*texts),
        birth=PERSON.birth_date,
        expiry=PERSON.expires,
        again=lambda line: [replace(line, text=(second or {}).get(line.text, line.text))],
    )


def noted(printed: Printed) -> list[tuple[str, str]]:
    return [(finding.code, finding.field) for finding in printed.findings]


def test_all_agrees() -> None:
    printed = check(zone(), *LABELLED, *DATES)
    assert printed == Printed("Åkerström", "Erik Östen", ())
    assert not names_missing(printed)


def test_names_within_longer_lines() -> None:
    printed = check(zone(), "Efternamn: ÅKERSTRÖM", "Förnamn/Given names ERIK ÖSTEN")
    assert (printed.family_name, printed.given_name) == ("Åkerström", "Erik Östen")


def test_a_name_spelt_otherwise_in_print_is_noticed() -> None:
    printed = check(zone(replace(PERSON, family_name="Åkerstrand")), *LABELLED)
    assert printed.family_name is None
    assert noted(printed) == [("document.mrz_mismatch", "family_name")]


def test_a_name_not_in_print_is_left_to_a_person() -> None:
    printed = check(zone(), "UTOPIA", "PASSPORT", "ERIK ÖSTEN")
    assert names_missing(printed)
    assert noted(printed) == [("document.printed_unread", "family_name")]
    assert names_missing(check(zone()))


def test_an_unsure_reading_is_no_difference() -> None:
    mrz = zone()
    printed = compare(mrz, lines("ÅKERSTRAM", score=0.6), birth=None, expiry=None, again=lambda line: [line])
    assert ("document.printed_unread", "family_name") in noted(printed)


@pytest.mark.parametrize(
    ("text", "unread", "restored"),
    [
        ("AKERSTROM", (Unread(0, "Å", 0.01), Unread(7, "Ö", 0.01)), True),
        ("AKERSTROM", (Unread(0, "Á", 0.01), Unread(7, "Ó", 0.01), Unread(7, "Ö", 0.006)), True),
        ("ÁKERSTROM", (Unread(7, "Ö", 0.01),), True),
        ("AKERSTROM", (Unread(7, "Ö", 0.01),), False),
        ("AKERSTROM", (), False),
    ],
)
def test_marks_are_restored_where_some_mark_was_seen_and_that_is_said(
    text: str, unread: tuple[Unread, ...], *, restored: bool
) -> None:
    """Else a letter may have been lost, and not a mark: AARON read as ARON is not Åron."""
    read = [replace(lines(text)[0], unread=unread), *lines("ERIK ÖSTEN")]
    printed = compare(zone(), read, birth=None, expiry=None, again=lambda line: [line])
    assert printed.family_name == ("Åkerström" if restored else None)
    code = "document.marks_restored" if restored else "document.printed_unread"
    assert noted(printed) == [(code, "family_name")]


def test_a_letter_that_is_printed_twice_and_read_once_is_no_mark() -> None:
    printed = check(zone(replace(PERSON, given_name="Aaron")), "ÅKERSTRÖM", "ARON")
    assert printed.given_name is None
    assert noted(printed) == [("document.printed_unread", "given_name")]


def test_marks_that_come_and_go_are_left_to_a_person() -> None:
    mrz = parse("\n".join(td3_lines(replace(PERSON, family_name="Lindén"))))
    assert check(mrz, "LINDÉN", "ERIK ÖSTEN").family_name == "Lindén"
    printed = check(mrz, "LINDEN", "ERIK ÖSTEN", second={"LINDEN": "LINDÉN"})
    assert printed.family_name is None
    assert noted(printed) == [("document.printed_unread", "family_name")]


def test_one_name_only() -> None:
    mrz = parse("\n".join(td3_lines(replace(PERSON, family_name="Sukarno", given_name=""))))
    printed = check(mrz, "SUKARNO")
    assert (printed.family_name, printed.given_name, printed.findings) == ("Sukarno", "", ())


def test_names_cut_by_a_full_field() -> None:
    person = replace(PERSON, family_name="Papandropoulos-Lagerfeldt", given_name="Jonathon Alexander Maria")
    mrz = zone(person)
    assert mrz.names_truncated
    printed = check(mrz, "PAPANDROPOULOS-LAGERFELDT", "JONATHON ALEXANDER MARIA")
    assert printed.family_name == "Papandropoulos-Lagerfeldt"
    assert printed.given_name == "Jonathon Alexander Maria"


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("UT4071852", []),
        ("UT 4071852", []),
        ("UT4O71852", []),  # a look-alike
        ("UT4071853", [("document.mrz_mismatch", "number")]),
        ("somewhere else", []),
    ],
)
def test_the_document_number(number: str, found: list[tuple[str, str]]) -> None:
    assert noted(check(zone(), *LABELLED[:5], number)) == found


def test_dates_count_only_once_all_three_are_read() -> None:
    assert noted(check(zone(), *LABELLED, "14 MAR 1985", "02 MAY 2023")) == []
    printed = check(zone(), *LABELLED, "14 MAR 1985", "02 MAY 2023", "01 MAY 2030")
    assert noted(printed) == [("document.mrz_mismatch", "expiry_date")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("21.12.1971", [(1971, 12, 21)]),
        ("12 AUG/AOÛT 74", [(74, 8, 12)]),
        ("12 AUGUST/AOUT 1974", [(1974, 8, 12)]),
        ("30 MAR/MAR 1972", [(1972, 3, 30)]),
        ("01 JAN /JAN 85", [(85, 1, 1)]),
        ("13 LIP/JUL 2016", [(2016, 7, 13)]),
        ("2005-01-31", [(2005, 1, 31)]),
        ("14 MÄR 1985", [(1985, 3, 14)]),
        ("32.12.1971", []),
        ("07 13 1971", []),
        ("0706966505468", []),
        ("14 XYZ 1985", []),
    ],
)
def test_dates_as_states_print_them(text: str, found: list[tuple[int, int, int]]) -> None:
    assert list(dates(text)) == found


def test_a_printed_day_is_the_zones_day_whatever_the_century() -> None:
    printed = check(zone(), *LABELLED, "14 MAR 85", "02 MAY 2023", "01 MAY 33")
    assert printed.findings == ()
    assert date(1985, 3, 14) == PERSON.birth_date


@pytest.mark.parametrize(
    ("read", "print_", "number"),
    [
        ("UT4O71852", "UT 4071852", "UT4071852"),
        ("UT407I8S2", "No. UT4071852", "UT4071852"),
        ("UT4O71852", "UT4O71852", "UT4O71852"),  # the print does not help
        ("UT4071862", "UT4071852", "UT4071862"),  # no look-alike: a difference, not a misreading
        ("UT4O71852", "4071852", "UT4O71852"),
    ],
)
def test_the_print_tells_look_alikes_in_the_number_apart(read: str, print_: str, number: str) -> None:
    upper, lower = td3_lines(PERSON)
    mrz = parse(f"{upper}\n{lower.replace(PERSON.number, read)}")
    assert mrz.checks["number"] == "failed"
    settled = settle_number(mrz, lines("UTOPIA", print_))
    assert settled.number == number
    assert (settled.checks["number"] == "ok") is (number == PERSON.number)


def test_a_number_that_passes_is_left_alone() -> None:
    assert settle_number(zone(), lines("UT4O71852")) == zone()


def test_a_full_stop_in_a_name_is_left_to_a_person() -> None:
    mrz = zone(replace(PERSON, family_name="Öberg-Håkansson"))
    assert check(mrz, "ÖBERG-HÅKANSSON", "ERIK ÖSTEN").family_name == "Öberg-Håkansson"
    assert check(mrz, "ÖBERG. HÅKANSSON", "ERIK ÖSTEN").family_name is None
    assert check(mrz, "ÖBERG-HÅKANSSON.", "ERIK ÖSTEN").family_name == "Öberg-Håkansson"


@pytest.mark.parametrize(
    ("printed", "unread", "given"),
    [
        ("ERIK ÖSTEN", Unread(2, "Í", 0.04), "Erik Östen"),
        ("ERIK ÖSTEN", Unread(2, "Í", 0.06), None),
        ("ERIK ÖSTEN", Unread(5, "Ø", 0.4), None),  # OE in the zone is either
        ("ERIK ÖSTEN", Unread(5, "Ó", 0.4), "Erik Östen"),  # and never Ó
        ("ERIK OSTEN", Unread(5, "Ö", 0.4), "Erik Östen"),  # OE in the zone is Ö
        ("ERIK OSTEN", Unread(5, "Ó", 0.4), "Erik Östen"),
        ("GIVEN NAMÉS ERIK ÖSTEN", Unread(9, "E", 0.4), "Erik Östen"),  # not in the name
    ],
)
def test_a_letter_that_may_have_another_mark_leaves_the_name_to_a_person(
    printed: str, unread: Unread, given: str | None
) -> None:
    """Unless the zone determines the letter."""
    read = [
        replace(line, unread=(unread,) if line.text == printed else ())
        for line in lines("ÅKERSTRÖM", printed)
    ]
    found = compare(zone(), read, birth=None, expiry=None, again=lambda line: [line])
    assert (found.family_name, found.given_name) == ("Åkerström", given)
    assert [("document.printed_unread", "given_name")] * (given is None) == [
        one for one in noted(found) if one[0] == "document.printed_unread"
    ]


@pytest.mark.parametrize(("state", "given"), [("ISL", None), ("SWE", "Mae")])
def test_ae_where_people_write_a_ligature_is_left_to_a_person(state: str, given: str | None) -> None:
    person = replace(PERSON, given_name="Mae")
    upper, lower = td3_lines(person)
    mrz = parse("\n".join((upper.replace("UTO", state, 1), lower)))
    printed = compare(mrz, lines("ÅKERSTRÖM", "MAE"), birth=None, expiry=None, again=lambda line: [line])
    assert printed.given_name == given
    assert noted(printed) == ([] if given else [("document.printed_unread", "given_name")])


@pytest.mark.parametrize(
    ("printed", "zone_has", "told"),
    [
        ("ZS0000177", "250000177", True),  # both satisfy the check digit: one of them was misread
        ("250000177", "ZS0000177", True),
        ("ZS0000177", "ZS0000177", False),
        ("O12345678", "012345678", False),  # the check digit tells O from 0
    ],
)
def test_look_alikes_that_the_check_digit_cannot_tell_apart_are_noticed(
    printed: str, zone_has: str, *, told: bool
) -> None:
    mrz = replace(zone(), number=zone_has)
    found = compare(
        mrz, lines("ÅKERSTRÖM", "ERIK ÖSTEN", printed), birth=None, expiry=None, again=lambda line: [line]
    )
    assert (("document.mrz_mismatch", "number") in noted(found)) is told


@pytest.mark.parametrize(
    ("printed", "given"),
    [
        ("ERIK ÖSTEN", "Erik Östen"),
        ("GIVEN NAMES/PRÉNOMS ERIK ÖSTEN", "Erik Östen"),
        ("Förnamn ERIK ÖSTEN", "Erik Östen"),
        ("ÅKERSTRÖM ERIK ÖSTEN", "Erik Östen"),  # the other name on the same line
        ("ERIK ÖSTEN 1985", "Erik Östen"),
        ("ERIK ÖSTEN KARL", None),  # the zone may have lost a word, and has no check digit that tells
        ("KARL ERIK ÖSTEN", None),
        ("ERIK ÖSTEN JR", None),
    ],
)
def test_a_name_of_which_more_is_printed_is_left_to_a_person(printed: str, given: str | None) -> None:
    found = check(zone(), "ÅKERSTRÖM", printed)
    assert (found.family_name, found.given_name) == ("Åkerström", given)
    assert bool(found.findings) is (given is None)


def test_a_name_printed_in_two_spellings_is_left_to_a_person() -> None:
    for printed in (("ÅKERSTRÖM", "AAKERSTROEM"), ("AAKERSTROEM", "ÅKERSTRÖM")):
        found = check(zone(), *printed, "ERIK ÖSTEN")
        assert (found.family_name, found.given_name) == (None, "Erik Östen")
        assert noted(found) == [("document.printed_unread", "family_name")]


def test_in_a_full_zone_the_first_name_is_not_left_out() -> None:
    mrz = replace(zone(), given_names="ERIK OEST", names_truncated=True)
    assert check(mrz, "ÅKERSTRÖM", "ERIK ÖSTEN KARL").given_name == "Erik Östen Karl"
    assert check(mrz, "ÅKERSTRÖM", "KARL ERIK ÖSTEN").given_name is None


@pytest.mark.parametrize(
    ("printed", "unread", "in_zone", "given"),
    [
        ("ANNA MARIA", (), "Anna Maria", "Anna Maria"),
        ("ANNA-MARIA", (), "Anna Maria", "Anna-Maria"),
        ("ANNAMARIA", (), "Anna Maria", "Anna Maria"),  # a space that reading lost
        ("ANNA MARIA", (Unread(4, "-", 0.03),), "Anna Maria", None),
        ("ANNA MARIA", (Unread(4, "-", 0.01),), "Anna Maria", "Anna Maria"),
        ("ANNAMARIA", (Unread(4, "-M", 0.03),), "Anna Maria", None),
        ("ANNA-MARIA", (Unread(4, " ", 0.03),), "Anna Maria", None),
        ("ANNA MARIA", (), "Annamaria", None),  # no filler, so no space: an apostrophe perhaps
        ("OBRIEN", (), "Obrien", "Obrien"),
        ("OBRIEN", (Unread(1, "'B", 0.03),), "Obrien", None),
        ("OBRIEN", (Unread(1, " B", 0.03),), "Obrien", "Obrien"),  # there is no filler
        ("O BRIEN", (), "Obrien", None),
        ("O'BRIEN", (), "Obrien", "O'Brien"),
        ("O’BRIEN", (), "Obrien", "O'Brien"),
        ("L'HERMITE", (), "L Hermite", "L'Hermite"),
        ("O' BRIEN", (), "O Brien", None),
    ],
)
def test_what_separates_words_and_is_not_sure_leaves_the_name_to_a_person(
    printed: str, unread: tuple[Unread, ...], in_zone: str, given: str | None
) -> None:
    read = [*lines("ÅKERSTRÖM"), replace(lines(printed)[0], unread=unread)]
    mrz = zone(replace(PERSON, given_name=in_zone))
    found = compare(mrz, read, birth=None, expiry=None, again=lambda line: [line])
    assert found.given_name == given
    assert noted(found) == [("document.printed_unread", "given_name")] * (given is None)


def test_separators_that_another_look_sees_or_suspects_leave_the_name_to_a_person() -> None:
    mrz = zone(replace(PERSON, given_name="Anna Maria"))
    assert check(mrz, "ÅKERSTRÖM", "ANNA MARIA").given_name == "Anna Maria"
    assert check(mrz, "ÅKERSTRÖM", "ANNA MARIA", second={"ANNA MARIA": "ANNA-MARIA"}).given_name is None
    read = lines("ÅKERSTRÖM", "ANNA MARIA")
    doubted = replace(read[1], unread=(Unread(4, "-", 0.2),))
    found = compare(
        mrz, read, birth=None, expiry=None, again=lambda line: [doubted if line is read[1] else line]
    )
    assert (found.family_name, found.given_name) == ("Åkerström", None)


@pytest.mark.parametrize("printed", ["VAN DER BERG", "MCDONALD"])
def test_a_name_in_capitals_that_people_write_in_several_ways_is_left_to_them(printed: str) -> None:
    mrz = zone(replace(PERSON, family_name=printed))
    found = check(mrz, printed, "ERIK ÖSTEN")
    assert (found.family_name, found.given_name) == (None, "Erik Östen")
    assert noted(found) == [("document.capitals", "family_name")]
    written = printed.title()
    assert check(mrz, written, "ERIK ÖSTEN") == Printed(written, "Erik Östen", ())


def test_a_word_skipped_in_the_middle_of_a_cut_name_leaves_it_to_a_person() -> None:
    mrz = replace(zone(), given_names="ERIK KAR", names_truncated=True)
    assert check(mrz, "ÅKERSTRÖM", "ERIK KARL ÖSTEN").given_name == "Erik Karl Östen"
    assert check(mrz, "ÅKERSTRÖM", "ERIK ÖSTEN KARL").given_name is None


@pytest.mark.parametrize(("chance", "given"), [(0.06, "Erik Annamaria"), (0.2, None)])
def test_a_space_that_a_cut_zone_cannot_tell_is_doubted_where_it_was_nearly_seen(
    chance: float, given: str | None
) -> None:
    mrz = replace(zone(), given_names="ERIK", names_truncated=True)
    read = [*lines("ÅKERSTRÖM"), replace(lines("ERIK ANNAMARIA")[0], unread=(Unread(9, " M", chance),))]
    found = compare(mrz, read, birth=None, expiry=None, again=lambda line: [line])
    assert found.given_name == given


def test_a_second_look_counts_for_a_cut_name_too() -> None:
    mrz = replace(zone(), given_names="ERIK OST", names_truncated=True)
    assert check(mrz, "ÅKERSTRÖM", "ERIK OSTEN").given_name == "Erik Osten"
    found = check(mrz, "ÅKERSTRÖM", "ERIK OSTEN", second={"ERIK OSTEN": "ERIK ÓSTEN"})
    assert found.given_name is None


@pytest.mark.parametrize(
    ("family", "printed", "is_whole"),
    [
        ("Sukarno", ("SUKARNO",), True),
        ("Sukarno", ("SUKARNO", "Given names/Prénoms", "14 MAR 1985"), True),
        ("Sukarno", ("SUKARNO", "Given names/Prénoms", "BUNG"), False),
        ("Siti Aminah", ("SITI AMINAH",), False),  # two fillers between names may have been read as one
    ],
)
def test_where_the_zone_has_no_given_name_the_print_must_have_none(
    family: str, printed: tuple[str, ...], *, is_whole: bool
) -> None:
    found = check(zone(replace(PERSON, family_name=family, given_name="")), *printed)
    assert (found.family_name, found.given_name) == ((family, "") if is_whole else (None, None))
    both = [("document.printed_unread", "family_name"), ("document.printed_unread", "given_name")]
    assert noted(found) == ([] if is_whole else both)


@pytest.mark.parametrize(
    ("field", "score", "family"),
    [
        ("ÅKERSTRÖN", 0.99, None),
        ("ÅKERSTRÖN, ERIK ÖSTEN", 0.99, None),
        ("KINGDOM OF ÅKERSTRÖN", 0.99, "Åkerström"),  # what else is printed
        ("ÅKERSTRÖN", 0.9, "Åkerström"),
        ("UTOPIA", 0.99, "Åkerström"),
    ],
)
def test_a_name_misspelt_in_print_is_noticed_though_a_signature_has_the_zones(
    field: str, score: float, family: str | None
) -> None:
    read = [*lines(field, score=score), *lines("Åkerström", "ERIK ÖSTEN")]
    found = compare(zone(), read, birth=None, expiry=None, again=lambda line: [line])
    assert (found.family_name, found.given_name) == (family, "Erik Östen")
    assert noted(found) == [("document.mrz_mismatch", "family_name")] * (family is None)
