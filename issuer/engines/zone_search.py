"""Looks for a machine readable zone in a photograph or scan, from the cheapest look to the most thorough."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from issuer.engines.bending import straightened
from issuer.engines.images import LARGEST_SIDE
from issuer.engines.quality import blurred_throughout
from issuer.engines.text import Line, cut_line, directions, lies_along, orient, upright
from issuer.engines.zone import Row, aligned, best_zone, looks_like_zone, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from issuer.engines.images import Pixels
    from issuer.engines.text import Quad, TextEngine
    from issuer.engines.zone import Zone

LONGEST_FIRST: Final = 6
_SEARCH_SIDE: Final = 1024
_CLOSER_SIDE: Final = 1600
_FARTHER_SIDE: Final = 736
_MUCH_HIGHER: Final = 1.6
_PAD: Final = 0.12
# Other ways of cutting the rows out, tried in turn where a check digit fails: padding, and sharpening.
_RETRIES: Final = ((_PAD, False), (0.0, False), (0.25, True), (0.3, True))
_SURE: Final = 0.97
_BUDGET: Final = 4.5
_MOST_ROWS: Final = 8  # the lowest: a zone has two or three, at the foot of its page


@dataclass(frozen=True, slots=True)
class Page:
    """An image in which the direction of the text is known, with the boxes in reading order."""

    image: Pixels
    angle: float
    quads: tuple[Quad, ...]
    lines: tuple[Line, ...]  # of the first boxes, already read

    @property
    def certainty(self) -> float:
        """How surely its lines were read, in sum: upside down they hardly are."""
        return sum(line.score for line in self.lines)


class ZoneSearch:
    """Finds and reads zones with a text engine."""

    def __init__(self, text: TextEngine) -> None:
        self._text = text
        self._until = 0.0

    def find(self, image: Pixels) -> tuple[Page | None, Zone | None]:
        """The page as it lies, and its zone; the page without a zone is the one that was read most surely.

        After `_BUDGET` seconds of this thread's processor time nothing new is begun: what is there counts.
        """
        self._until = time.thread_time() + _BUDGET
        seen, zone = self._look(image, _SEARCH_SIDE)
        if _enough(zone) or (zone is None and blurred_throughout(image)):
            return seen, zone
        if seen is not None:
            level, _ = upright(image, seen.angle, LARGEST_SIDE)
            flat = straightened(level)
            if flat is not None:
                seen, zone = _better((seen, zone), self._look(flat, _SEARCH_SIDE))
        if not _enough(zone) and self._in_time():
            seen, zone = _better((seen, zone), self._look(image, _CLOSER_SIDE))
        return seen, zone

    def _in_time(self) -> bool:
        return time.thread_time() < self._until

    def _look(self, image: Pixels, longest: int) -> tuple[Page | None, Zone | None]:
        seen: Page | None = None
        for page in self._pages(image, longest):
            zone = self._best_reading(page)
            if zone is not None:
                return page, zone
            if seen is None or page.certainty > seen.certainty:
                seen = page
        return seen, None

    def more(self, page: Page) -> list[Quad]:
        """Boxes of text seen from farther away, where what is printed over it hides less; no known ones."""
        boxes = self._text.find(page.image, _FARTHER_SIDE)
        along = [orient(quad, page.angle) for quad in boxes if lies_along(quad, page.angle)]
        return [quad for quad in along if not any(_within(quad, known) for known in page.quads)]

    def read(self, image: Pixels, quads: Sequence[Quad], pad: float) -> list[Line]:
        """The lines in these boxes, each cut out with `pad` times its height added."""
        texts = self._text.read([cut_line(image, quad, pad) for quad in quads])
        return [Line(quad, *read) for quad, read in zip(quads, texts, strict=True) if read.text]

    def _pages(self, image: Pixels, longest: int) -> Iterator[Page]:
        """The image as it lies and the other way up, its longest lines read."""
        boxes = self._text.find(image, longest)
        for angle in directions(boxes):
            along = [quad for quad in boxes if lies_along(quad, angle)]
            for way in (angle, angle + np.pi):
                if not self._in_time():
                    return
                quads = tuple(orient(quad, way) for quad in along)
                yield Page(image, way, quads, tuple(self.read(image, quads[:LONGEST_FIRST], _PAD)))

    def _best_reading(self, page: Page) -> Zone | None:
        lines = page.lines
        if not any(looks_like_zone(line) for line in lines):
            return None
        found = rows(lines, page.angle)[-_MOST_ROWS:]
        zone = best_zone([[row] for row in found])
        if zone is None:  # a row in pieces, or cut short: the pieces are among the shorter boxes
            more = self.read(page.image, page.quads[LONGEST_FIRST : 4 * LONGEST_FIRST], _PAD)
            found = rows([*lines, *more], page.angle)[-_MOST_ROWS:]
            zone = best_zone([[row] for row in found])
        if not found or (zone is not None and zone.repaired.mrz.all_checks_pass):
            return zone
        return self._read_again(page, found, zone)

    def _read_again(self, page: Page, found: Sequence[Row], zone: Zone | None) -> Zone | None:
        readings = [[row] for row in found]
        boxes = aligned(found, page.angle)
        for pad, sharpen in _RETRIES:
            if not self._in_time():
                break
            image = _sharpened(page.image) if sharpen else page.image
            for variants, box in zip(readings, boxes, strict=True):
                variants.extend(rows(self.read(image, [box], pad), page.angle))
            zone = best_zone(readings) or zone
            if zone is not None and zone.repaired.mrz.all_checks_pass:
                break
            if zone is not None and all(_settled(variants) for variants in readings):
                break
        return zone


def _within(quad: Quad, known: Quad) -> bool:
    """Whether the middle of a box lies in another that is not much higher."""
    x, y = quad.mean(axis=0)
    heights = [float(np.hypot(*(box[3] - box[0]))) for box in (quad, known)]
    inside = cv2.pointPolygonTest(known, (float(x), float(y)), measureDist=False) >= 0
    return inside and heights[1] < _MUCH_HIGHER * heights[0]


def _enough(zone: Zone | None) -> bool:
    """Whether looking closer is no use: the zone is right, or was read so surely that it is wrong itself."""
    return zone is not None and (zone.repaired.mrz.all_checks_pass or zone.score >= _SURE)


def _better(
    one: tuple[Page | None, Zone | None], other: tuple[Page | None, Zone | None]
) -> tuple[Page | None, Zone | None]:
    """The look with fewer failed check digits; of two without a zone the one read more surely."""
    (page, zone), (further, its) = one, other
    if zone is not None and its is not None:
        misread = zone.misread | its.misread
        if its.failed < zone.failed:
            page, zone = further, its
        return page, replace(zone, misread=misread)
    if one[1] is None and other[1] is None and one[0] is not None and other[0] is not None:
        return other if other[0].certainty > one[0].certainty else one
    return one if one[1] is not None or other[0] is None else other


def _settled(readings: Sequence[Row]) -> bool:
    """Read twice alike and surely: so it stands there, right or wrong."""
    return (
        len(readings) > 1
        and len({row.text for row in readings}) == 1
        and min(row.score for row in readings) >= _SURE
    )


def _sharpened(image: Pixels) -> Pixels:
    """Local contrast raised and edges sharpened: helps where light is uneven or focus a little off."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (8, 8)).apply(lab[..., 0])
    even = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    soft = cv2.GaussianBlur(even, (0, 0), 1.5)
    return np.asarray(cv2.addWeighted(even, 1.8, soft, -0.8, 0), np.uint8)
