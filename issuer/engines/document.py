"""Reads an identity document off one or two photographs or scans.

1. The images are decoded within their caps; what follows is done for each, front or back of a card.
2. Boxes of text are found; their direction tells how the document lies, whatever its rotation.
3. The longest lines are read, upside up or down, until a machine readable zone appears.
4. Where a check digit fails, the zone's lines are cut out and read again in other ways.
5. The other lines, of both sides, are read and compared with the zone, field by field.
6. The document is laid level, and the portrait found and cut out; of two the larger.
7. What was noticed becomes findings; only where reading failed is it asked why (size, blur, glare).
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
from issuer.engines.printed import Printed, compare, names_missing, settle_number
from issuer.engines.quality import blurred_throughout, why_unreadable
from issuer.engines.text import Line, cut_line, direction, orient, upright
from issuer.engines.text import engine_version as text_version
from issuer.engines.zone import Row, Zone, best_zone, looks_like_zone, rows
from issuer.evidence.ports import DocumentReading, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from issuer.engines.faces import FaceFinder
    from issuer.engines.images import Pixels
    from issuer.engines.mrz import Mrz
    from issuer.engines.text import Quad, TextEngine

_SEARCH_SIDES: Final = (1024, 1600)
_LONGEST_FIRST: Final = 6
_PAD: Final = 0.12
_PRINT_PAD: Final = 0.05  # tight: the larger the letters, the better their marks are read
# Other ways of cutting a line out, tried in turn where a check digit fails: padding, and sharpening.
_RETRIES: Final = ((0.0, False), (0.25, False), (0.12, True), (0.3, True))
_SURE: Final = 0.97
_PRINT_SIZE: Final = 0.55  # print lower than this share of the zone's line height is labels and legends
_PORTRAIT_SIDE: Final = 1600
_SIDES: Final = (1, 2)
_MOST_LINES: Final = 60  # of a side without a zone: the longest

ENGINE: Final = "clicid-document"


def version() -> str:
    """Our own version of the reading, and those of what it stands on."""
    return f"1; {text_version()}; {face_version()}"


@dataclass(frozen=True, slots=True)
class _Page:
    """An image in which the direction of the text is known, with the boxes in reading order."""

    image: Pixels
    angle: float
    quads: tuple[Quad, ...]
    lines: tuple[Line, ...]  # of the first boxes, already read

    @property
    def certainty(self) -> float:
        """How surely its lines were read, in sum: upside down they hardly are."""
        return sum(line.score for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Print:
    """The printed lines of one side, and the image they stand in."""

    image: Pixels
    lines: list[Line]


class OcrDocumentReader:
    """`issuer.evidence.ports.DocumentReader` on RapidOCR, OpenCV and dlib."""

    def __init__(self, text: TextEngine, finder: FaceFinder) -> None:
        self._text = text
        self._finder = finder

    def read(self, images: Sequence[bytes], *, today: date) -> DocumentReading:
        """As the port says."""
        started = time.perf_counter()
        if len(images) not in _SIDES:
            raise ValueError("a document has one or two sides")
        sides = [decode(image, about="document") for image in images]
        searched = [self._find_zone(pixels) for pixels in sides]
        # The side that was read best goes first.
        read = sorted(
            ((page, zone) for page, zone in searched if page is not None and zone is not None),
            key=lambda side: (_failed(side[1]), -side[1].score),
        )
        if not read:
            return _unread(self._why_no_zone(sides, [page for page, _ in searched]), started)
        page, zone = read[0]
        pages = [(side, its) for side, its in searched if side is not None]
        prints = [_Print(side.image, self._other_lines(side, its)) for side, its in pages]
        mrz = settle_number(zone.repaired.mrz, [line for part in prints for line in part.lines])
        birth, expiry = birth_date(mrz.birth_date, today), expiry_date(mrz.expiry_date, today)
        printed = self._printed(prints, mrz, birth, expiry)
        fields = document_fields(mrz, printed, birth, expiry)
        findings = [*field_findings(mrz, fields, today), *printed.findings]
        if mrz.number != zone.repaired.mrz.number:
            findings.append(Finding("document.number_from_print", "number"))
        if not mrz.all_checks_pass:
            findings += why_unreadable(page.image, [piece for row in zone.rows for piece in row.pieces])
        if not all(_same_document(zone, other) for _, other in read):
            findings.append(Finding("document.two_documents"))
        portrait = self._portrait([side for side, _ in pages])
        if mrz.layout is TD1 and len(images) == 1 and (portrait is None or names_missing(printed)):
            findings.append(Finding("document.side_missing", "front"))
        elif portrait is None:
            findings.append(Finding("document.portrait_missing"))
        return DocumentReading(
            fields=fields,
            findings=tuple(findings),
            scores={"text": round(zone.score, 4), "seconds": _since(started)},
            check_digits={name: str(check) for name, check in mrz.checks.items()},
            portrait=portrait,
            engine=ENGINE,
            engine_version=version(),
        )

    def _find_zone(self, image: Pixels) -> tuple[_Page | None, Zone | None]:
        seen: _Page | None = None
        best: Zone | None = None
        for longest in _SEARCH_SIDES:
            for page in self._pages(image, longest):
                found = self._best_reading(page)
                if found is not None and (best is None or _failed(found) < _failed(best)):
                    seen, best = page, found
                elif seen is None or (best is None and page.certainty > seen.certainty):
                    seen = page
                if best is not None:
                    break
            if best is not None and (best.repaired.mrz.all_checks_pass or best.score >= _SURE):
                break
            if best is None and blurred_throughout(image):
                break
        return seen, best

    def _pages(self, image: Pixels, longest: int) -> Iterator[_Page]:
        """The image as it lies and the other way up, its longest lines read."""
        boxes = self._text.find(image, longest)
        angle = direction(boxes)
        if angle is None:
            return
        for way in (angle, angle + np.pi):
            quads = tuple(orient(quad, way) for quad in boxes)
            yield _Page(image, way, quads, tuple(self._read(image, quads[:_LONGEST_FIRST], _PAD)))

    def _best_reading(self, page: _Page) -> Zone | None:
        lines = page.lines
        if not any(looks_like_zone(line) for line in lines):
            return None
        readings = [[row] for row in rows(lines, page.angle)]
        zone = best_zone(readings)
        if zone is None:  # a row in pieces, or cut short: the pieces are among the shorter boxes
            more = self._read(page.image, page.quads[_LONGEST_FIRST : 4 * _LONGEST_FIRST], _PAD)
            readings = [[row] for row in rows([*lines, *more], page.angle)]
            zone = best_zone(readings)
        for pad, sharpen in _RETRIES:
            if zone is not None and zone.repaired.mrz.all_checks_pass:
                break
            image = _sharpened(page.image) if sharpen else page.image
            for variants in readings:
                variants.append(self._again(image, variants[0], pad))
            zone = best_zone(readings) or zone
            if zone is not None and all(_settled(variants) for variants in readings):
                break
        return zone

    def _again(self, image: Pixels, row: Row, pad: float) -> Row:
        corners = [piece.corners for piece in row.pieces]
        pieces = self._read(image, corners, pad)
        read = rows(pieces, float(np.arctan2(*(corners[0][1] - corners[0][0])[::-1])))
        return read[0] if read else row

    def _read(self, image: Pixels, quads: Sequence[Quad], pad: float) -> list[Line]:
        texts = self._text.read([cut_line(image, quad, pad) for quad in quads])
        return [Line(quad, text, score) for quad, (text, score) in zip(quads, texts, strict=True) if text]

    def _other_lines(self, page: _Page, zone: Zone | None) -> list[Line]:
        """What is printed besides the side's zone, read; labels and legends, which are smaller, left out."""
        if zone is None:
            return [*page.lines, *self._read(page.image, page.quads[_LONGEST_FIRST:_MOST_LINES], _PRINT_PAD)]
        used = {id(piece.corners) for row in zone.rows for piece in row.pieces}
        size = float(np.median([piece.height for row in zone.rows for piece in row.pieces]))
        known = [line for line in page.lines if id(line.corners) not in used]
        read = used | {id(line.corners) for line in known}
        rest = [quad for quad in page.quads if id(quad) not in read]
        return known + self._read(
            page.image, [q for q in rest if _height(q) >= _PRINT_SIZE * size], _PRINT_PAD
        )

    def _printed(
        self, prints: Sequence[_Print], mrz: Mrz, birth: date | None, expiry: date | None
    ) -> Printed:
        def again(line: Line) -> str:
            image = next(part.image for part in prints if any(line is one for one in part.lines))
            return self._text.read([cut_line(image, line.corners, 0.0)])[0][0]

        def lines() -> list[Line]:
            return [line for part in prints for line in part.lines]

        printed = compare(mrz, lines(), birth=birth, expiry=expiry, again=again)
        if names_missing(printed):
            for part in prints:
                corners = [line.corners for line in part.lines]
                part.lines.extend(self._read(part.image, corners, 4 * _PRINT_PAD))
            printed = compare(mrz, lines(), birth=birth, expiry=expiry, again=again)
        return printed

    def _why_no_zone(self, sides: Sequence[Pixels], pages: Sequence[_Page | None]) -> tuple[Finding, ...]:
        why = [
            finding
            for pixels, page in zip(sides, pages, strict=True)
            for finding in why_unreadable(pixels, page.lines if page else ())
        ]
        alone = pages[0] if len(pages) == 1 else None
        if alone is not None and not why and self._portrait([alone]) is not None:
            why.append(Finding("document.side_missing", "back"))
        return (Finding("document.unreadable"), *why)

    def _portrait(self, pages: Sequence[_Page]) -> bytes | None:
        levels = [upright(page.image, page.angle, _PORTRAIT_SIDE)[0] for page in pages]
        faces = [(face, level) for level in levels for face in self._finder.find(level, small=True)[:1]]
        if not faces:
            return None
        face, level = max(faces, key=lambda pair: pair[0].width)
        left, top, right, bottom = face.box
        margin = round(0.5 * (right - left))
        height, width = level.shape[:2]
        cut = level[
            max(0, top - margin) : min(height, bottom + margin),
            max(0, left - margin) : min(width, right + margin),
        ]
        return to_jpeg(cut)


