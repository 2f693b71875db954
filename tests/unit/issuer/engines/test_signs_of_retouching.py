"""Characters of a zone in another font, and a portrait pasted in the file: forgeries and honest documents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.engines.images import decode
from issuer.engines.mrz import parse
from issuer.engines.signs.edge import edge_findings, edge_scores
from issuer.engines.signs.font import Run, font_findings, strangest_run
from sandbox import people
from sandbox.documents import forgery
from sandbox.documents.camera import Camera, photograph
from sandbox.documents.mrz_lines import td3_lines
from sandbox.documents.passport import DOTS_PER_MM
from sandbox.documents.retyping import retyped, retyped_in_file
from tests.support.specimens import PERSON, TODAY, engines, passport, photographed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from issuer.evidence.ports import DocumentReading

SIGNS = {"document.font", "document.portrait_pasted"}
LOWER = td3_lines(PERSON)[1]
ZONE = parse("\n".join(td3_lines(PERSON)))


def read(image: bytes) -> DocumentReading:
    return engines().documents.read([image], today=TODAY)


def signs(reading: DocumentReading) -> set[tuple[str, str]]:
    return {(finding.code, finding.field) for finding in reading.findings if finding.code in SIGNS}


def rows() -> list[list[NDArray[np.float32]]]:
    """Where the lines stand on a page of `sandbox.documents.passport`."""
    boxes = []
    for line in range(2):
        left, right = 6.6, 6.6 + 44 * 2.54
        bottom = 73.5 + line * 6.35 + 0.5
        corners = ((left, bottom - 3.5), (right, bottom - 3.5), (right, bottom), (left, bottom))
        boxes.append([np.array(corners, np.float32) * DOTS_PER_MM])
    return boxes


def run_on(page: bytes, **changes: Any) -> Run | None:
    image = decode(page, about="document")
    zone = parse("\n".join(td3_lines(replace(PERSON, **changes)))) if changes else ZONE
    return strangest_run(np.asarray(cv2.GaussianBlur(image, (0, 0), 1.2), np.uint8), rows(), zone)


def test_a_line_printed_in_one_go_is_even() -> None:
    run = run_on(passport())
    assert run is not None
    assert run.score < 1.5
    assert list(font_findings(run)) == []


@pytest.mark.parametrize("seed", [2, 3, 10, 12, 16, 23, 24, 35])
def test_a_field_typed_anew_is_told_by_its_looks_alone(seed: int) -> None:
    run = run_on(retyped(passport(), seed, LOWER))
    assert run is not None
    (finding,) = font_findings(run)
    start, end = {2: (21, 28), 3: (21, 28), 10: (13, 20), 12: (13, 20), 16: (0, 10)}.get(seed, (0, 28))
    fields = {field.name for field in ZONE.layout.fields if field.line == 1 and start <= field.start < end}
    assert finding.code == "document.font"
    assert finding.field in fields
    assert finding.score == run.score


def test_characters_of_another_size_are_told_where_they_stand() -> None:
    places = {2: "number", 5: "number", 13: "birth_date", 21: "expiry_date"}
    told = [run_on(forgery.overtyped(passport(), seed)) for seed in range(6)]
    assert all(run is not None and run.field in places.values() for run in told)
    assert all(list(font_findings(run)) for run in told)


def test_a_zone_photographed_small_tells_nothing() -> None:
    page = decode(passport(), about="document")
    small = np.asarray(cv2.resize(page, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA), np.uint8)
    boxes = [[quad * np.float32(0.35) for quad in row] for row in rows()]
    assert strangest_run(small, boxes, ZONE) is None
    assert list(font_findings(None)) == []


def test_paper_too_rough_to_compare_letters_tells_nothing() -> None:
    page = decode(passport(), about="document").astype(np.float32)
    noise = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 400, page.shape), (0, 0), 3)
    rough = np.clip(page + noise, 0, 255).astype(np.uint8)
    assert strangest_run(rough, rows(), ZONE) is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-40, 400), min_size=16, max_size=16),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["noise", "white", "page"]),
)
def test_boxes_that_are_anywhere_break_nothing(corners: list[int], seed: int, what: str) -> None:
    image = np.full((200, 300, 3), 255, np.uint8)
    if what == "noise":
        image = np.random.default_rng(seed).integers(0, 256, image.shape, np.uint8)
    elif what == "page":
        image = decode(passport(), about="document")
    quads = np.array(corners, np.float32).reshape(2, 4, 2)
    run = strangest_run(image, [[quads[0]], [quads[1]]], ZONE)
    assert run is None or np.isfinite(run.score)


def scene(angle: float = 0.0, blur: float = 0.8, *, pasted: bool = False) -> NDArray[np.uint8]:
    """A page with print, and a portrait: printed with it and photographed, or laid in afterwards."""
    random = np.random.default_rng(3)
    page = np.full((400, 400), 190, np.float32)
    for stroke in range(20, 380, 6):
        page[340:380, stroke : stroke + 3] = 30
    portrait = 120 + 15 * np.sin(np.arange(240, dtype=np.float32) / 17)[:, None]
    if not pasted:
        page[80:320, 110:290] = portrait
    turn = cv2.getRotationMatrix2D((200, 200), angle, 1)
    turned = cv2.warpAffine(page, turn, (400, 400), borderMode=cv2.BORDER_REPLICATE)
    seen = np.asarray(cv2.GaussianBlur(turned, (0, 0), blur), np.float32)
    if pasted:
        seen[80:320, 110:290] = portrait
    noisy = seen + random.normal(0, 4, seen.shape)
    return np.repeat(np.clip(noisy, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


FACE = (150.0, 130.0, 250.0, 250.0)


def test_edges_one_pixel_sharp_along_the_pixels_are_no_photograph() -> None:
    (finding,) = edge_findings(edge_scores(scene(pasted=True), FACE))
    assert (finding.code, finding.field) == ("document.portrait_pasted", "portrait")
    assert finding.score is not None
    assert finding.score > 20


@pytest.mark.parametrize(("angle", "blur"), [(0, 0.8), (0, 1.2), (1, 0.8), (3, 0.8), (3, 1.2), (90, 0.8)])
def test_a_printed_portrait_has_hard_edges_too_but_a_lens_between(angle: float, blur: float) -> None:
    scores = edge_scores(scene(angle, blur), FACE)
    assert scores["edge"] < 1
    assert list(edge_findings(scores)) == []


def test_a_picture_that_no_lens_has_seen_tells_nothing() -> None:
    """A page as it is drawn, or sharpened throughout, has such edges everywhere."""
    page = decode(passport(), about="document")
    assert edge_scores(page, (150.0, 260.0, 420.0, 560.0)) == {}


def test_one_straight_edge_beside_a_face_is_none() -> None:
    """A photograph laid on a page, a screenshot's frame: a rectangle has two sides at least."""
    image = scene()
    image[:, :105] = 60
    assert list(edge_findings(edge_scores(image, FACE))) == []


