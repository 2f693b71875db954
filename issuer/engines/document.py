"""Reads an identity document off one or two photographs or scans.

1. The images are decoded within their caps; what follows is done for each, front or back of a card.
2. Boxes of text are found; their direction tells how the document lies, whatever its rotation.
3. The longest lines are read, upside up or down, until a machine readable zone appears.
4. Where a check digit fails, the zone's lines are cut out and read again in other ways.
5. The other lines, of both sides, are read and compared with the zone, field by field.
6. The document is laid level, and the portrait found and cut out; of two the larger.
7. The photograph's quality and the signs of forgery are measured.
8. What was noticed becomes findings; only where reading failed is it asked why (size, blur, glare).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from issuer.engines.faces import engine_version as face_version
from issuer.engines.fields import document_fields, field_findings
from issuer.engines.images import decode, to_jpeg
from issuer.engines.mrz import Check, birth_date, expiry_date
from issuer.engines.mrz_layout import TD1
from issuer.engines.mrz_settling import settle
from issuer.engines.printed import Printed, compare, in_print, names_missing, settle_number
from issuer.engines.quality import quality_scores, why_unreadable
from issuer.engines.signs.colour import colour_findings, colour_scores
from issuer.engines.signs.edge import edge_findings, edge_scores
from issuer.engines.signs.fields import field_signs
from issuer.engines.signs.font import font_findings, strangest_run
from issuer.engines.signs.metadata import metadata_findings
from issuer.engines.signs.raster import raster_findings, raster_scores
from issuer.engines.text import engine_version as text_version
from issuer.engines.text import upright
from issuer.engines.zone import runs_off
from issuer.engines.zone_search import LONGEST_FIRST, Page, ZoneSearch
from issuer.evidence.ports import DocumentReading, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from issuer.engines.faces import FaceFinder
    from issuer.engines.images import Pixels
    from issuer.engines.mrz import Mrz
    from issuer.engines.text import Line, Quad, TextEngine
    from issuer.engines.zone import Zone

_PRINT_PAD: Final = 0.05  # tight: the larger the letters, the better their marks are read
_LOOKS: Final = (
    0.0,
    0.25,
)  # a name is read again as large as can be, and with all that stands above its letters
_PRINT_SIZE: Final = 0.55  # print lower than this share of the zone's line height is labels and legends
_PORTRAIT_SIDE: Final = 1600
_AROUND: Final = 0.25  # of the face's width: hair and shoulders, but little of the page
_SIDES: Final = (1, 2)
_MOST_LINES: Final = 60  # of a side, besides its zone: the longest

ENGINE: Final = "clicid-document"


def version() -> str:
    """Our own version of the reading, and those of what it stands on."""
    return f"1; {text_version()}; {face_version()}"


@dataclass(frozen=True, slots=True)
class _Print:
    """The printed lines of one side, and the page they stand on."""

    page: Page
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class _Portrait:
    """The portrait cut out upright, and as the photograph has it: the face, a little around it, and where.

    Args:
        cut: Upright.
        seen: Neither turned nor scaled.
        image: The photograph.
        box: The face in it: left, top, right, bottom.
    """

    cut: Pixels
    seen: Pixels
    image: Pixels
    box: tuple[float, float, float, float]


class OcrDocumentReader:
    """`issuer.evidence.ports.DocumentReader` on RapidOCR, OpenCV and dlib."""

    def __init__(self, text: TextEngine, finder: FaceFinder) -> None:
        self._text = text
        self._search = ZoneSearch(text)
        self._finder = finder

    def read(self, images: Sequence[bytes], *, today: date) -> DocumentReading:
        """As the port says."""
        started = time.perf_counter()
        if len(images) not in _SIDES:
            raise ValueError("a document has one or two sides")
        sides = [decode(image, about="document") for image in images]
        searched = [self._search.find(pixels) for pixels in sides]
        # The side that was read best goes first.
        read = sorted(
            ((page, zone) for page, zone in searched if page is not None and zone is not None),
            key=lambda side: (side[1].failed, -side[1].score),
        )
        if not read:
            return _unread(self._why_no_zone(sides, [page for page, _ in searched]), started)
        page, zone = read[0]
        pages = [(side, its) for side, its in searched if side is not None]
        prints = [_Print(side, self._other_lines(side, its)) for side, its in pages]
        lines = [line for part in prints for line in part.lines]
        mrz, settling = settled_zone(zone, lines)
        birth, expiry = birth_date(mrz.birth_date, today), expiry_date(mrz.expiry_date, today)
        printed = self._printed(prints, mrz, birth, expiry)
        fields = document_fields(mrz, printed, birth, expiry)
        findings = [*field_findings(mrz, fields, today), *settling, *printed.findings]
        findings += field_signs(mrz, lines, birth=birth, expiry=expiry, today=today)
        rows = [piece for row in zone.rows for piece in row.pieces]
        if not mrz.all_checks_pass:
            findings += why_unreadable(page.image, rows)
        if runs_off(zone, page.image):
            findings.append(Finding("document.cut"))
        if not all(_same_document(zone, other) for _, other in read):
            findings.append(Finding("document.two_documents"))
        portrait = self._portrait([side for side, _ in pages])
        if mrz.layout is TD1 and len(images) == 1 and (portrait is None or names_missing(printed)):
            findings.append(Finding("document.side_missing", "front"))
        elif portrait is None:
            findings.append(Finding("document.portrait_missing"))
        run = strangest_run(page.image, [[piece.corners for piece in row.pieces] for row in zone.rows], mrz)
        scores = {
            **quality_scores(page.image, rows),
            **colour_scores(page.image, [line.corners for line in (*rows, *page.lines)]),
            **({"font": run.score} if run else {}),
            **(raster_scores(portrait.seen) if portrait else {}),
            **(edge_scores(portrait.image, portrait.box) if portrait else {}),
        }
        findings += [*font_findings(run), *colour_findings(scores)]
        findings += [*raster_findings(scores), *edge_findings(scores)]
        findings += {finding for image in images for finding in metadata_findings(image)}
        return DocumentReading(
            fields=fields,
            findings=tuple(findings),
            scores={"text": round(zone.score, 4), **scores, "seconds": _since(started)},
            check_digits={name: str(check) for name, check in mrz.checks.items()},
            portrait=to_jpeg(portrait.cut) if portrait else None,
            engine=ENGINE,
            engine_version=version(),
        )

    def _other_lines(self, page: Page, zone: Zone | None) -> list[Line]:
        """What is printed besides the side's zone, read; labels and legends, which are smaller, left out."""
        if zone is None:
            return [
                *page.lines,
                *self._search.read(page.image, page.quads[LONGEST_FIRST:_MOST_LINES], _PRINT_PAD),
            ]
        used = {id(piece.corners) for row in zone.rows for piece in row.pieces}
        size = float(np.median([piece.height for row in zone.rows for piece in row.pieces]))
        known = [line for line in page.lines if id(line.corners) not in used]
        read = used | {id(line.corners) for line in known}
        rest = [quad for quad in page.quads if id(quad) not in read and _height(quad) >= _PRINT_SIZE * size]
        return known + self._search.read(page.image, rest[:_MOST_LINES], _PRINT_PAD)

    def _printed(
        self, prints: Sequence[_Print], mrz: Mrz, birth: date | None, expiry: date | None
    ) -> Printed:
        def again(line: Line) -> list[Line]:
            page = next(part.page for part in prints if any(line is one for one in part.lines))
            return [look for pad in _LOOKS for look in self._search.read(page.image, [line.corners], pad)]

        def lines() -> list[Line]:
            return [line for part in prints for line in part.lines]

        printed = compare(mrz, lines(), birth=birth, expiry=expiry, again=again)
        if names_missing(printed):
            for part in prints:
                image, known = part.page.image, [line.corners for line in part.lines]
                part.lines.extend(self._search.read(image, known, 4 * _PRINT_PAD))
                part.lines.extend(self._search.read(image, self._search.more(part.page), _PRINT_PAD))
            printed = compare(mrz, lines(), birth=birth, expiry=expiry, again=again)
        return printed

    def _why_no_zone(self, sides: Sequence[Pixels], pages: Sequence[Page | None]) -> tuple[Finding, ...]:
        why = [
            finding
            for pixels, page in zip(sides, pages, strict=True)
            for finding in why_unreadable(pixels, page.lines if page else ())
        ]
        alone = pages[0] if len(pages) == 1 else None
        if alone is not None and not why and self._portrait([alone]) is not None:
            why.append(Finding("document.side_missing", "back"))
        return (Finding("document.unreadable"), *why)

    def _portrait(self, pages: Sequence[Page]) -> _Portrait | None:
        found = [
            (face, page, level, turn)
            for page in pages
            for level, turn in [upright(page.image, page.angle, _PORTRAIT_SIDE)]
            for face in self._finder.find(level, small=True)[:1]
        ]
        if not found:
            return None
        face, page, level, turn = max(found, key=lambda one: one[0].width)
        left, top, right, bottom = face.box
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
        back = cv2.transform(corners[None], cv2.invertAffineTransform(turn))[0]
        side = float(np.hypot(*(back[1] - back[0])))
        (left, top), (right, bottom) = back.min(axis=0), back.max(axis=0)
        return _Portrait(
            cut=_box(level, corners, 0.5 * face.width),
            seen=_box(page.image, back, _AROUND * side),
            image=page.image,
            box=(float(left), float(top), float(right), float(bottom)),
        )


