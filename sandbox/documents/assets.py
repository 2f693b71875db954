"""Where the things are that `tools/fetch_assets.py` fetched: the OCR-B font and the photographs of people."""

from __future__ import annotations

import os
from pathlib import Path

from clicid.errors import LocalError

GENUINE = ("obama.jpg", "obama2.jpg")
IMPOSTOR = "biden.jpg"
SHA256 = {
    "ocr-b/OCRB.otf": "84558d47dbc19bb5887cc7b72ed62c64534fd00f0b569d28e6dc63b71fe27707",
    "people/biden.jpg": "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
    "people/obama.jpg": "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
    "people/obama2.jpg": "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
}
"""What the files must be, as `tools/fetch_assets.py` pins them."""


def folder() -> Path:
    """``CLICID_ASSETS``, or ``build/assets`` of this checkout."""
    chosen = os.environ.get("CLICID_ASSETS")
    return Path(chosen) if chosen else Path(__file__).resolve().parents[2] / "build" / "assets"


def font_path() -> Path:
    """The OCR-B font file; `LocalError` ``sandbox.asset_missing`` where it was not fetched."""
    return _there(folder() / "ocr-b" / "OCRB.otf")


def photograph_of(name: str) -> bytes:
    """A test photograph by its file name, for example `IMPOSTOR`; raises as `font_path` does."""
    return _there(folder() / "people" / name).read_bytes()


def _there(path: Path) -> Path:
    if not path.is_file():
        raise LocalError("sandbox.asset_missing", path.name, "run: python tools/fetch_assets.py")
    return path
