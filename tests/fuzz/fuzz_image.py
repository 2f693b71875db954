"""Image files: pixels of the promised shape, or a refusal; and of what was taken, who wrote it."""

from __future__ import annotations

from io import BytesIO

from PIL import ExifTags, Image

from clicid.errors import ClicidError
from issuer.engines.images import decode
from issuer.engines.signs.metadata import metadata_findings


def _file(mode: str, kind: str) -> bytes:
    out = BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = "GIMP"
    Image.linear_gradient("L").resize((48, 40)).convert(mode).save(out, kind, exif=exif)
    return out.getvalue()


SEEDS = [_file("RGB", kind) for kind in ("PNG", "JPEG", "WEBP")] + [_file("P", "PNG"), _file("CMYK", "JPEG")]


def target(data: bytes) -> None:
    try:
        pixels = decode(data, about="document")
    except ClicidError:
        return
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise AssertionError
    if len(list(metadata_findings(data))) > 1:
        raise AssertionError
