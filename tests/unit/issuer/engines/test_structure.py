"""What a photograph is made of, and files that are made of far more than one ever is."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from clicid.errors import Refused
from issuer.engines import frames
from issuer.engines.images import decode
from issuer.engines.structure import MAX_CHUNKS, MAX_EXIF, MAX_SCANS, MAX_SEGMENTS, MAX_STRAY
from issuer.evidence.liveness import MAX_FRAME_BYTES


def file(kind: str, **how: Any) -> bytes:
    out = BytesIO()
    Image.linear_gradient("L").resize((320, 240)).save(out, kind, **how)
    return out.getvalue()


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def after_start(added: bytes) -> bytes:
    """A JPEG with something between its start and its first segment."""
    whole = file("JPEG")
    return whole[:2] + added + whole[2:]


def scanned(times: int) -> bytes:
    """A progressive JPEG whose last scan stands there so often."""
    whole = file("JPEG", progressive=True)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[: -2 - len(last)] + last * times + whole[-2:]


def in_png(added: bytes) -> bytes:
    whole = file("PNG")
    place = whole.index(b"IDAT") - 4
    return whole[:place] + added + whole[place:]


def in_webp(kind: bytes, body: bytes) -> bytes:
    whole = file("WEBP", exif=Image.Exif(), lossless=True)
    inner = whole[12:] + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(inner)) + b"WEBP" + inner


EXIF_SEGMENT = b"\xff\xe1" + struct.pack(">H", 2 + 6 + 60_000) + b"Exif\0\0" + bytes(60_000)
JPEGS = {
    "scans": scanned(MAX_SCANS),
    "segments": after_start(b"\xff\xfe\0\2" * MAX_SEGMENTS),
    "segments of no length": after_start(b"\xff\xe5\0\0" * MAX_SEGMENTS),
    "fill bytes": after_start(b"\xff" * (MAX_STRAY + 1)),
    "stray bytes": after_start(b"\0" * (MAX_STRAY + 1)),
    "marks out of place": after_start(b"\xff\xd0" * MAX_STRAY),
    "fill bytes behind an end": after_start(b"\xff\xd9" + b"\xff" * (MAX_STRAY + 1)),
    "segments of a kind that is not skipped": after_start((b"\xff\xf0\xff\xff" + bytes(65_533)) * 2),
    "EXIF": after_start(EXIF_SEGMENT * (MAX_EXIF // 60_000 + 1)),
}
OTHERS = {
    "empty chunks": in_png(chunk(b"abCd") * MAX_CHUNKS),
    "EXIF in PNG": in_png(chunk(b"eXIf", bytes(MAX_EXIF + 1))),
    "EXIF in WebP": in_webp(b"EXIF", bytes(MAX_EXIF + 2)),
    "chunks in WebP": in_webp(b"abcd", b"") + b"abcd\0\0\0\0" * MAX_CHUNKS,
}


@pytest.mark.parametrize("data", [*JPEGS.values(), *OTHERS.values()], ids=[*JPEGS, *OTHERS])
def test_more_parts_than_any_photograph_has(data: bytes) -> None:
    """Decoded, some of these took a minute, or all memory: at the upload, within the server."""
    with pytest.raises(Refused, match=r"^face\.not_an_image: .* \(too many "):
        decode(data, about="face")


FRAMES = {name: data for name, data in JPEGS.items() if len(data) < MAX_FRAME_BYTES}


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
def test_a_frame_is_held_to_the_same(data: bytes) -> None:
    with pytest.raises(Refused, match=r"^liveness\.not_an_image: .* \(too many "):
        frames.check_header(data)


@pytest.mark.parametrize(
    "data",
    [
        file("JPEG", progressive=True),
        file("JPEG", restart_marker_blocks=1),
        after_start(b"\xff" * 16 + EXIF_SEGMENT),
        file("JPEG") + b"\xff\xda\0\2" * MAX_SEGMENTS,  # a film behind the photograph
        in_png(chunk(b"IDAT") * 2000),
        file("PNG") + bytes(MAX_CHUNKS * 12),
        file("WEBP"),
    ],
    ids=["progressive", "restarted", "EXIF", "film behind", "PNG", "PNG with zeros behind", "WebP"],
)
def test_what_cameras_and_encoders_make_is_no_more(data: bytes) -> None:
    assert decode(data, about="face").shape == (240, 320, 3)
