"""Characters of the zone that are not set as the rest of their line: another font, weight, size or pitch.

A line of a zone is in one font, OCR-B, at one pitch, printed in one go. Of each letter and digit is measured
where it stands in its cell, how high and wide it is and how much ink it has; what OCR-B itself gives the
character is taken off, and what the whole line shares (light, blur, perspective) is fitted and taken off as
well. What remains is small throughout a line that was printed in one go. Several characters side by side
that are all off in the same way were set by somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from issuer.engines.signs.ocr_b import OCR_B
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from issuer.engines.images import Pixels
    from issuer.engines.mrz import Mrz
    from issuer.engines.text import Quad

    Floats = NDArray[np.float64]

_OTHER: Final = 4.2
_PITCH: Final = 20  # pixels of a line laid straight, from character to character
_HEIGHT: Final = 44
_BEFORE: Final = 0.8  # characters' widths of room before the line, and after it
_LEAST_PITCH: Final = 12.0  # pixels of the photograph: below it, blur says more about a letter than its font
_LEAST_LETTERS: Final = 10
_INK: Final = 3  # the measures before it are places, those from it on sizes
_FAINT: Final = 0.12  # of the ink of a stroke: less is paper
_EDGES: Final = (0.06, 0.94)  # shares of a letter's ink that lie before its edges
_ROOM: Final = 4.0  # pixels above and below the line's letters
_RUNS: Final = (3, 4, 5, 6, 7, 8, 10, 14)  # characters; a field has up to nine, and its check digit
_LETTERS: Final = 0.7  # of a run: fillers are alike in every font
_ENOUGH: Final = 12  # characters: more of them make a run no surer
_NOISE: Final = 0.03  # of a pitch: what genuine lines' measures differ by
_MISCOUNTED: Final = 0.4  # so far off its place is only what was counted for another character
_UNEVEN: Final = 0.04  # of a pitch: the measures of a line that is too rough to tell anything


@dataclass(frozen=True, slots=True)
class Run:
    """The characters of a zone that differ most from the rest of their line.

    Args:
        score: By how many times the usual difference, over all measures together.
        field: The field that most of them are in.
    """

    score: float
    field: str


def strangest_run(image: Pixels, rows: Sequence[Sequence[Quad]], mrz: Mrz) -> Run | None:
    """Where a zone differs most from itself.

    Args:
        image: The photograph.
        rows: For each line of the zone the boxes that it was found in, left to right.
        mrz: The zone, as it was read.

    Returns:
        None where no line is large and even enough to tell.
    """
    best: Run | None = None
    for number, (quads, text) in enumerate(zip(rows, mrz.lines, strict=True)):
        letters = _Letters.of(image, quads, text)
        if letters is None:
            continue
        score, start, end = _strangest(letters)
        if best is None or score > best.score:
            shared = {
                field.name: min(end, field.start + field.width) - max(start, field.start)
                for field in mrz.layout.fields
                if field.line == number
            }
            best = Run(round(score, 2), max(shared, key=lambda name: shared[name]))
    return best


def font_findings(run: Run | None) -> Iterator[Finding]:
    """Characters in another font, by the run's score."""
    if run is not None and run.score >= _OTHER:
        yield Finding("document.font", run.field, run.score)


