"""Why a photograph could not be read: asked only once reading failed, so that no good one is turned away."""

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


def why_unreadable(image: Pixels, lines: Sequence[Line]) -> list[Finding]:
    """What is likely wrong with the photograph: too small, blurred, glare; may be nothing.

    Args:
        image: The photograph.
        lines: The longest lines of text found in it, if any.
    """
    return [*_size_and_focus(image, lines), *_glare(image)]


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
    focus = [sharpness(cut_line(image, line.corners, 0.1)) for line in lines]
    if scene < _BLURRED_SCENE or (focus and float(np.median(focus)) < _BLURRED_LINE):
        yield Finding("document.blurred", score=round(scene, 4))


def _glare(image: Pixels) -> Iterator[Finding]:
    small, _ = shrink(image, 512)
    white = (small.min(axis=2) >= _WHITE).astype(np.uint8)
    if white.mean() > _PAPER:
        return
    count, _, stats, _ = cv2.connectedComponentsWithStats(white)
    largest = max((int(stats[place, cv2.CC_STAT_AREA]) for place in range(1, count)), default=0)
    share = largest / white.size
    if share > _GLARE_SHARE:
        yield Finding("document.glare", score=round(share, 4))
