"""The engine that is configured, loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from issuer.engines.face_models import INSIGHTFACE, YUNET_SFACE
from issuer.engines.faces.insight import InsightFaceEngine
from issuer.engines.faces.resnet import ResnetEngine
from issuer.engines.faces.sface import SFaceEngine

if TYPE_CHECKING:
    from issuer.engines.face_models import FaceModels
    from issuer.engines.faces.finder import FaceFinder
    from issuer.engines.faces.port import FaceEngine


def load_engine(models: FaceModels, finder: FaceFinder) -> FaceEngine:
    """Load the engine, after `FaceModels.check`.

    Raises:
        LocalError: ``engine.missing``, ``engine.model``.
    """
    models.check()
    match models:
        case _ if models.engine == INSIGHTFACE and models.folder:
            return InsightFaceEngine(models.folder)
        case _ if models.engine == YUNET_SFACE and models.detector and models.recogniser:
            return SFaceEngine(models.detector, models.recogniser)
        case _:
            return ResnetEngine(finder)
