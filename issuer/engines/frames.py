"""Frames of a head that turns: JPEG alone, judged by the header, decoded no larger than is looked at."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageOps

from clicid.errors import Refused
from issuer.engines import structure
from issuer.engines.images import BROKEN, shrink
from issuer.evidence.liveness import MAX_FRAME_BYTES, MAX_FRAME_PIXELS

if TYPE_CHECKING:
    from issuer.engines.images import Pixels

MIN_SIDE: Final = 240
LOOKED_AT: Final = 640
"""The longer side, in pixels, that frames are scaled down to."""


def check_header(data: bytes) -> None:
    """Refuse what is no JPEG or too large when unpacked, without unpacking it.

    Raises:
        Refused: ``liveness.not_an_image``, ``liveness.image_bomb``.
    """
    with _opened(data):
        pass


def decode(data: bytes) -> Pixels:
    """The pixels of a frame: height by width by RGB, upright as its EXIF says, `LOOKED_AT` at most.

    Raises:
        Refused: as `check_header`.
    """
    with _opened(data) as opened:
        try:
            opened.draft("RGB", (LOOKED_AT, LOOKED_AT))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
        except BROKEN as error:
            raise Refused("liveness.not_an_image", detail=type(error).__name__) from error
    return shrink(np.asarray(upright), LOOKED_AT)[0]


def _opened(data: bytes) -> Image.Image:
    if len(data) > MAX_FRAME_BYTES:
        raise Refused("liveness.image_bomb", detail=f"{len(data)} bytes")
    structure.check(data, about="liveness")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the cap below is lower
            opened = Image.open(BytesIO(data), formats=("JPEG",))
    except Image.DecompressionBombError as error:
        raise Refused("liveness.image_bomb", detail="by its header") from error
    except BROKEN as error:
        raise Refused("liveness.not_an_image", detail=type(error).__name__) from error
    width, height = opened.size
    if width * height > MAX_FRAME_PIXELS:
        raise Refused("liveness.image_bomb", detail=f"{width} by {height} pixels")
    if min(width, height) < MIN_SIDE:
        raise Refused("liveness.not_an_image", detail=f"{width} by {height} pixels")
    return opened
