"""The engines in this process, sharing their models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2

from issuer.engines.document import OcrDocumentReader
from issuer.engines.face import SelfieMatcher
from issuer.engines.faces import FaceFinder
from issuer.engines.faces.choice import load_engine
from issuer.engines.liveness import HeadTurnChecker
from issuer.engines.text import TextEngine

if TYPE_CHECKING:
    from issuer.engines.face_models import FaceModels
    from issuer.evidence.liveness import LivenessChecker
    from issuer.evidence.ports import DocumentReader, FaceMatcher


@dataclass(frozen=True, slots=True)
class Loaded:
    """The engines, ready; `finder` is what both find faces with."""

    documents: DocumentReader
    faces: FaceMatcher
    liveness: LivenessChecker
    finder: FaceFinder

    def do(self, what: str, first: Any, second: Any) -> Any:
        """A job as `issuer.engines.pool` sends it.

        It is ``read`` (images, today), ``compare`` (two images) or ``liveness`` (answer, selfie).
        """
        if what == "read":
            return self.documents.read(first, today=second)
        if what == "liveness":
            return self.liveness.check(first, second)
        return self.faces.compare(first, second)


def load(threads: int, models: FaceModels) -> Loaded:
    """Load the models: about two seconds, 400 MB.

    Raises:
        LocalError: ``engine.missing`` where a model is not installed, ``engine.model``.
    """
    cv2.setNumThreads(threads)
    finder = FaceFinder()
    faces = SelfieMatcher(finder, load_engine(models, finder))
    return Loaded(OcrDocumentReader(TextEngine(threads), finder), faces, HeadTurnChecker(finder), finder)