def _unread(findings: tuple[Finding, ...], started: float) -> DocumentReading:
    return DocumentReading(None, findings, {"seconds": _since(started)}, {}, None, ENGINE, version())


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 3)


def settled_zone(zone: Zone, lines: Sequence[Line]) -> tuple[Mrz, list[Finding]]:
    """The zone, what its failing check digits leave open settled, and what is to be noticed about that."""
    read = zone.repaired.mrz
    from_print = [Finding("document.number_from_print", "number")]
    mrz = settle_number(read, lines)
    if mrz is not read:
        return mrz, from_print
    if read.all_checks_pass and zone.misread - {read.number} and not in_print(read.number, lines):
        return read, [Finding("document.mrz_settled", "number")]
    if read.all_checks_pass or (read.checks["number"] is Check.FAILED and in_print(read.number, lines)):
        return read, []  # right, or wrong on the document itself
    settled = settle(read, zone.doubts)
    if settled is None:
        return read, []
    if settled.fields == ("number",) and in_print(settled.mrz.number, lines):
        return settled.mrz, from_print
    score = float(settled.exchanges)
    return settled.mrz, [Finding("document.mrz_settled", field, score) for field in settled.fields]


def _same_document(one: Zone, other: Zone) -> bool:
    """Whether two zones are of one document, by the fields that have check digits."""
    first, second = one.repaired.mrz, other.repaired.mrz
    return (first.number, first.birth_date, first.expiry_date) == (
        second.number,
        second.birth_date,
        second.expiry_date,
    )


def _box(image: Pixels, corners: NDArray[np.float64], margin: float) -> Pixels:
    """What lies between the corners, upright in the image, and so many pixels around."""
    height, width = image.shape[:2]
    (left, top), (right, bottom) = corners.min(axis=0) - margin, corners.max(axis=0) + margin
    return image[
        max(0, round(top)) : min(height, round(bottom)), max(0, round(left)) : min(width, round(right))
    ]


def _height(quad: Quad) -> float:
    return float(np.hypot(*(quad[3] - quad[0])))
