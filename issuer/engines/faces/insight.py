"""InsightFace on a folder of models that the operator has. The package is not installed with ClicID.

Given the name of a model pack, InsightFace downloads it. Given a folder that is there, it reads that
folder and nothing else; so the folder is resolved and looked into first, and a name never gets through.
Its own packs may not be used commercially: which models lie in the folder is the operator's affair.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from clicid.errors import LocalError
from issuer.engines.face_models import INSIGHTFACE
from issuer.engines.faces.port import around, digest, unit
from issuer.engines.images import shrink

if TYPE_CHECKING:
    from pathlib import Path

    from issuer.engines.faces.finder import Face
    from issuer.engines.images import Pixels
    from issuer.evidence.ports import FaceDescriptor

_LONGEST: Final = 320


class InsightFaceEngine:
    """`issuer.engines.faces.port.FaceEngine` on InsightFace's `FaceAnalysis`.

    Args:
        folder: Holds a detector and a recogniser, as ONNX files.

    Raises:
        LocalError: ``engine.missing`` where the package, the folder or a file in it is missing,
            ``engine.model`` where the folder has no detector or no recogniser.
    """

    name: Final = INSIGHTFACE

    def __init__(self, folder: Path) -> None:
        files = sorted(folder.resolve().glob("*.onnx"))
        if not files:
            raise LocalError("engine.missing", str(folder), "no ONNX files in it")
        digests = ", ".join(digest(file) for file in files)
        self._analysis: Any = _analysis(folder.resolve())
        self.version: Final = f"insightface {metadata.version(INSIGHTFACE)}; {digests}"

    def describe(self, image: Pixels, face: Face) -> FaceDescriptor | None:
        """As the port says."""
        found = self._analysis.get(shrink(around(image, face), _LONGEST)[0])
        if not found:
            return None
        largest = max(found, key=lambda one: float(one.bbox[2] - one.bbox[0]))
        return unit(self, largest.embedding)


def _analysis(folder: Path) -> Any:
    try:
        # Here and not above: it takes seconds, and most issuers have not installed it.
        from insightface.app import FaceAnalysis  # noqa: PLC0415
    except ImportError as error:
        raise LocalError("engine.missing", INSIGHTFACE, "install it") from error
    wanted = ["detection", "recognition"]
    try:
        analysis = FaceAnalysis(name=str(folder), allowed_modules=wanted, providers=["CPUExecutionProvider"])
    except Exception as error:  # whatever its own loader, ONNX or the runtime raise on a bad file
        raise LocalError("engine.model", str(folder), type(error).__name__) from error
    if missing := sorted(set(wanted) - analysis.models.keys()):
        raise LocalError("engine.model", str(folder), f"nothing for {missing[0]}")
    analysis.prepare(ctx_id=-1, det_size=(_LONGEST, _LONGEST))
    return analysis
