"""The fine grid that a photograph of a screen or of a print has, and a photograph of a document has not.

A screen's pixels and a press's dots repeat, and so does the moiré that a sensor makes of them; paper, skin
and hair do not. In the spectrum of a patch, what repeats stands alone: higher than everything around it. Only
the portrait is looked at, for security printing has fine lines of its own, but not over the face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from issuer.engines.images import Pixels

# Measured: 31 portraits on specimens and photographs 0.71 at most, 10 on our own specimens 0.58; 10 screens
# 1.18 at least, 10 laser prints 2.77; 4 scans whose dots one sees, reproductions in print as they are, 2.05.
_REPRODUCED: Final = 1.0
_TILES: Final = (256, 128, 64)
_PLACES: Final = 3  # tiles along each side
_LOWEST: Final = 0.10  # cycles a pixel: below it lies what a portrait shows
_JPEG_BLOCKS: Final = 8
_RING: Final = (3.6, 6.4)  # bins from a peak: outside of its own width under the window
_NEVER: Final = -9.0


@dataclass(frozen=True, slots=True)
class _Lens:
    """The window over a tile, and where in its spectrum one looks (0 there, `_NEVER` elsewhere)."""

    window: NDArray[np.float32]
    where: NDArray[np.float32]


def raster_scores(portrait: Pixels) -> dict[str, float]:
    """``raster``: how far the strongest repetition stands above its surroundings, as the natural logarithm.

    Args:
        portrait: The portrait as the photograph has it, neither scaled nor turned.

    Returns:
        Empty for a portrait of less than 64 pixels.
    """
    side = next((tile for tile in _TILES if min(portrait.shape[:2]) >= tile), None)
    if side is None:
        return {}
    planes = cv2.cvtColor(portrait, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    downs, acrosses = (np.linspace(0, length - side, _PLACES).astype(int) for length in portrait.shape[:2])
    peaks = [
        [_peak(planes[down : down + side, across : across + side, plane]) for plane in range(3)]
        for down in downs
        for across in acrosses
    ]
    light, red, blue = (float(value) for value in np.median(peaks, axis=0))
    return {"raster": round(max(light, min(red, blue)), 3)}


def raster_findings(scores: Mapping[str, float]) -> Iterator[Finding]:
    """A screen or a print, by the score: which of the two it does not tell surely enough."""
    if scores.get("raster", 0.0) >= _REPRODUCED:
        yield Finding("document.reproduced", "portrait", scores["raster"])


def _peak(tile: NDArray[np.float32]) -> float:
    lens = _lens(len(tile))
    spectrum = np.fft.fftshift(np.fft.fft2((tile - tile.mean()) * lens.window))
    height = np.log(np.abs(spectrum) + 1).astype(np.float32)
    around = cv2.dilate(height, _ring())
    return float((height - around + lens.where).max())


@cache
def _lens(side: int) -> _Lens:
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    steps = np.fft.fftshift(np.fft.fftfreq(side))
    across, down = np.meshgrid(steps, steps)
    near = 1.6 * _JPEG_BLOCKS / side
    of_blocks = [
        np.abs(step * _JPEG_BLOCKS - np.round(step * _JPEG_BLOCKS)) <= near for step in (across, down)
    ]
    straight = (np.abs(across) < 2.5 / side) | (np.abs(down) < 2.5 / side)  # edges and scaled JPEG blocks
    seen = (np.hypot(across, down) > _LOWEST) & ~(of_blocks[0] & of_blocks[1]) & ~straight & (down <= 0)
    return _Lens(window, np.where(seen, 0.0, _NEVER).astype(np.float32))


@cache
def _ring() -> NDArray[np.uint8]:
    reach = int(_RING[1])
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    distance = np.hypot(down, across)
    return np.asarray((distance >= _RING[0]) & (distance <= _RING[1]), np.uint8)
