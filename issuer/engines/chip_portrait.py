"""The portrait in a chip as an upright JPEG, out of JPEG or JPEG 2000.

How large a JPEG 2000 image becomes stands in its code stream (ISO/IEC 15444-1 A.5.1), whatever the box
around it says; that is read here before any decoder sees the file.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.chip.holder import ImageKind
from issuer.engines.images import decode, to_jpeg

if TYPE_CHECKING:
    from issuer.chip.holder import Portrait

MAX_PIXELS: Final = 4_000_000
"""A portrait of 35 by 45 mm scanned at 1200 dots an inch has 3.5 million."""
MAX_TILES: Final = 64
MAX_COMPONENTS: Final = 4
MAX_BOXES: Final = 64
_FORMATS: Final = {ImageKind.JPEG: "JPEG", ImageKind.JPEG_2000: "JPEG2000"}
_STREAM: Final = b"\xff\x4f\xff\x51"  # start of code stream, then always SIZ
_SIZ: Final = struct.Struct(">HH8IH")  # Lsiz, Rsiz, the grid's, image's and tiles' places, Csiz


def as_jpeg(portrait: Portrait) -> bytes:
    """The portrait as JPEG.

    Args:
        portrait: Of an authentic chip: what no state signed is not decoded.

    Raises:
        Refused: `chip.portrait` for an image that cannot be decoded, or would be too large.
    """
    if portrait.kind is ImageKind.JPEG_2000:
        check_size(portrait.image)
    try:
        return to_jpeg(decode(portrait.image, about="face", formats=(_FORMATS[portrait.kind],)))
    except Refused as fault:
        raise _refusal(fault.detail) from fault


def check_size(image: bytes) -> None:
    """Return if a JPEG 2000 image, a code stream or a file of boxes, is no larger than a portrait.

    Raises:
        Refused: `chip.portrait` for more pixels, tiles or components than the caps, or no such header.
    """
    start = 0 if image.startswith(_STREAM) else _stream(image)
    if image[start : start + 4] != _STREAM or len(image) < start + 4 + _SIZ.size:
        raise _refusal("no code stream")
    _, _, right, bottom, left, top, *tiles, components = _SIZ.unpack_from(image, start + 4)
    wide, high, from_left, from_top = tiles
    if not (left < right and top < bottom and wide and high and from_left <= left and from_top <= top):
        raise _refusal("a code stream of no size")
    if (right - left) * (bottom - top) > MAX_PIXELS:
        raise _refusal(f"{right - left} by {bottom - top} pixels")
    if -(-(right - from_left) // wide) * -(-(bottom - from_top) // high) > MAX_TILES:
        raise _refusal("too many tiles")
    if not 1 <= components <= MAX_COMPONENTS:
        raise _refusal(f"{components} components")


def _stream(image: bytes) -> int:
    """Where the first code stream begins, among the file's boxes (ISO/IEC 15444-1 I.4)."""
    at = 0
    for _ in range(MAX_BOXES):
        head = image[at : at + 16]
        size, kind, body = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), 16
        if kind == b"jp2c":
            return at + body
        if size < body:
            break
        at += size
    raise _refusal("no code stream")


def _refusal(detail: str) -> Refused:
    return Refused("chip.portrait", "DG2", detail)
