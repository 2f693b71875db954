"""Signs of forgery on documents forged and replayed by `sandbox.documents.forgery`, and on honest ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from issuer.engines.images import decode
from issuer.engines.mrz import parse
from issuer.engines.signs.colour import colour_findings, colour_scores
from issuer.engines.signs.fields import field_signs
from issuer.engines.signs.metadata import metadata_findings
from issuer.engines.signs.raster import raster_findings, raster_scores
from issuer.engines.text import Line
from issuer.evidence.decision import TABLE, Outcome
from sandbox.documents import forgery
from sandbox.documents.camera import photograph
from sandbox.documents.mrz_lines import td3_lines
from tests.support.specimens import PERSON, TODAY, engines, passport, photographed, portrait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from issuer.engines.images import Pixels
    from issuer.evidence.ports import DocumentReading

SIGNS = {
    "document.reproduced",
    "document.no_colour",
    "document.edited",
    "document.font",
    "document.portrait_pasted",
}
PRINT = ("P", "UTO", "UT4071852", "14 MAR 1985", "M", "02 MAY 2023", "01 MAY 2033")


def read(image: bytes) -> DocumentReading:
    return engines().documents.read([image], today=TODAY)


def signs(reading: DocumentReading) -> set[str]:
    return {finding.code for finding in reading.findings} & SIGNS


def lines(*texts: str, score: float = 0.99) -> list[Line]:
    return [Line(np.zeros((4, 2), np.float32), text, score) for text in texts]


def contradictions(texts: tuple[str, ...] = PRINT, **changes: Any) -> set[tuple[str, str]]:
    person = replace(PERSON, **changes)
    found = field_signs(
        parse("\n".join(td3_lines(person))),
        lines(*texts),
        birth=person.birth_date,
        expiry=person.expires,
        today=TODAY,
    )
    return {(finding.code, finding.field) for finding in found}


def other(old: str, new: str) -> tuple[str, ...]:
    return tuple(new if text == old else text for text in PRINT)


def test_every_sign_is_looked_at_by_a_person() -> None:
    assert {TABLE[code] for code in SIGNS} == {Outcome.REVIEW}


def test_an_honest_photograph_shows_no_sign_and_keeps_what_was_measured() -> None:
    reading = read(photographed())
    assert signs(reading) == set()
    assert {"raster", "colour", "sharpness", "line_height", "light", "glare"} <= set(reading.scores)


@pytest.mark.parametrize(
    ("make", "sign"),
    [
        (forgery.on_screen, "document.reproduced"),
        (forgery.printed, "document.reproduced"),
        (forgery.copied, "document.no_colour"),
    ],
    ids=["screen", "print", "copy"],
)
def test_a_document_shown_again_is_noticed(make: Callable[[bytes, int], bytes], sign: str) -> None:
    reading = read(make(passport(), 1))
    assert reading.fields is not None
    assert signs(reading) == {sign}


def test_characters_overtyped_are_told_by_what_they_break_and_by_their_looks() -> None:
    reading = read(photograph(forgery.overtyped(passport(), 2), 2))
    assert {"document.check_digit", "document.mrz_mismatch", "document.unreadable"} & {
        finding.code for finding in reading.findings
    }
    assert signs(reading) == {"document.font"}


@pytest.mark.parametrize(
    "make",
    [forgery.inkjet, lambda image, seed: photograph(forgery.pasted_portrait(image, seed), seed)],
    ids=["inkjet", "pasted portrait"],
)
def test_the_limits_that_the_guide_names(make: Callable[[bytes, int], bytes]) -> None:
    """If one of these is told one day, the guide has to say so."""
    reading = read(make(passport(), 1))
    assert reading.portrait is not None
    assert signs(reading) == set()


def test_what_is_made_twice_from_one_seed_is_the_same() -> None:
    assert forgery.copied(passport(), 3) == forgery.copied(passport(), 3) != forgery.copied(passport(), 4)


def test_security_printing_beside_the_face_is_no_raster() -> None:
    """Fine lines over the page are what genuine documents have; only in the face they tell of a copy."""
    face = decode(portrait(), about="face")
    assert list(raster_findings(raster_scores(face))) == []
    dots = np.indices(face.shape[:2])
    raster = 12 * (np.sin(dots[0] * 1.9 + dots[1] * 0.6) + np.sin(dots[1] * 1.9 - dots[0] * 0.6))
    printed = np.clip(face + raster[..., None], 0, 255).astype(np.uint8)
    assert [finding.code for finding in raster_findings(raster_scores(printed))] == ["document.reproduced"]


def test_a_portrait_too_small_to_tell_gives_no_score() -> None:
    assert raster_scores(np.zeros((60, 90, 3), np.uint8)) == {}
    assert list(raster_findings({})) == []


def test_a_cast_of_light_does_not_hide_that_a_copy_has_no_colour() -> None:
    page = decode(passport(), about="document")
    corners = [np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * page.shape[1::-1]]
    warm = np.array((1.0, 0.93, 0.8))
    coloured = np.clip(page * warm, 0, 255).astype(np.uint8)
    grey: Pixels = np.repeat(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    copy = np.clip(grey * warm, 0, 255).astype(np.uint8)
    assert list(colour_findings(colour_scores(coloured, corners))) == []
    assert [finding.code for finding in colour_findings(colour_scores(grey, corners))] == [
        "document.no_colour"
    ]
    assert colour_scores(copy, corners)["colour"] < colour_scores(coloured, corners)["colour"] / 2


def written_by(software: str, *, png: bool) -> bytes:
    image, out = Image.new("RGB", (64, 64), "white"), BytesIO()
    if png:
        text = PngInfo()
        text.add_text("Software", software)
        image.save(out, "PNG", pnginfo=text)
    else:
        exif = Image.Exif()
        exif[ExifTags.Base.Software] = software
        image.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("png", [False, True], ids=["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("software", "edited"),
    [("Adobe Photoshop CS6 (Macintosh)", True), ("GIMP 2.10", True), ("17.4.1", False), ("HDR+ 1.0", False)],
)
def test_a_file_that_names_an_editor(software: str, *, edited: bool, png: bool) -> None:
    found = [finding.code for finding in metadata_findings(written_by(software, png=png))]
    assert found == (["document.edited"] if edited else [])


def test_a_document_that_agrees_with_itself_has_no_contradiction() -> None:
    assert contradictions() == set()


@pytest.mark.parametrize(
    ("texts", "changes", "found"),
    [
        (other("M", "F"), {}, ("document.mrz_mismatch", "sex")),
        (other("M", "K/F"), {}, ("document.mrz_mismatch", "sex")),
        (other("UTO", "SWE"), {}, ("document.mrz_mismatch", "issuing_state")),
        (other("02 MAY 2023", "02 MAY 2034"), {}, ("document.date", "issue_date")),
        (other("02 MAY 2023", "02 MAY 1983"), {}, ("document.date", "issue_date")),
        (other("02 MAY 2023", "02 MAY 2027"), {}, ("document.date", "issue_date")),
        (PRINT, {"expires": date(2042, 5, 1)}, ("document.date", "expiry_date")),
        (PRINT, {"expires": date(1985, 3, 13)}, ("document.date", "expiry_date")),
    ],
    ids=[
        "the print says another sex", "in two languages", "another state", "issued after it expired",
        "issued before birth", "issued in the future", "valid for too long", "expired before birth",
    ],
)  # fmt: skip
def test_what_cannot_be(texts: tuple[str, ...], changes: dict[str, Any], found: tuple[str, str]) -> None:
    assert contradictions(texts, **changes) == {found}


@pytest.mark.parametrize(
    "texts",
    [
        other("M", "M/M"), other("M", "SEX"), other("UTO", "SEX"),
        ("UTO", *other("UTO", "SWE")), other("02 MAY 2023", "02 MAY 23"), (*PRINT, "04 JUN 2034"),
        ("14 MAR 1985", "04 JUN 2034"),
    ],
    ids=[
        "two languages", "a label", "a label of a state's length",
        "several codes", "a year of two digits", "several dates", "dates not read",
    ],
)  # fmt: skip
def test_what_may_be(texts: tuple[str, ...]) -> None:
    assert contradictions(texts) == set()


def test_a_doubtful_letter_is_no_contradiction() -> None:
    person = PERSON
    found = field_signs(
        parse("\n".join(td3_lines(person))),
        lines("F", "SWE", score=0.9),
        birth=person.birth_date,
        expiry=person.expires,
        today=TODAY,
    )
    assert list(found) == []


@pytest.mark.slow
@pytest.mark.suite("sample-documents")
def test_specimens_of_states_show_no_reproduction(samples_dir: Path) -> None:
    names = sorted(path for path in (samples_dir / "documents").iterdir())
    assert {
        path.name: found for path in names if (found := signs(read(path.read_bytes())) - {"document.edited"})
    } == {}