@dataclass(frozen=True, slots=True)
class _Letters:
    """How far each character is off what its line lets expect; NaN for fillers and what was not found.

    Args:
        off: n by 5, of a pitch: place, upper edge, lower edge, ink, width.
        noise: 5: how much neighbours differ.
    """

    off: Floats
    noise: Floats

    @classmethod
    def of(cls, image: Pixels, quads: Sequence[Quad], text: str) -> _Letters | None:
        """The line's letters; None where they cannot be compared."""
        strip, pitch = _strip(image, quads, len(text))
        if pitch < _LEAST_PITCH:
            return None
        ink = _ink(strip)
        bounds, step = _cells(ink, len(text))
        usual = np.array([OCR_B.get(character, (0,) * 5) for character in text]) / 1000
        letter = np.array([character in OCR_B for character in text])
        measured = _measured(ink, bounds) / (step, step, step, step * step, step)
        found = np.isfinite(measured[:, 0])
        there = found & letter
        if there.sum() < _LEAST_LETTERS:
            return None
        off = np.full((len(text), 5), np.nan)
        along = np.linspace(-1, 1, len(text))
        for measure in range(5):
            shared = [np.ones(len(text)), along, ~letter]
            if measure < _INK:
                shared.append(along * along)
            else:  # how bold the line is, and how wide its letters are, is its own
                shared.append(np.where(letter, usual[:, measure] - usual[there, measure].mean(), 0))
            rest = measured[:, measure] - usual[:, measure]
            off[found, measure] = _unshared(np.stack(shared, 1)[found], rest[found])
        off[~letter] = np.nan
        noise = np.median(np.abs(np.diff(off[there], axis=0)), axis=0) / 0.95
        uneven = noise.max() > _UNEVEN or np.abs(off[there, 0]).max() > _MISCOUNTED
        return None if uneven else cls(off, np.asarray(noise, np.float64))


def _strip(image: Pixels, quads: Sequence[Quad], count: int) -> tuple[NDArray[np.float32], float]:
    """The line laid straight, grey, and the pixels of the photograph from character to character."""
    (top, bottom), (top_end, bottom_end) = quads[0][[0, 3]], quads[-1][[1, 2]]
    begin, end = (top + bottom) / 2, (top_end + bottom_end) / 2
    pitch = max(1.0, float(np.hypot(*(end - begin))) / count)
    along = (end - begin) / count
    down = np.array((-along[1], along[0])) * _HEIGHT / 2 / _PITCH
    before = _BEFORE * along
    corners = np.array(
        [begin - before - down, end + before - down, end + before + down, begin - before + down]
    )
    width = round((count + 2 * _BEFORE) * _PITCH)
    target = np.array([(0, 0), (width, 0), (width, _HEIGHT), (0, _HEIGHT)], np.float32)
    lie = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    kind = cv2.INTER_CUBIC if pitch <= _PITCH else cv2.INTER_AREA
    cut = cv2.warpPerspective(image, lie, (width, _HEIGHT), flags=kind, borderMode=cv2.BORDER_REPLICATE)
    return cv2.cvtColor(cut, cv2.COLOR_RGB2GRAY).astype(np.float32), pitch


def _ink(strip: NDArray[np.float32]) -> NDArray[np.float32]:
    """How dark each pixel is against the paper around it: 1 in the middle of a stroke."""
    paper = cv2.dilate(cv2.GaussianBlur(strip, (0, 0), 1.0), np.ones((11, 15), np.uint8))
    dark = np.maximum(cv2.GaussianBlur(paper, (0, 0), 6) - strip, 0)
    return np.asarray(dark / max(1.0, float(np.percentile(dark, 93))), np.float32)