def _unread(findings: tuple[Finding, ...], started: float) -> DocumentReading:
    return DocumentReading(None, findings, {"seconds": _since(started)}, {}, None, ENGINE, version())


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 3)


def _failed(zone: Zone) -> int:
    return list(zone.repaired.mrz.checks.values()).count(Check.FAILED)


def _same_document(one: Zone, other: Zone) -> bool:
    """Whether two zones are of one document, by the fields that have check digits."""
    first, second = one.repaired.mrz, other.repaired.mrz
    return (first.number, first.birth_date, first.expiry_date) == (
        second.number,
        second.birth_date,
        second.expiry_date,
    )


def _settled(readings: Sequence[Row]) -> bool:
    """Read twice alike and surely: so it stands there, right or wrong."""
    return len({row.text for row in readings}) == 1 and min(row.score for row in readings) >= _SURE


def _height(quad: Quad) -> float:
    return float(np.hypot(*(quad[3] - quad[0])))


def _sharpened(image: Pixels) -> Pixels:
    """Local contrast raised and edges sharpened: helps where light is uneven or focus a little off."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (8, 8)).apply(lab[..., 0])
    even = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    soft = cv2.GaussianBlur(even, (0, 0), 1.5)
    return np.asarray(cv2.addWeighted(even, 1.8, soft, -0.8, 0), np.uint8)
