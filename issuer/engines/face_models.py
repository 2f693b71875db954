"""Which engine describes faces and where its models are; light, for it is read where no engine runs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError

if TYPE_CHECKING:
    from pathlib import Path

DLIB: Final = "dlib"
INSIGHTFACE: Final = "insightface"
YUNET_SFACE: Final = "yunet-sface"


@dataclass(frozen=True, slots=True)
class FaceModels:
    """An engine by name, and its models.

    Args:
        engine: `DLIB`, `INSIGHTFACE` or `YUNET_SFACE`.
        folder: The models of InsightFace, ONNX files.
        detector: YuNet, an ONNX file.
        recogniser: SFace, an ONNX file.
    """

    engine: str = DLIB
    folder: Path | None = None
    detector: Path | None = None
    recogniser: Path | None = None

    def check(self) -> None:
        """See that what is named is there, without loading it.

        Raises:
            LocalError: ``engine.missing``, naming the file, folder or package.
        """
        for path in (self.detector, self.recogniser):
            if path is not None and not path.is_file():
                raise LocalError("engine.missing", str(path), "no such file")
        if self.folder is not None and not any(self.folder.glob("*.onnx")):
            raise LocalError("engine.missing", str(self.folder), "no ONNX files in it")
        if self.engine == INSIGHTFACE and find_spec(INSIGHTFACE) is None:
            raise LocalError("engine.missing", INSIGHTFACE, "the package is not installed")


DEFAULT: Final = FaceModels()
