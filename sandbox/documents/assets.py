"""Where the things are that `tools/fetch_assets.py` fetched: the OCR-B font and the photographs of people."""

from __future__ import annotations

import os
from pathlib import Path

from clicid.errors import LocalError

GENUINE = ("obama.jpg", "obama2.jpg")
IMPOSTOR = "biden.jpg"


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
