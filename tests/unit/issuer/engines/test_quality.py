"""How good a photograph is: what a person is told where it was not read, and what is kept where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from issuer.engines.images import decode
from issuer.engines.quality import quality_scores, why_unreadable
from issuer.engines.text import Line
from sandbox.documents.camera import Camera
from tests.support.specimens import photographed

if TYPE_CHECKING:
    from issuer.engines.images import Pixels


def line(left: float, top: float, right: float, bottom: float) -> Line:
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
    return Line(corners, "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", 0.99)


def codes(image: Pixels, *lines: Line) -> set[str]:
    return {finding.code for finding in why_unreadable(image, lines)}


def scene(light: float = 1.0) -> Pixels:
    """A photograph of a specimen, made darker or brighter."""
    pixels = decode(photographed(), about="document").astype(np.float32) * light
    return np.asarray(np.clip(pixels, 0, 255), np.uint8)


ZONE = line(250, 1120, 1750, 1160)


def test_of_a_good_photograph_nothing_is_said() -> None:
    assert codes(scene(), ZONE) == set()


@pytest.mark.parametrize(("light", "dark"), [(0.4, False), (0.15, True), (0.05, True)])
def test_too_dark(light: float, *, dark: bool) -> None:
    assert ("document.too_dark" in codes(scene(light), ZONE)) == dark


def test_too_bright() -> None:
    assert "document.too_bright" in codes(np.full((900, 1200, 3), 254, np.uint8))
    paper = np.full((900, 1200, 3), 255, np.uint8)
    paper[300:600:8] = 0  # print on white paper, as a scan has it
    assert "document.too_bright" not in codes(paper)


@pytest.mark.parametrize(
    "cut",
    [line(0, 1120, 1500, 1160), line(250, 1120, 1999, 1160), line(250, 1470, 1750, 1499)],
    ids=["left", "right", "below"],
)
def test_text_that_goes_on_beyond_the_edge(cut: Line) -> None:
    assert "document.cut" in codes(scene(), cut)


def test_a_document_that_fills_the_picture_is_not_cut() -> None:
    assert "document.cut" not in codes(scene(), line(40, 1400, 1960, 1440))


def test_what_is_measured_follows_the_photograph() -> None:
    sharp, blurred = (
        quality_scores(decode(photographed(camera=camera), about="document"), [ZONE])
        for camera in (Camera(), Camera(blur=4.0))
    )
    assert sharp["sharpness"] > 2 * blurred["sharpness"]
    assert sharp["line_height"] == 40
    assert quality_scores(scene(0.5), [ZONE])["light"] < 0.6 * sharp["light"]
    glaring = scene()
    glaring[500:900, 600:1100] = 255
    assert quality_scores(glaring, [ZONE])["glare"] == pytest.approx(400 * 500 / (2000 * 1500), rel=0.05)
    assert sharp["glare"] == 0
