"""The default engine: dlib's ResNet, whose thresholds are measured (docs/faces.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from issuer.engines.face_models import DLIB
from issuer.engines.faces.finder import engine_version
from issuer.evidence.ports import FaceDescriptor

if TYPE_CHECKING:
    from issuer.engines.faces.finder import Face, FaceFinder
    from issuer.engines.images import Pixels


class ResnetEngine:
    """`issuer.engines.faces.port.FaceEngine` on dlib."""

    name: Final = DLIB

    def __init__(self, finder: FaceFinder) -> None:
        self._finder = finder
        self.version: Final = engine_version()

    def describe(self, image: Pixels, face: Face) -> FaceDescriptor:
        """As the port says."""
        return FaceDescriptor(self.name, self.version, tuple(self._finder.describe(image, face).tolist()))
