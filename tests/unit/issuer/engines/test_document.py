"""The document engine on photographs of specimens, good and bad, and on the sample documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from issuer.engines.document import settled_zone
from issuer.engines.images import decode, shrink, to_jpeg
from issuer.engines.mrz import parse
from issuer.engines.mrz_repair import Repaired
from issuer.engines.text import Line
from issuer.engines.zone import Zone
from issuer.evidence.decision import Outcome, Rules, decide
from issuer.evidence.evidence import EvidenceKind, document_evidence, face_evidence
from issuer.evidence.levels import Claim, Level
from issuer.evidence.ports import (
    DocumentFields,
    DocumentReading,
    DocumentType,
    FaceMatch,
    Finding,
    NumberKind,
    PersonalNumber,
)
from sandbox.documents.camera import GOOD, UNREADABLE, Camera, photograph
from sandbox.documents.mrz_lines import td3_lines, with_wrong_check_digit
from tests.support.bent import bent
from tests.support.refusals import refused
from tests.support.specimens import PERSON, TODAY, engines, passport, photographed

if TYPE_CHECKING:
    from pathlib import Path

    from issuer.engines.images import Pixels
    from sandbox.documents.person import Person

LEVELS = (Claim(Level.SUBSTANTIAL, frozenset({EvidenceKind.DOCUMENT, EvidenceKind.FACE})),)
RULES = Rules(LEVELS, specimens=True, required=((EvidenceKind.DOCUMENT,), (EvidenceKind.FACE,)))
SAMPLES = {
    "100_id-si.jpg": "TD1",
    "100_pass-fin.png": "TD3",
    "100_pass-hrv.jpg": "TD3",
    "100_visa-polx.jpg": "MRV-B",
    "53_id-d.jpg": "TD1",
    "62_pass-pol.png": "TD3",
    "79_pass-can.jpg": "TD3",
    "passport-td2.jpg": "TD2",
    "passport-td3.jpg": "TD3",
}
# Both names as printed; the two cards show their backs, where no name is printed.
SAMPLE_NAMES = {
    "100_pass-fin.png": ("Virtanen", "Maria Olivia"),
    "100_pass-hrv.jpg": ("Specimen", "Specimen"),
    "100_visa-polx.jpg": ("Kowalska-Kwiatkowska", "Beata"),
    "62_pass-pol.png": ("Kowalska", "Anna"),
    "79_pass-can.jpg": ("Martin", "Sarah"),
    "passport-td2.jpg": ("Eriksson", "Anna Maria"),
    "passport-td3.jpg": ("Eriksson", "Anna Maria"),
}


def read(image: bytes) -> DocumentReading:
    return engines().documents.read([image], today=TODAY)


def codes(reading: DocumentReading) -> list[tuple[str, str]]:
    return sorted((finding.code, finding.field) for finding in reading.findings)


def cut(image: bytes, top: float, bottom: float) -> bytes:
    """Part of a specimen's page, from one share of its height to another."""
    pixels = decode(image, about="document")
    height = pixels.shape[0]
    return to_jpeg(pixels[round(top * height) : round(bottom * height)])


def sides(first: Person = PERSON, second: Person = PERSON) -> tuple[bytes, bytes]:
    """The print of one specimen and the zone of another, as the two sides of a card."""
    upper, lower = cut(passport(first), 0, 0.73), cut(passport(second), 0.73, 1)
    return photograph(upper, 11, GOOD), photograph(lower, 12, GOOD)


def outcome(image: bytes, reading: DocumentReading) -> tuple[Outcome, tuple[str, ...]]:
    same_face = face_evidence(b"selfie", FaceMatch(0.3, (), {}, "e", "1"))
    decision = decide([document_evidence([image], reading), same_face], RULES)
    return decision.outcome, decision.codes


