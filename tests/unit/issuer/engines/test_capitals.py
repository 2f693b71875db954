"""Names printed in capitals, as people write them, and where they do not all write them alike."""

from __future__ import annotations

import pytest

from issuer.engines.capitals import as_written, in_doubt


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("ÅKERSTRÖM", "Åkerström"),
        ("ANNA-KARIN MÄRTA", "Anna-Karin Märta"),
        ("O'BRIEN", "O'Brien"),
        ("O’BRIEN", "O'Brien"),
        ("N'DIAYE", "N'Diaye"),
        ("DELL'ACQUA", "Dell'Acqua"),
        ("Virtanen", "Virtanen"),
        ("van der Berg", "van der Berg"),
        ("Anna‐Karin", "Anna-Karin"),
        ("  ERIK   ÖSTEN ", "Erik Östen"),
        ("DE", "De"),
        ("GROß", "Groß"),
        ("GROẞ", "Groß"),
        ("İLKNUR DİLEK", "İlknur Dilek"),
        ("MCHEDLISHVILI", "Mchedlishvili"),
        ("JOHN III", "John III"),
        ("III", "Iii"),
        ("THI VI", "Thi Vi"),
        ("SMITH-IV", "Smith-Iv"),
        ("MA'AYAN", "Ma'ayan"),
        ("NICCOLO'", "Niccolo'"),
    ],
)
def test_capitals_as_people_write_them(printed: str, written: str) -> None:
    assert as_written(printed, "UTO") == written


@pytest.mark.parametrize(("state", "written"), [("TUR", "Işık"), ("AZE", "Işık"), ("UTO", "Işik")])
def test_the_small_letter_of_i(state: str, written: str) -> None:
    assert as_written("IŞIK", state) == written


@pytest.mark.parametrize(
    ("printed", "doubt"),
    [
        ("ÅKERSTRÖM", False),
        ("KOWALSKA-KWIATKOWSKA", False),
        ("UNITED-KINGDOM-FIVE", False),
        ("O'BRIEN", False),
        ("THI LE", False),  # a particle stands before a name
        ("von Essen", False),  # the print tells
        ("VON ESSEN", True),
        ("VAN DER BERG", True),
        ("DE LA CRUZ", True),
        ("LE THI", True),
        ("GARCIA Y LOPEZ", True),
        ("AL-HASSAN", True),
        ("MCDONALD", True),
        ("MCHEDLISHVILI", True),
        ("McDonald", False),
        ("D'ARC", True),
        ("MA'AYAN", True),
        ("NICCOLO'", False),
    ],
)
def test_where_people_write_a_name_in_several_ways(printed: str, *, doubt: bool) -> None:
    assert in_doubt(printed, "UTO") is doubt


@pytest.mark.parametrize(
    ("state", "printed", "doubt"),
    [("GBR", "MACDONALD", True), ("GBR", "MACK", False), ("PRT", "MACHADO", False)],
)
def test_mac_where_english_is_spoken(state: str, printed: str, *, doubt: bool) -> None:
    assert in_doubt(printed, state) is doubt
