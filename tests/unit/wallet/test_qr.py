"""Links from QR codes in pictures: what people have is read, what fills the machine is not opened."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
import segno
from PIL import Image

from clicid.errors import LocalError, Refused
from tests.support.refusals import refused
from wallet.qr import MAX_BYTES, link_in, link_of

if TYPE_CHECKING:
    from pathlib import Path

OFFER = "openid-credential-offer://?credential_offer=" + "%7B%22a%22%3A1%7D" * 20


def picture(text: str = OFFER, kind: str = "PNG", **how: Any) -> bytes:
    out = BytesIO()
    segno.make(text, error="m").save(out, kind="png", scale=how.pop("scale", 4), border=4, **how)
    if kind == "PNG":
        return out.getvalue()
    image = Image.open(out).convert("RGB")
    saved = BytesIO()
    image.save(saved, kind, quality=80)
    return saved.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_code_is_read(kind: str) -> None:
    assert link_of(picture(kind=kind)) == OFFER


def test_a_code_on_a_page_that_was_photographed_aslant() -> None:
    code = Image.open(BytesIO(picture(scale=6))).convert("L")
    page = Image.new("L", (1600, 1200), 235)
    page.paste(code.rotate(9, expand=True, fillcolor=255), (380, 200))
    out = BytesIO()
    page.save(out, "JPEG", quality=70)
    assert link_of(out.getvalue()) == OFFER


def test_a_code_on_nothing() -> None:
    assert link_of(picture(light=None)) == OFFER, "transparent is paper"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7",
        picture()[:200],
        picture().replace(b"IDAT", b"IDBT"),
        b"GIF89a" + bytes(100),
        b"<svg/>",
    ],
)
def test_what_is_no_picture(data: bytes) -> None:
    with refused("wallet.picture"):
        link_of(data)


def test_a_picture_without_a_code() -> None:
    out = BytesIO()
    Image.new("L", (300, 300), 200).save(out, "PNG")
    with refused("wallet.picture"):
        link_of(out.getvalue())


def test_two_codes_are_one_too_many() -> None:
    page = Image.new("L", (1400, 700), 255)
    for place, text in ((0, "openid-credential-offer://?a"), (700, "openid-credential-offer://?b")):
        page.paste(Image.open(BytesIO(picture(text))).convert("L"), (place + 50, 50))
    out = BytesIO()
    page.save(out, "PNG")
    with refused("wallet.picture_several"):
        link_of(out.getvalue())


def test_what_would_fill_the_machine_is_not_unpacked() -> None:
    for side in (30_000, 8_000):
        out = BytesIO()
        Image.new("1", (side, side)).save(out, "PNG")
        assert len(out.getvalue()) < 1 << 20
        with pytest.raises(Refused, match="pixels"):
            link_of(out.getvalue())
    with refused("wallet.picture"):
        link_of(picture() + bytes(MAX_BYTES))


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "offer.png"
    path.write_bytes(picture())
    assert link_in(path) == OFFER
    with refused("config.file", str(tmp_path / "none"), kind=LocalError):
        link_in(tmp_path / "none")
