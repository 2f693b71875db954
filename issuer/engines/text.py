"""Text in images: RapidOCR's detector and recogniser, and the geometry of lines of text."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_det import TextDetector
from rapidocr.ch_ppocr_rec import TextRecognizer

from issuer.engines.diacritics import Diacritics
from issuer.engines.marks import Alphabet
from issuer.engines.separators import Separators

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from issuer.engines.diacritics import Unread
    from issuer.engines.images import Pixels
    from issuer.engines.marks import Marks

    Quad = NDArray[np.float32]

_LONG: Final = 2.5  # a box this much longer than high tells in which direction text runs
_LEAST_SHARE: Final = 0.15  # of what runs in the main direction
_READ_HEIGHT: Final = 48  # what the recogniser scales every line to
_LONGEST_LINE: Final = 2400
_LEAST_RATIO: Final = 320 / 48  # length to height: the recogniser was trained with shorter lines padded to it
_MAX_BOXES: Final = 150


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text found in an image.

    Args:
        corners: 4 by 2, pixels: top left, top right, bottom right, bottom left as one reads it.
        text: What was recognised.
        score: The recogniser's confidence, 0 to 1.
        marks: What it saw of the characters of a zone, step by step; None where only the text is known.
        unread: What else may stand in it: letters with other marks, and other separators.
    """

    corners: Quad
    text: str
    score: float
    marks: Marks | None = None
    unread: tuple[Unread, ...] = ()

    @property
    def length(self) -> float:
        """Pixels along the line."""
        return float(np.hypot(*(self.corners[1] - self.corners[0])))

    @property
    def height(self) -> float:
        """Pixels across the line."""
        return float(np.hypot(*(self.corners[3] - self.corners[0])))


class Recognised(NamedTuple):
    """What stands in a cut-out line: text, score, marks and unread letters as in `Line`."""

    text: str
    score: float
    marks: Marks
    unread: tuple[Unread, ...]


def engine_version() -> str:
    """The versions of RapidOCR (its models are part of the package) and of OpenCV."""
    return f"rapidocr {metadata.version('rapidocr')}; opencv {cv2.__version__}"


class TextEngine:
    """The two networks. Loading takes about a second; keep one per process.

    Args:
        threads: How many threads a network may use.
    """

    def __init__(self, threads: int) -> None:
        # RapidOCR itself is only asked for its configuration: it would read every box it finds.
        settings = {"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": threads}
        config = RapidOCR(params=settings).cfg
        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
        for part in (config.Det, config.Rec):
            part.engine_cfg = config.EngineConfig["onnxruntime"]
            part.model_root_dir = config.Global.model_root_dir
        config.Det.limit_type = "max"
        config.Det.limit_side_len = 4096  # sizes are chosen here, not there
        config.Rec.font_path = None
        self._detector = TextDetector(config.Det)
        self._recogniser = TextRecognizer(config.Rec)
        known = self._recogniser.postprocess_op.character
        self._alphabet, self._diacritics = Alphabet(known), Diacritics(known)
        self._separators = Separators(known)

    def find(self, image: Pixels, longest: int) -> list[Quad]:
        """The boxes of text in an image, longest first.

        Args:
            image: Height by width by RGB.
            longest: The size of the image's longer side at which to look.
        """
        factor = longest / max(image.shape[:2])
        size = (max(32, round(image.shape[1] * factor)), max(32, round(image.shape[0] * factor)))
        kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        found = self._detector(cv2.cvtColor(cv2.resize(image, size, interpolation=kind), cv2.COLOR_RGB2BGR))
        if found.boxes is None:
            return []
        scale = np.array((image.shape[1] / size[0], image.shape[0] / size[1]), np.float32)
        quads = [np.asarray(box, np.float32) * scale for box in found.boxes]
        return sorted(quads, key=_longer_side, reverse=True)[:_MAX_BOXES]

    def read(self, cuts: Sequence[Pixels]) -> list[Recognised]:
        """What stands in cut-out lines.

        One at a time: in a batch all are padded to the longest, which costs more than it saves.
        """
        return [self._read(cut) for cut in cuts]

    def _read(self, cut: Pixels) -> Recognised:
        image = cv2.cvtColor(cut, cv2.COLOR_RGB2BGR)
        ratio = max(_LEAST_RATIO, cut.shape[1] / cut.shape[0])
        probabilities = self._recogniser.session(self._recogniser.resize_norm_img(image, ratio)[None])
        ((text, score),), _ = self._recogniser.postprocess_op(probabilities)
        seen = probabilities[0]
        unread = (*self._diacritics.unread(seen), *self._separators.unread(seen))
        return Recognised(str(text), float(score), self._alphabet.marks(seen), unread)


