"""Specimen passports of made-up persons: what stands on them is known to the letter."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from evaluation.labelled import Document, Truth
from issuer.engines.mrz import parse
from sandbox.documents.mrz_lines import td3_lines
from sandbox.documents.passport import make_passport
from sandbox.documents.person import Person, personal_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Names as people write them: the letters of northern and western Europe, particles, hyphens and
# apostrophes, and names that no zone has room for.
_FAMILY: Final = (
    "Åkerström", "Öberg", "Ängdahl", "Sjöström-Lööf", "von Essen", "af Klercker", "Åström Bäck", "Lindqvist",
    "Müller-Lüdenscheidt", "O'Brien", "D'Ávila", "Nuñez", "Ærø-Sørensen", "Łukasiewicz", "Dvořák", "Grönwall",
    "Wolfeschlegelsteinhausenberger", "Krüger", "Bååth", "Hjälmarsdotter", "van der Åkern", "Strauß",
)  # fmt: skip
_GIVEN: Final = (
    "Åsa", "Örjan", "Märta Aïda", "Björn Åke", "Anna-Maria", "Göran", "Zoë", "Søren", "Hélène", "Pål",
    "Hubertus Blaine Adolphus Bartholomeus Maximilian", "Éva Mária", "Karl Ängel", "José Ángel", "Siân",
    "Eva", "Gunnar Östen Åke Fredrik Wilhelm Ambjörn", "Lärke", "Måns", "Jörgen Älvar",
)  # fmt: skip
_ALPHABET: Final = "0123456789ABCDEFGHKLMNPRSTUVWXYZ"


def persons(count: int, seed: int, today: date) -> Iterator[Person]:
    """So many made-up persons with valid passports; every name above comes before one comes again."""
    draw = random.Random(seed)
    for place in range(count):
        born = date(1950, 1, 1) + timedelta(days=draw.randrange(55 * 365))
        issued = today - timedelta(days=draw.randrange(30, 4 * 365))
        sex = draw.choice("MF")
        swedish = place % 2 == 0
        yield Person(
            family_name=_FAMILY[place % len(_FAMILY)],
            given_name=_GIVEN[(place * 7) % len(_GIVEN)],
            birth_date=born,
            sex=sex,
            number="".join(draw.choices(_ALPHABET, k=9)),
            issued=issued,
            expires=issued + timedelta(days=5 * 365),
            issuing_state="SWE" if swedish else "UTO",
            personal_number=personal_number(born, sex) if swedish else "",
        )


def specimens(people: Iterable[Person], portrait: bytes) -> Iterator[Document]:
    """Their passports, all with the same portrait: it is the text that is read."""
    for place, person in enumerate(people, start=1):
        zone = parse("\n".join(td3_lines(person)))
        truth = Truth(zone, person.family_name, person.given_name, zone.layout.name)
        yield Document(f"specimen {place}", make_passport(person, portrait), truth)