def _cells(ink: NDArray[np.float32], count: int) -> tuple[NDArray[np.int64], float]:
    """Where one character's cell ends and the next begins, and the distance between them."""
    profile = cv2.GaussianBlur(ink[11:-11].sum(axis=0)[None], (0, 0), 1.2)[0]
    # Ink half a cell on and none here is what the beginning of a cell looks like; the last one's end is none.
    inside = np.roll(cv2.blur(profile[None], (_PITCH // 2 - 1, 1))[0], -_PITCH // 2)
    begins = np.append(inside - profile, 0)
    place = np.arange(count + 1)
    bow = 4 * place / count * (1 - place / count)  # by perspective: in cells, at the middle

    def likeliest(starts: Floats, steps: Floats, bows: Floats) -> tuple[float, float, float]:
        at = starts[:, None, None, None] + steps[:, None, None] * (place + bows[:, None] * bow)
        spots = np.clip(np.round(at[..., :-1]), 0, len(profile)).astype(np.int64)
        seen = begins[spots].sum(axis=-1)
        start, step, bent = np.unravel_index(int(seen.argmax()), seen.shape)
        return float(starts[start]), float(steps[step]), float(bows[bent])

    start, step, bent = likeliest(
        np.arange(0.0, 6 * _PITCH, 2), np.linspace(0.86, 1.04, 37) * _PITCH, np.linspace(-1, 1, 5)
    )
    nearer = np.add.outer(np.array((-_PITCH, 0, _PITCH)), np.arange(-3, 4)).ravel()
    start, step, bent = likeliest(
        start + nearer, step + np.linspace(-0.25, 0.25, 9), bent + np.linspace(-0.4, 0.4, 9)
    )
    near = round(0.22 * _PITCH)
    bounds = [
        min(
            range(max(0, middle - near), min(len(profile) - 1, middle + near) + 1),
            key=lambda spot: profile[spot] + 0.02 * abs(spot - middle),
            default=len(profile) - 1,
        )
        for middle in np.round(start + step * (place + bent * bow)).astype(int)
    ]
    return np.array(bounds), step


def _measured(ink: NDArray[np.float32], bounds: NDArray[np.int64]) -> Floats:
    """Of each cell: middle across, upper and lower edge, ink and width, in pixels."""
    ink = np.where(ink < _FAINT, 0, ink)
    count = len(bounds) - 1
    place = np.arange(count)
    found = _edges(ink, bounds, np.full(count, _ROOM), np.full(count, _HEIGHT - _ROOM))
    there = np.isfinite(found[:, 1])
    if there.sum() < _LEAST_LETTERS:
        return found
    # Nearer now, so that nothing above or below the line counts.
    level = np.polyfit(place[there], (found[there, 1] + found[there, 2]) / 2, 1)
    middle = np.polyval(level, place)
    middle += np.median((found[there, 1] + found[there, 2]) / 2 - middle[there])
    half = np.median(found[there, 2] - found[there, 1]) / 2 + _ROOM
    return _edges(ink, bounds, middle - half, middle + half)


def _edges(ink: NDArray[np.float32], bounds: NDArray[np.int64], top: Floats, bottom: Floats) -> Floats:
    found = np.full((len(top), 5), np.nan)
    for place, (left, right) in enumerate(pairwise(bounds)):
        first, last = max(0, round(top[place])), min(_HEIGHT, round(bottom[place]))
        cell = ink[first:last, left : max(right, left + 2)]
        total = float(cell.sum())
        if total < _PITCH / 2:
            continue
        (begin, end), (upper, lower) = _spread(cell.sum(axis=0)), _spread(cell.sum(axis=1))
        found[place] = left + (begin + end) / 2, first + upper, first + lower, total, end - begin
    return found


def _spread(profile: NDArray[np.float32]) -> Floats:
    """Between where and where most of it lies."""
    heaped = np.concatenate(([0], np.cumsum(profile)))
    return np.asarray(np.interp(np.array(_EDGES) * heaped[-1], heaped, np.arange(len(heaped))))


def _unshared(shared: Floats, values: Floats) -> Floats:
    """What is left of the values beside what most of them share (least squares, outliers weighed less)."""
    weights = np.ones(len(values))
    rest = values
    for _ in range(10):
        found = np.linalg.lstsq(shared * weights[:, None], values * weights, rcond=None)[0]
        rest = values - shared @ found
        usual = max(1e-3, 1.5 * float(np.median(np.abs(rest))))
        weights = 1 / np.maximum(1, (rest / (2 * usual)) ** 2)
    return rest


def _strangest(letters: _Letters) -> tuple[float, int, int]:
    """The score of the run that differs most, its beginning and its end."""
    best = 0.0, 0, 0
    scaled = letters.off / np.hypot(_NOISE, letters.noise)
    for length in _RUNS:
        for start in range(len(scaled) - length + 1):
            run = scaled[start : start + length]
            run = run[np.isfinite(run[:, 0])]
            if len(run) < max(_RUNS[0], _LETTERS * length):
                continue
            middle = np.median(run, axis=0)
            middle[0] = np.median(
                np.abs(run[:, 0])
            )  # a wrong pitch goes one way, and past the middle the other
            score = float(np.hypot.reduce(middle) * np.sqrt(min(length, _ENOUGH) / _RUNS[0]))
            if score > best[0]:
                best = score, start, start + length
    return best
