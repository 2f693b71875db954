"""dlib's frontal face detector, 5-point landmarks and ResNet descriptor.

The model files lie in the package face_recognition_models and are found without importing it: its
import wants a module that setuptools has dropped. Its 68-point model is never touched; it may not be
used commercially.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import cv2
import dlib
import numpy as np

from clicid.errors import LocalError
from issuer.engines.images import shrink

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from issuer.engines.images import Pixels

_PACKAGE: Final = "face_recognition_models"
_POINTS: Final = "shape_predictor_5_face_landmarks.dat"
DESCRIPTOR: Final = "dlib_face_recognition_resnet_model_v1.dat"
_SEARCH_SIDE: Final = 1000
_SMALL_FACE_SIDE: Final = 1600
# What the descriptor takes: a face upright, with this share of its side around it.
DESCRIBED_SIDE: Final = 150
DESCRIBED_PADDING: Final = 0.25


@dataclass(frozen=True, slots=True)
class Face:
    """A face in an image: its box (left, top, right, bottom), the detector's score, and 5 points.

    The points (5 by 2, pixels) are the outer and inner corner of each eye and the base of the nose.
    """

    box: tuple[int, int, int, int]
    score: float
    points: NDArray[np.float64]
    landmarks: Any

    @property
    def width(self) -> int:
        """Pixels across the box."""
        return self.box[2] - self.box[0]

    @property
    def eye_distance(self) -> float:
        """Pixels between the middles of the two eyes."""
        return float(np.hypot(*self._across))

    @property
    def roll(self) -> float:
        """Degrees by which the line through the eyes is off the level; positive is clockwise."""
        return float(np.degrees(np.arctan2(self._across[1], self._across[0])))

    @property
    def turn(self) -> float:
        """How far the nose is off the middle between the eyes, over their distance; 0 is straight ahead."""
        offset = self.points[4] - self.points[0:4].mean(axis=0)
        return float(offset @ self._across / (self._across @ self._across))

    @property
    def _across(self) -> NDArray[np.float64]:
        """From the middle of the eye on the left of the image to that of the other."""
        first, second = self.points[0:2].mean(axis=0), self.points[2:4].mean(axis=0)
        return np.asarray(first - second if first[0] > second[0] else second - first, np.float64)


def model_path(name: str) -> Path:
    """A file of the models' package; `LocalError` ``engine.missing`` where it is not installed."""
    try:
        files = metadata.files(_PACKAGE) or []
    except metadata.PackageNotFoundError as error:
        raise LocalError("engine.missing", name, f"install {_PACKAGE}") from error
    for file in files:
        if file.name == name:
            return file.locate().resolve()  # type: ignore[no-any-return, attr-defined, unused-ignore]
    raise LocalError("engine.missing", name, f"not in {_PACKAGE}")


def engine_version() -> str:
    """The versions of dlib and of the models."""
    return f"dlib {dlib.__version__}; models {metadata.version(_PACKAGE)}"


class FaceFinder:
    """Finds faces and describes them. Loading takes a quarter of a second; keep one per process."""

    def __init__(self) -> None:
        self._detect = dlib.get_frontal_face_detector()
        self._points = dlib.shape_predictor(str(model_path(_POINTS)))
        self._describe = dlib.face_recognition_model_v1(str(model_path(DESCRIPTOR)))

    def find(self, image: Pixels, *, small: bool = False) -> list[Face]:
        """The faces in an upright RGB image, largest first.

        Args:
            image: Height by width by RGB.
            small: Look also for faces down to about 40 pixels on an image of 1600 (a page with a portrait);
                otherwise down to 8 % of the longer side, and further down only where none is seen.
        """
        faces = self._search(image, small=small)
        if not faces and not small:
            faces = self._search(image, small=True) or self._search(_evened(image), small=False)
        return sorted(faces, key=lambda face: face.width, reverse=True)

    def find_at(self, image: Pixels, side: int) -> list[Face]:
        """The faces of 80 pixels and more on the image scaled down to a longer side of `side`, largest first.

        Nothing else is tried where there is none: for what has many frames.
        """
        searched, factor = shrink(image, side)
        boxes, scores, _ = self._detect.run(searched, 0, 0.0)
        faces = [self._face(image, box, score, factor) for box, score in zip(boxes, scores, strict=True)]
        return sorted(faces, key=lambda face: face.width, reverse=True)

    def _search(self, image: Pixels, *, small: bool) -> list[Face]:
        searched, factor = shrink(image, _SMALL_FACE_SIDE if small else _SEARCH_SIDE)
        # An image already small is enlarged once by the detector, so that small portraits are seen.
        enlarge = 1 if small and max(searched.shape[:2]) <= _SEARCH_SIDE else 0
        boxes, scores, _ = self._detect.run(searched, enlarge, 0.0)
        return [self._face(image, box, score, factor) for box, score in zip(boxes, scores, strict=True)]

    def steady_points(self, image: Pixels, face: Face) -> NDArray[np.float64]:
        """The five points with less of the chance of where the box fell: the mean over boxes around it."""
        left, top, right, bottom = face.box
        shifts = [round(share * face.width) for share in (-0.04, 0.0, 0.04)]
        found = [
            self._points(
                image,
                dlib.rectangle(left + aside - grown, top - grown, right + aside + grown, bottom + grown),
            )
            for aside in shifts
            for grown in shifts
        ]
        points = [[(point.x, point.y) for point in one.parts()] for one in found]
        return np.asarray(np.mean(points, axis=0), np.float64)

    def describe(self, image: Pixels, face: Face) -> NDArray[np.float64]:
        """The 128 numbers of a face; the Euclidean distance between two tells how unlike they are."""
        return self.numbers([self.chip(image, face, DESCRIBED_SIDE, DESCRIBED_PADDING)]).ravel()

    def numbers(self, chips: Sequence[Pixels]) -> NDArray[np.float64]:
        """Likewise of faces cut out already, `DESCRIBED_SIDE` squared: as many rows of 128."""
        return np.array(self._describe.compute_face_descriptor(list(chips)))

    def chip(self, image: Pixels, face: Face, size: int, padding: float) -> Pixels:
        """The face turned upright, scaled by its landmarks and cut out: size by size by RGB."""
        return np.asarray(dlib.get_face_chip(image, face.landmarks, size, padding), np.uint8)

    def _face(self, image: Pixels, box: Any, score: float, factor: float) -> Face:
        edges = [round(edge / factor) for edge in (box.left(), box.top(), box.right(), box.bottom())]
        landmarks = self._points(image, dlib.rectangle(*edges))
        points = np.array([(point.x, point.y) for point in landmarks.parts()], np.float64)
        return Face((edges[0], edges[1], edges[2], edges[3]), float(score), points, landmarks)


def subject_first(image: Pixels, faces: list[Face]) -> list[Face]:
    """Faces as whom the photograph is of: large and near the middle before at its edge."""
    height, width = image.shape[:2]

    def prominence(face: Face) -> float:
        left, top, right, bottom = face.box
        across, down = (left + right - width) / 2, (top + bottom - height) / 2
        return float(face.width - abs(across) - abs(down))

    return sorted(faces, key=prominence, reverse=True)


def _evened(image: Pixels) -> Pixels:
    """The same with light and shade evened out, as a face half in the dark needs."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (4, 4)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)