def _longer_side(quad: Quad) -> float:
    return float(max(np.hypot(*(quad[1] - quad[0])), np.hypot(*(quad[3] - quad[0]))))


def directions(quads: Sequence[Quad]) -> list[float]:
    """The directions in which the text runs, in radians from -pi/2 to pi/2, most of it first.

    One, or two where a good part of it runs across the rest, as on a passport's two pages; none without
    long boxes. Whether a line is to be read along its direction or against it, the boxes do not tell.
    """
    along, across = 0j, 0j
    for quad in quads:
        sides = (quad[1] - quad[0], quad[3] - quad[0])
        long_side, short_side = sorted(sides, key=lambda side: -float(np.hypot(*side)))
        length = float(np.hypot(*long_side))
        if length >= _LONG * float(np.hypot(*short_side)):
            # Twice the angle: opposite directions are the same, and those across are their negatives.
            part = length**2 * np.exp(2j * np.arctan2(long_side[1], long_side[0]))
            if part.real * along.real + part.imag * along.imag >= 0:
                along += part
            else:
                across += part
    found = sorted((along, across), key=lambda part: -abs(part))
    return [float(np.angle(part)) / 2 for part in found if abs(part) > _LEAST_SHARE * abs(found[0])]


def lies_along(quad: Quad, angle: float) -> bool:
    """Whether a box is no longer across this direction than along it."""
    along = quad @ np.array((np.cos(angle), np.sin(angle)))
    across = quad @ np.array((-np.sin(angle), np.cos(angle)))
    return float(np.ptp(along)) >= float(np.ptp(across))


def orient(quad: Quad, angle: float) -> Quad:
    """The box with its corners in reading order for text that runs in about this direction."""
    along = np.array((np.cos(angle), np.sin(angle)))
    across = np.array((-np.sin(angle), np.cos(angle)))
    middle = quad.mean(axis=0)
    right, down = (quad - middle) @ along, (quad - middle) @ across
    # Going round the box, the corner that is both most left and most up comes first.
    turn = int(np.argmin(right + down))
    corners = np.roll(quad, -turn, axis=0)
    first, last = (corners[1] - corners[0]) @ along, (corners[3] - corners[0]) @ along
    return corners if first > last else np.asarray(corners[[0, 3, 2, 1]])


def cut_line(image: Pixels, corners: Quad, pad: float) -> Pixels:
    """A line cut out and laid straight, with `pad` times its height added on every side."""
    length = float(np.hypot(*(corners[1] - corners[0])))
    height = max(1.0, float(np.hypot(*(corners[3] - corners[0]))))
    wide = corners + pad * height * _outward(corners)
    ratio = (length + 2 * pad * height) / (height * (1 + 2 * pad))
    width = int(np.clip(round(_READ_HEIGHT * ratio), 16, _LONGEST_LINE))
    target = np.array([(0, 0), (width, 0), (width, _READ_HEIGHT), (0, _READ_HEIGHT)], np.float32)
    kind = cv2.INTER_AREA if height > _READ_HEIGHT else cv2.INTER_CUBIC
    lie = cv2.getPerspectiveTransform(wide.astype(np.float32), target)
    cut = cv2.warpPerspective(image, lie, (width, _READ_HEIGHT), flags=kind, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def _outward(corners: Quad) -> Quad:
    """For each corner the sum of the unit vectors that lead away from its two neighbours."""
    outward = np.zeros((4, 2), np.float32)
    for place in range(4):
        for neighbour in (corners[place - 1], corners[(place + 1) % 4]):
            away = corners[place] - neighbour
            outward[place] += away / max(1e-6, float(np.hypot(*away)))
    return outward


def upright(image: Pixels, angle: float, longest: int) -> tuple[Pixels, NDArray[np.float64]]:
    """The image turned so that text in this direction runs level, at most `longest` pixels a side.

    Returns:
        The turned image, and the 2 by 3 matrix that leads from the given image to it.
    """
    height, width = image.shape[:2]
    cosine, sine = abs(np.cos(angle)), abs(np.sin(angle))
    new_width, new_height = width * cosine + height * sine, width * sine + height * cosine
    factor = min(1.0, longest / max(new_width, new_height))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(np.rad2deg(angle)), factor)
    turn[:, 2] += (new_width * factor / 2 - width / 2, new_height * factor / 2 - height / 2)
    size = (max(1, round(new_width * factor)), max(1, round(new_height * factor)))
    turned = cv2.warpAffine(image, turn, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), np.asarray(turn, np.float64)