def test_a_face_too_small_or_at_the_very_edge_gives_nothing() -> None:
    assert edge_scores(scene(), (150.0, 130.0, 170.0, 150.0)) == {}
    assert edge_scores(scene(), (0.0, 0.0, 40.0, 40.0))["edge"] < 1
    assert list(edge_findings({})) == []


def test_an_honest_photograph_shows_neither_and_keeps_what_was_measured() -> None:
    reading = read(photographed())
    assert signs(reading) == set()
    assert reading.scores["font"] < 2
    assert reading.scores["edge"] < 2


def test_what_was_typed_on_the_page_or_in_the_file_is_noticed_in_the_photograph() -> None:
    """All check digits agree and the print does: nothing but its looks tells."""
    for image in (photograph(retyped(passport(), 2, LOWER), 2), retyped_in_file(passport(), 2, LOWER)):
        reading = read(image)
        assert signs(reading) == {("document.font", "expiry_date")}
        assert set(reading.check_digits.values()) == {"ok"}


def test_a_portrait_pasted_in_the_file_is_noticed_where_its_edge_is_hard() -> None:
    photo = photographed()
    assert signs(read(forgery.pasted_portrait(photo, 1))) == {("document.portrait_pasted", "portrait")}
    assert signs(read(forgery.pasted_portrait(photo, 2))) == set()  # with a soft one: the guide says so
    assert signs(read(photograph(forgery.pasted_portrait(passport(), 1), 1))) == set()  # and photographed


@pytest.mark.slow
def test_no_person_of_the_sandbox_is_sent_to_review() -> None:
    flagged = {
        one.case: found
        for seed, one in enumerate(people.test_people(), 1)
        if (found := signs(read(people.passport_photo(one.person, seed))))
    }
    assert flagged == {}


@pytest.mark.slow
def test_nor_is_a_poor_photograph() -> None:
    poor = Camera(rotation=0.0, perspective=0.0, blur=0.6, noise=8.0, quality=50, size=(1400, 1050))
    assert signs(read(photographed(camera=poor))) == set()


@pytest.mark.slow
@pytest.mark.suite("sample-documents")
def test_specimens_of_states_show_neither(samples_dir: Path) -> None:
    names = sorted((samples_dir / "documents").iterdir())
    assert {path.name: found for path in names if (found := signs(read(path.read_bytes())))} == {}
