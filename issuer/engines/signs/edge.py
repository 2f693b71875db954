"""A rectangle laid over the portrait in the file: edges straight along the pixels, and one pixel sharp.

A lens, and a sensor's filter, spread every edge over its neighbours, and a hand never holds a camera so that
a portrait's edge runs along one column of pixels. Where an image editor laid a rectangle over a photograph,
the light changes from one pixel to the next along the whole of its side, and beside that hardly at all.

A drawing, a screenshot or a picture that was sharpened is so sharp throughout, and tells nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from issuer.engines.images import Pixels

_PASTED: Final = 5.0  # of 255
_REACH: Final = (0.9, 1.1)  # of the face's width and height: how far outside of it an edge is looked for
_INTO: Final = 0.05  # and how far inside
_BESIDE: Final = 2.5  # by how many times the light changes more there than beside it
_PIECES: Final = 12  # of a side
_MOST_OF_IT: Final = 25  # per cent of the pieces may be without the edge
_SHORTEST: Final = 24  # pixels of a side
_STRONG: Final = 30.0  # of 255, from one pixel to the next
# Of the strong changes in a picture, those with hardly any beside them. Measured: photographs 0.08 at most,
# pasted portraits included; drawn pages 0.25 at least.
_SHARP: Final = 0.15
_EVERY: Final = 4  # rows: enough to tell how sharp a picture is


def edge_scores(image: Pixels, box: tuple[float, float, float, float]) -> dict[str, float]:
    """``edge``: how hard the second hardest of the four sides around a face is, in shades of 255.

    Args:
        image: The photograph as the file has it, not turned or scaled.
        box: The face in it: left, top, right, bottom.

    Returns:
        Empty for a face of less than 24 pixels, and where the whole picture is as sharp as a drawing.
    """
    left, top, right, bottom = box
    if min(right - left, bottom - top) < _SHORTEST:
        return {}
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    if _sharp_throughout(grey):
        return {}
    turned = np.ascontiguousarray(grey.T)
    far, into = (_REACH[0] * (right - left), _INTO * (right - left))
    high, under = (_REACH[1] * (bottom - top), _INTO * (bottom - top))
    sides = sorted(
        (
            _hardest(grey, left - far, left + into, top, bottom),
            _hardest(grey, right - into, right + far, top, bottom),
            _hardest(turned, top - high, top + under, left, right),
            _hardest(turned, bottom - under, bottom + high, left, right),
        )
    )
    return {"edge": round(sides[-2], 2)}


def edge_findings(scores: Mapping[str, float]) -> Iterator[Finding]:
    """A portrait pasted in the file, by the scores."""
    if scores.get("edge", 0.0) >= _PASTED:
        yield Finding("document.portrait_pasted", "portrait", scores["edge"])


def _sharp_throughout(grey: NDArray[np.float32]) -> bool:
    change = np.abs(np.diff(grey[::_EVERY], axis=1))
    beside = np.maximum(change[:, :-2], change[:, 2:])
    strong = change[:, 1:-1] > _STRONG
    alone = strong & (change[:, 1:-1] > _BESIDE * beside)
    return int(alone.sum()) > _SHARP * int(strong.sum())


def _hardest(grey: NDArray[np.float32], first: float, last: float, top: float, bottom: float) -> float:
    """How hard the hardest edge down the columns from `first` to `last` is; 0 where there is no room."""
    begin, end = max(2, int(first)), min(grey.shape[1] - 3, int(last))
    rows = grey[max(0, int(top)) : max(0, int(bottom)), begin - 2 : max(begin, end) + 3]
    high = max(1, len(rows) // _PIECES)
    count = len(rows) // high
    if end <= begin or len(rows) < _SHORTEST:
        return 0.0
    steps = np.diff(rows[: count * high], axis=1).reshape(count, high, -1)
    # Of each piece the mean: noise is averaged away, and what the portrait shows differs from piece to piece.
    change = np.abs(steps.mean(axis=1))
    alone = change[:, 1:-1] - _BESIDE * np.maximum(change[:, :-2], change[:, 2:])
    return float(np.percentile(alone, _MOST_OF_IT, axis=0).max())
