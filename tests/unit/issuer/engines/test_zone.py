"""Rows of a zone put together from boxes, whatever the angle, and the geometry of lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from issuer.engines.text import Line, TextEngine, cut_line, directions, lies_along, orient, upright
from issuer.engines.zone import aligned, best_zone, looks_like_zone, rows, runs_off
from issuer.engines.zone_search import Page, ZoneSearch
from sandbox.documents.mrz_lines import td3_lines
from tests.support.marks import marks_of
from tests.support.specimens import PERSON

if TYPE_CHECKING:
    from issuer.engines.images import Pixels
    from issuer.engines.marks import Marks
    from issuer.engines.text import Quad
    from issuer.engines.zone import Row

UPPER, LOWER = td3_lines(PERSON)


def line(text: str, left: float, top: float, angle: float = 0.0, score: float = 0.9) -> Line:
    wide = 10.0 * len(text)
    corners = np.array([(left, top), (left + wide, top), (left + wide, top + 20), (left, top + 20)])
    turn = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    return Line((corners @ turn).astype(np.float32), text, score)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 2, np.pi, -2.0])
def test_pieces_become_rows_at_any_angle(angle: float) -> None:
    pieces = [
        line(LOWER[30:], 300, 40, angle, 0.8),
        line("UTOPIA", 0, -100, angle),
        line(UPPER, 0, 0, angle),
        line(LOWER[:30], 0, 43, angle),
    ]
    found = rows(pieces, angle)
    assert [row.text for row in found] == [UPPER, LOWER]
    zone = best_zone([[row] for row in found])
    assert zone is not None
    assert zone.repaired.mrz.lines == (UPPER, LOWER)
    assert zone.score == 0.8


def test_the_best_of_several_readings_is_taken() -> None:
    wrong = rows([line(LOWER.replace("UT4071852", "UT4071862"), 0, 43)], 0.0)
    right = rows([line(LOWER, 0, 43)], 0.0)
    upper = rows([line(UPPER, 0, 0)], 0.0)
    zone = best_zone([upper, [*wrong, *right]])
    assert zone is not None
    assert zone.repaired.mrz.all_checks_pass
    assert zone.misread == {"UT4071862"}
    alone = best_zone([upper, right])
    assert alone is not None
    assert not alone.misread
    assert best_zone([upper, wrong]) is not None
    assert best_zone([upper]) is None
    assert best_zone([]) is None


@pytest.mark.parametrize(
    ("text", "may_be"),
    [
        (UPPER, True),
        (LOWER, True),
        (LOWER[:30], True),
        ("UTOPIA", False),
        ("P<UTO<X", True),
        ("a<b<é<c", False),
    ],
)
def test_what_may_be_of_a_zone(text: str, may_be: bool) -> None:
    assert looks_like_zone(line(text, 0, 0)) is may_be


@pytest.mark.parametrize("degrees", [-80, -30, 0, 17, 60, 89])
def test_direction_and_reading_order(degrees: int) -> None:
    angle = float(np.deg2rad(degrees))
    quads = [
        np.roll(line("A" * 20, 0, y, angle).corners, shift, axis=0) for shift, y in enumerate((0, 40, 90))
    ]
    (seen,) = directions(quads)
    assert np.cos(2 * (seen - angle)) > 0.999
    for quad, y in zip(quads, (0, 40, 90), strict=True):
        np.testing.assert_allclose(orient(quad, angle), line("A" * 20, 0, y, angle).corners, atol=1e-3)
        np.testing.assert_allclose(orient(quad[::-1], angle), line("A" * 20, 0, y, angle).corners, atol=1e-3)
    assert directions([]) == []
    assert directions([np.array([(0, 0), (9, 0), (9, 9), (0, 9)], np.float32)]) == []


def test_two_pages_whose_text_runs_across_each_other() -> None:
    turned = [line("A" * 30, 0, y, np.pi / 2).corners for y in (0, 40, 80)]
    level = [line("A" * 25, 300, y).corners for y in (0, 40)]
    along, across = directions([*level, *turned])
    assert abs(np.cos(2 * along) + 1) < 1e-3
    assert abs(np.cos(2 * across) - 1) < 1e-3
    assert [lies_along(quad, across) for quad in (*level, *turned)] == [True, True, False, False, False]
    few = line("A" * 5, 300, 0).corners
    assert len(directions([few, *turned])) == 1


def test_a_line_is_cut_out_straight_and_the_page_laid_level() -> None:
    page = np.full((200, 300, 3), 255, np.uint8)
    page[90:110, 50:250] = (200, 0, 0)
    box = np.array([(50, 90), (250, 90), (250, 110), (50, 110)], np.float32)
    cut = cut_line(page, box, 0.0)
    assert cut.shape == (48, 480, 3)
    assert (cut[4:-4, 4:-4] == (200, 0, 0)).all()
    padded = cut_line(page, box, 0.5)
    assert (padded[:8] == 255).all()
    level, turn = upright(np.rot90(page, 3), np.pi / 2, 1000)
    assert level.shape == page.shape
    assert (level[100, 150] == (200, 0, 0)).all()
    assert turn.shape == (2, 3)


def seen(text: str, top: float, marks: Marks) -> Row:
    """A row of which other text was read than its marks tell."""
    return rows([replace(line(text, 0, top), marks=marks)], 0.0)[0]


def test_what_was_seen_makes_a_zone_where_the_text_read_freely_does_not() -> None:
    upper = seen(UPPER.replace("<<<<", "<<KK"), 0, marks_of(UPPER))
    lost = LOWER[:5] + LOWER[6:]
    lower = seen(lost, 43, marks_of(LOWER))
    without_marks = best_zone([[upper], rows([line(lost, 0, 43)], 0.0)])
    assert without_marks is None or without_marks.failed
    zone = best_zone([[upper], [lower]])
    assert zone is not None
    assert zone.repaired.mrz.lines == (UPPER, LOWER)
    assert zone.repaired.repairs == ("line 1", "line 2")
    assert zone.failed == 0


def test_other_text_is_not_bent_into_a_zone() -> None:
    """A line that fits no format, and one in which most check digits fail, are none."""
    vague = np.full((140, 38), 1 / 38, np.float32)
    assert best_zone([[seen(UPPER, 0, marks_of(UPPER))], [seen("A" * 43, 43, vague)]]) is None
    digits = "".join(chr(ord("0") + place % 10) for place in range(44))
    assert best_zone([[seen(UPPER, 0, marks_of(UPPER))], [seen(digits[:43], 43, marks_of(digits))]]) is None


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi])
def test_rows_are_laid_to_common_ends(angle: float) -> None:
    """A row in pieces becomes one box, one cut short is as long as the others; a much shorter one stays."""
    found = rows(
        [
            line(UPPER[:20], 0, 0, angle),
            line(UPPER[24:], 240, 0, angle),
            line(LOWER[:-4], 0, 43, angle),
            line(LOWER[:26], 20, 100, angle),
        ],
        angle,
    )
    upper, lower, short = aligned(found, angle)
    np.testing.assert_allclose(upper, line(UPPER, 0, 0, angle).corners, atol=1e-3)
    np.testing.assert_allclose(lower, line(LOWER, 0, 43, angle).corners, atol=1e-3)
    np.testing.assert_allclose(short, line(LOWER[:26], 20, 100, angle).corners, atol=1e-3)


VISA = "VPUTO" + UPPER[5:], LOWER[:28] + 16 * "<"


@pytest.mark.parametrize("upside_down", [False, True])
@pytest.mark.parametrize(
    ("columns", "room", "off"),
    [
        (36, 5, True),
        (36, 25, False),  # of the shorter format, and whole
        (44, 5, False),
    ],
)
def test_a_zone_that_may_be_cut_off_at_the_edge(
    columns: int, room: int, *, upside_down: bool, off: bool
) -> None:
    """What is left of a longer visa passes all its check digits as the shorter one."""
    page = np.zeros((100, 20 + 10 * columns + room, 3), np.uint8)
    lines = [line(text[:columns], 20, top) for text, top in zip(VISA, (10, 53), strict=True)]
    if upside_down:
        size = np.array(page.shape[1::-1], np.float32)
        lines = [replace(one, corners=size - one.corners) for one in lines]
    zone = best_zone([[row] for row in rows(lines, np.pi if upside_down else 0.0)])
    assert zone is not None
    assert zone.repaired.mrz.all_checks_pass
    assert zone.repaired.mrz.layout.name == ("MRV-B" if columns == 36 else "MRV-A")
    assert runs_off(zone, page) is off


class FromAfar(TextEngine):
    """Finds given boxes and loads nothing."""

    def __init__(self, boxes: list[Quad]) -> None:
        self._boxes = boxes

    def find(self, image: Pixels, longest: int) -> list[Quad]:
        assert longest < max(image.shape)
        return self._boxes


def test_from_farther_away_only_what_was_not_found_before_is_looked_at() -> None:
    """A stamp that lies over a name is a box of its own, and the name is not known by it."""
    page_image = np.zeros((800, 1000, 3), np.uint8)
    found, missed = line("MEULENDIJK", 10, 100).corners, line("LOES ALBERTINE", 10, 200).corners
    stamp = np.array([(0, 150), (300, 150), (300, 260), (0, 260)], np.float32)
    across = line("M" * 9, 10, 300, np.pi / 2).corners + np.float32(400)
    page = Page(page_image, 0.0, (found, stamp), ())
    (more,) = ZoneSearch(FromAfar([found + np.float32(2), missed, across])).more(page)
    np.testing.assert_allclose(more, missed)
