"""What an image file says about who wrote it: a camera's file names no image editor."""

from __future__ import annotations

import re
import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import ExifTags, Image

from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MOST: Final = 200  # characters of a tag
_EDITORS: Final = re.compile(
    r"photoshop|imageready|gimp|affinity|pixelmator|paint\.net|paintshop|photopea|coreldraw|picsart|faceapp|acorn|krita",
    re.IGNORECASE,
)


def metadata_findings(image: bytes) -> Iterator[Finding]:
    """An editor that the file names as its software (EXIF 0x0131, or a PNG's ``Software`` text).

    Args:
        image: A file that `issuer.engines.images.decode` has taken.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of broken EXIF, which then names nothing
        with Image.open(BytesIO(image), formats=_FORMATS) as opened:
            named = [opened.info.get("Software")]
            if opened.format != "PNG":  # Pillow would unpack all of it once more to look for EXIF at its end
                named.append(opened.getexif().get(ExifTags.Base.Software))
    if any(_EDITORS.search(str(name)[:_MOST]) for name in named if name):
        yield Finding("document.edited", "metadata")
