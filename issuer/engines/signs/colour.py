"""A copy without colour: documents have coloured paper, portraits or print, whatever light they lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from issuer.engines.images import shrink
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from issuer.engines.images import Pixels
    from issuer.engines.text import Quad

_SIDE: Final = 256
_MOST_AND_LEAST: Final = (3, 97)  # per cent
# CIE a* or b*. Measured: 10 black and white copies photographed 3.4 at most; specimens of states 13 at least,
# drawings of documents from 3.1.
_GREY: Final = 4.0


def colour_scores(image: Pixels, quads: Sequence[Quad]) -> dict[str, float]:
    """``colour``: the span of a* or b*, the wider, over the part of the image in which text stands."""
    small, factor = shrink(image, _SIDE)
    inside = np.zeros(small.shape[:2], np.uint8)
    corners = (np.concatenate(quads) * factor).astype(np.int32)
    cv2.fillConvexPoly(inside, cv2.convexHull(corners), 1)
    smooth = cv2.GaussianBlur(small, (0, 0), 1.5).astype(np.float32) / 255
    tints = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB)[inside > 0][:, 1:]
    if not len(tints):
        return {}
    least, most = np.percentile(tints, _MOST_AND_LEAST, axis=0)
    return {"colour": round(float((most - least).max()), 2)}


def colour_findings(scores: Mapping[str, float]) -> Iterator[Finding]:
    """A copy without colour, by the scores."""
    if scores.get("colour", _GREY) < _GREY:
        yield Finding("document.no_colour", score=scores["colour"])
