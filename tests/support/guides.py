"""The blocks of the guides, for tests that run them."""

from __future__ import annotations

import re

from tests.conftest import ROOT


def block(guide: str, language: str, beginning: str) -> str:
    """The one block of that language in a guide that begins so."""
    text = (ROOT / "docs" / guide).read_text("utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (found,) = (each for each in blocks if each.startswith(beginning))
    return str(found)