def test_a_good_photograph_is_read_and_agrees_with_itself() -> None:
    image = photographed()
    reading = read(image)
    assert reading.fields == DocumentFields(
        format="TD3",
        document_type=DocumentType.PASSPORT,
        issuing_state="UTO",
        number="UT4071852",
        family_name="Åkerström",
        given_name="Erik Östen",
        family_name_mrz="AAKERSTROEM",
        given_name_mrz="ERIK OESTEN",
        nationality="UTO",
        birth_date=date(1985, 3, 14),
        sex="M",
        expiry_date=date(2033, 5, 1),
        personal_number=PersonalNumber("198503142393", NumberKind.PERSONAL, "UTO"),
    )
    assert set(reading.check_digits.values()) == {"ok"}
    assert ("document.specimen", "issuing_state") in codes(reading)
    assert reading.portrait is not None
    assert reading.scores["text"] > 0.9
    assert "rapidocr" in reading.engine_version
    assert outcome(image, reading) == (Outcome.APPROVED, ())


@pytest.mark.parametrize(
    "camera",
    [
        Camera(rotation=90.0, size=(1500, 2000)),
        Camera(rotation=180.0),
        Camera(rotation=-40.0, noise=9.0),
        Camera(perspective=0.1, blur=2.0, light=0.6, quality=50),
        Camera(share=0.4),
    ],
    ids=["on its side", "upside down", "slanting", "badly taken", "far away"],
)
def test_however_it_lies_and_is_lit(camera: Camera) -> None:
    reading = read(photographed(camera=camera))
    assert reading.fields is not None
    assert set(reading.check_digits.values()) == {"ok"}
    assert (reading.fields.family_name, reading.fields.given_name) == ("Åkerström", "Erik Östen")
    assert reading.portrait is not None


def as_pixels(image: bytes) -> Pixels:
    return decode(image, about="document")


def is_read(pixels: Pixels) -> bool:
    """Whether a zone is read, all its check digits right, and the name right or left to the person."""
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    reading = read(out.getvalue())
    assert reading.fields is not None
    assert reading.fields.family_name in {PERSON.family_name, None}
    return set(reading.check_digits.values()) == {"ok"}


@pytest.mark.slow
def test_a_page_that_does_not_lie_flat() -> None:
    page = as_pixels(passport())
    assert is_read(bent(page, 0.028))


@pytest.mark.slow
def test_a_page_beside_another_whose_text_runs_across_it() -> None:
    page = np.array(shrink(as_pixels(passport()), 900)[0])
    other = np.full((page.shape[1], page.shape[1], 3), 240, np.uint8)
    for row in range(24):
        cv2.putText(other, "THIS PASSPORT CONTAINS 32 PAGES", (20, 40 + 36 * row), 0, 1.3, (60, 60, 60), 2)
    both = np.concatenate((np.rot90(other), page))
    assert is_read(both)


@pytest.mark.slow
@pytest.mark.parametrize("width", [420, 3600])
def test_a_small_scan_and_a_large_one(width: int) -> None:
    page = as_pixels(passport())
    factor = width / page.shape[1]
    scan = cv2.resize(
        page, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    )
    assert is_read(np.asarray(scan, np.uint8))


@pytest.mark.parametrize(
    ("person", "zone", "expected", "code"),
    [
        (replace(PERSON, expires=date(2026, 11, 21)), None, Outcome.REFUSED, "document.expired"),
        (PERSON, with_wrong_check_digit(td3_lines(PERSON)), Outcome.RESUBMIT, "document.check_digit"),
        (
            PERSON,
            td3_lines(replace(PERSON, family_name="Åkerstrand")),
            Outcome.REVIEW,
            "document.mrz_mismatch",
        ),
        (PERSON, td3_lines(replace(PERSON, number="UT4071862")), Outcome.REVIEW, "document.mrz_mismatch"),
        (replace(PERSON, personal_number="198503142394"), None, Outcome.REVIEW, "document.personal_number"),
    ],
    ids=["expired", "wrong check digit", "another name", "another number", "personal number"],
)
def test_what_is_wrong_is_noticed(
    person: Person, zone: tuple[str, str] | None, expected: Outcome, code: str
) -> None:
    image = photographed(person, zone)
    assert outcome(image, read(image)) == (expected, (code,))


