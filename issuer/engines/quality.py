"""How good a photograph is, and why one could not be read.

The measures are always taken and kept with the evidence. What a person is told to do better is asked only
once reading failed, so that no photograph that can be read is turned away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from issuer.engines.images import sharpness, shrink
from issuer.engines.text import cut_line
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from issuer.engines.images import Pixels
    from issuer.engines.text import Line

# Measured on specimens photographed at falling quality: what is read lies above, what is not below.
_BLURRED_LINE: Final = 0.04
_BLURRED_SCENE: Final = 0.004
_SMALL_LINE: Final = 9.0  # pixels of height
_SMALL_EXTENT: Final = 0.35  # of the photograph's longer side, from the first to the last line of text
_WHITE: Final = 250
_GLARE_SHARE: Final = 0.012
_PAPER: Final = 0.25  # where so much is white, it is paper and no reflection
# The median of the light, of 255: of 52 published images the darkest has 111, scans on white have 255.
_DARK: Final = 32.0
_BRIGHT: Final = 252.0
_FAINT: Final = 25.0  # spread of light: print on white paper has 46 and more
_READ_WELL: Final = 0.85
_EDGE: Final = 0.004  # of the longer side: text so near to the edge goes on beyond it


def quality_scores(image: Pixels, lines: Sequence[Line]) -> dict[str, float]:
    """What can be measured of a photograph that was read.

    Args:
        image: The photograph.
        lines: The lines of the zone.

    Returns:
        ``sharpness`` (of the zone's lines, see `issuer.engines.images.sharpness`), ``line_height`` (pixels),
        ``light`` (the photograph's median, 0 to 255), ``glare`` (the largest white spot, as a share of it).
    """
    return {
        "sharpness": round(_focus(image, lines), 4),
        "line_height": round(float(np.median([line.height for line in lines])), 1),
        "light": _light(image)[0],
        "glare": round(_glare_share(image), 4),
    }


def why_unreadable(image: Pixels, lines: Sequence[Line]) -> list[Finding]:
    """What is likely wrong with the photograph: too small, blurred, glare, light, cut; may be nothing.

    Args:
        image: The photograph.
        lines: The longest lines of text found in it, if any.
    """
    return [*_size_and_focus(image, lines), *_glare(image), *_exposure(image), *_cut(image, lines)]


def blurred_throughout(image: Pixels) -> bool:
    """Whether nothing in the photograph is sharp: then looking closer is no use."""
    return _scene_sharpness(image) < _BLURRED_SCENE


def _scene_sharpness(image: Pixels) -> float:
    # At this size the sensor's noise is averaged away, which would pass for detail.
    smooth = np.asarray(cv2.GaussianBlur(shrink(image, 512)[0], (0, 0), 1.0), np.uint8)
    return sharpness(smooth, height=384)


def _size_and_focus(image: Pixels, lines: Sequence[Line]) -> Iterator[Finding]:
    scene = _scene_sharpness(image)
    if lines:
        height = float(np.median([line.height for line in lines]))
        extent = float(max(np.ptp(np.concatenate([line.corners for line in lines]), axis=0)))
        if height < _SMALL_LINE or extent < _SMALL_EXTENT * max(image.shape[:2]):
            yield Finding("document.too_small", score=round(height, 1))
    if scene < _BLURRED_SCENE or (lines and _focus(image, lines) < _BLURRED_LINE):
        yield Finding("document.blurred", score=round(scene, 4))


def _focus(image: Pixels, lines: Sequence[Line]) -> float:
    return float(np.median([sharpness(cut_line(image, line.corners, 0.1)) for line in lines]))


def _glare(image: Pixels) -> Iterator[Finding]:
    share = _glare_share(image)
    if share > _GLARE_SHARE:
        yield Finding("document.glare", score=round(share, 4))


def _glare_share(image: Pixels) -> float:
    """The share of the largest white spot; 0 where so much is white that it is paper."""
    small, _ = shrink(image, 512)
    white = (small.min(axis=2) >= _WHITE).astype(np.uint8)
    if white.mean() > _PAPER:
        return 0.0
    count, _, stats, _ = cv2.connectedComponentsWithStats(white)
    largest = max((int(stats[place, cv2.CC_STAT_AREA]) for place in range(1, count)), default=0)
    return largest / int(white.size)


def _light(image: Pixels) -> tuple[float, float]:
    """Median and spread of the light, 0 to 255."""
    grey = cv2.cvtColor(shrink(image, 512)[0], cv2.COLOR_RGB2GRAY)
    return float(np.median(grey)), float(np.std(grey))


def _exposure(image: Pixels) -> Iterator[Finding]:
    median, spread = _light(image)
    if median < _DARK:
        yield Finding("document.too_dark", score=median)
    elif median > _BRIGHT and spread < _FAINT:
        yield Finding("document.too_bright", score=median)


def _cut(image: Pixels, lines: Sequence[Line]) -> Iterator[Finding]:
    """Text that runs over the photograph's edge, and is read well: what is blurred ends nowhere."""
    height, width = image.shape[:2]
    edge = _EDGE * max(height, width)
    for line in (line for line in lines if line.score >= _READ_WELL):
        across, down = line.corners[:, 0], line.corners[:, 1]
        nearest = min(across.min(), down.min(), width - across.max(), height - down.max())
        if nearest < edge:
            yield Finding("document.cut", score=round(float(nearest), 1))
            return
