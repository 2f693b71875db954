"""What a JPEG, PNG or WebP file is made of, counted before a decoder sees it.

A header tells how many pixels there are, not what they cost: a progressive JPEG is worked through whole for
each of its scans, and a reader in Python takes a microsecond for each part or stray byte. Real photographs
stay far below these caps. What is malformed in other ways is left to the decoder.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from clicid.errors import Refused

MAX_SCANS: Final = 100
"""Of a JPEG; encoders make 1 to 20. Each takes some milliseconds at 40 million pixels, even an empty one."""
MAX_SEGMENTS: Final = 2_000
"""Of a JPEG; 16 MiB are 256 of the largest."""
MAX_STRAY: Final = 1 << 16
"""Bytes of a JPEG that stand between its segments and belong to none."""
MAX_CHUNKS: Final = 1 << 16
"""Of a PNG or WebP file; PNG's pixels come in chunks of 8 KiB with the usual encoder."""
MAX_EXIF: Final = 1 << 20
"""Bytes of EXIF. A JPEG has room for 64 KiB in one segment. Pillow before 13 copies them for each entry."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MARKER: Final = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")  # those that restart a scan are part of it
_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1
# No length follows, or Pillow reads on within the body: an end before the first scan is none to it either.
_BARE: Final = frozenset({0x01, 0xC8, 0xD8, 0xD9, *range(0xF0, 0xFE)})


def check(data: bytes, *, about: str) -> None:
    """Return if a file has no more parts than a photograph has.

    Args:
        data: The file.
        about: The first part of the reason code: ``document``, ``face`` or ``liveness``.

    Raises:
        Refused: ``<about>.not_an_image``.
    """
    fault = ""
    if data.startswith(b"\xff\xd8"):
        fault = _jpeg(data)
    elif data.startswith(_PNG):
        fault = _chunks(data, len(_PNG), b"eXIf", "big")
    elif data[:4] == b"RIFF":
        fault = _chunks(data, 12, b"EXIF", "little")
    if fault:
        raise Refused(f"{about}.not_an_image", detail=f"too many {fault}")


def _jpeg(data: bytes) -> str:
    """What there is too much of, up to the end of the first picture: a film may stand behind it."""
    scans = stray = exif = 0
    at, in_scan = 2, False
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        end = len(data) if found is None else found.start()
        stray += 0 if in_scan else end - at
        if stray > MAX_STRAY:
            return "bytes between segments"
        if found is None or (found[1][0] == _END and scans):
            return ""
        kind, at = found[1][0], found.end()
        if kind in _BARE:
            continue
        size = max(2, int.from_bytes(data[at : at + 2], "big"))
        exif += size if kind == _APP1 and data[at + 2 : at + 6] == b"Exif" else 0
        scans += kind == _SCAN
        if scans > MAX_SCANS or exif > MAX_EXIF:
            return "scans" if scans > MAX_SCANS else "bytes of EXIF"
        at, in_scan = at + size, kind == _SCAN
    return "segments"


def _chunks(data: bytes, at: int, exif: bytes, order: Literal["big", "little"]) -> str:
    """Likewise of a file of chunks: PNG has the length before the kind, and a checksum; RIFF may pad."""
    png = order == "big"
    for _ in range(MAX_CHUNKS):
        head = data[at : at + 8]
        kind, size = (head[4:], head[:4]) if png else (head[:4], head[4:])
        if len(head) < 8 or (png and kind == b"IEND"):
            return ""
        length = int.from_bytes(size, order)
        if kind == exif and length > MAX_EXIF:
            return "bytes of EXIF"
        at += 8 + length + (4 if png else length & 1)
    return "chunks"
