"""What a selfie may lack: each is said by its name, and good photographs are not turned away."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from issuer.engines.face import Seen, SelfieMatcher, apart
from issuer.engines.faces.resnet import ResnetEngine
from sandbox.documents.assets import photograph_of
from tests.support.specimens import engines


@cache
def matcher() -> SelfieMatcher:
    return SelfieMatcher(engines().finder, ResnetEngine(engines().finder))


def good() -> Image.Image:
    with Image.open(BytesIO(photograph_of("obama2.jpg"))) as opened:
        return ImageOps.contain(opened.convert("RGB"), (900, 900))


def look(image: Image.Image) -> Seen:
    out = BytesIO()
    image.save(out, "JPEG", quality=90)
    return matcher().look(out.getvalue())


def lit(factor: float, offset: float = 0.0) -> Image.Image:
    return good().point(lambda value: max(0, min(255, round(value * factor + offset))))


def shaded(share: float) -> Image.Image:
    """One half of the face in the shade, sharply, as beside a window at night."""
    pixels = np.asarray(good(), np.float32)
    across = np.where(np.arange(pixels.shape[1]) < pixels.shape[1] / 2, 1, 1 - share)
    return Image.fromarray((pixels * across[None, :, None]).astype(np.uint8))


def codes(image: Image.Image) -> list[str]:
    return [finding.code for finding in look(image).findings]


@pytest.mark.parametrize("name", ["obama.jpg", "obama2.jpg", "biden.jpg"])
def test_a_good_photograph_lacks_nothing(name: str) -> None:
    assert matcher().look(photograph_of(name)).findings == ()


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (lambda: lit(0.2), "face.too_dark"),
        (lambda: lit(2.0, 20), "face.too_bright"),
        (lambda: shaded(0.9), "face.one_sided_light"),
        (lambda: good().rotate(44, Image.Resampling.BICUBIC, fillcolor="grey"), "face.tilted"),
    ],
    ids=["dark", "bright", "one-sided", "tilted"],
)
def test_what_it_lacks_is_said(image: object, code: str) -> None:
    assert callable(image)
    assert codes(image()) == [code]


@pytest.mark.parametrize("image", [lambda: lit(0.5), lambda: lit(1.4), lambda: shaded(0.5)])
def test_less_of_it_is_let_pass(image: object) -> None:
    assert callable(image)
    assert codes(image()) == []


def test_a_tilt_that_is_let_pass_changes_the_numbers_little() -> None:
    distance = apart(look(good()), look(good().rotate(30, Image.Resampling.BICUBIC, fillcolor="grey")))
    assert distance is not None
    assert distance < 0.1


def with_another_at_the_edge() -> Image.Image:
    """One person in the middle, and another in the corner, nearer to the camera."""
    sheet = Image.new("RGB", (900, 900), "grey")
    for name, size, place in (("biden.jpg", 1000, (-170, 560)), ("obama2.jpg", 420, (250, 200))):
        with Image.open(BytesIO(photograph_of(name))) as opened:
            sheet.paste(ImageOps.contain(opened.convert("RGB"), (size, size)), place)
    return sheet


def test_the_photograph_is_of_the_person_in_the_middle() -> None:
    """Not of the one at its edge, who is nearer; and that there are several is said."""
    both = with_another_at_the_edge()
    assert len(engines().finder.find(np.asarray(both))) == 2
    seen = look(both)
    assert [finding.code for finding in seen.findings][:1] == ["face.several"]
    middle, edge = (apart(seen, matcher().look(photograph_of(name))) for name in ("obama2.jpg", "biden.jpg"))
    assert middle is not None
    assert edge is not None
    assert middle < 0.535 < edge


def test_a_small_face_is_found_where_no_other_is() -> None:
    sheet = Image.new("RGB", (900, 900), "grey")
    with Image.open(BytesIO(photograph_of("obama2.jpg"))) as opened:
        sheet.paste(ImageOps.contain(opened.convert("RGB"), (170, 170)), (400, 400))
    seen = look(sheet)
    assert [finding.code for finding in seen.findings] == ["face.too_small"]
    assert seen.descriptor is not None