@pytest.mark.parametrize("turned", [False, True], ids=["front first", "back first"])
def test_two_sides_are_one_document(*, turned: bool) -> None:
    images = sides()[:: -1 if turned else 1]
    reading = engines().documents.read(images, today=TODAY)
    assert reading.fields is not None
    assert (reading.fields.family_name, reading.fields.given_name) == ("Åkerström", "Erik Östen")
    assert reading.portrait is not None
    assert codes(reading) == [("document.specimen", "issuing_state")]


def test_sides_that_disagree_are_noticed() -> None:
    print_side, zone_side = sides(replace(PERSON, family_name="Åkerstrand"), PERSON)
    reading = engines().documents.read([print_side, zone_side], today=TODAY)
    assert ("document.mrz_mismatch", "family_name") in codes(reading)


def test_two_zones_of_different_documents_are_noticed() -> None:
    other = replace(PERSON, number="UT5550199")
    images = [photographed(), photographed(other)]
    assert ("document.two_documents", "") in codes(engines().documents.read(images, today=TODAY))
    twice = [photographed(), photographed(seed=8)]
    assert codes(engines().documents.read(twice, today=TODAY)) == [("document.specimen", "issuing_state")]


@pytest.mark.parametrize(
    ("misread", "printed", "told"),
    [
        ((), "", False),
        (("UT4071862",), "", True),  # one wrong number in ten has a check digit that agrees
        (("UT4071862",), "Passport no. UT4071852", False),
        (("UT4071852",), "", False),  # of the same number the check digit was misread
    ],
)
def test_a_number_read_in_several_ways_is_held_against_the_print(
    misread: tuple[str, ...], printed: str, *, told: bool
) -> None:
    zone = Zone(Repaired(parse("\n".join(td3_lines(PERSON))), ()), (), misread=frozenset(misread))
    line = Line(np.zeros((4, 2), np.float32), printed, 0.9)
    mrz, findings = settled_zone(zone, [line])
    assert mrz is zone.repaired.mrz
    assert findings == ([Finding("document.mrz_settled", "number")] if told else [])


def test_a_side_alone_asks_for_the_other() -> None:
    print_side, _ = sides()
    reading = read(print_side)
    assert reading.fields is None
    assert codes(reading) == [("document.side_missing", "back"), ("document.unreadable", "")]


def test_three_images_are_no_document() -> None:
    with pytest.raises(ValueError, match="one or two"):
        engines().documents.read([photographed()] * 3, today=TODAY)


@pytest.mark.slow
def test_an_unreadable_photograph_asks_for_another() -> None:
    image = photographed(camera=UNREADABLE)
    reading = read(image)
    assert reading.fields is None
    assert reading.portrait is None
    assert outcome(image, reading) == (Outcome.RESUBMIT, ("document.blurred", "document.unreadable"))


def test_what_is_no_document_or_no_image() -> None:
    with refused("document.not_an_image"):
        read(b"not an image")
    blank = engines().documents.read([_blank()], today=TODAY)
    assert codes(blank)[-1] == ("document.unreadable", "")


def _blank() -> bytes:
    out = BytesIO()
    Image.new("RGB", (400, 300), "white").save(out, "PNG")
    return out.getvalue()


@pytest.mark.slow
@pytest.mark.suite("sample-documents")
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_sample(name: str, samples_dir: Path) -> None:
    """All nine must be read, check digits and printed names included; these are few and no statistics."""
    reading = read((samples_dir / "documents" / name).read_bytes())
    assert reading.fields is not None
    assert reading.fields.format == SAMPLES[name]
    assert "failed" not in reading.check_digits.values()
    assert ("document.expired", "expiry_date") in codes(reading)
    assert (("document.side_missing", "front") in codes(reading)) == (name not in SAMPLE_NAMES)
    names = SAMPLE_NAMES.get(name, (None, None))
    assert (reading.fields.family_name, reading.fields.given_name) == names
    assert (reading.portrait is not None) == (name in SAMPLE_NAMES)
