"""Is a selfie good enough to compare, and if not, what would the person do better?

Measured on dlib's five points and the face cut out upright. docs/faces.md has the distribution of each
measure over good photographs; the limits lie outside of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from issuer.engines.images import sharpness
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from issuer.engines.faces.finder import Face
    from issuer.engines.images import Pixels

CHIP_SIDE: Final = 150
CHIP_PADDING: Final = 0.25
_LEAST_EYE_DISTANCE: Final = 30.0  # pixels; the descriptor's own input has 42
_BLURRED: Final = 0.003
_TILTED: Final = 35.0  # degrees
_TURNED: Final = 0.35  # of the distance between the eyes
_DARK: Final = 35.0  # of 255, the median of the face
_BRIGHT: Final = 225.0
_ONE_SIDED: Final = 0.7  # by how much one half is darker than the other, as a share


def measure(chip: Pixels, face: Face) -> dict[str, float]:
    """What the findings rest on.

    Args:
        chip: The face upright, `CHIP_SIDE` squared by RGB, cut out with `CHIP_PADDING`.
        face: The same in its photograph.

    Returns:
        ``size`` (pixels between the eyes), ``sharpness`` (see `issuer.engines.images.sharpness`),
        ``roll`` (degrees from level), ``turn`` (how far the nose is off the middle between the eyes,
        over their distance; 0 is straight ahead), ``light`` (the face's median, 0 to 255) and
        ``one_sided`` (how much darker one half is than the other, 0 to 1).
    """
    grey = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)
    middle = slice(CHIP_SIDE // 4, 3 * CHIP_SIDE // 4)  # without hair and background
    left, right = (float(np.mean(half)) for half in np.split(grey[middle, middle], [CHIP_SIDE // 4], axis=1))
    return {
        "size": round(face.eye_distance, 1),
        "sharpness": round(sharpness(chip, CHIP_SIDE), 4),
        "roll": round(abs(face.roll), 1),
        "turn": round(abs(face.turn), 3),
        "light": round(float(np.median(grey[middle, middle])), 1),
        "one_sided": round(abs(left - right) / max(left, right, 1.0), 3),
    }


def advise(scores: Mapping[str, float]) -> Iterator[Finding]:
    """What to do better, from what was measured."""
    if scores["size"] < _LEAST_EYE_DISTANCE:
        yield Finding("face.too_small", score=scores["size"])
    if scores["sharpness"] < _BLURRED:
        yield Finding("face.blurred", score=scores["sharpness"])
    if scores["roll"] > _TILTED:
        yield Finding("face.tilted", score=scores["roll"])
    if scores["turn"] > _TURNED:
        yield Finding("face.turned", score=scores["turn"])
    if scores["light"] < _DARK:
        yield Finding("face.too_dark", score=scores["light"])
    if scores["light"] > _BRIGHT:
        yield Finding("face.too_bright", score=scores["light"])
    if scores["one_sided"] > _ONE_SIDED:
        yield Finding("face.one_sided_light", score=scores["one_sided"])
