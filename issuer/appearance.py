"""How credentials of ours look in a wallet: one mark and two colours, by type."""

from __future__ import annotations

from typing import Final

LOGO_PATH: Final = "logo.svg"
LOGO: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
    b'<rect width="64" height="64" rx="14" fill="#14324a"/>'
    b'<circle cx="32" cy="25" r="9" fill="none" stroke="#fff" stroke-width="5"/>'
    b'<path d="M15 52c3-11 9-15 17-15s14 4 17 15" fill="none" stroke="#fff" stroke-width="5" '
    b'stroke-linecap="round"/></svg>\n'
)
"""Drawn for this project."""
LOGO_TEXT: Final = {"en": "ClicID: a person's outline", "sv": "ClicID: konturen av en person"}
TEXT_COLOR: Final = "#ffffff"
IDENTITY_COLOR: Final = "#14324a"
OTHER_COLOR: Final = "#24603f"
