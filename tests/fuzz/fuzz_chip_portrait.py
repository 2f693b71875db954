"""A chip's portrait: decoded to an image no larger than the cap, or refused."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from clicid.errors import ClicidError
from issuer.chip.holder import ImageKind, Portrait
from issuer.engines import chip_portrait


def _made(**options: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 50), (90, 120, 30)).save(out, "JPEG2000", **options)
    return out.getvalue()


SEEDS = [_made(), _made(no_jp2=True), _made(tile_size=(16, 16)), _made(quality_layers=[30, 10])]


def target(data: bytes) -> None:
    try:
        made = chip_portrait.as_jpeg(Portrait(ImageKind.JPEG_2000, data))
    except ClicidError:
        return
    with Image.open(BytesIO(made)) as opened:
        assert opened.format == "JPEG"
        assert opened.width * opened.height <= chip_portrait.MAX_PIXELS
