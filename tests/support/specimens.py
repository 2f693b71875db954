"""Specimens, photographs of them and the loaded engines; each is made once in a test run."""

from __future__ import annotations

from datetime import date
from functools import cache

from issuer.engines.face_models import DEFAULT
from issuer.engines.loaded import Loaded, load
from sandbox.documents.assets import photograph_of
from sandbox.documents.camera import GOOD, Camera, photograph
from sandbox.documents.passport import make_passport
from sandbox.documents.person import Person, personal_number
from sandbox.documents.portrait import cut_portrait

TODAY = date(2026, 11, 22)
BORN = date(1985, 3, 14)
PERSON = Person(
    family_name="Åkerström",
    given_name="Erik Östen",
    birth_date=BORN,
    sex="M",
    number="UT4071852",
    issued=date(2023, 5, 2),
    expires=date(2033, 5, 1),
    personal_number=personal_number(BORN, "M"),
)


@cache
def engines() -> Loaded:
    """Both engines, loaded in this process."""
    return load(1, DEFAULT)


@cache
def portrait() -> bytes:
    """The portrait on every specimen."""
    return cut_portrait(photograph_of("obama.jpg"), engines().finder)


@cache
def passport(person: Person = PERSON, zone: tuple[str, str] | None = None) -> bytes:
    """A specimen's page, not photographed."""
    return make_passport(person, portrait(), zone=zone)


@cache
def photographed(
    person: Person = PERSON, zone: tuple[str, str] | None = None, camera: Camera = GOOD, seed: int = 7
) -> bytes:
    """A specimen as a telephone sees it."""
    return photograph(passport(person, zone), seed, camera)
