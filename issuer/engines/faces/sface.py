"""YuNet and SFace, two ONNX files named by the operator, through OpenCV's own classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from clicid.errors import LocalError
from issuer.engines.face_models import YUNET_SFACE
from issuer.engines.faces.port import around, digest, unit
from issuer.engines.images import shrink

if TYPE_CHECKING:
    from pathlib import Path

    from issuer.engines.faces.finder import Face
    from issuer.engines.images import Pixels
    from issuer.evidence.ports import FaceDescriptor

_LONGEST: Final = 320  # YuNet sees faces of 10 to 300 pixels; a cut-out holds one of a third of its side
_SURE: Final = 0.6


class SFaceEngine:
    """`issuer.engines.faces.port.FaceEngine` on `cv2.FaceDetectorYN` and `cv2.FaceRecognizerSF`.

    Args:
        detector: YuNet, an ONNX file.
        recogniser: SFace, an ONNX file.

    Raises:
        LocalError: ``engine.missing`` for a file that is not there, ``engine.model`` for one that is no
            such model.
    """

    name: Final = YUNET_SFACE

    def __init__(self, detector: Path, recogniser: Path) -> None:
        self.version: Final = f"opencv {cv2.__version__}; {digest(detector)}, {digest(recogniser)}"
        try:
            self._detect = cv2.FaceDetectorYN.create(str(detector), "", (_LONGEST, _LONGEST), _SURE)
        except cv2.error as error:
            raise LocalError("engine.model", str(detector), "YuNet") from error
        try:
            self._recognise = cv2.FaceRecognizerSF.create(str(recogniser), "")
        except cv2.error as error:
            raise LocalError("engine.model", str(recogniser), "SFace") from error

    def describe(self, image: Pixels, face: Face) -> FaceDescriptor | None:
        """As the port says."""
        cut, _ = shrink(around(image, face), _LONGEST)
        self._detect.setInputSize((cut.shape[1], cut.shape[0]))
        found: Any = self._detect.detect(cut)[1]  # None, or a row of 15 numbers for each face
        if found is None:
            return None
        largest = max(found, key=lambda row: float(row[2]))
        upright = self._recognise.alignCrop(cut, largest)
        return unit(self, np.asarray(self._recognise.feature(upright), np.float32))
