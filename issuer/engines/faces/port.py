"""What an engine for faces has to do, and what all of them share."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from clicid.errors import LocalError
from issuer.evidence.ports import FaceDescriptor

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from issuer.engines.faces.finder import Face
    from issuer.engines.images import Pixels

# Around a found face, as a share of its width: the room that another detector needs to find it again.
_ROOM: Final = 0.8


class FaceEngine(Protocol):
    """Turns a face into numbers. The Euclidean distance between two tells how unlike the faces are.

    `name` and `version` stand in the evidence and in every descriptor; the version tells the models by
    their digests, so that descriptors of other models are never compared.
    """

    @property
    def name(self) -> str:
        """As in the configuration."""

    @property
    def version(self) -> str:
        """The versions of the library and of the models."""

    def describe(self, image: Pixels, face: Face) -> FaceDescriptor | None:
        """The numbers of a face that `FaceFinder` found; None where this engine sees no face there.

        Args:
            image: Height by width by RGB.
            face: Where the face is.
        """


def around(image: Pixels, face: Face) -> Pixels:
    """The face and the room around it, in the order of colours that OpenCV has (BGR)."""
    left, top, right, bottom = face.box
    room = round(_ROOM * face.width)
    height, width = image.shape[:2]
    cut = image[
        max(0, top - room) : min(height, bottom + room), max(0, left - room) : min(width, right + room)
    ]
    return np.ascontiguousarray(cut[..., ::-1])


def unit(engine: FaceEngine, numbers: NDArray[np.float32]) -> FaceDescriptor:
    """A descriptor of length 1, whose distance to another is the square root of 2 - 2 cosine (0 to 2)."""
    values = numbers.astype(np.float64).ravel()
    return FaceDescriptor(engine.name, engine.version, tuple((values / np.linalg.norm(values)).tolist()))


def digest(path: Path) -> str:
    """The SHA-256 of a model file, its first 16 hexadecimal digits.

    Raises:
        LocalError: ``engine.missing`` where it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:16]
    except OSError as error:
        raise LocalError("engine.missing", str(path), error.strerror or "") from error
